"""Every answer has the fields, and their JSON types, of the sample in the venue's documentation."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tradewind_sandbox.exchange import (
    AccountRules,
    ApiKey,
    Call,
    Exchange,
    KlineInput,
    PriceRange,
    ReferencePriceInput,
    StatusInput,
    funds,
    symbols_from_exchange_info,
    units,
)

CONDITIONAL = {
    "stopPrice",
    "icebergQty",
    "trailingDelta",
    "trailingTime",
    "strategyId",
    "strategyType",
    "preventedMatchId",
    "preventedQuantity",
    "expiryReason",
    "v",
    "W",
    "workingTime",
    "sors",
    "fills",
}
"""Fields that the documentation shows only under conditions."""

LIMIT = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "price": "40000",
    "quantity": "0.01",
}
OCO = {
    "symbol": "BTCUSDT",
    "side": "SELL",
    "quantity": "0.01",
    "aboveType": "LIMIT_MAKER",
    "abovePrice": "52000",
    "belowType": "STOP_LOSS_LIMIT",
    "belowStopPrice": "49000",
    "belowPrice": "48900",
    "belowTimeInForce": "GTC",
    "listClientOrderId": "pair",
}
WORKING = {
    "symbol": "BTCUSDT",
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingTimeInForce": "GTC",
    "workingPrice": "40000",
    "workingQuantity": "0.01",
    "pendingSide": "SELL",
}
PAIR = {
    "pendingAboveType": "LIMIT_MAKER",
    "pendingAbovePrice": "52000",
    "pendingBelowType": "STOP_LOSS_LIMIT",
    "pendingBelowStopPrice": "39000",
    "pendingBelowPrice": "38900",
    "pendingBelowTimeInForce": "GTC",
}


@pytest.fixture(scope="module")
def samples() -> Path:
    name = os.environ.get("TRADEWIND_MARKET_DATA")
    if not name:
        pytest.skip("the documentation's samples are not here: set TRADEWIND_MARKET_DATA to their folder")
    return Path(name) / "binance-payloads" / "docs"


@pytest.fixture
def rich(make_world):
    """A world with something in every table."""
    span = PriceRange(bid_up=units("1.5"), bid_down=units("0.5"), ask_up=units("1.5"), ask_down=units("0.5"))
    world = make_world(symbol={"price_range": span, "has_reference": True})
    world.exchange.feed(ReferencePriceInput(symbol="BTCUSDT", price=units("50000")))
    world.exchange.feed(
        KlineInput(
            symbol="BTCUSDT",
            interval="1m",
            open_ms=0,
            close_ms=59_999,
            open=1,
            high=1,
            low=1,
            close=1,
            volume=1,
        )
    )
    key = ApiKey(key="jp", secret="jp")  # noqa: S106  # a key of this test alone
    world.exchange.operator.add_account(
        AccountRules(name="jp", balances=funds(USDT="1"), keys=(key,), asset_limits=funds(USDT="1000"))
    )
    return world


def get(path: str, signed: bool = True, **params: Any) -> Callable[[Any], Any]:
    prefix = "" if path.startswith("/") else "/api/v3/"
    return lambda world: world.call("GET", prefix + path, params, signed=signed).body


def post(path: str, **params: Any) -> Callable[[Any], Any]:
    return lambda world: world.call("POST", f"/api/v3/{path}", params).body


def after(*steps: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda world: [step(world) for step in steps][-1]


def my_filters(world: Any) -> Any:
    return world.call("GET", "/api/v3/myFilters", {"symbol": "BTCUSDT"}, key="jp", secret="jp").body  # noqa: S106


def cancel(world: Any) -> Any:
    placed = post("order", **LIMIT)(world)
    return world.call("DELETE", "/api/v3/order", {"symbol": "BTCUSDT", "orderId": placed["orderId"]}).body


def cancel_list(world: Any) -> Any:
    post("orderList/oco", **OCO)(world)
    return world.call("DELETE", "/api/v3/orderList", {"symbol": "BTCUSDT", "listClientOrderId": "pair"}).body


def cancel_everything(world: Any) -> Any:
    post("order", **LIMIT)(world)
    post("order", **LIMIT)(world)
    post("orderList/oco", **OCO)(world)
    return world.call("DELETE", "/api/v3/openOrders", {"symbol": "BTCUSDT"}).body


def amend(world: Any) -> Any:
    placed = post("order", **LIMIT)(world)
    params = {"symbol": "BTCUSDT", "orderId": placed["orderId"], "newQty": "0.005"}
    return world.call("PUT", "/api/v3/order/amend/keepPriority", params).body


def amend_pending(world: Any) -> Any:
    listed = post("orderList/oto", **WORKING, pendingType="MARKET", pendingQuantity="0.01")(world)
    params = {"symbol": "BTCUSDT", "orderId": listed["orders"][1]["orderId"], "newQty": "0.005"}
    return world.call("PUT", "/api/v3/order/amend/keepPriority", params).body


def event(kind: str, *steps: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def run(world: Any) -> Any:
        link, delivered = world.connect()
        world.ws(link, "userDataStream.subscribe.signature")
        for step in steps:
            step(world)
        return next(one for one in delivered if one["event"]["e"] == kind)

    return run


def terminated(world: Any) -> Any:
    link, delivered = world.connect()
    world.ws(link, "userDataStream.subscribe.signature")
    world.ws(link, "userDataStream.unsubscribe", signed=False)
    return delivered[-1]


def market_event(kind: str, *steps: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def run(world: Any) -> Any:
        heard: list[Any] = []
        world.exchange.subscribe_market(heard.append)
        for step in steps:
            step(world)
        return next(one.payload for one in heard if one.kind == kind)

    return run


def reply(method: str, *steps: Callable[[Any], Any], signed: bool = True, **params: Any) -> Callable[[Any], Any]:
    def run(world: Any) -> Any:
        for step in steps:
            step(world)
        link, _ = world.connect()
        return world.ws(link, method, params, signed=signed)

    return run


def bar(world: Any) -> None:
    world.exchange.feed(
        KlineInput(
            symbol="BTCUSDT", interval="1m", open_ms=60_000, close_ms=119_999, open=1, high=1, low=1, close=1, volume=1
        )
    )


BUY = post("order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")
STOP = {
    "symbol": "BTCUSDT",
    "side": "SELL",
    "quantity": "0.01",
    "stopPrice": "49000",
    "cancelReplaceMode": "STOP_ON_FAILURE",
}
RESULT = {"newOrderRespType": "RESULT"}
BAD = {"price": "60000", "side": "BUY", "type": "LIMIT_MAKER", "quantity": "0.01", "symbol": "BTCUSDT"}

CASES: dict[str, Callable[[Any], Any]] = {
    "rest/test-connectivity-1": get("ping", signed=False),
    "rest/check-server-time-1": get("time", signed=False),
    "rest/kline-candlestick-data-1": get("klines", signed=False, symbol="BTCUSDT", interval="1m"),
    "rest/compressed-aggregate-trades-list-1": get("aggTrades", signed=False, symbol="BTCUSDT"),
    "rest/current-average-price-1": get("avgPrice", signed=False, symbol="BTCUSDT"),
    "rest/order-book-1": get("depth", signed=False, symbol="BTCUSDT"),
    "rest/symbol-price-ticker-1": get("ticker/price", signed=False, symbol="BTCUSDT"),
    "rest/symbol-price-ticker-2": get("ticker/price", signed=False),
    "rest/symbol-order-book-ticker-1": get("ticker/bookTicker", signed=False, symbol="BTCUSDT"),
    "rest/symbol-order-book-ticker-2": get("ticker/bookTicker", signed=False),
    "rest/query-execution-rules-1": get("executionRules", signed=False),
    "rest/query-reference-price-1": get("referencePrice", signed=False, symbol="BTCUSDT"),
    "rest/query-reference-price-2": after(
        lambda world: world.exchange.feed(ReferencePriceInput(symbol="BTCUSDT", price=None)),
        get("referencePrice", signed=False, symbol="BTCUSDT"),
    ),
    "rest/query-reference-price-3": get("referencePrice", signed=False, symbol="BNBUSDT"),
    "rest/new-order-trade-1": post("order", **LIMIT, newOrderRespType="ACK"),
    "rest/new-order-trade-2": post("order", **LIMIT, newOrderRespType="RESULT"),
    "rest/new-order-trade-3": BUY,
    "rest/test-new-order-trade-1": post("order/test", **LIMIT),
    "rest/test-new-order-trade-2": post("order/test", **LIMIT, computeCommissionRates="true"),
    "rest/cancel-order-trade-1": cancel,
    "rest/cancel-order-list-trade-1": cancel_list,
    "rest/cancel-all-open-orders-on-a-symbol-trade-1": cancel_everything,
    "rest/cancel-an-existing-order-and-send-a-new-order-trade-1": post(
        "order/cancelReplace", **STOP, type="STOP_LOSS", cancelOrderId=99
    ),
    "rest/cancel-an-existing-order-and-send-a-new-order-trade-2": after(
        post("order", **LIMIT),
        post("order/cancelReplace", **BAD, cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=1),
    ),
    "rest/cancel-an-existing-order-and-send-a-new-order-trade-3": post(
        "order/cancelReplace", **{**STOP, "cancelReplaceMode": "ALLOW_FAILURE"}, type="STOP_LOSS", cancelOrderId=99
    ),
    "rest/cancel-an-existing-order-and-send-a-new-order-trade-4": post(
        "order/cancelReplace", **BAD, cancelReplaceMode="ALLOW_FAILURE", cancelOrderId=99
    ),
    "rest/order-amend-keep-priority-trade-1": amend,
    "rest/order-amend-keep-priority-trade-2": amend_pending,
    "rest/new-order-list-oco-trade-1": post("orderList/oco", **OCO),
    "rest/new-order-list-oto-trade-1": post("orderList/oto", **WORKING, pendingType="MARKET", pendingQuantity="0.01"),
    "rest/new-order-list-otoco-trade-1": post("orderList/otoco", **WORKING, **PAIR, pendingQuantity="0.01"),
    "rest/new-order-list-opo-trade-1": post("orderList/opo", **WORKING, pendingType="MARKET"),
    "rest/new-order-list-opoco-trade-1": post("orderList/opoco", **WORKING, **PAIR),
    "rest/query-order-user-data-1": after(post("order", **LIMIT), get("order", symbol="BTCUSDT", orderId=1)),
    "rest/current-open-orders-user-data-1": after(post("order", **LIMIT), get("openOrders")),
    "rest/all-orders-user-data-1": after(post("order", **LIMIT), get("allOrders", symbol="BTCUSDT")),
    "rest/query-order-list-user-data-1": after(post("orderList/oco", **OCO), get("orderList", orderListId=0)),
    "rest/query-all-order-lists-user-data-1": after(post("orderList/oco", **OCO), get("allOrderList")),
    "rest/query-open-order-lists-user-data-1": after(post("orderList/oco", **OCO), get("openOrderList")),
    "rest/account-information-user-data-1": get("account"),
    "rest/account-trade-list-user-data-1": after(BUY, get("myTrades", symbol="BTCUSDT")),
    "rest/query-commission-rates-user-data-1": get("account/commission", symbol="BTCUSDT"),
    "rest/query-unfilled-order-count-user-data-1": get("rateLimit/order"),
    "rest/query-relevant-filters-user-data-1": my_filters,
    "user-data/order-update-1": event("executionReport", post("order", **LIMIT)),
    "user-data/account-update-1": event("outboundAccountPosition", BUY),
    "user-data/order-reject-reason-1": event("listStatus", post("orderList/oco", **OCO)),
    "user-data/balance-update-1": event(
        "balanceUpdate", lambda world: world.exchange.operator.deposit("main", "BTC", units("1"))
    ),
    "user-data/external-lock-update-1": event(
        "externalLockUpdate", lambda world: world.exchange.operator.external_lock("main", "BTC", units("1"))
    ),
    "user-data/event-stream-terminated-1": terminated,
    "ws-streams/aggregate-trade-streams-1": market_event("aggTrade", BUY),
    "ws-streams/kline-candlestick-streams-for-utc-1": market_event("kline_1m", bar),
    "ws-streams/individual-symbol-book-ticker-streams-1": market_event("bookTicker", lambda world: world.move("50000")),
    "ws-api/place-new-order-trade-2": reply("order.place", **LIMIT, newOrderRespType="ACK"),
    "ws-api/place-new-order-trade-3": reply("order.place", **LIMIT, newOrderRespType="RESULT"),
    "ws-api/opo-trade-2": reply("orderList.place.opo", **WORKING, pendingType="MARKET", returnRateLimits=False),
    "ws-api/cancel-and-replace-order-trade-2": reply(
        "order.cancelReplace",
        post("order", **LIMIT),
        **LIMIT,
        **RESULT,
        cancelOrderId=1,
        cancelReplaceMode="STOP_ON_FAILURE",
    ),
    "ws-api/response-format-2": reply("order.place", **{**LIMIT, "quantity": "0.26"}),
    "ws-api/check-server-time-2": reply("time", signed=False),
    "ws-api/account-information-user-data-2": reply("account.status"),
    "ws-api/unfilled-order-count-user-data-2": reply("account.rateLimits.orders"),
    "ws-api/log-out-of-the-session-2": reply("session.logout", signed=False, returnRateLimits=False),
}


def kind(value: Any) -> str:
    """Return a JSON value's type; decimal text is a type of its own."""
    if isinstance(value, str):
        return "decimal" if re.fullmatch(r"-?\d+(\.\d+)?", value) else "text"
    return {bool: "boolean", int: "integer", type(None): "null", list: "array", dict: "object"}[type(value)]


def differences(ours: Any, theirs: Any, where: str = "") -> list[str]:
    """Return where our answer has another shape than the sample."""
    if where.endswith((".id", ".returnRateLimits")) or (kind(ours) == "null") or kind(theirs) == "null":
        return []
    if kind(ours) != kind(theirs):
        return [f"{where}: {kind(ours)} {ours!r}, documented {kind(theirs)} {theirs!r}"]
    if isinstance(ours, dict):
        missing = set(theirs) - set(ours) - CONDITIONAL
        extra = set(ours) - set(theirs) - CONDITIONAL
        found = [f"{where}.{name}: missing" for name in sorted(missing)]
        found += [f"{where}.{name}: not documented" for name in sorted(extra)]
        for name in sorted(set(ours) & set(theirs)):
            found += differences(ours[name], theirs[name], f"{where}.{name}")
        return found
    if isinstance(ours, list):
        pairs = [(row, counterpart(row, index, theirs)) for index, row in enumerate(ours)]
        return [
            one
            for index, (row, other) in enumerate(pairs)
            if other is not None
            for one in differences(row, other, f"{where}[{index}]")
        ]
    return []


def counterpart(row: Any, index: int, theirs: list[Any]) -> Any:
    """Return the element of a documented array that one of ours is compared with."""
    if isinstance(row, dict) and "filterType" in row:
        return next((one for one in theirs if one["filterType"] == row["filterType"]), None)
    return theirs[min(index, len(theirs) - 1)] if theirs else None


@pytest.mark.parametrize("name", CASES)
def test_answers_have_the_documented_fields_and_types(samples, rich, name):
    theirs = json.loads((samples / f"{name}.json").read_text())
    assert differences(CASES[name](rich), theirs) == []


def test_exchange_info_has_the_fields_of_the_real_one(samples, rich):
    real = json.loads((samples.parent / "live" / "exchangeInfo_2026-09-25_BTC_ETH_SOL_BRL.json").read_text())
    rich.exchange.feed(StatusInput(symbol="BTCUSDT", status="TRADING"))
    ours = rich.call("GET", "/api/v3/exchangeInfo", {"symbol": "BTCUSDT"}, signed=False).body
    assert differences(ours, {**real, "symbols": real["symbols"][:1]}) == []


def test_an_exchange_is_set_up_from_a_real_exchange_info(samples):
    real = json.loads((samples.parent / "live" / "exchangeInfo_2026-09-25_BTC_ETH_SOL_BRL.json").read_text())
    exchange = Exchange(symbols_from_exchange_info(real), clock=lambda: 0)
    ours = exchange.request(Call(method="GET", path="/api/v3/exchangeInfo")).body
    assert [row["filters"] for row in ours["symbols"]] == [row["filters"] for row in real["symbols"]]
