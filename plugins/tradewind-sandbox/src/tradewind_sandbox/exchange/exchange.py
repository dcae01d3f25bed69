"""The exchange as its users see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from tradewind_sandbox.exchange import tape
from tradewind_sandbox.exchange.arrival import Arrival
from tradewind_sandbox.exchange.core import Core
from tradewind_sandbox.exchange.gateway import Gateway
from tradewind_sandbox.exchange.messages import (
    BookInput,
    Call,
    KlineInput,
    LedgerEntry,
    MarketInput,
    ReferencePriceInput,
    Request,
    Response,
    StatusInput,
    TradeInput,
)
from tradewind_sandbox.exchange.operator import Operator
from tradewind_sandbox.exchange.rules import AccountRules, LimitRules, SymbolRules
from tradewind_sandbox.exchange.sessions import Connection, Sessions
from tradewind_sandbox.exchange.venue import MarketListener, UserListener


@attrs.frozen(kw_only=True)
class Truth:
    """
    What really is, for checkers; amounts in units of 10^-8.

    Args:
        entries: The ledger from the asked line on.
        balances: Account to asset to (free, locked).
        house: What the market's own participants have gained, by asset.
        fees: What the exchange has taken, by asset.
        transfers: What has come in from outside less what has gone, by asset.
    """

    entries: tuple[LedgerEntry, ...]
    balances: Mapping[str, Mapping[str, tuple[int, int]]]
    house: Mapping[str, int]
    fees: Mapping[str, int]
    transfers: Mapping[str, int]


class Exchange:
    """
    One exchange: synchronous, deterministic, exact.

    Args:
        symbols: What is traded.
        clock: Microseconds UTC; called, never waited for.
        accounts: Who trades.
        seed: What generated client ids grow from.
        limits: Rate limits.
    """

    def __init__(
        self,
        symbols: Sequence[SymbolRules],
        *,
        clock: Callable[[], int],
        accounts: Sequence[AccountRules] = (),
        seed: int = 0,
        limits: LimitRules | None = None,
    ) -> None:
        self._core = Core(symbols, accounts, clock, seed, limits or LimitRules())
        self._gateway = Gateway(self._core)
        self._sessions = Sessions(self._core, self._gateway)
        self.operator = Operator(self._core, self._gateway, self._sessions.forget_key)
        """Deposits, halts, revoked keys and the rest that no API call does."""

    # requests

    def request(self, request: Request | Call) -> Response:
        """Take a request in and carry it out at once."""
        return self._gateway.execute(self._gateway.arrive(request))

    def arrive(self, request: Request | Call) -> Arrival:
        """Take a request in: limits, key, signature, timing, parameters, order count."""
        return self._gateway.arrive(request)

    def execute(self, arrival: Arrival) -> Response:
        """Carry an arrival out, now; it may be carried out again (a duplicated message) or never."""
        return self._gateway.execute(arrival)

    # the WebSocket API

    def connect(self, deliver: Callable[[dict[str, Any]], None], ip: str = "127.0.0.1") -> Connection:
        """
        Open a WebSocket API connection.

        Args:
            deliver: Called with every user event, wrapped with its subscription id.
            ip: Whom it is charged to.
        """
        return self._sessions.connect(deliver, ip)

    def ws_request(self, connection: Connection, message: Mapping[str, Any] | str) -> dict[str, Any]:
        """Answer one WebSocket API message."""
        return self._sessions.request(connection, message)

    def ws_arrive(self, connection: Connection, message: Mapping[str, Any] | str) -> Arrival | dict[str, Any]:
        """Take a message in: an arrival to pass to `ws_execute`, or the reply when none is left to carry out."""
        return self._sessions.arrive(connection, message)

    def ws_execute(self, connection: Connection, message: Mapping[str, Any] | str, arrival: Arrival) -> dict[str, Any]:
        """Carry a held message out and return its reply."""
        return self._sessions.execute(connection, message, arrival)

    def disconnect(self, connection: Connection) -> None:
        """Close a connection; its subscriptions end and nothing is replayed later."""
        self._sessions.disconnect(connection)

    # listeners

    def subscribe_user(self, account: str, listener: UserListener) -> Callable[[], None]:
        """Call a listener with every user event of an account, in order; returns how to stop."""
        return self._core.venue.listen_user(self._core.venue.accounts[account].name, listener)

    def subscribe_market(self, listener: MarketListener) -> Callable[[], None]:
        """Call a listener with every market event, in order; returns how to stop."""
        return self._core.venue.listen_market(listener)

    # the market

    def feed(self, event: MarketInput) -> None:
        """
        Take a market event in and let everything happen that follows from it.

        Raises:
            KeyError: The symbol is not there.
        """
        venue, matching = self._core.venue, self._core.matching
        market = venue.markets[event.symbol]
        match event:
            case TradeInput():
                matching.on_trade(market, event)
            case BookInput():
                matching.on_book(market, event)
                tape.publish_quote(venue, market)
            case KlineInput():
                market.klines.put(event)
                if not event.silent:
                    tape.publish_kline(venue, market, event)
                return
            case ReferencePriceInput():
                market.reference_price = event.price
                market.reference_us = venue.now()
                return
            case StatusInput():
                self.operator.set_status(event.symbol, event.status)
                return
        self._core.contingency.drain()

    # the truth

    def truth(self, since: int = 0) -> Truth:
        """Return the ledger from line `since` on and every exact balance."""
        venue = self._core.venue
        return Truth(
            entries=tuple(venue.ledger[since:]),
            balances={
                account.name: {
                    asset: (account.free.get(asset, 0), account.locked.get(asset, 0))
                    for asset in sorted({*account.free, *account.locked})
                }
                for account in venue.accounts.values()
            },
            house=dict(venue.house),
            fees=dict(venue.fees),
            transfers=dict(venue.transfers),
        )
