"""ccxt's orders, executions and errors, as records."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

import ccxt

from tradewind.api import Balance, FillReport, OrderKind, OrderReport, OrderStatus, Reply, ReplyKind, Side

STATUSES: Final = {
    "open": OrderStatus.ACCEPTED,
    "closed": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELED,
    "cancelled": OrderStatus.CANCELED,
    "canceling": OrderStatus.ACCEPTED,
    "expired": OrderStatus.EXPIRED,
    "rejected": OrderStatus.REJECTED,
}
_FAULTS: Final = (
    (ccxt.RateLimitExceeded, ReplyKind.LIMITED),
    (ccxt.DDoSProtection, ReplyKind.LIMITED),
    (ccxt.OnMaintenance, ReplyKind.VENUE_DOWN),
    (ccxt.AuthenticationError, ReplyKind.UNAUTHORISED),
    (ccxt.DuplicateOrderId, ReplyKind.DUPLICATE),
    (ccxt.OrderNotFound, ReplyKind.GONE),
    (ccxt.InvalidNonce, ReplyKind.REFUSED),
    (ccxt.InsufficientFunds, ReplyKind.REFUSED),
    (ccxt.InvalidOrder, ReplyKind.REFUSED),
    (ccxt.BadRequest, ReplyKind.REFUSED),
)
"""What ccxt's errors say, the more special first; all others leave the outcome open."""


def number(value: Any) -> Decimal:
    """Return a number exactly; 0 for none."""
    return Decimal(0) if value is None else Decimal(str(value))


def order_of(row: Mapping[str, Any], symbol: str) -> OrderReport:
    """
    Return ccxt's order under our name of the symbol.

    Raises:
        ValueError: It has no status or id that can be read.
    """
    executed, quantity = number(row.get("filled")), number(row.get("amount"))
    status = STATUSES.get(str(row.get("status")))
    if status is None or row.get("id") is None:
        raise ValueError(f"an order has status {row.get('status')!r} and id {row.get('id')!r}")
    if status is OrderStatus.ACCEPTED and executed > 0:
        status = OrderStatus.PARTIALLY_FILLED
    if status is OrderStatus.FILLED and executed < quantity:
        status = OrderStatus.EXPIRED
    stop = number(row.get("triggerPrice") or row.get("stopPrice") or row.get("stopLossPrice"))
    limit = number(row.get("price")) if row.get("type") != "market" else Decimal(0)
    kind = OrderKind.MARKET if row.get("type") == "market" else OrderKind.LIMIT
    if stop:
        kind = OrderKind.STOP if kind is OrderKind.MARKET or not limit else OrderKind.STOP_LIMIT
    return OrderReport(
        symbol=symbol,
        order_id=whole_id(row["id"]),
        client_id=str(row.get("clientOrderId") or ""),
        side=Side(str(row["side"])),
        kind=kind,
        status=status,
        quantity=quantity,
        executed=executed,
        quote=number(row.get("cost")),
        price=limit or None,
        stop_price=stop or None,
        time_ms=int(row.get("timestamp") or 0),
    )


def fill_of(row: Mapping[str, Any], symbol: str) -> FillReport:
    """Return ccxt's trade of the account."""
    fee = row.get("fee") or {}
    price, quantity = number(row["price"]), number(row["amount"])
    return FillReport(
        symbol=symbol,
        trade_id=whole_id(row["id"]),
        order_id=whole_id(row.get("order") or 0),
        side=Side(str(row["side"])),
        price=price,
        quantity=quantity,
        quote=number(row.get("cost")) or price * quantity,
        commission=number(fee.get("cost")),
        commission_asset=str(fee.get("currency") or ""),
        maker=row.get("takerOrMaker") == "maker",
        time_ms=int(row.get("timestamp") or 0),
    )


def whole_id(value: Any) -> int:
    """Return a venue's id as a whole number; words become one that is theirs alone."""
    text = str(value)
    if text.isdigit():
        return int(text)
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big") >> 1


def balances_of(row: Mapping[str, Any]) -> dict[str, Balance]:
    """Return balances by asset, those of nothing left out."""
    names = set(row.get("free") or {}) | set(row.get("used") or {})
    found = {
        name: Balance(free=number(row["free"].get(name)), locked=number(row["used"].get(name)))
        for name in sorted(names)
    }
    return {name: balance for name, balance in found.items() if balance.total}


def reply_to(error: ccxt.BaseError) -> Reply:
    """Return what an error says of a mutating request; its text is not taken over, it can hold the signed request."""
    for family, kind in _FAULTS:
        if isinstance(error, family):
            wait = 60_000 if kind is ReplyKind.LIMITED else 0
            return Reply(kind=kind, message=type(error).__name__, retry_after_ms=wait)
    return Reply(kind=ReplyKind.UNKNOWN, message=type(error).__name__)
