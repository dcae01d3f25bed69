"""What people and the exchange itself do to accounts and symbols: the hand of a fault script."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from tradewind_sandbox.exchange import events
from tradewind_sandbox.exchange.accounts import Account
from tradewind_sandbox.exchange.core import Core
from tradewind_sandbox.exchange.gateway import Gateway
from tradewind_sandbox.exchange.market import Market
from tradewind_sandbox.exchange.messages import Call, Response
from tradewind_sandbox.exchange.rules import STATUSES, AccountRules, Commission, SymbolRules


class Operator:
    """
    Interventions from outside the API; amounts in units of 10^-8.

    Every method raises KeyError for an account or symbol that is not there and ValueError for a
    value that cannot be.
    """

    def __init__(self, core: Core, gateway: Gateway, forget: Callable[[str], None]) -> None:
        self._core = core
        self._gateway = gateway
        self._forget = forget

    def _account(self, name: str) -> Account:
        return self._core.venue.accounts[name]

    def _market(self, symbol: str) -> Market:
        return self._core.venue.markets[symbol]

    # money

    def deposit(self, account: str, asset: str, amount: int) -> None:
        """Let money in: `balanceUpdate` and the new balance follow on the user stream."""
        self._transfer(account, asset, amount, "deposit")

    def withdraw(self, account: str, asset: str, amount: int) -> None:
        """Let money out; no more than is free."""
        if self._account(account).available(asset) < amount:
            raise ValueError(f"{account} has less than {amount} units of {asset} free")
        self._transfer(account, asset, -amount, "withdrawal")

    def _transfer(self, name: str, asset: str, delta: int, cause: str) -> None:
        venue, account = self._core.venue, self._account(name)
        account.credit(asset, delta)
        venue.transfers[asset] = venue.transfers.get(asset, 0) + delta
        venue.record("TRANSFER", name, "", {"asset": asset, "amount": delta, "cause": cause})
        venue.tell_user(account, events.balance_update(asset, delta, venue.now()))
        venue.flush_positions()

    def external_lock(self, account: str, asset: str, delta: int) -> None:
        """Lock (or with a negative amount unlock) money by a system outside the exchange."""
        venue, owner = self._core.venue, self._account(account)
        held = owner.external.get(asset, 0)
        if owner.available(asset) < delta or held + delta < 0:
            raise ValueError(f"{account} cannot have {delta} units of {asset} locked")
        owner.lock(asset, delta)
        owner.external[asset] = held + delta
        venue.record("LOCK", account, "", {"asset": asset, "amount": delta})
        venue.tell_user(owner, events.external_lock(asset, delta, venue.now()))
        venue.flush_positions()

    # accounts and keys

    def add_account(self, rules: AccountRules) -> None:
        """Open a further account."""
        self._core.venue.add_account(rules)

    def set_commission(self, account: str, commission: Commission) -> None:
        """Change what an account pays from now on."""
        self._account(account).commission = commission

    def set_can_trade(self, account: str, *, on: bool) -> None:
        """Let an account trade or not."""
        self._account(account).can_trade = on

    def revoke_key(self, key: str) -> None:
        """Delete an API key: it is refused from now on, also on open connections."""
        account, _ = self._core.venue.keys.pop(key)
        self._core.venue.record("KEY", account.name, "", {"key": key, "change": "revoked"})
        self._forget(key)

    def change_key(self, key: str, **changes: Any) -> None:
        """Change a key's permissions or addresses, e.g. `trade=False` or `ips=("10.0.0.1",)`."""
        account, old = self._core.venue.keys[key]
        self._core.venue.keys[key] = (account, attrs.evolve(old, **changes))
        self._core.venue.record("KEY", account.name, "", {"key": key, "change": dict(changes)})

    def manual_order(self, account: str, method: str, path: str, params: Mapping[str, Any]) -> Response:
        """
        Do by hand what the account's owner does in an app: place or cancel, without the bot's key.

        Returns the answer as an API caller would get it; no limit is charged and no key is needed.
        """
        return self._gateway.by_hand(self._account(account), Call(method=method, path=path, params=params))

    def ban(self, ip: str, seconds: int) -> None:
        """Ban an address."""
        self._core.limits.ban(ip, seconds, self._core.venue.now())

    # symbols

    def set_status(self, symbol: str, status: str) -> None:
        """Put a symbol into TRADING, END_OF_DAY, HALT, BREAK or CANCEL_ONLY."""
        if status not in STATUSES:
            raise ValueError(f"{status!r} is no symbol status; there are {', '.join(STATUSES)}")
        market, venue = self._market(symbol), self._core.venue
        market.status = status
        venue.record("STATUS", "", symbol, {"status": status})
        if market.is_trading:
            self._core.matching.cross(market)
            market.must_trigger = bool(market.stops)
        self._core.contingency.drain()

    def change_rules(self, symbol: str, **changes: Any) -> None:
        """Change a symbol's rules at runtime, e.g. `filters=…`, `order_types=…`, `flags={"opoAllowed": False}`."""
        market = self._market(symbol)
        market.change_rules(attrs.evolve(market.rules, **changes))
        self._core.venue.record("RULES", "", symbol, {"changed": sorted(changes)})

    def change_filter(self, symbol: str, kind: str, **values: Any) -> None:
        """Change values of one filter, e.g. `change_filter("BTCUSDT", "LOT_SIZE", stepSize="0.001")`."""
        rows = self._market(symbol).rules.filters
        if all(row["filterType"] != kind for row in rows):
            raise ValueError(f"{symbol} has no filter {kind}")
        changed = tuple({**row, **values} if row["filterType"] == kind else row for row in rows)
        self.change_rules(symbol, filters=changed)

    def list_symbol(self, rules: SymbolRules) -> None:
        """Open a new symbol."""
        self._core.venue.markets[rules.symbol] = Market(rules)
        self._core.venue.record("SYMBOL", "", rules.symbol, {"change": "listed"})

    def announce_delisting(self, symbol: str, at_ms: int) -> None:
        """Put a symbol on the delist schedule."""
        self._core.venue.delisting[self._market(symbol).symbol] = at_ms
        self._core.venue.record("SYMBOL", "", symbol, {"change": "delisting", "at_ms": at_ms})

    def remove_symbol(self, symbol: str) -> None:
        """Remove a symbol: its open orders expire (EXCHANGE_CANCELED) and its name is unknown (-1121)."""
        venue, market = self._core.venue, self._market(symbol)
        market.status = "BREAK"
        self.cancel_by_exchange(symbol)
        del venue.markets[symbol]
        venue.delisting.pop(symbol, None)
        venue.record("SYMBOL", "", symbol, {"change": "removed"})

    def cancel_by_exchange(self, symbol: str, account: str = "") -> None:
        """Expire open orders of a symbol (EXCHANGE_CANCELED), of one account or of all."""
        venue = self._core.venue
        for owner in venue.accounts.values():
            if account in {"", owner.name}:
                for order in reversed(owner.open_on(symbol)):
                    if order.is_open:
                        self._core.life.end(order, "EXPIRED", "EXCHANGE_CANCELED")
        self._core.contingency.drain()

    # the exchange as a whole

    def set_maintenance(self, *, on: bool) -> None:
        """Show maintenance in `system/status` and refuse orders: "Rest API trading is not enabled."."""
        venue = self._core.venue
        venue.maintenance = on
        venue.trading_off = "Rest API trading is not enabled." if on else ""
        venue.record("STATUS", "", "", {"maintenance": on})

    def scale_timing(self, factor: float) -> None:
        """
        Widen recvWindow and the bound on timestamps ahead, for a clock that runs faster than the network.

        At 60 times the speed a request that travels a millisecond is 60 milliseconds old on arrival.
        """
        self._gateway.timing_scale = factor

    def set_read_lag(self, where: str, lag_ms: int) -> None:
        """
        Let reads lag behind.

        Args:
            where: `memory`, `database`, or one path such as `/api/v3/order`.
            lag_ms: How old their answers are; 0 ends it.
        """
        lags = self._core.venue.read_lag_us
        if lag_ms:
            lags[where] = lag_ms * 1000
        else:
            lags.pop(where, None)
