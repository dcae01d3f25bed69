"""Contract cases C080–C092: cancel, cancel-replace, amend."""

import pytest

from tradewind_sandbox.exchange import LimitRules, default_filters

UNKNOWN = (400, -2011, "Unknown order sent.")
STOP = {"quantity": "0.01", "stopPrice": "49000"}


def limit(world, price="40000", quantity="0.01", **more):
    return world.order("BUY", "LIMIT", timeInForce="GTC", price=price, quantity=quantity, **more)


def cancel(world, **params):
    return world.call("DELETE", "/api/v3/order", {"symbol": "BTCUSDT", **params})


def amend(world, quantity, **params):
    given = {"symbol": "BTCUSDT", "newQty": quantity, **params}
    return world.call("PUT", "/api/v3/order/amend/keepPriority", given)


def test_c080_cancel_names_both_ids(world):
    limit(world, newClientOrderId="mine")
    body = cancel(world, origClientOrderId="mine", newClientOrderId="cancel-1").body
    assert (body["status"], body["origClientOrderId"], body["clientOrderId"]) == ("CANCELED", "mine", "cancel-1")
    assert world.balance("USDT") == ("10000.00000000", "0.00000000")
    assert world.query(origClientOrderId="mine").body["clientOrderId"] == "mine"


def test_c081_what_is_not_open_is_unknown(world, refused):
    filled = world.order("BUY", "MARKET", quantity="0.001").body["orderId"]
    gone = limit(world).body["orderId"]
    cancel(world, orderId=gone)
    answers = [cancel(world, orderId=one) for one in (filled, gone, 999)]
    assert [refused(answer) for answer in answers] == [UNKNOWN] * 3


def test_c082_cancel_without_an_id(world, refused):
    assert refused(cancel(world))[:2] == (400, -1102)


def test_c083_restricted_cancel_leaves_the_order(world, refused):
    order_id = world.order("SELL", "STOP_LOSS", **STOP).body["orderId"]
    answer = cancel(world, orderId=order_id, cancelRestrictions="ONLY_PARTIALLY_FILLED")
    assert refused(answer) == (400, -2011, "Order was not canceled due to cancel restrictions.")
    assert world.query(orderId=order_id).body["status"] == "NEW"
    assert cancel(world, orderId=order_id, cancelRestrictions="ONLY_NEW").status == 200


def test_c084_unknown_restriction(world, refused):
    assert refused(cancel(world, orderId=1, cancelRestrictions="ONLY_OLD")) == (
        400,
        -1145,
        "Invalid cancelRestrictions",
    )


def test_c085_replace_of_an_open_order_succeeds_in_both_halves(world):
    world.order("SELL", "STOP_LOSS", **STOP, newClientOrderId="s0")
    answer = world.replace(
        "STOP_LOSS", quantity="0.01", stopPrice="49500", cancelOrigClientOrderId="s0", newClientOrderId="s1"
    )
    assert (answer.status, answer.body["cancelResult"], answer.body["newOrderResult"]) == (200, "SUCCESS", "SUCCESS")
    assert [order["clientOrderId"] for order in world.open_orders()] == ["s1"]


def test_c086_repeated_replace_changes_nothing(world, refused):
    world.order("SELL", "STOP_LOSS", **STOP, newClientOrderId="s0")
    params = {"quantity": "0.01", "stopPrice": "49500", "cancelOrigClientOrderId": "s0", "newClientOrderId": "s1"}
    world.replace("STOP_LOSS", **params)
    world.advance(1)
    answer = world.replace("STOP_LOSS", **params)
    assert refused(answer) == (400, -2022, "Order cancel-replace failed.")
    assert answer.body["data"] == {
        "cancelResult": "FAILURE",
        "newOrderResult": "NOT_ATTEMPTED",
        "cancelResponse": {"code": -2011, "msg": "Unknown order sent."},
        "newOrderResponse": None,
    }
    assert [order["clientOrderId"] for order in world.open_orders()] == ["s1"]


def test_c087_replace_whose_new_half_is_refused_leaves_nothing(world, refused):
    world.order("SELL", "STOP_LOSS", **STOP, newClientOrderId="s0")
    answer = world.replace("STOP_LOSS", quantity="0.01", stopPrice="50001", cancelOrigClientOrderId="s0")
    assert refused(answer) == (409, -2021, "Order cancel-replace partially failed.")
    data = answer.body["data"]
    assert (data["cancelResult"], data["newOrderResult"]) == ("SUCCESS", "FAILURE")
    assert data["newOrderResponse"] == {"code": -2010, "msg": "Order would trigger immediately."}
    assert world.open_orders() == []
    assert [(report["x"], report["X"]) for report in world.reports()][1:] == [
        ("CANCELED", "CANCELED"),
        ("REJECTED", "REJECTED"),
    ]


def test_c088_allow_failure_places_without_the_old_order(world, refused):
    answer = world.replace(
        "STOP_LOSS", **STOP, cancelOrigClientOrderId="gone", cancelReplaceMode="ALLOW_FAILURE", newClientOrderId="s1"
    )
    assert refused(answer) == (409, -2021, "Order cancel-replace partially failed.")
    assert answer.body["data"]["newOrderResult"] == "SUCCESS"
    assert [order["clientOrderId"] for order in world.open_orders()] == ["s1"]


def test_c088_both_halves_failing(world, refused):
    answer = world.replace(
        "STOP_LOSS",
        quantity="0.01",
        stopPrice="50001",
        cancelOrigClientOrderId="gone",
        cancelReplaceMode="ALLOW_FAILURE",
    )
    assert refused(answer) == (400, -2022, "Order cancel-replace failed.")


@pytest.mark.parametrize(("mode", "left"), [("DO_NOTHING", ["s0"]), ("CANCEL_ONLY", [])])
def test_c089_replace_over_the_order_limit(make_world, mode, left):
    world = make_world(limits=LimitRules(orders_per_ten_seconds=1))
    world.order("SELL", "STOP_LOSS", **STOP, newClientOrderId="s0")
    answer = world.replace("STOP_LOSS", **STOP, cancelOrigClientOrderId="s0", orderRateLimitExceededMode=mode)
    assert (answer.status, answer.body["code"]) == (429, -1015 if left else -2021)
    assert [order["clientOrderId"] for order in world.open_orders()] == left


def test_c090_replacing_one_leg_cancels_the_whole_list(world):
    oco = {
        "symbol": "BTCUSDT",
        "side": "SELL",
        "quantity": "0.01",
        "aboveType": "LIMIT_MAKER",
        "abovePrice": "52000",
        "belowType": "STOP_LOSS",
        "belowStopPrice": "49000",
        "belowClientOrderId": "leg",
    }
    world.call("POST", "/api/v3/orderList/oco", oco)
    answer = world.replace("STOP_LOSS", **STOP, cancelOrigClientOrderId="leg", newClientOrderId="single")
    assert answer.status == 200
    assert answer.body["cancelResponse"]["listOrderStatus"] == "ALL_DONE"
    assert [order["clientOrderId"] for order in world.open_orders()] == ["single"]


def test_c091_replace_by_market_sells_what_the_stop_held(world):
    world.order("SELL", "STOP_LOSS", quantity="1", stopPrice="49000", newClientOrderId="s0")
    answer = world.replace("MARKET", quantity="1", cancelOrigClientOrderId="s0")
    assert answer.body["newOrderResponse"]["status"] == "FILLED"
    assert world.balance("BTC") == ("0.00000000", "0.00000000")


def test_c092_amend_to_a_smaller_quantity_keeps_the_order(world):
    order_id = limit(world, newClientOrderId="mine").body["orderId"]
    body = amend(world, "0.005", origClientOrderId="mine", newClientOrderId="mine-2").body["amendedOrder"]
    assert (body["orderId"], body["qty"], body["origClientOrderId"], body["clientOrderId"]) == (
        order_id,
        "0.00500000",
        "mine",
        "mine-2",
    )
    assert world.balance("USDT") == ("9800.00000000", "200.00000000")
    assert [report["q"] for report in world.reports("REPLACED")] == ["0.00500000"]
    assert world.query(origClientOrderId="mine-2").body["origQty"] == "0.00500000"


def test_c092_refused_amendments_change_nothing(world, refused):
    limit(world, newClientOrderId="mine")
    assert refused(amend(world, "0.01", origClientOrderId="mine")) == (
        400,
        -2038,
        "The requested action would change no state; rejecting",
    )
    assert refused(amend(world, "0.02", origClientOrderId="mine")) == (
        400,
        -2038,
        "Order amend (quantity increase) is not supported.",
    )
    assert refused(amend(world, "0.01", origClientOrderId="never")) == (400, -2038, "Unknown order sent.")
    assert world.open_orders()[0]["origQty"] == "0.01000000"


def test_c092_the_eleventh_amendment_is_refused(world, refused):
    limit(world, quantity="0.1", newClientOrderId="mine")
    same = {"origClientOrderId": "mine", "newClientOrderId": "mine"}
    statuses = [amend(world, f"0.0{99 - number}", **same).status for number in range(10)]
    assert statuses == [200] * 10
    assert refused(amend(world, "0.05", **same)) == (400, -2038, "Filter failure: MAX_NUM_ORDER_AMENDS")


def test_c092_amended_order_keeps_its_place_in_the_queue(world):
    world.book([("49900", "0.3")], [("50001", "1")])
    order_id = limit(world, price="49900", quantity="0.02").body["orderId"]
    amend(world, "0.01", orderId=order_id)
    world.trade("49900", "0.3", sold=True)
    assert world.query(orderId=order_id).body["status"] == "NEW"
    world.trade("49900", "0.01", sold=True)
    assert world.query(orderId=order_id).body["status"] == "FILLED"


def test_cancel_all_takes_lists_as_wholes(world):
    limit(world)
    world.opo()
    body = world.call("DELETE", "/api/v3/openOrders", {"symbol": "BTCUSDT"}).body
    assert ["orderReports" in row for row in body] == [False, True]
    assert world.open_orders() == []


def test_cancel_all_without_open_orders_is_unknown(world, refused):
    assert refused(world.call("DELETE", "/api/v3/openOrders", {"symbol": "BTCUSDT"})) == UNKNOWN


def test_symbol_without_replace_says_so(make_world, refused):
    world = make_world(symbol={"flags": {"cancelReplaceAllowed": False}})
    answer = world.replace("STOP_LOSS", **STOP, cancelOrigClientOrderId="s0")
    assert refused(answer) == (400, -2010, "Order cancel-replace is not supported for this symbol.")


def test_replace_at_the_algo_limit_is_refused_before_the_cancel(make_world, refused):
    rows = tuple(
        {**row, "maxNumAlgoOrders": 1} if row["filterType"] == "MAX_NUM_ALGO_ORDERS" else row
        for row in default_filters()
    )
    world = make_world(symbol={"filters": rows})
    world.order("SELL", "STOP_LOSS", **STOP, newClientOrderId="s0")
    answer = world.replace("STOP_LOSS", **STOP, cancelOrigClientOrderId="s0")
    assert refused(answer) == (400, -1013, "Filter failure: MAX_NUM_ALGO_ORDERS")
    assert [order["clientOrderId"] for order in world.open_orders()] == ["s0"]
