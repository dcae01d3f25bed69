"""Contract cases C030–C049: order placement, client ids, triggers."""

from decimal import Decimal

import pytest

from tradewind_sandbox.exchange import PriceRange, ReferencePriceInput, units

INSUFFICIENT = (400, -2010, "Account has insufficient balance for requested action.")


def limit(world, price="40000", quantity="0.01", side="BUY", **more):
    return world.order(side, "LIMIT", timeInForce="GTC", price=price, quantity=quantity, **more)


def test_c030_market_buy_fills_and_pays_in_the_base_asset(world):
    body = world.order("BUY", "MARKET", quantity="0.001").body
    assert (body["status"], body["executedQty"]) == ("FILLED", "0.00100000")
    assert sum(Decimal(fill["qty"]) for fill in body["fills"]) == Decimal("0.001")
    assert {fill["commissionAsset"] for fill in body["fills"]} == {"BTC"}
    assert world.balance("BTC") == ("1.00099900", "0.00000000")
    assert world.balance("USDT") == ("9949.99900000", "0.00000000")


def test_c031_market_buy_by_quote_amount_stays_within_it(world):
    body = world.order("BUY", "MARKET", quoteOrderQty="100").body
    assert body["status"] == "FILLED"
    assert Decimal(body["executedQty"]) % Decimal("0.00001") == 0
    assert Decimal("99.5") < Decimal(body["cummulativeQuoteQty"]) <= 100
    assert body["origQuoteOrderQty"] == "100.00000000"


def test_c031_market_sell_by_quote_amount(world):
    body = world.order("SELL", "MARKET", quoteOrderQty="100").body
    assert (body["status"], body["executedQty"]) == ("FILLED", "0.00200000")


def test_c032_limit_below_the_market_rests_and_locks(world):
    body = limit(world).body
    assert body["status"] == "NEW"
    assert body["workingTime"] == body["transactTime"] == world.now_ms
    assert world.balance("USDT") == ("9600.00000000", "400.00000000")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"type": "LIMIT", "timeInForce": "GTC", "quantity": "1"}, -1102),
        ({"type": "LIMIT", "price": "1", "quantity": "1"}, -1102),
        ({"type": "MARKET", "timeInForce": "GTC", "quantity": "1"}, -1106),
        ({"type": "MARKET", "price": "40000", "quantity": "1"}, -1106),
        ({"type": "MARKET"}, -1102),
        ({"type": "MARKET", "quantity": "1", "side": "HOLD"}, -1117),
        ({"type": "SWAP", "quantity": "1"}, -1116),
        ({"type": "LIMIT", "timeInForce": "DAY", "price": "1", "quantity": "1"}, -1115),
        ({"type": "MARKET", "quantity": "1", "symbol": "NOPE"}, -1121),
        ({"type": "STOP_LOSS", "quantity": "1"}, -1102),
    ],
)
def test_c033_parameters_that_do_not_fit_are_named(world, params, code):
    answer = world.call("POST", "/api/v3/order", {"symbol": "BTCUSDT", "side": "BUY", **params})
    assert (400, code) == (answer.status, answer.body["code"])


@pytest.mark.parametrize(
    ("client_id", "code"),
    [("a" * 36, None), ("a" * 37, -1100), ("a b", -1100), ("a.b", -1100), ("a/b", -1100), ("ä", -1100), ("", -1118)],
)
def test_c034_client_ids_have_a_legal_range(world, client_id, code):
    answer = limit(world, newClientOrderId=client_id)
    assert answer.body.get("code") == code


def test_c035_second_order_with_the_id_of_an_open_one_is_a_duplicate(world, refused):
    limit(world, newClientOrderId="same")
    assert refused(limit(world, newClientOrderId="same")) == (400, -2010, "Duplicate order sent.")
    assert len(world.open_orders()) == 1


def test_c036_id_of_a_filled_order_executes_again(world):
    bodies = [world.order("BUY", "MARKET", quantity="0.001", newClientOrderId="same").body for _ in range(2)]
    assert [body["status"] for body in bodies] == ["FILLED", "FILLED"]
    assert bodies[0]["orderId"] != bodies[1]["orderId"]


def test_c037_id_of_a_canceled_order_is_free_again(world):
    limit(world, newClientOrderId="same")
    world.call("DELETE", "/api/v3/order", {"symbol": "BTCUSDT", "origClientOrderId": "same"})
    assert limit(world, newClientOrderId="same").status == 200


def test_c038_query_by_a_reused_id_gives_the_newest(world, refused):
    first, second = (world.order("BUY", "MARKET", quantity="0.001", newClientOrderId="same") for _ in range(2))
    assert world.query(origClientOrderId="same").body["orderId"] == second.body["orderId"]
    assert world.query(orderId=first.body["orderId"]).body["orderId"] == first.body["orderId"]
    mismatch = world.query(orderId=first.body["orderId"], origClientOrderId="another")
    assert refused(mismatch)[:2] == (400, -2039)


def test_c039_stops_answer_with_an_acknowledgement_by_default(world):
    stop = {"quantity": "0.01", "stopPrice": "49000"}
    assert set(world.order("SELL", "STOP_LOSS", **stop).body) == {
        "symbol",
        "orderId",
        "orderListId",
        "clientOrderId",
        "transactTime",
    }
    assert world.order("SELL", "STOP_LOSS", **stop, newOrderRespType="RESULT").body["status"] == "NEW"
    assert world.order("SELL", "STOP_LOSS", **stop, newOrderRespType="FULL").body["fills"] == []


def test_c040_ioc_expires_with_its_reason(world):
    world.book([("49999", "1")], [("50001", "0.05"), ("50010", "1")])
    body = world.order("BUY", "LIMIT", timeInForce="IOC", price="50001", quantity="0.1").body
    assert (
        body["status"],
        body["executedQty"],
        body["expiryReason"],
    ) == ("EXPIRED", "0.05000000", "UNFILLED_IOC_QUANTITY_EXPIRED")
    assert world.balance("USDT")[1] == "0.00000000"


def test_c040_fok_that_cannot_fill_executes_nothing(world):
    world.book([("49999", "1")], [("50001", "0.05"), ("50010", "1")])
    body = world.order("BUY", "LIMIT", timeInForce="FOK", price="50001", quantity="0.1").body
    assert (
        body["status"],
        body["executedQty"],
        body["expiryReason"],
    ) == ("EXPIRED", "0.00000000", "UNFILLED_FOK_ORDER_EXPIRED")


def test_c041_market_larger_than_the_book_expires_with_its_fills(world):
    world.book([("49999", "1")], [("50001", "0.05"), ("50010", "0.02")])
    body = world.order("BUY", "MARKET", quantity="0.1").body
    assert (
        body["status"],
        body["executedQty"],
        body["expiryReason"],
    ) == ("EXPIRED", "0.07000000", "INSUFFICIENT_LIQUIDITY")
    assert [report["x"] for report in world.reports()] == ["NEW", "TRADE", "TRADE", "EXPIRED"]
    assert world.reports()[-1]["eR"] == "INSUFFICIENT_LIQUIDITY"


def test_c042_maker_that_would_take_is_refused(world, refused):
    answer = world.order("BUY", "LIMIT_MAKER", price="50001", quantity="0.01")
    assert refused(answer) == (400, -2010, "Order would immediately match and take.")


def test_c043_what_the_account_cannot_pay_is_refused(world, refused):
    assert refused(limit(world, price="40000", quantity="0.26")) == INSUFFICIENT
    assert refused(world.order("SELL", "MARKET", quantity="1.00001")) == INSUFFICIENT
    assert refused(world.order("BUY", "MARKET", quantity="0.3")) == INSUFFICIENT
    assert refused(world.order("BUY", "MARKET", quoteOrderQty="10001")) == INSUFFICIENT
    world.book([("49999", "2")], [("50001", "1")])
    assert refused(world.order("SELL", "MARKET", quoteOrderQty="50100")) == INSUFFICIENT
    assert world.order("SELL", "MARKET", quoteOrderQty="49999").body["executedQty"] == "1.00000000"


def test_c044_stop_waits_and_locks(world):
    stop = {"timeInForce": "GTC", "stopPrice": "49000", "price": "48900", "quantity": "0.4"}
    order_id = world.order("SELL", "STOP_LOSS_LIMIT", **stop).body["orderId"]
    body = world.query(orderId=order_id).body
    assert (body["status"], body["isWorking"], body["workingTime"]) == ("NEW", False, -1)
    assert world.balance("BTC") == ("0.60000000", "0.40000000")


@pytest.mark.parametrize(
    ("side", "order_type", "stop"),
    [
        ("SELL", "STOP_LOSS", "50000"),
        ("SELL", "STOP_LOSS", "50001"),
        ("BUY", "STOP_LOSS", "50000"),
        ("SELL", "TAKE_PROFIT", "49999"),
        ("BUY", "TAKE_PROFIT", "50001"),
    ],
)
def test_c045_stop_on_the_wrong_side_would_trigger_immediately(world, refused, side, order_type, stop):
    answer = world.order(side, order_type, quantity="0.01", stopPrice=stop)
    assert refused(answer) == (400, -2010, "Order would trigger immediately.")


def test_c046_price_through_the_stop_executes_it(world):
    order_id = world.order("SELL", "STOP_LOSS", quantity="0.1", stopPrice="49000").body["orderId"]
    world.advance(5)
    world.move("48990")
    body = world.query(orderId=order_id).body
    assert ("FILLED", "0.10000000", world.now_ms) == (body["status"], body["executedQty"], body["workingTime"])


def test_c046_stop_limit_whose_limit_is_above_the_market_stays_unfilled(world):
    stop = {"timeInForce": "GTC", "stopPrice": "49000", "price": "48995", "quantity": "0.1"}
    order_id = world.order("SELL", "STOP_LOSS_LIMIT", **stop).body["orderId"]
    world.move("48990")
    body = world.query(orderId=order_id).body
    assert (body["status"], body["executedQty"], body["isWorking"]) == ("NEW", "0.00000000", True)
    assert world.balance("BTC") == ("0.90000000", "0.10000000")


@pytest.mark.parametrize(
    ("side", "order_type", "stop", "to"),
    [
        ("BUY", "STOP_LOSS", "51000", "51000"),
        ("SELL", "TAKE_PROFIT", "51000", "51000"),
        ("BUY", "TAKE_PROFIT", "49000", "49000"),
    ],
)
def test_c046_every_direction_triggers_at_its_stop(world, side, order_type, stop, to):
    order_id = world.order(side, order_type, quantity="0.01", stopPrice=stop).body["orderId"]
    world.move("50500" if stop > "50000" else "49500")
    assert world.query(orderId=order_id).body["isWorking"] is False
    world.move(to)
    assert world.query(orderId=order_id).body["status"] == "FILLED"


def test_c047_stop_triggered_outside_the_price_range_expires_and_unlocks(make_world):
    rule = PriceRange(bid_up=units("1.1"), bid_down=units("0.9"), ask_up=units("1.1"), ask_down=units("0.99"))
    world = make_world(symbol={"price_range": rule, "has_reference": True})
    world.exchange.feed(ReferencePriceInput(symbol="BTCUSDT", price=units("50000")))
    order_id = world.order("SELL", "STOP_LOSS", quantity="0.1", stopPrice="49600").body["orderId"]
    world.move("49400")
    body = world.query(orderId=order_id).body
    assert (body["status"], body["expiryReason"]) == ("EXPIRED", "EXECUTION_RULE_PRICE_RANGE_EXCEEDED")
    assert world.balance("BTC") == ("1.00000000", "0.00000000")


def test_c048_trailing_stop_sells_one_percent_below_the_high(world):
    order_id = world.order("SELL", "STOP_LOSS", quantity="0.1", trailingDelta=100).body["orderId"]
    world.move("51000")
    world.move("50491")
    assert world.query(orderId=order_id).body["isWorking"] is False
    world.move("50490")
    assert world.query(orderId=order_id).body["status"] == "FILLED"


def test_c048_trailing_stop_with_a_stop_price_tracks_from_there(world):
    stop = {"timeInForce": "GTC", "price": "46500", "quantity": "0.01", "trailingDelta": 500, "stopPrice": "46000"}
    order_id = world.order("SELL", "STOP_LOSS_LIMIT", **stop).body["orderId"]
    for price, working in (("47000", False), ("46000", False), ("48000", False), ("45601", False), ("45600", True)):
        world.move(price)
        assert world.query(orderId=order_id).body["isWorking"] is working


@pytest.mark.parametrize("delta", [9, 2001])
def test_c048_trailing_delta_outside_its_range_is_refused(world, refused, delta):
    answer = world.order("SELL", "STOP_LOSS", quantity="0.1", trailingDelta=delta)
    assert refused(answer) == (400, -1013, "Filter failure: TRAILING_DELTA")


def test_c048_symbol_without_trailing_stops_says_so(make_world, refused):
    world = make_world(symbol={"flags": {"allowTrailingStop": False}})
    answer = world.order("SELL", "STOP_LOSS", quantity="0.1", trailingDelta=100)
    assert refused(answer) == (400, -2010, "Trailing stop orders are not supported for this symbol.")


def test_c049_test_order_changes_nothing(world):
    params = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}
    assert world.call("POST", "/api/v3/order/test", params).body == {}
    assert world.balance("USDT") == ("10000.00000000", "0.00000000")
    assert world.events == []
    blocks = world.call("POST", "/api/v3/order/test", {**params, "computeCommissionRates": "true"})
    assert set(blocks.body) == {
        "standardCommissionForOrder",
        "specialCommissionForOrder",
        "taxCommissionForOrder",
        "discount",
    }
    assert blocks.headers["X-MBX-USED-WEIGHT-1M"] == "41"
