"""Cancel and cancel-replace."""

from __future__ import annotations

from typing import Any

from tradewind_sandbox.exchange import render
from tradewind_sandbox.exchange.context import Context
from tradewind_sandbox.exchange.market import Market
from tradewind_sandbox.exchange.order_list import OrderList
from tradewind_sandbox.exchange.orders import Order
from tradewind_sandbox.exchange.placing import accept, build, check_before, check_in_engine, check_open, response_kind
from tradewind_sandbox.exchange.refusals import Refusal


def find_open(ctx: Context, market: Market, id_name: str, client_name: str, code: int = -2011) -> Order:
    """
    Return the open order that a request names.

    Raises:
        Refusal: -1102 without an id; "Unknown order sent." for one that is not open.
    """
    order_id, client_id = ctx.params.get(id_name), ctx.params.get(client_name)
    if order_id is None and client_id is None:
        raise Refusal(-1102, f"Param '{client_name}' or '{id_name}' must be sent, but both were empty/null!")
    account = ctx.owner
    if order_id is not None:
        found = account.open.get((market.symbol, order_id))
    else:
        found = account.open_client.get((market.symbol, str(client_id)))
    if found is None or (client_id is not None and found.client_id != client_id):
        raise Refusal(code, "Unknown order sent.")
    return found


def check_cancelable(ctx: Context, market: Market) -> None:
    if ctx.core.venue.trading_off:
        raise Refusal(-2011, ctx.core.venue.trading_off)
    if market.status not in {"TRADING", "CANCEL_ONLY"}:
        raise Refusal(-2011, "Market is closed.")


def _check_restrictions(ctx: Context, order: Order) -> None:
    wanted = {"ONLY_NEW": "NEW", "ONLY_PARTIALLY_FILLED": "PARTIALLY_FILLED"}.get(
        ctx.params.get("cancelRestrictions", "")
    )
    if wanted is not None and order.status != wanted:
        raise Refusal(-2011, "Order was not canceled due to cancel restrictions.")


def _cancel(ctx: Context, order: Order, cancel_id: str) -> dict[str, Any]:
    """Cancel an order, or the whole list that it belongs to."""
    if order.list is not None:
        ended = ctx.core.life.cancel_list(order.list, cancel_id)
        return render.canceled_list(ctx, order.list, ended, cancel_id)
    ctx.core.life.end(order, "CANCELED", "", canceled_by=cancel_id)
    return render.canceled(ctx, order, cancel_id)


def cancel(ctx: Context) -> dict[str, Any]:
    """Serve `DELETE order`."""
    market = ctx.market()
    order = find_open(ctx, market, "orderId", "origClientOrderId")
    check_cancelable(ctx, market)
    _check_restrictions(ctx, order)
    return _cancel(ctx, order, ctx.params.get("newClientOrderId") or ctx.core.venue.fresh_client_id())


def cancel_all(ctx: Context) -> list[dict[str, Any]]:
    """Serve `DELETE openOrders`: every open order of the symbol, lists as wholes."""
    market = ctx.market()
    open_now = ctx.owner.open_on(market.symbol)
    if not open_now:
        raise Refusal(-2011, "Unknown order sent.")
    check_cancelable(ctx, market)
    cancel_id = ctx.core.venue.fresh_client_id()
    return [_cancel(ctx, order, cancel_id) for order in open_now if order.is_open]


def cancel_list(ctx: Context) -> dict[str, Any]:
    """Serve `DELETE orderList`."""
    market = ctx.market()
    listed = _find_open_list(ctx, market)
    check_cancelable(ctx, market)
    cancel_id = ctx.params.get("newClientOrderId") or ctx.core.venue.fresh_client_id()
    ended = ctx.core.life.cancel_list(listed, cancel_id)
    return render.canceled_list(ctx, listed, ended, cancel_id)


def _find_open_list(ctx: Context, market: Market) -> OrderList:
    list_id, client_id = ctx.params.get("orderListId"), ctx.params.get("listClientOrderId")
    if list_id is None and client_id is None:
        raise Refusal(-1102, "Param 'orderListId' or 'listClientOrderId' must be sent, but both were empty/null!")
    for listed in ctx.owner.open_lists.values():
        if listed.market is not market:
            continue
        if (list_id is None or listed.list_id == list_id) and (client_id is None or listed.client_id == client_id):
            return listed
    raise Refusal(-2011, "Unknown order list sent.")


def cancel_replace(ctx: Context) -> dict[str, Any]:
    """
    Serve `POST order/cancelReplace`.

    Parameters, filters and the order count are checked before anything is canceled; the rest of
    the new order's checks come after the cancel, so a refusal there leaves nothing on the book.
    """
    market = ctx.market()
    if not market.rules.allows("cancelReplaceAllowed"):
        raise Refusal(-2010, "Order cancel-replace is not supported for this symbol.")
    order = build(ctx, market, side=ctx.params["side"])
    if ctx.params.get("cancelOrderId") is None and ctx.params.get("cancelOrigClientOrderId") is None:
        raise Refusal(
            -1102, "Param 'cancelOrigClientOrderId' or 'cancelOrderId' must be sent, but both were empty/null!"
        )
    if ctx.excess is not None and ctx.params.get("orderRateLimitExceededMode") != "CANCEL_ONLY":
        raise ctx.excess
    check_before(ctx.core, order)
    cancel_result, cancel_body = _attempt_cancel(ctx, market)
    if cancel_result == "FAILURE" and ctx.params["cancelReplaceMode"] == "STOP_ON_FAILURE":
        raise _replaced(cancel_result, cancel_body, "NOT_ATTEMPTED", None)
    new_result, new_body = _attempt_new(ctx, market, order, told=cancel_result == "SUCCESS")
    if cancel_result == new_result == "SUCCESS":
        return {
            "cancelResult": cancel_result,
            "newOrderResult": new_result,
            "cancelResponse": cancel_body,
            "newOrderResponse": new_body,
        }
    status = ctx.excess.status if ctx.excess is not None else 0
    raise _replaced(cancel_result, cancel_body, new_result, new_body, status)


def _attempt_cancel(ctx: Context, market: Market) -> tuple[str, dict[str, Any]]:
    try:
        old = find_open(ctx, market, "cancelOrderId", "cancelOrigClientOrderId")
        check_cancelable(ctx, market)
        _check_restrictions(ctx, old)
    except Refusal as refusal:
        return "FAILURE", refusal.body()
    cancel_id = ctx.params.get("cancelNewClientOrderId") or ctx.core.venue.fresh_client_id()
    return "SUCCESS", _cancel(ctx, old, cancel_id)


def _attempt_new(ctx: Context, market: Market, order: Order, *, told: bool) -> tuple[str, dict[str, Any]]:
    """Place the new half; after a successful cancel a refusal is told to the user stream as REJECTED."""
    try:
        if ctx.excess is not None:
            raise ctx.excess
        check_open(ctx, market)
        check_in_engine(ctx.core, order)
    except Refusal as refusal:
        if told:
            order.status = "REJECTED"
            ctx.core.venue.report(order, "REJECTED", reject_reason=str(refusal.code))
        return "FAILURE", refusal.body()
    accept(ctx.core, order)
    return "SUCCESS", render.placed(ctx, order, response_kind(ctx, order.order_type))


def _replaced(
    cancel_result: str,
    cancel_body: dict[str, Any],
    new_result: str,
    new_body: dict[str, Any] | None,
    status: int = 0,
) -> Refusal:
    data = {
        "cancelResult": cancel_result,
        "newOrderResult": new_result,
        "cancelResponse": cancel_body,
        "newOrderResponse": new_body,
    }
    if "SUCCESS" in {cancel_result, new_result}:
        return Refusal(-2021, "Order cancel-replace partially failed.", status or 409, data)
    return Refusal(-2022, "Order cancel-replace failed.", status or 400, data)
