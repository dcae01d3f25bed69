"""An account: balances in units, its orders, lists and trades."""

from __future__ import annotations

from typing import Final

from tradewind_sandbox.exchange.order_list import OrderList
from tradewind_sandbox.exchange.orders import ALGO, Order, Trade
from tradewind_sandbox.exchange.rules import AccountRules

_KEPT_VERSIONS: Final = 512


class Account:
    """
    One account's state.

    `free` and `locked` are whole units of 10^-8 by asset; `external` is the part of `locked`
    that an outside system holds, everything else of it belongs to open orders and lists.
    """

    def __init__(self, rules: AccountRules, uid: int) -> None:
        self.rules = rules
        self.name = rules.name
        self.uid = uid
        self.can_trade = rules.can_trade
        self.commission = rules.commission
        self.free: dict[str, int] = dict(rules.balances)
        self.locked: dict[str, int] = dict.fromkeys(rules.balances, 0)
        self.external: dict[str, int] = {}
        self.updated_us = 0
        self.touched: dict[str, None] = {}
        self.start = {asset: (amount, 0) for asset, amount in rules.balances.items()}
        self.history: dict[str, list[tuple[int, int, int]]] = {}
        self.orders: dict[str, dict[int, Order]] = {}
        self.open: dict[tuple[str, int], Order] = {}
        self.by_client: dict[tuple[str, str], Order] = {}
        self.open_client: dict[tuple[str, str], Order] = {}
        self.lists: dict[int, OrderList] = {}
        self.list_by_client: dict[str, OrderList] = {}
        self.open_lists: dict[int, OrderList] = {}
        self.trades: dict[str, list[Trade]] = {}

    # balances

    def touch(self, asset: str) -> None:
        """Note that a balance may have changed, for the next position event."""
        self.touched[asset] = None

    def credit(self, asset: str, amount: int) -> None:
        """Add to (or with a negative amount take from) what is free."""
        self.free[asset] = self.free.get(asset, 0) + amount
        self.touched[asset] = None

    def credit_locked(self, asset: str, amount: int) -> None:
        """Add to (or take from) what is locked."""
        self.locked[asset] = self.locked.get(asset, 0) + amount
        self.touched[asset] = None

    def lock(self, asset: str, amount: int) -> None:
        """Move from free to locked; a negative amount moves back."""
        self.free[asset] = self.free.get(asset, 0) - amount
        self.locked[asset] = self.locked.get(asset, 0) + amount
        self.touched[asset] = None

    def available(self, asset: str) -> int:
        """What is free."""
        return self.free.get(asset, 0)

    def remember(self, time_us: int) -> None:
        """Keep the touched balances for reads that lag behind."""
        for asset in self.touched:
            past = self.history.setdefault(asset, [])
            past.append((time_us, self.free.get(asset, 0), self.locked.get(asset, 0)))
            if len(past) > 2 * _KEPT_VERSIONS:
                self.start[asset] = past[_KEPT_VERSIONS - 1][1:]
                del past[:_KEPT_VERSIONS]

    def balance_as_of(self, asset: str, time_us: int) -> tuple[int, int]:
        """Return (free, locked) at a time."""
        found = self.start.get(asset, (0, 0))
        for at, free, locked in self.history.get(asset, ()):
            if at > time_us:
                break
            found = (free, locked)
        return found

    # orders

    def add(self, order: Order) -> None:
        """Take a new order in."""
        symbol = order.market.symbol
        self.orders.setdefault(symbol, {})[order.order_id] = order
        self.open[(symbol, order.order_id)] = order
        self.by_client[(symbol, order.client_id)] = order
        self.open_client[(symbol, order.client_id)] = order

    def close(self, order: Order) -> None:
        """Note that an order has ended: its client id is free again."""
        symbol = order.market.symbol
        self.open.pop((symbol, order.order_id), None)
        if self.open_client.get((symbol, order.client_id)) is order:
            del self.open_client[(symbol, order.client_id)]

    def rename(self, order: Order, client_id: str) -> None:
        """Give an open order another client id."""
        symbol = order.market.symbol
        if self.open_client.get((symbol, order.client_id)) is order:
            del self.open_client[(symbol, order.client_id)]
        if self.by_client.get((symbol, order.client_id)) is order:
            del self.by_client[(symbol, order.client_id)]
        order.client_id = client_id
        self.by_client[(symbol, client_id)] = order
        self.open_client[(symbol, client_id)] = order

    def open_on(self, symbol: str) -> list[Order]:
        """Return the open orders of one symbol, oldest first."""
        return [order for (where, _), order in self.open.items() if where == symbol]

    def counts(self, symbol: str) -> tuple[int, int, int, int]:
        """Return how many open orders, algo orders, iceberg orders and bought units a symbol has."""
        orders = algo = iceberg = buying = 0
        for (where, _), order in self.open.items():
            if where == symbol:
                orders += 1
                algo += order.order_type in ALGO
                iceberg += order.iceberg > 0
                if order.side == "BUY":
                    buying += order.remaining
        return orders, algo, iceberg, buying
