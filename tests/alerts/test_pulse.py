"""What a pulse counts: orders by what became of them, seconds without a stop, risk at the stops."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from tradewind.live.clock import system_clock
from tradewind.live.control.status import Facts
from tradewind.live.engine import Engine, Told
from tradewind.live.position.account import OpenPosition, SlotKey
from tradewind.live.watch.pulse import Tally, open_risk, pulse_of
from tradewind.model.decisions import OUTCOME_CODES
from tradewind.model.timeframe import Timeframe

FACTS = Facts(name="a", session_id=1, mode="live", started_ms=0)


def told(decided: list[str], settled: list[str], trades: int = 0) -> Told:
    def asks(words: list[str]) -> Any:
        return np.array([(OUTCOME_CODES[word],) for word in words], dtype=[("outcome", "i4")])

    step = SimpleNamespace(
        decided=asks(decided), settled=asks(settled), trades=[None] * trades, cash=50.0, exposure=50.0,
        drawdown=0.25,
    )  # fmt: skip
    return cast("Told", SimpleNamespace(step=step))


def position(quantity: float, mark: float, stop: float | None, side: int = 1) -> OpenPosition:
    slot = SlotKey(name="mine", symbol="BTCUSDT", at=0)
    return OpenPosition(
        slot=slot, position=1, side=side, quantity=quantity, entry_time=0, entry_price=mark, mark=mark, stop=stop
    )


def test_an_order_that_was_sent_is_counted_by_what_became_of_it() -> None:
    tally = Tally()
    tally.moment(told(["sent", "blocked:cooldown"], []), None)
    tally.moment(told(["blocked:max_positions"], ["filled"], trades=2), None)
    assert dict(tally.orders) == {"blocked": 2, "filled": 1}
    assert tally.trades == 2


def test_seconds_without_a_stop_add_up_over_positions_and_while_they_last() -> None:
    tally = Tally()
    tally.event("desk_bare", 1_000, {"chain": 1})
    tally.event("desk_bare", 1_500, {"chain": 1})
    tally.event("desk_protected", 3_000, {"chain": 1})
    tally.event("desk_bare", 10_000, {"chain": 2})
    assert tally.unprotected_s(12_500) == 4.5
    tally.event("desk_closed", 13_000, {"chain": 2})
    assert tally.unprotected_s(99_000) == 5.0


def test_a_halt_that_desk_and_engine_tell_is_counted_once() -> None:
    paper, venue = Tally(), Tally()
    venue.at_desk()
    for tally in (paper, venue):
        tally.moment(told([], []), None)
        tally.event("halted", 0, {"breaker": "DRAWDOWN"})
    venue.event("desk_halted", 0, {"detail": {"breaker": "DRAWDOWN"}})
    assert dict(paper.halts) == dict(venue.halts) == {"DRAWDOWN": 1}


def test_risk_at_the_stops_is_what_would_be_lost() -> None:
    found = (position(2.0, 100.0, 90.0), position(1.0, 50.0, 55.0, side=-1), position(1.0, 100.0, 120.0))
    assert open_risk(found, 1_000.0) == pytest.approx((20.0 + 5.0) / 1_000.0)
    assert open_risk((position(1.0, 100.0, None),), 1_000.0) == pytest.approx(0.1)
    assert open_risk(found, 0.0) == 0.0


def test_a_pulse_at_a_venue_tells_its_weight_and_its_queue() -> None:
    clock = system_clock()
    engine = SimpleNamespace(
        feed=SimpleNamespace(clock=clock, market=Timeframe("1m"), names=("BTCUSDT",), reopened=3),
        account=SimpleNamespace(positions=lambda: (position(1.0, 100.0, 95.0),), halts=tuple),
        figures=SimpleNamespace(equity=100.0, pnl=1.0, fees=0.5, bars=9),
        seats=(SimpleNamespace(strategy="mine", quarantine=""),),
        last_bar_ms=clock.now_ms() - 200_000,
        took_ms=[12.5],
    )
    line = SimpleNamespace(executor=SimpleNamespace(used_weight=lambda: 42))
    desk: Any = SimpleNamespace(bench=SimpleNamespace(line=line, events=[1, 2]))
    tally = Tally()
    tally.moment(told(["filled"], []), cast("Engine", engine))

    async def taken() -> dict[str, Any]:
        return pulse_of(cast("Engine", engine), FACTS, tally, now_ms=5, desk=desk, lags_s=[0.1], queues={"services": 0})

    found = asyncio.run(taken())
    assert (found["weight_used"], found["queues"]) == (42, {"services": 0, "desk": 2})
    assert (found["open_risk_ratio"], found["exposure_ratio"], found["drawdown_ratio"]) == (0.05, 0.5, 0.25)
    assert found["bar_overdue_s"] == pytest.approx(80.0, abs=1.0)
    assert found["bar_age_s"] == pytest.approx(140.0, abs=1.0)
    assert found["decision_s"] == [0.0125]
    assert found["positions"] == {"BTCUSDT": 1}
    assert found["reconnects"]["bars"] == 3
