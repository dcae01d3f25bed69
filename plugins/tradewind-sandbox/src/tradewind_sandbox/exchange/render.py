"""Orders, lists and trades as answers show them (rest-api.md)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tradewind_sandbox.exchange.context import Context
from tradewind_sandbox.exchange.money import text
from tradewind_sandbox.exchange.order_list import OrderList
from tradewind_sandbox.exchange.orders import Order, Trade


def _extras(ctx: Context, order: Order, body: dict[str, Any]) -> dict[str, Any]:
    if order.stop_price:
        body["stopPrice"] = text(order.stop_price)
    if order.trailing_delta:
        body["trailingDelta"] = order.trailing_delta
        body["trailingTime"] = ctx.time(order.trailing_us)
    if order.iceberg:
        body["icebergQty"] = text(order.iceberg)
    if order.strategy_id is not None:
        body["strategyId"] = order.strategy_id
    if order.strategy_type is not None:
        body["strategyType"] = order.strategy_type
    if order.prevented_match >= 0:
        body["preventedMatchId"] = order.prevented_match
        body["preventedQuantity"] = text(order.prevented)
    if order.expiry_reason:
        body["expiryReason"] = order.expiry_reason
    return body


def ack(ctx: Context, order: Order) -> dict[str, Any]:
    """Return the ACK answer of a placement."""
    return {
        "symbol": order.market.symbol,
        "orderId": order.order_id,
        "orderListId": order.list_id,
        "clientOrderId": order.client_id,
        "transactTime": ctx.time(order.updated_us),
    }


def result(ctx: Context, order: Order) -> dict[str, Any]:
    """Return the RESULT answer of a placement, also a list's order report."""
    body = ack(ctx, order)
    body["price"] = text(order.price)
    if order.quantity or order.status != "PENDING_NEW":
        body["origQty"] = text(order.quantity)
    body["executedQty"] = text(order.executed)
    body["origQuoteOrderQty"] = text(order.quote_budget)
    body["cummulativeQuoteQty"] = text(order.quote)
    body["status"] = order.status
    body["timeInForce"] = order.tif
    body["type"] = order.order_type
    body["side"] = order.side
    body["workingTime"] = ctx.time(order.working_us)
    body["selfTradePreventionMode"] = order.stp
    return _extras(ctx, order, body)


def full(ctx: Context, order: Order) -> dict[str, Any]:
    """Return the FULL answer of a placement: RESULT and the fills."""
    body = result(ctx, order)
    body["fills"] = [
        {
            "price": text(trade.price),
            "qty": text(trade.quantity),
            "commission": text(trade.commission),
            "commissionAsset": trade.commission_asset,
            "tradeId": trade.trade_id,
        }
        for trade in order.fills
    ]
    return body


def placed(ctx: Context, order: Order, response: str) -> dict[str, Any]:
    """Return a placement's answer of the asked kind."""
    return {"ACK": ack, "RESULT": result, "FULL": full}[response](ctx, order)


def canceled(ctx: Context, order: Order, cancel_id: str) -> dict[str, Any]:
    """Return a cancel's answer for one order."""
    body = {
        "symbol": order.market.symbol,
        "origClientOrderId": order.client_id,
        "orderId": order.order_id,
        "orderListId": order.list_id,
        "clientOrderId": cancel_id,
        "transactTime": ctx.time(order.updated_us),
        "price": text(order.price),
        "origQty": text(order.quantity),
        "executedQty": text(order.executed),
        "origQuoteOrderQty": text(order.quote_budget),
        "cummulativeQuoteQty": text(order.quote),
        "status": order.status,
        "timeInForce": order.tif,
        "type": order.order_type,
        "side": order.side,
        "selfTradePreventionMode": order.stp,
    }
    return _extras(ctx, order, body)


def queried(ctx: Context, order: Order) -> dict[str, Any]:
    """Return one order as queries show it."""
    body = {
        "symbol": order.market.symbol,
        "orderId": order.order_id,
        "orderListId": order.list_id,
        "clientOrderId": order.client_id,
        "price": text(order.price),
        "origQty": text(order.quantity),
        "executedQty": text(order.executed),
        "cummulativeQuoteQty": text(order.quote),
        "status": order.status,
        "timeInForce": order.tif,
        "type": order.order_type,
        "side": order.side,
        "stopPrice": text(order.stop_price),
        "icebergQty": text(order.iceberg),
        "time": ctx.time(order.created_us),
        "updateTime": ctx.time(order.updated_us),
        "isWorking": order.working_us >= 0,
        "workingTime": ctx.time(order.working_us),
        "origQuoteOrderQty": text(order.quote_budget),
        "selfTradePreventionMode": order.stp,
    }
    return _extras(ctx, order, body)


def listing(ctx: Context, listed: OrderList) -> dict[str, Any]:
    """Return one order list as queries show it."""
    symbol = listed.market.symbol
    return {
        "orderListId": listed.list_id,
        "contingencyType": listed.contingency,
        "listStatusType": listed.status_type,
        "listOrderStatus": listed.order_status,
        "listClientOrderId": listed.client_id,
        "transactionTime": ctx.time(listed.updated_us),
        "symbol": symbol,
        "orders": [
            {"symbol": symbol, "orderId": order.order_id, "clientOrderId": order.client_id} for order in listed.orders
        ],
    }


def canceled_list(ctx: Context, listed: OrderList, ended: Iterable[Order], cancel_id: str) -> dict[str, Any]:
    """Return a cancel's answer for a list: the list and the orders that it ended."""
    return {**listing(ctx, listed), "orderReports": [canceled(ctx, order, cancel_id) for order in ended]}


def trade_row(ctx: Context, trade: Trade) -> dict[str, Any]:
    """Return one element of `GET myTrades`."""
    return {
        "symbol": trade.symbol,
        "id": trade.trade_id,
        "orderId": trade.order_id,
        "orderListId": trade.list_id,
        "price": text(trade.price),
        "qty": text(trade.quantity),
        "quoteQty": text(trade.quote),
        "commission": text(trade.commission),
        "commissionAsset": trade.commission_asset,
        "time": ctx.time(trade.time_us),
        "isBuyer": trade.is_buyer,
        "isMaker": trade.is_maker,
        "isBestMatch": True,
    }
