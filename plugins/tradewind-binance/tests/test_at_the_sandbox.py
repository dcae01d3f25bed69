"""History, streams and orders over sockets, against the local exchange."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from tradewind.api import (
    DataError,
    Guarantee,
    Instrument,
    OrderEvent,
    OrderKind,
    OrderRequest,
    OrderStatus,
    Probe,
    ReplyKind,
    Secret,
    Side,
    StreamEvent,
    Timeframe,
    VenueError,
    VenueEvent,
    Verb,
)
from tradewind_binance.executor import BinanceExecutor
from tradewind_binance.panic.asking import Account
from tradewind_binance.panic.flatten import flatten
from tradewind_binance.settings import BinanceConfig
from tradewind_binance.source import BinanceSource

pytestmark = pytest.mark.needs_others

BITCOIN = Instrument(symbol="BTCUSDT")
Case = Callable[[BinanceExecutor], Awaitable[None]]


@pytest.fixture
def at_venue(settings: Mapping[str, Any], secrets: Mapping[str, Secret]) -> Callable[[Case], None]:
    """Run a case with an open executor."""

    def run(case: Case) -> None:
        async def whole() -> None:
            executor = BinanceExecutor(BinanceConfig(**settings), secrets)
            await executor.open()
            try:
                await executor.instruments(["BTCUSDT"])
                async with asyncio.timeout(60):
                    await case(executor)
            finally:
                await executor.close()

        asyncio.run(whole())

    return run


def stamped(executor: BinanceExecutor) -> dict[str, Any]:
    return {"symbol": "BTCUSDT", "timestamp_ms": executor.rest.now_ms(), "recv_window_ms": 5000}


async def entered(executor: BinanceExecutor, tag: str) -> Decimal:
    """Buy with a stop far below; return what the stop protects."""
    (price, *_) = [Decimal(str(value)) for value in await asyncio.to_thread(last_closes, executor.config)]
    reply = await executor.submit(
        OrderRequest(
            verb=Verb.ENTER,
            client_id=tag + "E",
            list_id=tag + "L",
            stop_id=tag + "S0",
            side=Side.BUY,
            kind=OrderKind.LIMIT,
            quantity=Decimal("0.01"),
            price=(price * Decimal("1.2")).quantize(Decimal("0.01")),
            stop_price=(price * Decimal("0.5")).quantize(Decimal("0.01")),
            time_in_force="FOK",
            **stamped(executor),
        )
    )
    assert reply.kind is ReplyKind.DONE, reply
    assert reply.orders[0].status is OrderStatus.FILLED
    assert sum((fill.quantity for fill in reply.fills), Decimal(0)) == Decimal("0.01")
    stop = await executor.order("BTCUSDT", client_id=tag + "S0")
    assert stop is not None
    assert stop.status is OrderStatus.ACCEPTED
    return stop.quantity


def last_closes(config: BinanceConfig) -> list[float]:
    source = BinanceSource(config)
    now = pd.Timestamp(source.history.now_ms(), unit="ms", tz="UTC")
    frame = source.bars(BITCOIN, Timeframe("1m"), now - pd.Timedelta(minutes=5), now)
    return [float(value) for value in frame["close"].iloc[::-1]]


async def sold(executor: BinanceExecutor, tag: str, quantity: Decimal, consumes: str):
    return await executor.submit(
        OrderRequest(verb=Verb.SWAP, client_id=tag + "X", consumes=consumes, quantity=quantity, **stamped(executor))
    )


def test_history_longer_than_a_page_has_no_seam(settings):
    frame = BinanceSource(BinanceConfig(**settings)).bars(
        BITCOIN, Timeframe("1m"), pd.Timestamp("2024-02-29"), pd.Timestamp("2024-03-01")
    )
    assert len(frame) == 1440
    assert (frame.index.to_series().diff().dropna() == pd.Timedelta(minutes=1)).all()


def test_a_bar_that_is_not_closed_is_not_history(settings):
    source = BinanceSource(BinanceConfig(**settings))
    now = pd.Timestamp(source.history.now_ms(), unit="ms", tz="UTC")
    frame = source.bars(BITCOIN, Timeframe("1d"), now - pd.Timedelta(days=3), now + pd.Timedelta(days=3))
    assert frame.index[-1] + pd.Timedelta(days=1) <= now + pd.Timedelta(days=1)
    assert (frame.index + pd.Timedelta(days=1) <= pd.Timestamp(source.history.now_ms(), unit="ms", tz="UTC")).all()


def test_a_pair_that_is_not_there_is_named(settings):
    with pytest.raises(DataError, match="NOSUCHPAIR"):
        BinanceSource(BinanceConfig(**settings)).bars(
            Instrument(symbol="NOSUCHPAIR"), Timeframe("1h"), pd.Timestamp("2024-02-01"), pd.Timestamp("2024-02-02")
        )


def test_an_entry_is_protected_by_what_it_received_and_its_stop_can_be_swapped_once(at_venue):
    async def case(executor: BinanceExecutor) -> None:
        assert executor.capabilities("BTCUSDT").guarantee is Guarantee.A
        quantity = await entered(executor, "swap-")
        assert Decimal("0.0099") <= quantity <= Decimal("0.01")
        higher = OrderRequest(
            verb=Verb.SWAP, client_id="swap-S1", consumes="swap-S0", kind=OrderKind.STOP, quantity=quantity,
            stop_price=Decimal(25000), **stamped(executor),
        )  # fmt: skip
        first, again = await executor.submit(higher), await executor.submit(higher)
        assert (first.kind, again.kind) == (ReplyKind.DONE, ReplyKind.GONE)
        assert await executor.probe("BTCUSDT", "swap-S1", quantity) is Probe.RESTS
        assert await executor.probe("BTCUSDT", "swap-S0", quantity) is Probe.ABSENT
        assert [order.client_id for order in await executor.open_orders("BTCUSDT")] == ["swap-S1"]
        done = await sold(executor, "swap-", quantity, "swap-S1")
        assert done.kind is ReplyKind.DONE
        assert sum((fill.quantity for fill in done.fills), Decimal(0)) == quantity
        assert await executor.open_orders("BTCUSDT") == []

    at_venue(case)


def test_the_same_entry_again_is_a_duplicate_while_its_stop_rests(at_venue):
    async def case(executor: BinanceExecutor) -> None:
        quantity = await entered(executor, "twice-")
        price = Decimal(str((await asyncio.to_thread(last_closes, executor.config))[0])).quantize(Decimal("0.01"))
        again = await executor.submit(
            OrderRequest(
                verb=Verb.ENTER, client_id="twice-E", list_id="twice-L", stop_id="twice-S0", side=Side.BUY,
                kind=OrderKind.LIMIT, quantity=Decimal("0.01"), price=price * 2, stop_price=price / 2,
                time_in_force="FOK", **stamped(executor),
            )
        )  # fmt: skip
        assert again.kind in (ReplyKind.DUPLICATE, ReplyKind.REFUSED)
        assert [order.client_id for order in await executor.open_orders("BTCUSDT")] == ["twice-S0"]
        await sold(executor, "twice-", quantity, "twice-S0")

    at_venue(case)


def test_a_request_after_its_window_is_refused(at_venue):
    async def case(executor: BinanceExecutor) -> None:
        late = stamped(executor) | {"recv_window_ms": 100}
        late["timestamp_ms"] -= int(200 * executor.config.speed)
        order = OrderRequest(verb=Verb.PLACE, client_id="late", side=Side.BUY, quantity=Decimal("0.001"), **late)
        reply = await executor.submit(order)
        assert (reply.kind, reply.code) == (ReplyKind.REFUSED, -1021)
        assert await executor.order("BTCUSDT", client_id="late") is None

    at_venue(case)


def test_events_tell_what_the_answers_told(at_venue):
    async def case(executor: BinanceExecutor) -> None:
        seen: list[VenueEvent] = []
        live = asyncio.Event()

        async def listen() -> None:
            async with aclosing(executor.events()) as events:
                async for event in events:
                    seen.append(event)
                    if isinstance(event, StreamEvent):
                        live.set()

        listening = asyncio.create_task(listen())
        await live.wait()
        before = await executor.fills("BTCUSDT", 0)
        quantity = await entered(executor, "told-")
        await sold(executor, "told-", quantity, "told-S0")
        last = max((fill.trade_id for fill in before), default=-1)
        told = await executor.fills("BTCUSDT", last + 1)
        while len([e for e in seen if isinstance(e, OrderEvent) and e.fill]) < len(told):  # bounded
            await asyncio.sleep(0.02)
        listening.cancel()
        orders = [event for event in seen if isinstance(event, OrderEvent)]
        assert [event.execution_id for event in orders] == sorted(event.execution_id for event in orders)
        heard = {event.fill.trade_id: event.fill for event in orders if event.fill}
        for fill in told:
            mine = heard[fill.trade_id]
            assert (mine.price, mine.quantity, mine.quote, mine.commission, mine.commission_asset, mine.time_ms) == (
                fill.price, fill.quantity, fill.quote, fill.commission, fill.commission_asset, fill.time_ms,
            )  # fmt: skip

    at_venue(case)


def test_a_wrong_key_is_refused_in_words_without_the_key(settings):
    async def case() -> None:
        executor = BinanceExecutor(
            BinanceConfig(**settings), {"api_key": Secret("canary-key"), "api_secret": Secret("canary-secret")}
        )
        try:
            with pytest.raises(VenueError, match="TW-V002") as caught:
                await executor.open()
        finally:
            await executor.close()
        assert "canary" not in str(caught.value)
        assert "canary" not in repr(executor)

    asyncio.run(case())


@pytest.mark.parametrize(
    "pem", ["canary", "canary" * 40, "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----"]
)
def test_a_private_key_that_is_none_is_told_as_that_and_not_shown(pem):
    async def case() -> None:
        config = BinanceConfig(place="custom", rest_url="http://127.0.0.1:9", timeout=1.0)
        executor = BinanceExecutor(config, {"api_key": Secret("a"), "private_key": Secret(pem)})
        with pytest.raises(VenueError, match="TW-V002 the private key") as caught:
            await executor.open()
        assert "canary" not in str(caught.value)

    asyncio.run(case())


def test_a_symbol_that_is_no_more_leaves_the_others_their_rules(at_venue):
    async def case(executor: BinanceExecutor) -> None:
        assert set(await executor.instruments(["GONEUSDT", "BTCUSDT"])) == {"BTCUSDT"}
        assert await executor.instruments(["GONEUSDT"]) == {}

    at_venue(case)


def test_a_venue_that_is_not_there_is_told_as_that():
    async def case() -> None:
        config = BinanceConfig(place="custom", rest_url="http://127.0.0.1:9", timeout=1.0)
        executor = BinanceExecutor(config, {"api_key": Secret("a"), "api_secret": Secret("b")})
        try:
            with pytest.raises(VenueError, match="TW-V001"):
                await executor.open()
            order = OrderRequest(
                verb=Verb.PLACE, client_id="x", symbol="BTCUSDT", timestamp_ms=0, recv_window_ms=5000,
                quantity=Decimal(1),
            )  # fmt: skip
            assert (await executor.submit(order)).kind is ReplyKind.UNKNOWN
        finally:
            await executor.close()

    asyncio.run(case())


def test_panic_sells_by_the_stops_and_nothing_else(at_venue, sandbox):
    # panic goes by the machine's clock: the sandbox's runs faster, and its window with it.
    ids = {"E": "tw1-BCDFG-0123456-HJKL-E000-BCD", "S": "tw1-BCDFG-0123456-HJKL-S000-BCD"}

    async def case(executor: BinanceExecutor) -> None:
        price = Decimal(str((await asyncio.to_thread(last_closes, executor.config))[0])).quantize(Decimal("0.01"))
        reply = await executor.submit(
            OrderRequest(
                verb=Verb.ENTER, client_id=ids["E"], list_id="tw1-BCDFG-0123456-HJKL-L000-BCD", stop_id=ids["S"],
                side=Side.BUY, kind=OrderKind.LIMIT, quantity=Decimal("0.02"),
                price=(price * Decimal("1.2")).quantize(Decimal("0.01")),
                stop_price=(price * Decimal("0.5")).quantize(Decimal("0.01")), time_in_force="FOK",
                **stamped(executor),
            )
        )  # fmt: skip
        assert reply.kind is ReplyKind.DONE
        account = Account(sandbox["base_url"], sandbox["api_key"], sandbox["api_secret"])
        await asyncio.to_thread(account.take_time)
        done, left = await asyncio.to_thread(lambda: flatten(account, sleep=lambda _: None, tell=lambda _: None))
        assert [step["do"] for step in done] == ["sell"]
        assert left == []
        assert await executor.open_orders("BTCUSDT") == []

    at_venue(case)
