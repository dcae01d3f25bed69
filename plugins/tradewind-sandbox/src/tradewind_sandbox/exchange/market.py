"""One symbol: the market's own book, resting orders, waiting stops and what has traded."""

from __future__ import annotations

from bisect import insort
from collections import deque
from typing import Final, NamedTuple

from tradewind_sandbox.exchange.filters import Filters, compile_filters
from tradewind_sandbox.exchange.klines import KlineStore
from tradewind_sandbox.exchange.orders import Order
from tradewind_sandbox.exchange.rules import SymbolRules

_TAPE: Final = 50_000
_MINUTE_US: Final = 60_000_000


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
        self._window: deque[tuple[int, int, int, int]] = deque()
        self._window_sums: list[int] = [0, 0]
        self._window_minutes = 0

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
        if price != self.last_price:
            self.last_price = price
        if self.stops:
            self.must_trigger = True
        self._window.append((time_us, price * quantity, quantity, price))
        self._window_sums[0] += price * quantity
        self._window_sums[1] += quantity
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
        self._window_minutes = max(self._window_minutes, minutes)
        window, sums = self._window, self._window_sums
        oldest = now_us - self._window_minutes * _MINUTE_US
        while window and window[0][0] < oldest:
            _, worth, quantity, _ = window.popleft()
            sums[0] -= worth
            sums[1] -= quantity
        worth, quantity = sums
        if minutes < self._window_minutes:
            start = now_us - minutes * _MINUTE_US
            worth = sum(one[1] for one in window if one[0] >= start)
            quantity = sum(one[2] for one in window if one[0] >= start)
        return worth // quantity if quantity else self.last_price

    def trim(self, now_us: int) -> None:
        """Forget trades older than the longest average that filters ask for."""
        minutes = max([5, self._window_minutes, *(one.minutes for one in self.filters.notional)])
        self.average_price(minutes, now_us)

    def filter_price(self, minutes: int, now_us: int) -> int | None:
        """Return the price that filters compare with: reference, else average, else last (CHANGELOG 2026-05-06)."""
        if self.reference_price is not None:
            return self.reference_price
        return self.average_price(minutes, now_us)
