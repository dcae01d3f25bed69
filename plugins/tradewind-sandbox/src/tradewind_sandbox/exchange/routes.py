"""Every endpoint that is served: method and path, or WebSocket API method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tradewind_sandbox.exchange import amending, cancelling, listing, placing, public, queries
from tradewind_sandbox.exchange.context import Endpoint
from tradewind_sandbox.exchange.params import (
    EXCESS_MODE,
    REPLACE_MODE,
    RESPONSE,
    RESTRICTIONS,
    SIDE,
    STP,
    TIF,
    TYPE,
    Parser,
    amount,
    client_id,
    flag,
    names,
    text,
    whole,
    window,
)

ALWAYS: Final[Mapping[str, Parser]] = {"timestamp": whole, "recvWindow": window, "signature": text}
"""What every signed request may carry."""

_SYMBOL: Final[dict[str, Parser]] = {"symbol": text}
_ONE_ORDER: Final[dict[str, Parser]] = {
    "type": TYPE,
    "timeInForce": TIF,
    "quantity": amount,
    "price": amount,
    "stopPrice": amount,
    "trailingDelta": whole,
    "icebergQty": amount,
    "strategyId": whole,
    "strategyType": whole,
}
_PLACE: Final[dict[str, Parser]] = {
    **_SYMBOL,
    **_ONE_ORDER,
    "side": SIDE,
    "quoteOrderQty": amount,
    "newClientOrderId": client_id,
    "newOrderRespType": RESPONSE,
    "selfTradePreventionMode": STP,
}
_LIST: Final[dict[str, Parser]] = {
    **_SYMBOL,
    "listClientOrderId": client_id,
    "newOrderRespType": RESPONSE,
    "selfTradePreventionMode": STP,
}


def _prefixed(prefix: str, *, quantity: bool) -> dict[str, Parser]:
    names_of = {**_ONE_ORDER, "clientOrderId": client_id}
    if not quantity:
        del names_of["quantity"]
    return {prefix + name[0].upper() + name[1:]: parser for name, parser in names_of.items()}


_WORKING: Final = {**_LIST, **_prefixed("working", quantity=True), "workingSide": SIDE, "pendingSide": SIDE}
_PENDING: Final = {**_WORKING, **_prefixed("pending", quantity=True)}
_PENDING_PAIR: Final = {
    **_WORKING,
    **_prefixed("pendingAbove", quantity=False),
    **_prefixed("pendingBelow", quantity=False),
    "pendingQuantity": amount,
}
_WORKING_NEEDS: Final = ("symbol", "workingType", "workingSide", "workingPrice", "workingQuantity", "pendingSide")
_PERIOD: Final[dict[str, Parser]] = {"startTime": whole, "endTime": whole, "limit": whole}
_CANCEL: Final[dict[str, Parser]] = {
    **_SYMBOL,
    "orderId": whole,
    "origClientOrderId": client_id,
    "newClientOrderId": client_id,
    "cancelRestrictions": RESTRICTIONS,
}
_REPLACE: Final[dict[str, Parser]] = {
    **_PLACE,
    "cancelReplaceMode": REPLACE_MODE,
    "cancelOrderId": whole,
    "cancelOrigClientOrderId": client_id,
    "cancelNewClientOrderId": client_id,
    "cancelRestrictions": RESTRICTIONS,
    "orderRateLimitExceededMode": EXCESS_MODE,
}
_SYMBOLS: Final[dict[str, Parser]] = {**_SYMBOL, "symbols": names}


def _depth_weight(given: Mapping[str, Any]) -> int:
    limit = str(given.get("limit", "100"))
    size = int(limit) if limit.isdigit() else 100
    return 5 if size <= 100 else 25 if size <= 500 else 50 if size <= 1000 else 250


def _one_or_all(one: int, every: int) -> Any:
    return lambda given: one if given.get("symbol") else every


def _test_weight(given: Mapping[str, Any]) -> int:
    return 20 if str(given.get("computeCommissionRates", "")).lower() == "true" else 1


def _trades_weight(given: Mapping[str, Any]) -> int:
    return 5 if given.get("orderId") else 20


def _trade(serve: Any, params: Mapping[str, Parser], required: tuple[str, ...], orders: int) -> Endpoint:
    return Endpoint(
        serve=serve,
        params=params,
        required=required,
        security="TRADE",
        free_when_good=True,
        orders=orders,
        source="engine",
    )


def _read(
    serve: Any, params: Mapping[str, Parser], weight: Any, required: tuple[str, ...] = (), source: str = "memory"
) -> Endpoint:
    return Endpoint(serve=serve, params=params, required=required, security="USER_DATA", weight=weight, source=source)


def _open(serve: Any, params: Mapping[str, Parser], weight: Any, required: tuple[str, ...] = ()) -> Endpoint:
    return Endpoint(serve=serve, params=params, required=required, weight=weight)


ENDPOINTS: Final[Mapping[tuple[str, str], Endpoint]] = {
    ("GET", "/api/v3/ping"): _open(public.ping, {}, 1),
    ("GET", "/api/v3/time"): _open(public.time, {}, 1),
    ("GET", "/api/v3/exchangeInfo"): _open(
        public.exchange_info,
        {**_SYMBOLS, "permissions": text, "showPermissionSets": flag, "symbolStatus": text},
        20,
    ),
    ("GET", "/api/v3/klines"): _open(
        public.klines,
        {**_SYMBOL, "interval": public.INTERVAL, **_PERIOD, "timeZone": text},
        2,
        ("symbol", "interval"),
    ),
    ("GET", "/api/v3/aggTrades"): _open(public.agg_trades, {**_SYMBOL, **_PERIOD, "fromId": whole}, 4, ("symbol",)),
    ("GET", "/api/v3/avgPrice"): _open(public.average_price, _SYMBOL, 2, ("symbol",)),
    ("GET", "/api/v3/depth"): _open(public.depth, {**_SYMBOL, "limit": whole}, _depth_weight, ("symbol",)),
    ("GET", "/api/v3/ticker/price"): _open(public.price, _SYMBOLS, _one_or_all(2, 4)),
    ("GET", "/api/v3/ticker/bookTicker"): _open(public.quote, _SYMBOLS, _one_or_all(2, 4)),
    ("GET", "/api/v3/executionRules"): _open(public.execution_rules, _SYMBOLS, _one_or_all(2, 40)),
    ("GET", "/api/v3/referencePrice"): _open(public.reference_price, _SYMBOL, 2, ("symbol",)),
    ("POST", "/api/v3/order"): _trade(placing.place, _PLACE, ("symbol", "side", "type"), 1),
    ("POST", "/api/v3/order/test"): Endpoint(
        serve=placing.try_out,
        params={**_PLACE, "computeCommissionRates": flag},
        required=("symbol", "side", "type"),
        security="TRADE",
        weight=_test_weight,
    ),
    ("DELETE", "/api/v3/order"): _trade(cancelling.cancel, _CANCEL, ("symbol",), 0),
    ("DELETE", "/api/v3/openOrders"): _trade(cancelling.cancel_all, _SYMBOL, ("symbol",), 0),
    ("POST", "/api/v3/order/cancelReplace"): Endpoint(
        serve=cancelling.cancel_replace,
        params=_REPLACE,
        required=("symbol", "side", "type", "cancelReplaceMode"),
        security="TRADE",
        free_when_good=True,
        orders=1,
        goes_on_over_limit=True,
        source="engine",
    ),
    ("PUT", "/api/v3/order/amend/keepPriority"): Endpoint(
        serve=amending.amend,
        params={
            **_SYMBOL,
            "orderId": whole,
            "origClientOrderId": client_id,
            "newClientOrderId": client_id,
            "newQty": amount,
        },
        required=("symbol", "newQty"),
        security="TRADE",
        weight=4,
        source="engine",
    ),
    ("POST", "/api/v3/orderList/oco"): _trade(
        listing.place_oco,
        {
            **_LIST,
            "side": SIDE,
            "quantity": amount,
            **_prefixed("above", quantity=False),
            **_prefixed("below", quantity=False),
        },
        ("symbol", "side", "quantity", "aboveType", "belowType"),
        2,
    ),
    ("POST", "/api/v3/orderList/oto"): _trade(
        listing.place_oto, _PENDING, (*_WORKING_NEEDS, "pendingType", "pendingQuantity"), 2
    ),
    ("POST", "/api/v3/orderList/otoco"): _trade(
        listing.place_otoco,
        _PENDING_PAIR,
        (*_WORKING_NEEDS, "pendingQuantity", "pendingAboveType", "pendingBelowType"),
        3,
    ),
    ("POST", "/api/v3/orderList/opo"): _trade(listing.place_opo, _PENDING, (*_WORKING_NEEDS, "pendingType"), 2),
    ("POST", "/api/v3/orderList/opoco"): _trade(
        listing.place_opoco, _PENDING_PAIR, (*_WORKING_NEEDS, "pendingAboveType", "pendingBelowType"), 3
    ),
    ("DELETE", "/api/v3/orderList"): _trade(
        cancelling.cancel_list,
        {**_SYMBOL, "orderListId": whole, "listClientOrderId": client_id, "newClientOrderId": client_id},
        ("symbol",),
        0,
    ),
    ("GET", "/api/v3/order"): _read(
        queries.get_order, {**_SYMBOL, "orderId": whole, "origClientOrderId": client_id}, 4, ("symbol",)
    ),
    ("GET", "/api/v3/openOrders"): _read(queries.open_orders, _SYMBOL, _one_or_all(6, 80)),
    ("GET", "/api/v3/allOrders"): _read(
        queries.all_orders, {**_SYMBOL, **_PERIOD, "orderId": whole}, 20, ("symbol",), "database"
    ),
    ("GET", "/api/v3/orderList"): _read(
        queries.get_list, {"orderListId": whole, "origClientOrderId": client_id}, 4, (), "database"
    ),
    ("GET", "/api/v3/allOrderList"): _read(queries.all_lists, {**_PERIOD, "fromId": whole}, 20, (), "database"),
    ("GET", "/api/v3/openOrderList"): _read(queries.open_lists, {}, 6, (), "database"),
    ("GET", "/api/v3/myTrades"): _read(
        queries.my_trades, {**_SYMBOL, **_PERIOD, "orderId": whole, "fromId": whole}, _trades_weight, ("symbol",)
    ),
    ("GET", "/api/v3/account"): _read(queries.account, {"omitZeroBalances": flag}, 20),
    ("GET", "/api/v3/account/commission"): _read(queries.commission_rates, _SYMBOL, 20, ("symbol",), "database"),
    ("GET", "/api/v3/rateLimit/order"): _read(queries.order_counts, {}, 40),
    ("GET", "/api/v3/myFilters"): _read(queries.my_filters, _SYMBOL, 40, ("symbol",)),
    ("GET", "/sapi/v1/account/apiRestrictions"): _read(public.api_restrictions, {}, 1),
    ("GET", "/sapi/v1/spot/delist-schedule"): _read(public.delist_schedule, {}, 100),
    ("GET", "/sapi/v1/system/status"): _open(public.system_status, {}, 1),
}

GONE: Final = "/api/v3/userDataStream"
"""Removed on 2026-02-20, with every method."""
