"""What becomes of an order: accepted, traded, ended; and of the list that it belongs to."""

from __future__ import annotations

from tradewind_sandbox.exchange.limits import Limits
from tradewind_sandbox.exchange.order_list import OrderList
from tradewind_sandbox.exchange.orders import ALGO, Order, Trade
from tradewind_sandbox.exchange.settlement import claim_pair_lock, lock_needed, set_lock
from tradewind_sandbox.exchange.venue import Venue


class Lifecycle:
    """Every change of an order's status goes through here, so that no terminal order ever changes."""

    def __init__(self, venue: Venue, limits: Limits) -> None:
        self._venue = venue
        self._limits = limits

    def admit(self, order: Order, status: str) -> None:
        """Take a new order in with its first status, NEW or PENDING_NEW, and tell it."""
        order.order_id = order.market.next_order_id
        order.market.next_order_id += 1
        order.account.add(order)
        self.present(order, status)

    def present(self, order: Order, status: str) -> None:
        """Give an order NEW or PENDING_NEW and tell it; what waits for no stop works from now on."""
        order.status = status
        if status == "NEW" and order.order_type not in ALGO:
            order.working_us = self._venue.now()
        self._venue.report(order, "NEW")

    def lead(self, order: Order) -> None:
        """Let a leg of a pair take the lead: the other leg expires."""
        other = order.list.other(order) if order.list is not None else None
        if other is not None and other.is_open:
            claim_pair_lock(order)
            self.end(other, "EXPIRED", "OCO_TRIGGER")

    def traded(self, order: Order, trade: Trade, *, done: bool) -> None:
        """Note a fill that has been settled."""
        if len(order.fills) == 1:
            credit = self._limits.rules.maker_credit if trade.is_maker else 1
            self._limits.count_orders(order.account.name, -credit, self._venue.now())
        order.status = "FILLED" if done else "PARTIALLY_FILLED"
        if done:
            order.market.remove(order)
            order.account.close(order)
        self._venue.report(order, "TRADE", trade=trade)
        if done:
            self._after_end(order)

    def end(self, order: Order, status: str, reason: str, *, canceled_by: str = "") -> None:
        """End an open order: CANCELED, EXPIRED or EXPIRED_IN_MATCH; what it holds becomes free."""
        if not order.is_open:
            raise RuntimeError(f"order {order.order_id} is {order.status} and cannot become {status}")
        order.status = status
        order.expiry_reason = reason
        order.market.remove(order)
        set_lock(order, 0)
        order.account.close(order)
        execution = {"CANCELED": "CANCELED", "EXPIRED": "EXPIRED"}.get(status, "TRADE_PREVENTION")
        self._venue.report(order, execution, canceled_by=canceled_by, last_prevented=order.prevented)
        self._after_end(order)

    def take_off(self, order: Order, quantity: int) -> None:
        """Take a prevented quantity off an order; one with nothing left expires in the match."""
        order.prevented += quantity
        if order.remaining == 0:
            self.end(order, "EXPIRED_IN_MATCH", "")
            return
        if order.locked:
            set_lock(order, lock_needed(order))
        self._venue.report(order, "TRADE_PREVENTION", last_prevented=quantity)

    # lists

    def _after_end(self, order: Order) -> None:
        listed = order.list
        if listed is None or not listed.is_open:
            return
        if order is listed.working:
            if order.status == "FILLED":
                self._venue.pending.append(listed)
                return
            for waiting in listed.pending:
                if waiting.is_open:
                    self.end(waiting, "EXPIRED", "OTO_PHASE_ONE_EXPIRED")
        self._close_if_done(listed)

    def _close_if_done(self, listed: OrderList) -> None:
        if not listed.is_open or any(order.is_open for order in listed.orders):
            return
        listed.order_status = "ALL_DONE"
        listed.status_type = "ALL_DONE"
        self.release_received(listed)
        listed.account.open_lists.pop(listed.list_id, None)
        self._venue.report_list(listed)

    def release_received(self, listed: OrderList) -> None:
        """Unlock what an OPO's working order has bought."""
        if listed.received:
            listed.account.lock(listed.market.rules.base, -listed.received)
            listed.received = 0

    def cancel_list(self, listed: OrderList, canceled_by: str) -> list[Order]:
        """Cancel what is open of a list; returns those orders, oldest first."""
        ended = [order for order in listed.orders if order.is_open]
        for order in reversed(ended):
            self.end(order, "CANCELED", "", canceled_by=canceled_by)
        return ended
