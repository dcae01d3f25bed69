"""Orders by ccxt over sockets, against the local exchange, and what ccxt's errors are taken for."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from tradewind.api import (
    BalanceEvent,
    Guarantee,
    OrderEvent,
    OrderKind,
    OrderRequest,
    OrderStatus,
    Probe,
    ReplyKind,
    Secret,
    SettingsError,
    Side,
    VenueError,
    Verb,
)
from tradewind_ccxt.executor import CcxtExecutor
from tradewind_ccxt.reports import order_of, reply_to
from tradewind_ccxt.settings import CcxtConfig
from tradewind_ccxt.venue import venue_of


def request(verb: Verb, client_id: str, **changes: Any) -> OrderRequest:
    plain = {"symbol": "BTCUSDT", "timestamp_ms": 0, "recv_window_ms": 5000}
    return OrderRequest(verb=verb, client_id=client_id, **(plain | changes))


@pytest.fixture
def at_venue(settings, sandbox):
    def run(case) -> None:
        async def whole() -> None:
            secrets = {"api_key": Secret(sandbox["api_key"]), "api_secret": Secret(sandbox["api_secret"])}
            executor = CcxtExecutor(CcxtConfig(**settings), secrets)
            await executor.open()
            try:
                await executor.instruments(["BTCUSDT"])
                async with asyncio.timeout(45):
                    await case(executor)
            finally:
                await executor.close()

        asyncio.run(whole())

    return run


@pytest.mark.needs_others
def test_an_order_fills_its_stop_rests_and_can_be_taken_away_once(at_venue):
    async def case(executor: CcxtExecutor) -> None:
        assert executor.capabilities("BTCUSDT").guarantee is Guarantee.C
        bought = await executor.submit(request(Verb.PLACE, "c1", side=Side.BUY, quantity=Decimal("0.01")))
        assert (bought.kind, bought.orders[0].status) == (ReplyKind.DONE, OrderStatus.FILLED)
        assert bought.orders[0].executed == Decimal("0.01")
        stop = request(Verb.PLACE, "c2", kind=OrderKind.STOP, quantity=Decimal("0.00999"), stop_price=Decimal(20000))
        assert (await executor.submit(stop)).kind is ReplyKind.DONE
        assert (await executor.submit(stop)).kind in (ReplyKind.DUPLICATE, ReplyKind.REFUSED)
        # Other tests trade on the same account.
        (resting,) = [one for one in await executor.open_orders("BTCUSDT") if one.client_id == "c2"]
        assert (resting.client_id, resting.kind, resting.stop_price) == ("c2", OrderKind.STOP, Decimal(20000))
        assert await executor.probe("BTCUSDT", "c2", resting.quantity) is Probe.RESTS
        fills = [fill for fill in await executor.fills("BTCUSDT", 0) if fill.order_id == bought.orders[0].order_id]
        assert sum((fill.quantity for fill in fills), Decimal(0)) == Decimal("0.01")
        assert {fill.commission_asset for fill in fills} == {"BTC"}
        taken = request(Verb.CANCEL, "x", consumes="c2")
        assert (await executor.submit(taken)).kind is ReplyKind.DONE
        assert (await executor.submit(taken)).kind is ReplyKind.GONE
        # Not there is not the same as never there.
        assert await executor.probe("BTCUSDT", "c2", resting.quantity) is Probe.UNKNOWN

    at_venue(case)


@pytest.mark.needs_others
def test_what_the_venue_cannot_do_is_refused_and_never_tried(at_venue):
    async def case(executor: CcxtExecutor) -> None:
        for verb in (Verb.ENTER, Verb.SWAP):
            assert (await executor.submit(request(verb, "no", quantity=Decimal(1)))).kind is ReplyKind.REFUSED
        dear = await executor.submit(request(Verb.PLACE, "dear", side=Side.BUY, quantity=Decimal(1000)))
        assert dear.kind is ReplyKind.REFUSED

    at_venue(case)


@pytest.mark.needs_others
def test_events_are_found_by_asking(at_venue):
    async def case(executor: CcxtExecutor) -> None:
        await executor.submit(request(Verb.PLACE, "e1", side=Side.BUY, quantity=Decimal("0.01")))
        stop = request(Verb.PLACE, "e2", kind=OrderKind.STOP, quantity=Decimal("0.005"), stop_price=Decimal(20000))
        await executor.submit(stop)
        kinds: set[type] = set()
        async with aclosing(executor.events()) as events:
            async for event in events:
                kinds.add(type(event))
                if {OrderEvent, BalanceEvent} <= kinds:
                    break
        await executor.submit(request(Verb.CANCEL, "x2", consumes="e2"))

    at_venue(case)


def test_every_address_of_a_venue_is_moved_and_no_real_host_is_left():
    for name in ("binance", "kraken", "bybit", "okx"):
        venue = venue_of(CcxtConfig(exchange=name, base_url="http://127.0.0.1:9"), ccxt)
        urls = [venue.urls["api"]]
        while urls:
            one = urls.pop()
            if isinstance(one, dict):
                urls += one.values()
            else:
                assert one.startswith("http://127.0.0.1:9"), (name, one)


def test_a_venue_that_ccxt_does_not_have_is_named():
    with pytest.raises(VenueError, match="nowhere"):
        venue_of(CcxtConfig(exchange="nowhere"), ccxt)


def test_an_address_in_the_clear_is_refused():
    with pytest.raises(SettingsError, match="TW-S004"):
        CcxtConfig(base_url="http://example.org")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ccxt.RequestTimeout("signature=canary"), ReplyKind.UNKNOWN),
        (ccxt.ExchangeNotAvailable("signature=canary"), ReplyKind.UNKNOWN),
        (ccxt.ExchangeError("signature=canary"), ReplyKind.UNKNOWN),
        (ccxt.RateLimitExceeded("signature=canary"), ReplyKind.LIMITED),
        (ccxt.DDoSProtection("signature=canary"), ReplyKind.LIMITED),
        (ccxt.OnMaintenance("signature=canary"), ReplyKind.VENUE_DOWN),
        (ccxt.AuthenticationError("signature=canary"), ReplyKind.UNAUTHORISED),
        (ccxt.DuplicateOrderId("signature=canary"), ReplyKind.DUPLICATE),
        (ccxt.OrderNotFound("signature=canary"), ReplyKind.GONE),
        (ccxt.InsufficientFunds("signature=canary"), ReplyKind.REFUSED),
        (ccxt.InvalidOrder("signature=canary"), ReplyKind.REFUSED),
    ],
)
def test_only_a_clear_refusal_is_a_refusal_and_no_request_is_repeated_in_words(error, kind):
    reply = reply_to(error)
    assert reply.kind is kind
    assert "canary" not in reply.message


def test_a_closed_order_that_did_not_fill_whole_expired():
    row = {"id": "7", "status": "closed", "side": "buy", "type": "limit", "amount": 2, "filled": 1, "price": 5}
    assert order_of(row, "BTCUSDT").status is OrderStatus.EXPIRED


def test_an_order_without_a_status_is_not_guessed():
    with pytest.raises(ValueError, match="status"):
        order_of({"id": "7", "status": None, "side": "buy"}, "BTCUSDT")
