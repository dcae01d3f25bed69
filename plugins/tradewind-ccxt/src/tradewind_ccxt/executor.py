"""The executor `ccxt` (beta): one order at a time, the stop as an order of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import attrs
import ccxt
import ccxt.async_support as ccxt_async

from tradewind.api import (
    AccountSnapshot,
    Capabilities,
    FillReport,
    Instrument,
    OrderKind,
    OrderReport,
    OrderRequest,
    Permissions,
    Probe,
    Reply,
    ReplyKind,
    Secret,
    StreamEvent,
    VenueError,
    VenueEvent,
    Verb,
)
from tradewind_ccxt.known import Known
from tradewind_ccxt.line import Line
from tradewind_ccxt.reports import balances_of, fill_of, order_of, reply_to
from tradewind_ccxt.settings import CcxtConfig
from tradewind_ccxt.venue import instrument_of, market_of, venue_of

_ATOMIC: Final = (Verb.ENTER, Verb.SWAP)
_BY_CODE: Final = {
    "TW-V002": ReplyKind.UNAUTHORISED,
    "TW-V003": ReplyKind.LIMITED,
    "TW-V004": ReplyKind.REFUSED,
}
"""What is answered to a request when the look-up before it failed, so that it was not sent; unknown for all else."""


@attrs.define(eq=False)
class CcxtExecutor:
    """
    Orders on a venue by ccxt, guarantee level C: no request joins entry and stop, none swaps one order for another,
    and a late request is not refused by the venue. What happens to an account is found by asking.

    Args:
        config: The settings.
        secrets: The key's parts by name.
    """

    config: CcxtConfig
    secrets: Mapping[str, Secret] = attrs.field(factory=dict, repr=False)
    _line: Line = attrs.field(init=False)
    _instruments: dict[str, Instrument] = attrs.field(factory=dict, init=False)

    @_line.default
    def _closed_line(self) -> Line:
        return Line(venue_of(self.config, ccxt_async, self.secrets), self.config.exchange)

    @property
    def _venue(self) -> Any:
        return self._line.venue

    @property
    def is_private(self) -> bool:
        """Whether this machine answers itself, as the sandbox does."""
        return self.config.base_url.startswith("http://")

    async def open(self) -> None:
        """Connect and read the venue's markets; raises VenueError."""
        self._line.open()
        try:
            await self._line.read("its markets", "load_markets")
            await self.snapshot()
        except VenueError:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the connections; orders stay where they are."""
        await self._venue.close()

    async def server_time(self) -> int:
        """Return the venue's clock, UTC milliseconds, this machine's where it has none; signatures follow it."""
        if not self._venue.has.get("fetchTime"):
            return int(self._venue.milliseconds())
        told = await self._line.read("the time", "fetch_time")
        with self._line.reading("the time"):
            served = int(told)
        self._venue.options["timeDifference"] = self._venue.milliseconds() - served
        return served

    async def instruments(self, symbols: Sequence[str]) -> Mapping[str, Instrument]:
        """Return the venue's rules of these symbols, read anew; one that does not trade is left out."""
        await self._line.read("its markets", "load_markets", True)
        steps = self._venue.precisionMode == ccxt.TICK_SIZE
        found = {symbol: market_of(self._venue, symbol) for symbol in symbols}
        with self._line.reading("its markets"):
            rules = {
                symbol: attrs.evolve(instrument_of(market, steps), symbol=symbol)
                for symbol, market in found.items()
                if market is not None and market.get("active") is not False
            }
        self._instruments |= rules
        return rules

    def capabilities(self, symbol: str) -> Capabilities:
        """Return what can be done for a symbol."""
        if symbol not in self._instruments:
            return Capabilities(stop_orders=False)
        has = self._venue.has
        return Capabilities(
            stop_market=bool(has.get("createStopMarketOrder") or has.get("createStopLossOrder")),
            stop_orders=bool(has.get("createStopOrder") or has.get("createStopLossOrder")),
        )

    async def permissions(self) -> Permissions:
        """Return that nothing is known: ccxt has no word for what a key may do."""
        return Permissions()

    async def snapshot(self) -> AccountSnapshot:
        """Return the account's balances."""
        row = await self._line.read("the account", "fetch_balance")
        with self._line.reading("the account"):
            return AccountSnapshot(balances=balances_of(row), time_ms=int(row.get("timestamp") or 0))

    async def submit(self, request: OrderRequest) -> Reply:
        """Send one mutating request, once."""
        wait_ms = self._line.wait_ms()
        if wait_ms:
            words = "nothing is sent: too many requests"
            return Reply(kind=ReplyKind.LIMITED, message=words, retry_after_ms=wait_ms)
        fault = self._fault(request)
        if fault:
            return Reply(kind=ReplyKind.REFUSED, message=fault)
        try:
            return await (self._cancel(request) if request.verb is Verb.CANCEL else self._place(request))
        except (ccxt.RateLimitExceeded, ccxt.DDoSProtection) as error:
            return attrs.evolve(reply_to(error), retry_after_ms=self._line.limited())
        except ccxt.BaseError as error:
            return reply_to(error)
        except VenueError as error:
            return Reply(
                kind=_BY_CODE.get(error.code, ReplyKind.UNKNOWN),
                message=error.message,
                retry_after_ms=int(error.data.get("retry_after_ms", 0)),
            )
        except Exception as error:  # noqa: BLE001  # the library takes answers apart that are none
            return Reply(kind=ReplyKind.UNKNOWN, message=f"the answer could not be read: {type(error).__name__}")

    def _fault(self, request: OrderRequest) -> str:
        """
        Return why a request cannot be sent as it is; empty when it can.

        The library rounds quantities and prices to the venue's steps: what is sent would not be what was written down.
        """
        if request.verb in _ATOMIC:
            return f"{self.config.exchange} has no request that can {request.verb}"
        rules = self._instruments.get(request.symbol)
        if request.verb is Verb.CANCEL or rules is None:
            return ""
        if request.quantity <= 0 or request.quantity % rules.lot_step:
            return f"the quantity {request.quantity} is not in steps of {rules.lot_step}"
        for price in (request.price, request.stop_price):
            if price is not None and price % rules.tick_size:
                return f"the price {price} is not in steps of {rules.tick_size}"
        return ""

    async def _place(self, request: OrderRequest) -> Reply:
        row = await self._venue.create_order(
            self._name(request.symbol),
            "market" if request.kind in (OrderKind.MARKET, OrderKind.STOP) else "limit",
            str(request.side),
            str(request.quantity),
            None if request.price is None else str(request.price),
            _parameters(request),
        )
        return Reply(kind=ReplyKind.DONE, orders=(self._order(row, request.symbol, request),))

    async def order(self, symbol: str, *, client_id: str = "", order_id: int = 0) -> OrderReport | None:
        """Return an order, None when it is not found, which proves nothing."""
        name = self._name(symbol)
        rows = list(await self._line.read("open orders", "fetch_open_orders", name))
        if self._venue.has.get("fetchOrders"):
            rows += await self._line.read("orders", "fetch_orders", name)
        elif self._venue.has.get("fetchClosedOrders"):
            rows += await self._line.read("closed orders", "fetch_closed_orders", name)
        with self._line.reading("orders"):
            found = [self._order(row, symbol) for row in rows]
        mine = [one for one in found if one.order_id == order_id or (client_id and one.client_id == client_id)]
        return max(mine, key=lambda one: (one.time_ms, one.status.is_terminal), default=None)

    async def open_orders(self, symbol: str = "") -> Sequence[OrderReport]:
        """Return the orders that rest."""
        symbols = [symbol] if symbol else list(self._instruments)
        found: list[OrderReport] = []
        for one in symbols:
            rows = await self._line.read("open orders", "fetch_open_orders", self._name(one))
            with self._line.reading("open orders"):
                found += [self._order(row, one) for row in rows]
        return found

    async def fills(self, symbol: str, from_id: int) -> Sequence[FillReport]:
        """Return executions from an id on, ascending; where ids are words they have no order and all are shown."""
        rows = await self._line.read("executions", "fetch_my_trades", self._name(symbol))
        with self._line.reading("executions"):
            found = [fill_of(row, symbol) for row in rows]
            ordered = all(str(row["id"]).isdigit() for row in rows)
        return sorted((one for one in found if not ordered or one.trade_id >= from_id), key=lambda one: one.trade_id)

    async def probe(self, symbol: str, client_id: str, quantity: Decimal) -> Probe:  # noqa: ARG002  # not needed here
        """Look among the open orders; one that is not there may still be on its way."""
        rests = any(one.client_id == client_id for one in await self.open_orders(symbol))
        return Probe.RESTS if rests else Probe.UNKNOWN

    async def events(self) -> AsyncIterator[VenueEvent]:
        """Yield orders and balances that changed, found by asking every `poll` seconds."""
        known, live = Known(), False
        while True:
            try:
                news = await self._news(known)
            except VenueError as error:
                if live:
                    yield StreamEvent(live=False, reason=error.message)
                live = False
            else:
                if not live:
                    yield StreamEvent(live=True)
                live = True
                for event in news:
                    yield event
            await asyncio.sleep(self.config.poll)

    async def _news(self, known: Known) -> list[VenueEvent]:
        """Ask for orders and balances; return what has changed since what is known."""
        now = {one.order_id: one for one in await self.open_orders()}
        for gone in [one for number, one in known.orders.items() if number not in now]:
            ended = await self.order(gone.symbol, order_id=gone.order_id)
            if ended is not None:
                now[gone.order_id] = ended
        return known.news(now, (await self.snapshot()).balances)

    async def _cancel(self, request: OrderRequest) -> Reply:
        found = await self.order(request.symbol, client_id=request.consumes)
        if found is None or found.status.is_terminal:
            return Reply(kind=ReplyKind.GONE, orders=() if found is None else (found,))
        rows = await self._line.read("open orders", "fetch_open_orders", self._name(request.symbol))
        named = [row for row in rows if str(row.get("clientOrderId")) == request.consumes]
        if not named:
            return Reply(kind=ReplyKind.UNKNOWN, message="the order left the list of open orders")
        await self._venue.cancel_order(named[0]["id"], self._name(request.symbol))
        return Reply(kind=ReplyKind.DONE)

    def _order(self, row: Mapping[str, Any], symbol: str, request: OrderRequest | None = None) -> OrderReport:
        if request is None:
            return order_of(row, symbol)
        # Some venues answer to a new order with its id alone.
        plain = {
            "status": "open",
            "side": str(request.side),
            "type": "market" if request.kind in (OrderKind.MARKET, OrderKind.STOP) else "limit",
            "amount": request.quantity,
            "clientOrderId": request.client_id,
        }
        given = {name: value for name, value in row.items() if value is not None}
        return order_of(plain | given, symbol)

    def _name(self, symbol: str) -> str:
        market = market_of(self._venue, symbol)
        if market is None:
            raise VenueError(f"{self.config.exchange} has no spot symbol {symbol!r}.", code="TW-V004")
        return str(market["symbol"])


def _parameters(request: OrderRequest) -> dict[str, Any]:
    parameters: dict[str, Any] = {"clientOrderId": request.client_id}
    if request.stop_price is not None:
        parameters["stopLossPrice"] = str(request.stop_price)
    if request.time_in_force:
        parameters["timeInForce"] = request.time_in_force
    return parameters
