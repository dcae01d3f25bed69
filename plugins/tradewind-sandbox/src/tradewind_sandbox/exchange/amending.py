"""Amend keep priority: a smaller quantity for an order that keeps its place."""

from __future__ import annotations

from typing import Any

from tradewind_sandbox.exchange import checks, render
from tradewind_sandbox.exchange.cancelling import check_cancelable, find_open
from tradewind_sandbox.exchange.context import Context
from tradewind_sandbox.exchange.money import text
from tradewind_sandbox.exchange.orders import Order
from tradewind_sandbox.exchange.refusals import Refusal, invalid
from tradewind_sandbox.exchange.settlement import lock_needed, set_lock


def amend(ctx: Context) -> dict[str, Any]:
    """
    Serve `PUT order/amend/keepPriority`: a smaller quantity, the same place in the queue.

    The legs of a pair are amended together (faqs/order_amend_keep_priority.md).
    """
    market = ctx.market()
    order = find_open(ctx, market, "orderId", "origClientOrderId", -2038)
    quantity: int = ctx.params["newQty"]
    _check_amendment(ctx, order, quantity)
    old_id = order.client_id
    new_id = ctx.params.get("newClientOrderId") or ctx.core.venue.fresh_client_id()
    other = order.list.other(order) if order.list is not None else None
    legs = [order] if other is None or not other.is_open else [order, other]
    for leg in legs:
        leg.quantity = quantity
        leg.amends += 1
    for leg in legs:
        if leg.locked:
            set_lock(leg, max(lock_needed(one) for one in legs))
    if new_id != old_id:
        order.account.rename(order, new_id)
    execution_id = ctx.core.venue.report(order, "REPLACED", canceled_by="")
    body = {"transactTime": ctx.time(order.updated_us), "executionId": execution_id, **_amended(ctx, order, old_id)}
    for leg in legs[1:]:
        ctx.core.venue.report(leg, "REPLACED")
    if order.list is not None:
        if new_id != old_id:
            order.list.status_type = "UPDATED"
            ctx.core.venue.report_list(order.list)
        listing = render.listing(ctx, order.list)
        for name in ("listStatusType", "transactionTime"):
            del listing[name]
        body["listStatus"] = listing
    return body


def _check_amendment(ctx: Context, order: Order, quantity: int) -> None:
    market = order.market
    if not market.rules.allows("amendAllowed"):
        raise Refusal(-2038, "Order amend is not supported for this symbol.")
    if quantity == order.quantity:
        raise Refusal(-2038, "The requested action would change no state; rejecting")
    if not order.quantity:
        raise Refusal(-2038, "Order amend is not supported before the working order is filled.")
    if quantity > order.quantity:
        raise Refusal(-2038, "Order amend (quantity increase) is not supported.")
    if quantity <= order.executed + order.prevented:
        raise invalid("newQty")
    if order.amends >= market.filters.max_amends:
        raise Refusal(-2038, "Filter failure: MAX_NUM_ORDER_AMENDS")
    new_id = ctx.params.get("newClientOrderId")
    if new_id and ctx.owner.open_client.get((market.symbol, new_id), order) is not order:
        raise Refusal(-2038, "Duplicate order sent.")
    check_cancelable(ctx, market)
    before = order.quantity
    order.quantity = quantity
    try:
        checks.check_filters(ctx.core.venue, order)
    finally:
        order.quantity = before


def _amended(ctx: Context, order: Order, old_id: str) -> dict[str, Any]:
    body = {
        "symbol": order.market.symbol,
        "orderId": order.order_id,
        "orderListId": order.list_id,
        "origClientOrderId": old_id,
        "clientOrderId": order.client_id,
        "price": text(order.price),
        "qty": text(order.quantity),
        "executedQty": text(order.executed),
        "preventedQty": text(order.prevented),
        "quoteOrderQty": text(order.quote_budget),
        "cumulativeQuoteQty": text(order.quote),
        "status": order.status,
        "timeInForce": order.tif,
        "type": order.order_type,
        "side": order.side,
        "selfTradePreventionMode": order.stp,
    }
    if order.working_us >= 0:
        body["workingTime"] = ctx.time(order.working_us)
    return {"amendedOrder": body}
