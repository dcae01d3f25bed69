"""Self-trade prevention (faqs/stp_faq.md): the taker's mode decides."""

from __future__ import annotations

from tradewind_sandbox.exchange.lifecycle import Lifecycle
from tradewind_sandbox.exchange.orders import Order


def prevent(life: Lifecycle, taker: Order, maker: Order) -> None:
    """
    Keep two orders of one account from trading with each other.

    DECREMENT takes the smaller remaining quantity off both; TRANSFER does the same here, because
    both orders belong to the very same account.
    """
    market = taker.market
    match_id = market.next_prevented_id
    market.next_prevented_id += 1
    quantity = min(taker.remaining, maker.remaining) if not taker.quote_budget else maker.remaining
    for order in (taker, maker):
        order.prevented_match = match_id
    mode = taker.stp
    if taker.quote_budget and mode in {"DECREMENT", "TRANSFER"}:
        mode = "EXPIRE_BOTH"
    if mode in {"EXPIRE_MAKER", "EXPIRE_BOTH"}:
        maker.prevented += quantity
        life.end(maker, "EXPIRED_IN_MATCH", "")
    if mode in {"EXPIRE_TAKER", "EXPIRE_BOTH"}:
        taker.prevented += 0 if taker.quote_budget else quantity
        life.end(taker, "EXPIRED_IN_MATCH", "")
    if mode in {"DECREMENT", "TRANSFER"}:
        for order in (maker, taker):
            life.take_off(order, quantity)
