"""The bodies of user data events (user-data-stream.md)."""

from __future__ import annotations

from typing import Any

from tradewind_sandbox.exchange.accounts import Account
from tradewind_sandbox.exchange.money import text
from tradewind_sandbox.exchange.order_list import OrderList
from tradewind_sandbox.exchange.orders import Order, Trade

_NONE = "0.00000000"


def execution_report(
    order: Order,
    execution: str,
    execution_id: int,
    now_us: int,
    *,
    trade: Trade | None = None,
    canceled_by: str = "",
    reject_reason: str = "NONE",
    last_prevented: int = 0,
) -> dict[str, Any]:
    """
    Return an `executionReport`.

    Args:
        order: The order after what happened.
        execution: NEW, CANCELED, REPLACED, REJECTED, TRADE, EXPIRED or TRADE_PREVENTION.
        execution_id: Strictly increasing over the whole exchange.
        now_us: When it happened.
        trade: The execution, for TRADE.
        canceled_by: The client id of a cancel; it becomes `c` and the order's own id `C`.
        reject_reason: `r`.
        last_prevented: Quantity that self-trade prevention has just taken off.
    """
    now_ms = now_us // 1000
    payload: dict[str, Any] = {
        "e": "executionReport",
        "E": now_ms,
        "s": order.market.symbol,
        "c": canceled_by or order.client_id,
        "S": order.side,
        "o": order.order_type,
        "f": order.tif,
        "q": text(order.quantity),
        "p": text(order.price),
        "P": text(order.stop_price),
        "F": text(order.iceberg),
        "g": order.list_id,
        "C": order.client_id if canceled_by else "",
        "x": execution,
        "X": order.status,
        "r": reject_reason,
        "i": order.order_id,
        "z": text(order.executed),
        "T": now_ms,
        "I": execution_id,
        "w": order.working_us >= 0 and order.is_open,
        "M": False,
        "O": order.created_us // 1000,
        "Z": text(order.quote),
        "Q": text(order.quote_budget),
        "V": order.stp,
    }
    return payload | _last_execution(trade) | _conditional(order, last_prevented)


def _last_execution(trade: Trade | None) -> dict[str, Any]:
    """Return the fields of the execution that is told, as they are without one, too."""
    if trade is None:
        return {"l": _NONE, "L": _NONE, "n": "0", "N": None, "t": -1, "m": False, "Y": _NONE}
    return {
        "l": text(trade.quantity),
        "L": text(trade.price),
        "n": text(trade.commission),
        "N": trade.commission_asset,
        "t": trade.trade_id,
        "m": trade.is_maker,
        "Y": text(trade.quote),
    }


def _conditional(order: Order, last_prevented: int) -> dict[str, Any]:
    """Return the fields that are there only where they say something."""
    payload: dict[str, Any] = {}
    if order.working_us >= 0:
        payload["W"] = order.working_us // 1000
    if order.trailing_delta:
        payload["d"] = order.trailing_delta
    if order.trailing_us >= 0:
        payload["D"] = order.trailing_us // 1000
    if order.strategy_id is not None:
        payload["j"] = order.strategy_id
    if order.strategy_type is not None:
        payload["J"] = order.strategy_type
    if order.prevented_match >= 0:
        payload["v"] = order.prevented_match
        payload["A"] = text(order.prevented)
        payload["B"] = text(last_prevented)
    if order.expiry_reason:
        payload["eR"] = order.expiry_reason
    return payload


def list_status(listed: OrderList, now_us: int) -> dict[str, Any]:
    """Return a `listStatus`."""
    symbol = listed.market.symbol
    return {
        "e": "listStatus",
        "E": now_us // 1000,
        "s": symbol,
        "g": listed.list_id,
        "c": listed.contingency,
        "l": listed.status_type,
        "L": listed.order_status,
        "r": "NONE",
        "C": listed.client_id,
        "T": now_us // 1000,
        "O": [{"s": symbol, "i": order.order_id, "c": order.client_id} for order in listed.orders],
    }


def position(account: Account, assets: list[str], now_us: int) -> dict[str, Any]:
    """Return an `outboundAccountPosition` with the assets that may have changed."""
    return {
        "e": "outboundAccountPosition",
        "E": now_us // 1000,
        "u": account.updated_us // 1000,
        "B": [
            {"a": asset, "f": text(account.free.get(asset, 0)), "l": text(account.locked.get(asset, 0))}
            for asset in assets
        ],
    }


def balance_update(asset: str, delta: int, now_us: int) -> dict[str, Any]:
    """Return a `balanceUpdate` for a deposit or a withdrawal."""
    return {"e": "balanceUpdate", "E": now_us // 1000, "a": asset, "d": text(delta), "T": now_us // 1000}


def external_lock(asset: str, delta: int, now_us: int) -> dict[str, Any]:
    """Return an `externalLockUpdate`."""
    return {"e": "externalLockUpdate", "E": now_us // 1000, "a": asset, "d": text(delta), "T": now_us // 1000}
