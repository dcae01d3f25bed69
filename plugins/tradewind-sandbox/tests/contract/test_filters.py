"""Contract cases C060–C079: filters."""

import pytest

from tradewind_sandbox.exchange import ReferencePriceInput, default_filters, units


def changed(kind, **values):
    """Return the default filters with one of them changed, or added."""
    rows = tuple({**row, **values} if row["filterType"] == kind else row for row in default_filters())
    if all(row["filterType"] != kind for row in rows):
        rows += ({"filterType": kind, **values},)
    return {"filters": rows}


def failed(name):
    return 400, -1013, f"Filter failure: {name}"


def limit(world, price="40000", quantity="0.01", side="BUY", **more):
    return world.order(side, "LIMIT", timeInForce="GTC", price=price, quantity=quantity, **more)


def test_c060_price_off_the_tick(world, refused):
    assert refused(limit(world, price="50000.001")) == failed("PRICE_FILTER")


@pytest.mark.parametrize("price", ["0", "-1", "NaN", "1e5", "abc", ".", "1,000"])
@pytest.mark.parametrize("name", ["price", "quantity"])
def test_c061_what_is_no_positive_number_is_never_accepted(world, name, price):
    answer = limit(world, **{name: price})
    assert answer.status == 400
    assert answer.body["code"] in {-1100, -1130}


def test_c062_stop_price_off_the_tick(world, refused):
    assert refused(world.order("SELL", "STOP_LOSS", quantity="0.01", stopPrice="49000.001")) == failed("PRICE_FILTER")


@pytest.mark.parametrize("quantity", ["0.000001", "0.000015", "9000.00001"])
def test_c063_c064_c065_quantity_below_off_step_or_above(world, refused, quantity):
    assert refused(limit(world, quantity=quantity)) == failed("LOT_SIZE")


def test_c066_market_quantity_above_its_own_maximum(world, refused):
    assert refused(world.order("SELL", "MARKET", quantity="120")) == failed("MARKET_LOT_SIZE")


@pytest.mark.parametrize(("price", "expected"), [("49900", 400), ("50000", 200)])
def test_c067_notional_below_and_at_the_minimum(world, price, expected):
    answer = limit(world, price=price, quantity="0.0001")
    assert answer.status == expected
    if expected == 400:
        assert answer.body == {"code": -1013, "msg": "Filter failure: NOTIONAL"}


def test_c068_market_notional_by_the_average_price(world, refused):
    assert refused(world.order("BUY", "MARKET", quantity="0.00009")) == failed("NOTIONAL")
    assert refused(world.order("BUY", "MARKET", quoteOrderQty="4.99")) == failed("NOTIONAL")
    assert world.order("BUY", "MARKET", quantity="0.0001").status == 200


def test_c068_market_minimum_can_be_off(make_world):
    world = make_world(symbol=changed("NOTIONAL", applyMinToMarket=False))
    assert world.order("BUY", "MARKET", quantity="0.00009").status == 200


def test_c069_stop_whose_own_price_pulls_it_below_the_minimum(world, refused):
    assert refused(world.order("SELL", "STOP_LOSS", quantity="0.0001", stopPrice="49000")) == failed("NOTIONAL")


@pytest.mark.parametrize(("side", "price"), [("BUY", "250000.01"), ("SELL", "9999.99")])
def test_c070_price_too_far_from_the_reference(world, refused, side, price):
    assert refused(limit(world, side=side, price=price, quantity="0.001")) == failed("PERCENT_PRICE_BY_SIDE")


def test_c070_price_at_the_edge_passes(world):
    assert limit(world, side="SELL", price="250000", quantity="0.001").status == 200


def test_c071_sixth_stop(world, refused):
    stop = {"quantity": "0.001", "stopPrice": "49000"}
    statuses = [world.order("SELL", "STOP_LOSS", **stop).status for _ in range(5)]
    assert statuses == [200] * 5
    assert refused(world.order("SELL", "STOP_LOSS", **stop)) == failed("MAX_NUM_ALGO_ORDERS")


def test_c072_too_many_orders(make_world, refused):
    world = make_world(symbol=changed("MAX_NUM_ORDERS", maxNumOrders=2))
    for _ in range(2):
        limit(world)
    assert refused(limit(world)) == failed("MAX_NUM_ORDERS")


def test_c073_too_many_lists(make_world, refused):
    world = make_world(symbol=changed("MAX_NUM_ORDER_LISTS", maxNumOrderLists=1))
    names = ("listClientOrderId", "workingClientOrderId", "pendingClientOrderId")
    first = world.opo()
    second = world.opo(**dict.fromkeys(names))
    assert first.status == 200
    assert refused(second) == failed("MAX_NUM_ORDER_LISTS")


def test_c074_position_counts_free_locked_and_open_buys(make_world, refused):
    world = make_world(symbol=changed("MAX_POSITION", maxPosition="1.02"))
    world.order("SELL", "LIMIT", timeInForce="GTC", price="60000", quantity="0.5")
    assert limit(world, quantity="0.01").status == 200
    assert refused(limit(world, quantity="0.01001")) == failed("MAX_POSITION")
    assert limit(world, quantity="0.01").status == 200
    assert limit(world, side="SELL", price="60000", quantity="0.01").status == 200


def test_c075_without_a_reference_price_the_average_counts(make_world, refused):
    world = make_world(symbol={"has_reference": True})
    world.exchange.feed(ReferencePriceInput(symbol="BTCUSDT", price=units("1000000")))
    assert refused(limit(world, price="199999.99", quantity="0.001")) == failed("PERCENT_PRICE_BY_SIDE")
    world.exchange.feed(ReferencePriceInput(symbol="BTCUSDT", price=None))
    assert limit(world, price="199999.99", quantity="0.001").status == 200


@pytest.mark.parametrize(("minutes", "accepted"), [(5, False), (0, True)])
def test_c075_zero_minutes_mean_the_last_price(make_world, minutes, accepted):
    percent = {"bidMultiplierUp": "1.1", "avgPriceMins": minutes}
    world = make_world(symbol=changed("PERCENT_PRICE_BY_SIDE", **percent))
    world.trade("50000", "100")
    world.trade("60000", "0.1")
    assert (limit(world, price="65000", quantity="0.001").status == 200) is accepted


def test_c075_average_forgets_what_is_older_than_its_minutes(make_world):
    world = make_world(symbol=changed("PERCENT_PRICE_BY_SIDE", bidMultiplierUp="1.1"))
    world.trade("50000", "100")
    world.advance(301)
    world.trade("60000", "0.1")
    assert world.call("GET", "/api/v3/avgPrice", {"symbol": "BTCUSDT"}, signed=False).body["price"] == "60000.00000000"
    assert limit(world, price="65000", quantity="0.001").status == 200


def test_c076_more_decimals_than_an_asset_has(world, refused):
    assert refused(limit(world, quantity="0.010000001")) == (400, -1111, "Parameter 'quantity' has too much precision.")


def test_c077_balance_exactly_equal_to_the_notional_is_enough(world):
    assert limit(world, price="40000", quantity="0.25").status == 200
    assert world.balance("USDT") == ("0.00000000", "10000.00000000")


def test_c078_a_tick_of_zero_switches_the_tick_off(make_world):
    world = make_world(symbol=changed("PRICE_FILTER", tickSize="0.00000000"))
    assert limit(world, price="40000.00000001").status == 200


def test_c079_replace_that_fails_a_filter_leaves_the_old_order(world, refused):
    world.order("SELL", "STOP_LOSS", quantity="0.01", stopPrice="49000", newClientOrderId="old")
    answer = world.replace("STOP_LOSS", quantity="0.01", stopPrice="49000.001", cancelOrigClientOrderId="old")
    assert refused(answer) == failed("PRICE_FILTER")
    assert [order["clientOrderId"] for order in world.open_orders()] == ["old"]


def test_legacy_filters_of_2021_still_apply(make_world, refused):
    legacy = (
        {"filterType": "PERCENT_PRICE", "multiplierUp": "5", "multiplierDown": "0.2", "avgPriceMins": 5},
        {"filterType": "MIN_NOTIONAL", "minNotional": "10.00000000", "applyToMarket": True, "avgPriceMins": 5},
    )
    world = make_world(symbol={"filters": legacy})
    assert refused(limit(world, price="250000.01")) == failed("PERCENT_PRICE")
    assert refused(limit(world, quantity="0.0002")) == failed("MIN_NOTIONAL")


def test_iceberg_parts_and_size_are_checked(world, refused):
    assert refused(limit(world, quantity="0.2", icebergQty="0.001")) == failed("ICEBERG_PARTS")
    assert refused(limit(world, quantity="0.01", icebergQty="0.02")) == (400, -2010, "IcebergQty exceeds QTY.")
    assert limit(world, quantity="0.1", icebergQty="0.01").status == 200
