"""Orders and executions in the venue's words, as records."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

from tradewind.api import Balance, FillReport, OrderEvent, OrderKind, OrderReport, OrderStatus, Side
from tradewind_binance.answers import decimal

_EIGHTH: Final = Decimal("1e-8")
"""The precision of the venue's balances."""

STATUSES: Final = {
    "NEW": OrderStatus.ACCEPTED,
    "PENDING_NEW": OrderStatus.HELD,
    "PARTIALLY_FILLED": OrderStatus.PARTIALLY_FILLED,
    "FILLED": OrderStatus.FILLED,
    "CANCELED": OrderStatus.CANCELED,
    "PENDING_CANCEL": OrderStatus.ACCEPTED,
    "REJECTED": OrderStatus.REJECTED,
    "EXPIRED": OrderStatus.EXPIRED,
    "EXPIRED_IN_MATCH": OrderStatus.EXPIRED,
}
"""By the venue's words ("Order status", enums)."""

KINDS: Final = {
    "MARKET": OrderKind.MARKET,
    "LIMIT": OrderKind.LIMIT,
    "LIMIT_MAKER": OrderKind.LIMIT,
    "STOP_LOSS": OrderKind.STOP,
    "STOP_LOSS_LIMIT": OrderKind.STOP_LIMIT,
    "TAKE_PROFIT": OrderKind.STOP,
    "TAKE_PROFIT_LIMIT": OrderKind.STOP_LIMIT,
}


def order_of(row: Mapping[str, Any], *, time_ms: int = 0, cancelled: bool = False) -> OrderReport:
    """
    Return an order of a REST answer.

    Args:
        row: The object.
        time_ms: When, where the object does not say.
        cancelled: It is the answer to a cancel, in which the order's own id is `origClientOrderId`.

    Raises:
        KeyError: A field is missing.
        ValueError: A field is not what it must be.
    """
    name = "origClientOrderId" if cancelled else "clientOrderId"
    status = str(row["status"])
    if status not in STATUSES:
        raise ValueError(f"the status was {status!r}, expected one of {', '.join(STATUSES)}")
    list_id = str(row.get("listClientOrderId", ""))
    return OrderReport(
        symbol=str(row["symbol"]),
        order_id=int(row["orderId"]),
        client_id=str(row[name]),
        side=Side(str(row["side"]).lower()),
        kind=KINDS[str(row["type"])],
        status=STATUSES[status],
        # The held leg of a list has no quantity before its working order filled.
        quantity=decimal(row.get("origQty", 0), "origQty"),
        executed=decimal(row["executedQty"], "executedQty"),
        quote=decimal(row["cummulativeQuoteQty"], "cummulativeQuoteQty"),
        price=_price(row.get("price")),
        stop_price=_price(row.get("stopPrice")),
        list_id=list_id,
        reason=str(row.get("expiryReason") or ("EXPIRED_IN_MATCH" if status == "EXPIRED_IN_MATCH" else "")),
        time_ms=int(row.get("transactTime") or row.get("updateTime") or row.get("time") or time_ms),
    )


def fills_of(row: Mapping[str, Any]) -> tuple[FillReport, ...]:
    """Return the executions within a FULL answer; an order that traded at once took, and did not rest."""
    return tuple(
        FillReport(
            symbol=str(row["symbol"]),
            trade_id=int(one["tradeId"]),
            order_id=int(row["orderId"]),
            side=Side(str(row["side"]).lower()),
            price=(price := decimal(one["price"], "price")),
            quantity=(quantity := decimal(one["qty"], "qty")),
            quote=(price * quantity).quantize(_EIGHTH, ROUND_DOWN),
            commission=decimal(one["commission"], "commission"),
            commission_asset=str(one["commissionAsset"]),
            maker=False,
            time_ms=int(row["transactTime"]),
            client_id=str(row["clientOrderId"]),
        )
        for one in row.get("fills", ())
    )


def trade_of(row: Mapping[str, Any]) -> FillReport:
    """Return an execution of the account's list of trades."""
    return FillReport(
        symbol=str(row["symbol"]),
        trade_id=int(row["id"]),
        order_id=int(row["orderId"]),
        side=Side.BUY if row["isBuyer"] else Side.SELL,
        price=decimal(row["price"], "price"),
        quantity=decimal(row["qty"], "qty"),
        quote=decimal(row["quoteQty"], "quoteQty"),
        commission=decimal(row["commission"], "commission"),
        commission_asset=str(row["commissionAsset"]),
        maker=bool(row["isMaker"]),
        time_ms=int(row["time"]),
    )


def event_of(row: Mapping[str, Any]) -> OrderEvent:
    """
    Return an `executionReport` of the user stream.

    In the report of a cancel `c` names the cancel and `C` the order ("Order update").
    """
    client_id = str(row["C"] or row["c"])
    status = STATUSES[str(row["X"])]
    side = Side(str(row["S"]).lower())
    order = OrderReport(
        symbol=str(row["s"]),
        order_id=int(row["i"]),
        client_id=client_id,
        side=side,
        kind=KINDS[str(row["o"])],
        status=status,
        quantity=decimal(row["q"], "q"),
        executed=decimal(row["z"], "z"),
        quote=decimal(row["Z"], "Z"),
        price=_price(row.get("p")),
        stop_price=_price(row.get("P")),
        reason=str(row.get("eR") or (row["r"] if row.get("r") not in (None, "NONE") else "")),
        time_ms=int(row["T"]),
    )
    fill = None
    if row["x"] == "TRADE":
        fill = FillReport(
            symbol=order.symbol,
            trade_id=int(row["t"]),
            order_id=order.order_id,
            side=side,
            price=decimal(row["L"], "L"),
            quantity=decimal(row["l"], "l"),
            quote=decimal(row["Y"], "Y"),
            commission=decimal(row["n"], "n"),
            commission_asset=str(row["N"] or ""),
            maker=bool(row["m"]),
            time_ms=int(row["T"]),
            client_id=client_id,
        )
    return OrderEvent(order=order, fill=fill, execution_id=int(row["I"]))


def balances_of(rows: Any, *, asset: str, free: str, locked: str) -> dict[str, Balance]:
    """Return balances by asset, those of nothing left out; the names are those of the fields."""
    found = {
        str(row[asset]): Balance(free=decimal(row[free], free), locked=decimal(row[locked], locked)) for row in rows
    }
    return {name: balance for name, balance in found.items() if balance.total or asset == "a"}


def _price(value: Any) -> Decimal | None:
    if value is None:
        return None
    number = decimal(value, "price")
    return number or None
