"""Contract cases C020–C026: request weight and order counts."""

import pytest

from tradewind_sandbox.exchange import LimitRules

WEIGHT = "X-MBX-USED-WEIGHT-1M"


@pytest.mark.parametrize(
    ("path", "params", "signed", "weight"),
    [
        ("/api/v3/ping", {}, False, 1),
        ("/api/v3/time", {}, False, 1),
        ("/api/v3/exchangeInfo", {}, False, 20),
        ("/api/v3/klines", {"symbol": "BTCUSDT", "interval": "1m"}, False, 2),
        ("/api/v3/aggTrades", {"symbol": "BTCUSDT"}, False, 4),
        ("/api/v3/avgPrice", {"symbol": "BTCUSDT"}, False, 2),
        ("/api/v3/depth", {"symbol": "BTCUSDT", "limit": 5}, False, 5),
        ("/api/v3/depth", {"symbol": "BTCUSDT", "limit": 500}, False, 25),
        ("/api/v3/depth", {"symbol": "BTCUSDT", "limit": 1000}, False, 50),
        ("/api/v3/depth", {"symbol": "BTCUSDT", "limit": 5000}, False, 250),
        ("/api/v3/ticker/price", {"symbol": "BTCUSDT"}, False, 2),
        ("/api/v3/ticker/price", {}, False, 4),
        ("/api/v3/ticker/bookTicker", {}, False, 4),
        ("/api/v3/executionRules", {}, False, 40),
        ("/api/v3/openOrders", {"symbol": "BTCUSDT"}, True, 6),
        ("/api/v3/allOrders", {"symbol": "BTCUSDT"}, True, 20),
        ("/api/v3/myTrades", {"symbol": "BTCUSDT"}, True, 20),
        ("/api/v3/myTrades", {"symbol": "BTCUSDT", "orderId": 1}, True, 5),
        ("/api/v3/account", {}, True, 20),
        ("/api/v3/account/commission", {"symbol": "BTCUSDT"}, True, 20),
        ("/api/v3/rateLimit/order", {}, True, 40),
        ("/api/v3/myFilters", {"symbol": "BTCUSDT"}, True, 40),
        ("/api/v3/openOrderList", {}, True, 6),
        ("/api/v3/allOrderList", {}, True, 20),
    ],
)
def test_c020_weight_grows_by_the_documented_amount(world, path, params, signed, weight):
    answer = world.call("GET", path, params, signed=signed)
    assert (200, str(weight)) == (answer.status, answer.headers[WEIGHT])


def test_c020_weight_starts_anew_when_the_server_minute_turns(world):
    world.advance(59.999)
    assert world.call("GET", "/api/v3/exchangeInfo", signed=False).headers[WEIGHT] == "20"
    world.advance(0.001)
    assert world.call("GET", "/api/v3/ping", signed=False).headers[WEIGHT] == "1"


@pytest.mark.parametrize(("path", "signed"), [("/api/v3/ping", False), ("/api/v3/account", True)])
def test_c021_over_the_weight_limit_everything_is_refused(make_world, refused, path, signed):
    world = make_world(limits=LimitRules(weight_per_minute=40))
    world.advance(10.5)
    for _ in range(2):
        world.call("GET", "/api/v3/exchangeInfo", signed=False)
    answer = world.call("GET", path, signed=signed)
    assert refused(answer)[:2] == (429, -1003)
    assert answer.headers["Retry-After"] == "50"
    world.advance(50)
    assert world.call("GET", path, signed=signed).status == 200


def test_c022_ten_calls_after_the_limit_end_in_a_ban(make_world, refused):
    world = make_world(limits=LimitRules(weight_per_minute=20))
    world.call("GET", "/api/v3/exchangeInfo", signed=False)
    statuses = [world.call("GET", "/api/v3/ping", signed=False).status for _ in range(10)]
    assert statuses == [429] * 9 + [418]
    world.advance(60)
    answer = world.call("GET", "/api/v3/ping", signed=False)
    status, code, message = refused(answer)
    assert (status, code) == (418, -1003)
    assert message.startswith("Way too much request weight used; IP banned until ")
    assert answer.headers["Retry-After"] == "60"
    world.advance(60)
    assert world.call("GET", "/api/v3/ping", signed=False).status == 200


def test_c022_a_ban_holds_one_address_only(world):
    world.exchange.operator.ban("10.0.0.9", 120)
    statuses = [world.call("GET", "/api/v3/ping", signed=False, ip=ip).status for ip in ("10.0.0.9", "10.0.0.8")]
    assert statuses == [418, 200]


def test_c023_the_fifty_first_unfilled_order_of_a_bucket_is_refused(world, refused):
    for number in range(50):
        order_id = world.order("BUY", "LIMIT", timeInForce="GTC", price="40000", quantity="0.001").body["orderId"]
        world.call("DELETE", "/api/v3/order", {"symbol": "BTCUSDT", "orderId": order_id})
        assert order_id == number + 1
    answer = world.order("BUY", "LIMIT", timeInForce="GTC", price="40000", quantity="0.001")
    assert refused(answer) == (429, -1015, "Too many new orders; current limit is 50 orders per 10 SECOND.")
    assert "Retry-After" not in answer.headers
    world.advance(10)
    assert world.order("BUY", "LIMIT", timeInForce="GTC", price="40000", quantity="0.001").status == 200


def test_c023_a_filled_market_order_leaves_no_count(world):
    answer = world.order("BUY", "MARKET", quantity="0.001")
    assert answer.headers["X-MBX-ORDER-COUNT-10S"] == "0"


def test_c023_a_first_fill_as_maker_gives_several_back(world):
    for _ in range(5):
        world.order("BUY", "LIMIT", timeInForce="GTC", price="49000", quantity="0.001")
    world.trade("48999", "0.001", sold=True)
    counts = world.call("GET", "/api/v3/rateLimit/order").body
    assert [row["count"] for row in counts] == [0, 0]


def test_c024_successful_orders_cost_no_weight_and_refused_ones_one(world):
    good = world.order("BUY", "LIMIT", timeInForce="GTC", price="40000", quantity="0.001")
    bad = world.order("BUY", "LIMIT", timeInForce="GTC", price="40000.001", quantity="0.001")
    gone = world.call("DELETE", "/api/v3/order", {"symbol": "BTCUSDT", "orderId": good.body["orderId"]})
    assert [(answer.status, answer.headers[WEIGHT]) for answer in (good, bad, gone)] == [
        (200, "0"),
        (400, "1"),
        (200, "1"),
    ]


def test_c025_a_replace_that_is_not_attempted_counts_as_an_order(world, refused):
    answer = world.replace("STOP_LOSS", quantity="0.01", stopPrice="49000", cancelOrigClientOrderId="never")
    assert answer.body["data"]["newOrderResult"] == "NOT_ATTEMPTED"
    counts = world.call("GET", "/api/v3/rateLimit/order").body
    assert [row["count"] for row in counts] == [1, 1]


def test_c026_order_counts_stand_in_the_headers_of_a_success(world):
    answer = world.order("BUY", "LIMIT", timeInForce="GTC", price="40000", quantity="0.001")
    assert (answer.headers["X-MBX-ORDER-COUNT-10S"], answer.headers["X-MBX-ORDER-COUNT-1D"]) == ("1", "1")
    world.advance(10)
    answer = world.order("BUY", "LIMIT", timeInForce="GTC", price="40000", quantity="0.001")
    assert (answer.headers["X-MBX-ORDER-COUNT-10S"], answer.headers["X-MBX-ORDER-COUNT-1D"]) == ("1", "2")
