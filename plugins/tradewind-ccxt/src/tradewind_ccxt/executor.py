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
    BalanceEvent,
    Capabilities,
    FillReport,
    Instrument,
    OrderEvent,
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
from tradewind_ccxt.reports import balances_of, fill_of, order_of, reply_to
from tradewind_ccxt.settings import CcxtConfig
from tradewind_ccxt.venue import instrument_of, market_of, venue_of

_ATOMIC: Final = (Verb.ENTER, Verb.SWAP)


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
    _venue: Any = attrs.field(default=None, init=False)
    _instruments: dict[str, Instrument] = attrs.field(factory=dict, init=False)

    @property
    def is_private(self) -> bool:
        """Whether this machine answers itself, as the sandbox does."""
        return self.config.base_url.startswith("http://")

    async def open(self) -> None:
        """Connect and read the venue's markets; raises VenueError."""
        self._venue = venue_of(self.config, ccxt_async, self.secrets)
        try:
            await self._read("its markets", self._venue.load_markets())
            await self.snapshot()
        except VenueError:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the connections; orders stay where they are."""
        if self._venue is not None:
            await self._venue.close()

    async def server_time(self) -> int:
        """Return the venue's clock, UTC milliseconds; this machine's where the venue has none."""
        if not self._venue.has.get("fetchTime"):
            return int(self._venue.milliseconds())
        return int(await self._read("the time", self._venue.fetch_time()))

    async def instruments(self, symbols: Sequence[str]) -> Mapping[str, Instrument]:
        """Return the venue's rules of these symbols, read anew; one that does not trade is left out."""
        await self._read("its markets", self._venue.load_markets(True))
        steps = self._venue.precisionMode == ccxt.TICK_SIZE
        found = {symbol: market_of(self._venue, symbol) for symbol in symbols}
        self._instruments = {
            symbol: attrs.evolve(instrument_of(market, steps), symbol=symbol)
            for symbol, market in found.items()
            if market is not None and market.get("active") is not False
        }
        return self._instruments

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
        row = await self._read("the account", self._venue.fetch_balance())
        return AccountSnapshot(balances=balances_of(row), time_ms=int(row.get("timestamp") or 0))

    async def submit(self, request: OrderRequest) -> Reply:
        """Send one mutating request, once."""
        if request.verb in _ATOMIC:
            return Reply(
                kind=ReplyKind.REFUSED, message=f"{self.config.exchange} has no request that can {request.verb}"
            )
        try:
            if request.verb is Verb.CANCEL:
                return await self._cancel(request)
            row = await self._venue.create_order(
                self._name(request.symbol),
                "market" if request.kind in (OrderKind.MARKET, OrderKind.STOP) else "limit",
                str(request.side),
                str(request.quantity),
                None if request.price is None else str(request.price),
                _parameters(request),
            )
        except ccxt.BaseError as error:
            return reply_to(error)
        try:
            return Reply(kind=ReplyKind.DONE, orders=(self._order(row, request.symbol, request),))
        except (ValueError, KeyError) as error:
            return Reply(kind=ReplyKind.UNKNOWN, message=f"the answer could not be read: {error}")

    async def order(self, symbol: str, *, client_id: str = "", order_id: int = 0) -> OrderReport | None:
        """Return an order, None when it is not found, which proves nothing."""
        rows = list(await self._read("open orders", self._venue.fetch_open_orders(self._name(symbol))))
        if self._venue.has.get("fetchOrders"):
            rows += await self._read("orders", self._venue.fetch_orders(self._name(symbol)))
        elif self._venue.has.get("fetchClosedOrders"):
            rows += await self._read("closed orders", self._venue.fetch_closed_orders(self._name(symbol)))
        found = [self._order(row, symbol) for row in rows]
        mine = [one for one in found if one.order_id == order_id or (client_id and one.client_id == client_id)]
        return max(mine, key=lambda one: (one.time_ms, one.status.is_terminal), default=None)

    async def open_orders(self, symbol: str = "") -> Sequence[OrderReport]:
        """Return the orders that rest."""
        symbols = [symbol] if symbol else list(self._instruments)
        found: list[OrderReport] = []
        for one in symbols:
            rows = await self._read("open orders", self._venue.fetch_open_orders(self._name(one)))
            found += [self._order(row, one) for row in rows]
        return found

    async def fills(self, symbol: str, from_id: int) -> Sequence[FillReport]:
        """Return executions from an id on, ascending; where ids are words they have no order and all are shown."""
        rows = await self._read("executions", self._venue.fetch_my_trades(self._name(symbol)))
        found = [fill_of(row, symbol) for row in rows]
        ordered = all(str(row["id"]).isdigit() for row in rows)
        return sorted((one for one in found if not ordered or one.trade_id >= from_id), key=lambda one: one.trade_id)

    async def probe(self, symbol: str, client_id: str, quantity: Decimal) -> Probe:  # noqa: ARG002  # not needed here
        """Look among the open orders; one that is not there may still be on its way."""
        rests = any(one.client_id == client_id for one in await self.open_orders(symbol))
        return Probe.RESTS if rests else Probe.UNKNOWN

    async def events(self) -> AsyncIterator[VenueEvent]:
        """Yield orders and balances that changed, found by asking every `poll` seconds."""
        yield StreamEvent(live=True)
        orders: dict[int, OrderReport] = {}
        balances: Mapping[str, Any] = {}
        while True:
            await asyncio.sleep(self.config.poll)
            for symbol in list(self._instruments):
                for one in await self.open_orders(symbol):
                    if orders.get(one.order_id) != one:
                        orders[one.order_id] = one
                        yield OrderEvent(order=one)
            now = (await self.snapshot()).balances
            changed = {name: balance for name, balance in now.items() if balances.get(name) != balance}
            balances = now
            if changed:
                yield BalanceEvent(balances=changed)

    async def _cancel(self, request: OrderRequest) -> Reply:
        found = await self.order(request.symbol, client_id=request.consumes)
        if found is None or found.status.is_terminal:
            return Reply(kind=ReplyKind.GONE, orders=() if found is None else (found,))
        rows = await self._venue.fetch_open_orders(self._name(request.symbol))
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

    async def _read(self, what: str, asked: Any) -> Any:
        try:
            return await asked
        except ccxt.AuthenticationError:
            raise VenueError(
                f"{self.config.exchange} refused the key when asked for {what}.",
                code="TW-V002",
                hint="Check key, secret, password and permissions.",
            ) from None
        except ccxt.RateLimitExceeded:
            raise VenueError(f"{self.config.exchange} must not be asked for {what} now.", code="TW-V003") from None
        except ccxt.BaseError as error:
            raise VenueError(
                f"{self.config.exchange} did not answer to {what}: {type(error).__name__}.", code="TW-V001"
            ) from None


def _parameters(request: OrderRequest) -> dict[str, Any]:
    parameters: dict[str, Any] = {"clientOrderId": request.client_id}
    if request.stop_price is not None:
        parameters["stopLossPrice"] = str(request.stop_price)
    if request.time_in_force:
        parameters["timeInForce"] = request.time_in_force
    return parameters
