"""The loop that drives a chain: it never keeps others from their turn, and no pause is too short to be one."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from tradewind.errors import VenueError
from tradewind.live.clock import VenueClock
from tradewind.live.orders.chain_plan import Plan
from tradewind.live.orders.dossier import Dossier
from tradewind.live.orders.driver import Driver
from tradewind.live.orders.intent import DeskRules
from tradewind.live.orders.payload import to_text
from tradewind.model.instrument import Instrument
from tradewind.model.orders import OrderKind, OrderRequest, OrderStatus, Side, Verb
from tradewind.model.venue import Probe
from tradewind.store.records import Attempt, Chain, ChainState, OpenChain, OrderFact

PAIR = Instrument(symbol="BTCUSDT", base="BTC", quote="USDT")
CHAIN = Chain(
    id=1,
    session_id=1,
    account_fp="a",
    symbol="BTCUSDT",
    slot="s",
    bar_open_ms=0,
    opened_ms=0,
    state=ChainState.BARE,
    detail=Plan(stop=Decimal(1)).to_text(),
)
BUY = OrderRequest(
    verb=Verb.PLACE,
    symbol="BTCUSDT",
    client_id="E",
    timestamp_ms=0,
    recv_window_ms=1,
    side=Side.BUY,
    kind=OrderKind.LIMIT,
    quantity=Decimal(1),
)
ENTRY = Attempt(
    chain_id=1,
    n=1,
    verb=Verb.PLACE,
    client_id="E",
    payload_json=to_text(BUY),
    payload_sha256="",
    ts_signed_ms=0,
    recv_window_ms=1,
    epoch=1,
)


class Counting(Driver):
    """A driver whose turns all want the same pause."""

    def __init__(self, bench: Any, pause: float) -> None:
        super().__init__(bench, Dossier(OpenChain(chain=CHAIN), PAIR))
        self.pause = pause
        self.turns = 0

    async def turn(self) -> float:
        self.turns += 1
        return self.pause


def driven(pause: float, seconds: float) -> tuple[int, list[str]]:
    """Drive for so long; return how many turns there were, and which breakers were raised."""
    tripped: list[str] = []

    async def story() -> int:
        loop = asyncio.get_running_loop()
        clock = VenueClock(lambda: int(loop.time() * 1e9), 0)
        bench = SimpleNamespace(
            rules=DeskRules(look_s=0.04),
            clock=clock,
            lost=None,
            seconds=lambda: clock.monotonic_ns() / 1e9,
            trip=lambda name, detail: tripped.append(name),
        )
        driver = Counting(bench, pause)
        task = asyncio.create_task(driver.run())
        await asyncio.sleep(seconds)
        task.cancel()
        await asyncio.wait({task})
        return driver.turns

    return asyncio.run(story()), tripped


@pytest.mark.critical
def test_a_chain_that_goes_round_in_circles_stops_entries_and_lets_others_go_on() -> None:
    turns, tripped = driven(0.0, 0.1)
    assert set(tripped) == {"INVARIANT"}
    assert turns == 100 * len(tripped)


def test_a_pause_that_is_nearly_nothing_is_a_millisecond_at_least() -> None:
    turns, tripped = driven(1e-12, 0.05)
    assert tripped == []
    assert 0 < turns <= 51


def test_an_order_whose_end_is_not_known_is_looked_up_by_its_own_id() -> None:
    """A copy may have used its client id again: by that, the newer one would be found."""
    asked: list[tuple[str, int]] = []

    class Venue:
        async def order(self, symbol: str, *, client_id: str = "", order_id: int = 0) -> None:
            asked.append((client_id, order_id))

    class Line:
        async def ask(self, question: Any, *, within_s: float | None = None) -> Any:
            return await question(Venue())

    known = OrderFact(
        account_fp="a", symbol="BTCUSDT", order_id=4, client_id="S0", status=OrderStatus.ACCEPTED, chain_id=1, role="S"
    )
    bench = SimpleNamespace(rules=DeskRules(), lost=None, seconds=lambda: 0.0, line=Line())
    driver = Driver(bench, Dossier(OpenChain(chain=CHAIN, attempts=(ENTRY,), facts=(known,)), PAIR))  # type: ignore[arg-type]
    found = asyncio.run(driver.look("S0", "X1"))
    assert not found
    assert asked == [("", 4), ("X1", 0)]


@pytest.mark.critical
@pytest.mark.parametrize(
    ("answer", "asked_at", "told"),
    [(Probe.RESTS, 7.0, True), (Probe.ABSENT, 7.0, True), (Probe.UNKNOWN, 7.0, False), (None, 0.0, True)],
)
def test_a_probe_without_an_answer_is_asked_again_soon(answer: Probe | None, asked_at: float, told: bool) -> None:
    """A stop that someone took away was not missed for half a minute, because one answer was lost."""
    now = [0.0]

    class Line:
        async def ask(self, question: Any, *, within_s: float | None = None) -> Probe:
            now[0] = 7.0
            if answer is None:
                raise VenueError("the venue did not answer within 2 s.", code="TW-V001")
            return answer

    bench = SimpleNamespace(rules=DeskRules(), lost=None, seconds=lambda: now[0], line=Line())
    driver = Driver(bench, Dossier(OpenChain(chain=CHAIN, attempts=(ENTRY,)), PAIR))  # type: ignore[arg-type]
    with suppress(VenueError):
        asyncio.run(driver.probe("S0"))
    assert (driver.probed_at, driver.probe_told) == (asked_at, told)
