"""One symbol: the market's own book, resting orders, waiting stops and what has traded."""

from __future__ import annotations

from bisect import insort
from collections import deque
from typing import Final, NamedTuple

from tradewind_sandbox.exchange.averages import Average
from tradewind_sandbox.exchange.filters import Filters, compile_filters
from tradewind_sandbox.exchange.klines import KlineStore
from tradewind_sandbox.exchange.orders import Order
from tradewind_sandbox.exchange.rules import SymbolRules

_TAPE: Final = 10_000
_DEFAULT_MINUTES: Final = 5


class Print(NamedTuple):
    """One aggregated public trade; amounts in units, time in microseconds UTC."""

    agg_id: int
    price: int
    quantity: int
    first_id: int
    last_id: int
    time_us: int
    buyer_is_maker: bool


def _bid_rank(order: Order) -> tuple[int, int]:
    return (-order.price, order.priority)


def _ask_rank(order: Order) -> tuple[int, int]:
    return (order.price, order.priority)


class Market:
    """
    One symbol's state.

    `bids` and `asks` are the market's own levels as `[price, quantity]`, best first; takers eat
    from them, an eaten level is gone, and the next feed replaces them all.
    """

    def __init__(self, rules: SymbolRules) -> None:
        self.rules = rules
        self.symbol = rules.symbol
        self.status = rules.status
        self.filters: Filters = compile_filters(rules.filters)
        self.bids: list[list[int]] = []
        self.asks: list[list[int]] = []
        self.resting_bids: list[Order] = []
        self.resting_asks: list[Order] = []
        self.stops: list[Order] = []
        self.last_price: int | None = None
        self.reference_price: int | None = None
        self.reference_us = 0
        self.next_order_id = 1
        self.next_trade_id = 1
        self.next_agg_id = 1
        self.next_prevented_id = 0
        self.update_id = 0
        self.priorities = 0
        self.must_trigger = False
        self.tape: deque[Print] = deque(maxlen=_TAPE)
        self.klines = KlineStore()
        self._averages: dict[int, Average] = {_DEFAULT_MINUTES: Average(_DEFAULT_MINUTES)}

    # rules

    def change_rules(self, rules: SymbolRules) -> None:
        """Put other rules into force; open orders stay as they are."""
        self.filters = compile_filters(rules.filters)
        self.rules = rules

    @property
    def is_trading(self) -> bool:
        """Whether orders are taken and matched."""
        return self.status == "TRADING"

    # resting orders

    def rest(self, order: Order) -> None:
        """Put an order on the book, behind what has its price already."""
        self.priorities += 1
        order.priority = self.priorities
        if order.is_buy:
            order.queue = sum(quantity for price, quantity in self.bids if price == order.price)
            insort(self.resting_bids, order, key=_bid_rank)
        else:
            order.queue = sum(quantity for price, quantity in self.asks if price == order.price)
            insort(self.resting_asks, order, key=_ask_rank)

    def remove(self, order: Order) -> None:
        """Take an order off the book and out of the waiting stops."""
        resting = self.resting_bids if order.is_buy else self.resting_asks
        if order in resting:
            resting.remove(order)
        if order in self.stops:
            self.stops.remove(order)

    def best_bid(self) -> int | None:
        """The highest price that somebody pays, None on an empty side."""
        prices = [level[0] for level in self.bids[:1]] + [order.price for order in self.resting_bids[:1]]
        return max(prices, default=None)

    def best_ask(self) -> int | None:
        """The lowest price that somebody takes, None on an empty side."""
        prices = [level[0] for level in self.asks[:1]] + [order.price for order in self.resting_asks[:1]]
        return min(prices, default=None)

    def levels(self, side: str, limit: int) -> list[tuple[int, int]]:
        """Return `(price, quantity)` of one side with resting orders merged in, best first."""
        own, resting = (self.bids, self.resting_bids) if side == "BUY" else (self.asks, self.resting_asks)
        merged: dict[int, int] = {}
        for price, quantity in own:
            if quantity > 0:
                merged[price] = merged.get(price, 0) + quantity
        for order in resting:
            merged[order.price] = merged.get(order.price, 0) + order.remaining
        return sorted(merged.items(), reverse=side == "BUY")[:limit]

    # what has traded

    def print_trade(
        self, price: int, quantity: int, first_id: int, last_id: int, time_us: int, *, buyer_is_maker: bool
    ) -> Print:
        """Write one trade on the tape and move the last price."""
        one = Print(self.next_agg_id, price, quantity, first_id, last_id, time_us, buyer_is_maker)
        self.next_agg_id += 1
        self.tape.append(one)
        self.last_price = price
        if self.stops:
            self.must_trigger = True
        for average in self._averages.values():
            average.add(time_us, price, quantity)
        return one

    def take_trade_id(self) -> int:
        """Return the next trade id."""
        self.next_trade_id += 1
        return self.next_trade_id - 1

    def average_price(self, minutes: int, now_us: int) -> int | None:
        """
        Return the volume-weighted price of the last minutes, the last price when nothing traded.

        Zero minutes mean the last price (filters.md).
        """
        if minutes <= 0:
            return self.last_price
        average = self._averages.get(minutes)
        if average is None:
            average = self._averages[minutes] = Average(minutes)
            for one in self.tape:
                average.add(one.time_us, one.price, one.quantity)
        found = average.price(now_us)
        return self.last_price if found is None else found

    def filter_price(self, minutes: int, now_us: int) -> int | None:
        """Return the price that filters compare with: reference, else average, else last (CHANGELOG 2026-05-06)."""
        if self.reference_price is not None:
            return self.reference_price
        return self.average_price(minutes, now_us)
