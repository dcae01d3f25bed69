"""The executor `binance`: requests, look-ups and events of one account."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import attrs

from tradewind.api import (
    AccountSnapshot,
    Capabilities,
    FillReport,
    Instrument,
    OrderReport,
    OrderRequest,
    Permissions,
    Probe,
    Reply,
    ReplyKind,
    Secret,
    VenueError,
    VenueEvent,
)
from tradewind_binance.answers import LARGEST, fault_of, reading
from tradewind_binance.keys import Key
from tradewind_binance.replies import reply_of
from tradewind_binance.reports import balances_of, order_of, trade_of
from tradewind_binance.requests import call_of, text
from tradewind_binance.rest import TRANSPORT, Rest
from tradewind_binance.rules import TRADING, capabilities_of, instrument_of
from tradewind_binance.settings import BinanceConfig
from tradewind_binance.user_stream import UserStream

PAGE: Final = 1000
_NO_CHANGE: Final = -2038
_NO_SUCH_SYMBOL: Final = -1121
_UNKNOWN_ORDER: Final = frozenset({-2011, -2013})


@attrs.define(eq=False)
class BinanceExecutor:
    """
    Orders on Binance Spot, or on what speaks its protocol.

    Args:
        config: The settings.
        secrets: The key's parts by name.
        rest: Asks and signs.
    """

    config: BinanceConfig
    secrets: Mapping[str, Secret] = attrs.field(factory=dict, repr=False)
    rest: Rest = attrs.field(init=False)
    _capabilities: dict[str, Capabilities] = attrs.field(factory=dict, init=False)

    @rest.default
    def _signed_rest(self) -> Rest:
        return Rest(self.config, Key.of(self.secrets))

    @property
    def is_private(self) -> bool:
        """Whether this machine answers itself, as the sandbox does."""
        return self.config.addresses.is_private

    async def open(self) -> None:
        """Take over the venue's clock, and let it check the key; raises VenueError."""
        await self.rest.server_time()
        await self.snapshot()

    async def close(self) -> None:
        """Close the connections; orders stay where they are."""
        await self.rest.close()

    async def server_time(self) -> int:
        """Return the venue's clock, UTC milliseconds; what is signed next follows it."""
        return await self.rest.server_time()

    async def instruments(self, symbols: Sequence[str]) -> Mapping[str, Instrument]:
        """
        Return the venue's rules of these symbols, read anew; one that does not trade is left out.

        Raises:
            VenueError: TW-V004 when it lacks a rule that orders need.
        """
        rows = [row for row in await self._rows(symbols) if row["status"] == TRADING and row["symbol"] in set(symbols)]
        self._capabilities |= {str(row["symbol"]): capabilities_of(row) for row in rows}
        return {str(row["symbol"]): instrument_of(row) for row in rows}

    async def _rows(self, symbols: Sequence[str]) -> list[Mapping[str, Any]]:
        """Return the table's rows; a symbol that is no more makes the venue refuse the others with it."""
        quoted = ",".join(f'"{symbol}"' for symbol in symbols)
        asked = {"symbols": f"[{quoted}]", "showPermissionSets": "false"}
        try:
            body = await self.rest.read("exchangeInfo", "exchangeInfo", asked, weight=20, largest=8 * LARGEST)
        except VenueError as error:
            if error.data.get("venue_code") != _NO_SUCH_SYMBOL:
                raise
            return [row for one in symbols for row in await self._rows([one])] if len(symbols) > 1 else []
        with reading("exchangeInfo"):
            return list(body["symbols"])

    def capabilities(self, symbol: str) -> Capabilities:
        """Return what the venue can do for a symbol of `instruments`; nothing is assumed of others."""
        return self._capabilities.get(symbol, Capabilities(stop_orders=False))

    async def permissions(self) -> Permissions:
        """Return what the key may do ("Get API Key Permission", wallet)."""
        row = await self.rest.read(
            "the key's permissions", "account/apiRestrictions", {}, weight=1, signed=True, wallet=True
        )
        expires = row.get("tradingAuthorityExpirationTime")
        return Permissions(
            trade=row.get("enableSpotAndMarginTrading"),
            withdraw=row.get("enableWithdrawals"),
            transfer=_any(row.get("enableInternalTransfer"), row.get("permitsUniversalTransfer")),
            ip_bound=row.get("ipRestrict"),
            derivatives=_any(row.get("enableFutures"), row.get("enableMargin")),
            expires_ms=None if expires is None else int(expires),
        )

    async def snapshot(self) -> AccountSnapshot:
        """Return the account's balances; assets without any are left out."""
        row = await self.rest.read("the account", "account", {"omitZeroBalances": "true"}, weight=20, signed=True)
        with reading("the account"):
            balances = balances_of(row["balances"], asset="asset", free="free", locked="locked")
            return AccountSnapshot(
                balances=balances, can_trade=bool(row["canTrade"]), time_ms=int(row.get("updateTime") or 0)
            )

    def used_weight(self) -> int:
        """Return the request weight that the venue has counted in this minute."""
        return self.rest.budget.used(self.rest.now_ms() / 1000)

    async def submit(self, request: OrderRequest) -> Reply:
        """Send one mutating request, once; what the network does to it is `ReplyKind.UNKNOWN`."""
        gate = self.rest.budget.closed(self.rest.now_ms() / 1000)
        if gate > 0:
            words = f"nothing is sent for {gate:.0f} s: the venue closed the gate"
            return Reply(kind=ReplyKind.LIMITED, message=words, retry_after_ms=math.ceil(gate * 1000))
        call = call_of(request)
        try:
            answer = await self.rest.send(
                call.method, call.path, call.parameters, request.timestamp_ms, request.recv_window_ms
            )
        except TRANSPORT as error:
            return Reply(kind=ReplyKind.UNKNOWN, message=f"{type(error).__name__}: no answer came")
        return reply_of(request, answer)

    async def order(self, symbol: str, *, client_id: str = "", order_id: int = 0) -> OrderReport | None:
        """Return an order, None when it is not found, which proves nothing."""
        name = {"orderId": order_id} if order_id else {"origClientOrderId": client_id}
        row = await self.rest.read("an order", "order", {"symbol": symbol} | name, weight=4, signed=True)
        with reading("an order"):
            return None if row is None else order_of(row)

    async def open_orders(self, symbol: str = "") -> Sequence[OrderReport]:
        """Return the orders that rest or are held."""
        one = {"symbol": symbol} if symbol else {}
        rows = await self.rest.read("open orders", "openOrders", one, weight=6 if symbol else 80, signed=True)
        with reading("open orders"):
            return [order_of(row) for row in rows]

    async def fills(self, symbol: str, from_id: int) -> Sequence[FillReport]:
        """Return a page of executions from a trade id on, ascending."""
        asked = {"symbol": symbol, "fromId": from_id, "limit": PAGE}
        rows = await self.rest.read("executions", "myTrades", asked, weight=20, signed=True)
        with reading("executions"):
            return [trade_of(row) for row in rows]

    async def probe(self, symbol: str, client_id: str, quantity: Decimal) -> Probe:
        """
        Ask the matching engine whether an order rests, changing nothing.

        An amendment to the quantity that the order has is refused as no change by an engine that knows it, and as
        an unknown order by one that does not ("Order Amend Keep Priority").

        Raises:
            VenueError: When the venue did not answer in a way that tells.
        """
        asked = {"symbol": symbol, "origClientOrderId": client_id, "newQty": text(quantity)}
        await self.rest.admit(4, "a probe")
        try:
            answer = await self.rest.send(
                "put", "order/amend/keepPriority", asked, self.rest.now_ms(), self.config.recv_window_ms
            )
        except TRANSPORT as error:
            raise VenueError(
                f"Binance did not answer to a probe: {type(error).__name__}.", code="TW-V001", hint="It is asked again."
            ) from None
        code, words = fault_of(answer)
        if code in _UNKNOWN_ORDER or "Unknown order" in words:
            return Probe.ABSENT
        if code == _NO_CHANGE:
            return Probe.RESTS
        return Probe.UNKNOWN

    def events(self) -> AsyncIterator[VenueEvent]:
        """Yield what the account reports, from now on."""
        return UserStream(rest=self.rest).events()


def _any(*answers: bool | None) -> bool | None:
    known = [answer for answer in answers if answer is not None]
    return any(known) if known else None
