"""Our requests in the venue's words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import attrs

from tradewind.api import OrderKind, OrderRequest, VenueError, Verb

_TYPES: Final = {
    OrderKind.MARKET: "MARKET",
    OrderKind.LIMIT: "LIMIT",
    OrderKind.STOP: "STOP_LOSS",
    OrderKind.STOP_LIMIT: "STOP_LOSS_LIMIT",
}


@attrs.frozen(kw_only=True)
class Call:
    """
    One mutating call.

    Args:
        method: Of HTTP, lower case.
        path: Under `/api/v3`.
        parameters: Without time and signature.
    """

    method: str
    path: str
    parameters: dict[str, Any]


def call_of(request: OrderRequest) -> Call:
    """
    Return the call that carries out a request.

    An entry with its stop is an OPO list, or an OTO list when the stop's quantity is stated ("Order lists"); a
    swap is `cancelReplace` with STOP_ON_FAILURE, so the new order never exists beside the old one.

    Raises:
        VenueError: TW-V005 for an entry without the ids of its list and stop.
    """
    if request.verb is Verb.CANCEL:
        names = {"origClientOrderId": request.consumes, "newClientOrderId": request.client_id}
        return Call(method="delete", path="order", parameters={"symbol": request.symbol} | names)
    if request.verb is Verb.ENTER:
        return _entry(request)
    single = {
        "symbol": request.symbol,
        "side": request.side.upper(),
        "type": _TYPES[request.kind],
        "quantity": text(request.quantity),
        "price": text(request.price),
        "stopPrice": text(request.stop_price),
        "timeInForce": _time_in_force(request.kind, request.time_in_force),
        "newClientOrderId": request.client_id,
        "newOrderRespType": "FULL",
    }
    if request.verb is Verb.PLACE:
        return Call(method="post", path="order", parameters=_given(single))
    # An order that has begun to trade is not swapped: the new one would sell what the old one has sold already.
    swap = {
        "cancelReplaceMode": "STOP_ON_FAILURE",
        "cancelOrigClientOrderId": request.consumes,
        "cancelRestrictions": "ONLY_NEW",
    }
    return Call(method="post", path="order/cancelReplace", parameters=_given(single | swap))


def _entry(request: OrderRequest) -> Call:
    if not (request.list_id and request.stop_id and request.stop_price is not None and request.price is not None):
        raise VenueError(
            f"the entry {request.client_id} has no list, stop or prices, which an order list needs.", code="TW-V005"
        )
    fixed = request.stop_quantity > 0
    stop_kind = OrderKind.STOP if request.stop_limit is None else OrderKind.STOP_LIMIT
    parameters = {
        "symbol": request.symbol,
        "listClientOrderId": request.list_id,
        "newOrderRespType": "FULL",
        "workingType": "LIMIT",
        "workingSide": request.side.upper(),
        "workingClientOrderId": request.client_id,
        "workingPrice": text(request.price),
        "workingQuantity": text(request.quantity),
        "workingTimeInForce": request.time_in_force or "FOK",
        "pendingType": _TYPES[stop_kind],
        "pendingSide": "SELL",
        "pendingClientOrderId": request.stop_id,
        "pendingStopPrice": text(request.stop_price),
        "pendingPrice": text(request.stop_limit),
        "pendingTimeInForce": _time_in_force(stop_kind, ""),
        "pendingQuantity": text(request.stop_quantity) if fixed else None,
    }
    return Call(method="post", path="orderList/oto" if fixed else "orderList/opo", parameters=_given(parameters))


def _time_in_force(kind: OrderKind, wanted: str) -> str | None:
    return (wanted or "GTC") if kind in (OrderKind.LIMIT, OrderKind.STOP_LIMIT) else None


def _given(parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}


def text(number: Decimal | None) -> str | None:
    """Return a decimal in plain digits, as the venue reads them; None for none."""
    return None if number is None else format(number.normalize() if number else Decimal(0), "f")
