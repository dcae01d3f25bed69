"""What every part of the exchange shares: clock, ids, accounts, markets, ledger, listeners."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tradewind_sandbox.exchange import events
from tradewind_sandbox.exchange.accounts import Account
from tradewind_sandbox.exchange.market import Market
from tradewind_sandbox.exchange.messages import LedgerEntry, MarketEvent, UserEvent
from tradewind_sandbox.exchange.order_list import OrderList
from tradewind_sandbox.exchange.orders import Order, Trade
from tradewind_sandbox.exchange.rules import AccountRules, ApiKey, SymbolRules

UserListener = Callable[[UserEvent], None]
MarketListener = Callable[[MarketEvent], None]


class Venue:
    """
    The shared state.

    `house` is what the market's own participants have gained and lost, `fees` what the exchange
    has taken; with every account they add up to what was there at the start plus transfers.
    """

    def __init__(
        self,
        symbols: Sequence[SymbolRules],
        accounts: Sequence[AccountRules],
        clock: Callable[[], int],
        seed: int,
    ) -> None:
        self.clock = clock
        self.markets: dict[str, Market] = {rules.symbol: Market(rules) for rules in symbols}
        self.accounts: dict[str, Account] = {}
        self.keys: dict[str, tuple[Account, ApiKey]] = {}
        self.revoked: dict[str, None] = {}
        self.house: dict[str, int] = {}
        self.fees: dict[str, int] = {}
        self.transfers: dict[str, int] = {}
        self.ledger: list[LedgerEntry] = []
        self.delisting: dict[str, int] = {}
        self.maintenance = False
        self.trading_off = ""
        self.read_lag_us: dict[str, int] = {}
        self.pending: deque[OrderList] = deque()
        self.next_list_id = 0
        self._execution_id = 0
        self._ids = 0
        self._seed = str(seed).encode()
        self._user: dict[str, list[UserListener]] = {}
        self._market: list[MarketListener] = []
        for rules in accounts:
            self.add_account(rules)

    def add_account(self, rules: AccountRules) -> Account:
        """Open an account; what it starts with counts as transferred in."""
        account = Account(rules, uid=354_937_868 + len(self.accounts))
        self.accounts[rules.name] = account
        for asset, amount in rules.balances.items():
            self.transfers[asset] = self.transfers.get(asset, 0) + amount
            self.record("TRANSFER", account.name, "", {"asset": asset, "amount": amount, "cause": "start"})
        for key in rules.keys:
            self.keys[key.key] = (account, key)
        return account

    # time and ids

    def now(self) -> int:
        """Microseconds UTC."""
        return self.clock()

    def fresh_client_id(self) -> str:
        """Return a client id as the venue makes one when none was sent: 22 letters and digits."""
        self._ids += 1
        return hashlib.blake2b(self._ids.to_bytes(8, "big"), key=self._seed, digest_size=11).hexdigest()

    def next_execution_id(self) -> int:
        """Return the next execution id."""
        self._execution_id += 1
        return self._execution_id

    # listeners

    def listen_user(self, account: str, listener: UserListener) -> Callable[[], None]:
        """Call a listener with every event of an account; returns how to stop."""
        listeners = self._user.setdefault(account, [])
        listeners.append(listener)
        return lambda: listeners.remove(listener)

    def listen_market(self, listener: MarketListener) -> Callable[[], None]:
        """Call a listener with every market event; returns how to stop."""
        self._market.append(listener)
        return lambda: self._market.remove(listener)

    @property
    def has_market_listeners(self) -> bool:
        """Whether market events are wanted at all."""
        return bool(self._market)

    def tell_user(self, account: Account, payload: dict[str, Any]) -> None:
        """Hand an event to an account's listeners."""
        listeners = self._user.get(account.name)
        if listeners:
            event = UserEvent(account.name, payload["E"], payload)
            for listener in tuple(listeners):
                listener(event)

    def tell_market(self, symbol: str, kind: str, payload: dict[str, Any]) -> None:
        """Hand an event to the market listeners."""
        event = MarketEvent(symbol, kind, self.now() // 1000, payload)
        for listener in tuple(self._market):
            listener(event)

    # what happened

    def record(self, kind: str, account: str, symbol: str, data: Mapping[str, Any]) -> None:
        """Append one line to the truth."""
        self.ledger.append(LedgerEntry(len(self.ledger), self.now(), kind, account, symbol, dict(data)))

    def report(
        self,
        order: Order,
        execution: str,
        *,
        trade: Trade | None = None,
        canceled_by: str = "",
        reject_reason: str = "NONE",
        last_prevented: int = 0,
    ) -> int:
        """Tell what happened to an order, to its owner and to the ledger; returns the execution id."""
        now = self.now()
        order.updated_us = now
        order.keep_version()
        execution_id = self.next_execution_id()
        name = order.account.name
        self.ledger.append(
            LedgerEntry(
                len(self.ledger),
                now,
                "ORDER" if trade is None else "TRADE",
                name,
                order.market.symbol,
                {
                    "order_id": order.order_id,
                    "client_id": order.client_id,
                    "list_id": order.list_id,
                    "execution": execution,
                    "execution_id": execution_id,
                    "status": order.status,
                    "side": order.side,
                    "type": order.order_type,
                    "price": order.price,
                    "stop_price": order.stop_price,
                    "quantity": order.quantity,
                    "executed": order.executed,
                    "quote": order.quote,
                    "reason": order.expiry_reason,
                    "created_us": order.created_us,
                    "trade": trade,
                },
            )
        )
        if self._user.get(name):
            self.tell_user(
                order.account,
                events.execution_report(
                    order,
                    execution,
                    execution_id,
                    now,
                    trade=trade,
                    canceled_by=canceled_by,
                    reject_reason=reject_reason,
                    last_prevented=last_prevented,
                ),
            )
        return execution_id

    def report_list(self, listed: OrderList) -> None:
        """Tell a list's state to its owner and to the ledger."""
        listed.updated_us = self.now()
        listed.keep_version()
        data = {
            "list_id": listed.list_id,
            "client_id": listed.client_id,
            "status_type": listed.status_type,
            "order_status": listed.order_status,
        }
        self.record("LIST", listed.account.name, listed.market.symbol, data)
        self.tell_user(listed.account, events.list_status(listed, self.now()))

    def flush_positions(self) -> None:
        """Send each account the balances that the operation may have changed."""
        for account in self.accounts.values():
            if account.touched:
                now = self.now()
                account.updated_us = now
                account.remember(now)
                assets = list(account.touched)
                account.touched.clear()
                if self._user.get(account.name):
                    self.tell_user(account, events.position(account, assets, now))
