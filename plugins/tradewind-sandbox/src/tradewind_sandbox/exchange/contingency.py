"""What happens by itself: stops that are triggered, pending orders whose turn has come."""

from __future__ import annotations

from typing import Final

from tradewind_sandbox.exchange.checks import check_activation, check_funds, stop_reached
from tradewind_sandbox.exchange.lifecycle import Lifecycle
from tradewind_sandbox.exchange.market import Market
from tradewind_sandbox.exchange.matching import Matching
from tradewind_sandbox.exchange.money import floor_to
from tradewind_sandbox.exchange.order_list import OrderList
from tradewind_sandbox.exchange.orders import ALGO, Order
from tradewind_sandbox.exchange.refusals import Refusal
from tradewind_sandbox.exchange.settlement import lock_needed, set_lock
from tradewind_sandbox.exchange.venue import Venue

_BIPS: Final = 10_000


def is_triggered(order: Order, price: int, now_us: int) -> bool:
    """
    Note a new last price and tell whether it triggers an order.

    A trailing order sells after a fall of `trailingDelta` BIPS from the highest price and buys
    after such a rise from the lowest, counted from placement or from the trade that met its stop
    price (faqs/trailing-stop-faq.md).
    """
    if not order.trailing_delta:
        return stop_reached(order, price)
    if order.trailing_us < 0:
        if order.stop_price and not stop_reached(order, price):
            return False
        order.trailing_us = now_us
        if order.stop_price:
            order.trail_best = price
    if order.is_buy:
        order.trail_best = min(order.trail_best or price, price)
        return price * _BIPS >= order.trail_best * (_BIPS + order.trailing_delta)
    order.trail_best = max(order.trail_best, price)
    return price * _BIPS <= order.trail_best * (_BIPS - order.trailing_delta)


class Contingency:
    """Runs after every request and every feed until nothing is left to do."""

    def __init__(self, venue: Venue, life: Lifecycle, matching: Matching) -> None:
        self._venue = venue
        self._life = life
        self._matching = matching

    def start(self, order: Order) -> None:
        """Let an accepted order wait for its stop, or work."""
        if order.order_type in ALGO:
            order.market.stops.append(order)
            return
        self._matching.work(order)

    def drain(self) -> None:
        """Activate pending orders and fire stops until all is quiet, then send the balances."""
        while True:
            if self._venue.pending:
                self._activate(self._venue.pending.popleft())
                continue
            dirty = [market for market in self._venue.markets.values() if market.must_trigger and market.is_trading]
            if not dirty:
                break
            for market in dirty:
                market.must_trigger = False
                self._fire(market)
        self._venue.flush_positions()

    def _fire(self, market: Market) -> None:
        if market.last_price is None:
            return
        now = self._venue.now()
        for order in tuple(market.stops):
            if order in market.stops and is_triggered(order, market.last_price, now):
                market.stops.remove(order)
                order.working_us = now
                self._venue.report(order, "NEW")
                self._life.lead(order)
                self._matching.work(order)

    # pending orders

    def _activate(self, listed: OrderList) -> None:
        """Place a list's pending orders now that its working order is filled."""
        waiting = [order for order in listed.pending if order.is_open]
        if listed.pays:
            received = listed.received
            self._life.release_received(listed)
            for order in waiting:
                order.quantity = adjusted(order, received)
        try:
            for order in waiting:
                check_activation(self._venue, order)
            self._fund(waiting)
        except Refusal:
            for order in waiting:
                self._life.end(order, "EXPIRED", "REJECTED")
            return
        for order in waiting:
            self._life.present(order, "NEW")
        for order in waiting:
            if order.is_open:
                self.start(order)

    def _fund(self, waiting: list[Order]) -> None:
        """Lock what the pending orders need; a pair shares one lock, a market order needs none."""
        for order in waiting:
            check_funds(order, self._matching.spending(order) if order.order_type == "MARKET" else 0)
        set_lock(waiting[0], max(lock_needed(order) for order in waiting))


def adjusted(order: Order, received: int) -> int:
    """Return what an OPO's pending order may sell of the received amount (LOT_SIZE, MARKET_LOT_SIZE)."""
    filters = order.market.filters
    market = order.order_type == "MARKET"
    step = filters.market_step() if market else filters.lot.step
    most = filters.lot.high or received
    if market and filters.market_lot.high:
        most = min(most, filters.market_lot.high)
    return floor_to(min(received, most), step)
