"""Contract cases C100–C109: order lists."""

import pytest

OCO = {
    "symbol": "BTCUSDT",
    "side": "SELL",
    "quantity": "0.01",
    "aboveType": "LIMIT_MAKER",
    "abovePrice": "52000",
    "belowType": "STOP_LOSS",
    "belowStopPrice": "49000",
    "aboveClientOrderId": "above",
    "belowClientOrderId": "below",
    "listClientOrderId": "pair",
}
OPOCO = {
    "symbol": "BTCUSDT",
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingTimeInForce": "FOK",
    "workingPrice": "50100",
    "workingQuantity": "0.01",
    "pendingSide": "SELL",
    "pendingAboveType": "LIMIT_MAKER",
    "pendingAbovePrice": "52000",
    "pendingAboveClientOrderId": "above",
    "pendingBelowType": "STOP_LOSS",
    "pendingBelowStopPrice": "49000",
    "pendingBelowClientOrderId": "below",
}
OTO = {
    "symbol": "BTCUSDT",
    "workingType": "LIMIT",
    "workingSide": "BUY",
    "workingTimeInForce": "FOK",
    "workingPrice": "50100",
    "workingQuantity": "0.01",
    "pendingType": "STOP_LOSS",
    "pendingSide": "SELL",
    "pendingQuantity": "0.01",
    "pendingStopPrice": "49000",
    "pendingClientOrderId": "stop-1",
}


def status(world, client_id):
    body = world.query(origClientOrderId=client_id).body
    return body["status"], body.get("expiryReason", "")


def sell_all(world):
    """Leave the account without a free base asset."""
    free = world.balance("BTC")[0]
    world.book([("49999", "5")], [("50001", "5")])
    world.order("SELL", "MARKET", quantity=free)


def test_c100_bought_at_once_and_stopped_with_commission_from_free_funds(world):
    answer = world.opo()
    assert answer.status == 200
    working, pending = answer.body["orderReports"]
    assert (working["status"], working["executedQty"]) == ("FILLED", "0.01000000")
    assert pending["status"] == "PENDING_NEW"
    assert "origQty" not in pending
    stop = world.query(origClientOrderId="stop-1").body
    assert (stop["status"], stop["origQty"]) == ("NEW", "0.01000000")
    assert world.balance("BTC") == ("0.99999000", "0.01000000")


def test_c100_stop_sells_what_is_left_after_a_commission_from_the_received_amount(world):
    sell_all(world)
    assert world.opo().body["orderReports"][0]["status"] == "FILLED"
    stop = world.query(origClientOrderId="stop-1").body
    assert (stop["status"], stop["origQty"]) == ("NEW", "0.00999000")
    assert world.balance("BTC") == ("0.00000000", "0.00999000")


def test_c100_what_is_off_the_step_is_unlocked(make_world):
    world = make_world()
    world.exchange.operator.change_filter("BTCUSDT", "LOT_SIZE", stepSize="0.00001")
    sell_all(world)
    world.opo(workingQuantity="0.01234")
    assert world.balance("BTC") == ("0.00000766", "0.01232000")


def test_c100_user_stream_tells_the_list_in_order(world):
    world.opo()
    told = [(event["e"], event.get("x"), event.get("X")) for event in world.events]
    assert told == [
        ("executionReport", "NEW", "NEW"),
        ("executionReport", "NEW", "PENDING_NEW"),
        ("listStatus", None, None),
        ("executionReport", "TRADE", "FILLED"),
        ("executionReport", "NEW", "NEW"),
        ("outboundAccountPosition", None, None),
    ]


def test_c101_the_same_list_again_is_a_duplicate_while_the_stop_rests(world, refused):
    world.opo()
    before = world.balance("BTC"), world.balance("USDT")
    assert refused(world.opo()) == (400, -2010, "Duplicate order sent.")
    assert refused(world.opo(pendingClientOrderId="stop-2")) == (400, -2010, "Duplicate order sent.")
    assert refused(world.opo(listClientOrderId="list-2")) == (400, -2010, "Duplicate order sent.")
    assert (world.balance("BTC"), world.balance("USDT")) == before


def test_c101_the_same_list_is_accepted_again_once_it_is_done(world):
    world.opo()
    world.replace("MARKET", quantity="0.01", cancelOrigClientOrderId="stop-1")
    assert world.opo().status == 200


def test_c102_entry_that_cannot_fill_ends_the_list(world):
    answer = world.opo(workingPrice="50000")
    assert answer.body["orderReports"][0]["status"] == "EXPIRED"
    assert status(world, "entry-1") == ("EXPIRED", "UNFILLED_FOK_ORDER_EXPIRED")
    assert status(world, "stop-1") == ("EXPIRED", "OTO_PHASE_ONE_EXPIRED")
    listed = world.call("GET", "/api/v3/orderList", {"origClientOrderId": "list-1"}).body
    assert (listed["listStatusType"], listed["listOrderStatus"]) == ("ALL_DONE", "ALL_DONE")
    assert world.balance("USDT") == ("10000.00000000", "0.00000000")


def test_c103_partly_filled_entry_holds_what_it_bought_until_the_list_is_canceled(world):
    world.book([("49999", "1")], [("50001", "0.004")])
    world.opo(workingTimeInForce="GTC")
    assert status(world, "stop-1") == ("PENDING_NEW", "")
    assert world.balance("BTC") == ("0.99999600", "0.00400000")
    world.call("DELETE", "/api/v3/orderList", {"symbol": "BTCUSDT", "listClientOrderId": "list-1"})
    assert (status(world, "entry-1")[0], status(world, "stop-1")[0]) == ("CANCELED", "CANCELED")
    assert world.balance("BTC") == ("1.00399600", "0.00000000")
    assert world.balance("USDT")[1] == "0.00000000"


def test_c103_stop_is_placed_when_the_rest_fills_later(world):
    world.book([("49999", "1")], [("50001", "0.004")])
    world.opo(workingTimeInForce="GTC")
    world.trade("50050", "1", sold=True)
    stop = world.query(origClientOrderId="stop-1").body
    assert (stop["status"], stop["origQty"]) == ("NEW", "0.01000000")


def test_c104_stop_that_is_met_when_its_turn_comes_expires(world):
    world.book([("49999", "1")], [("50001", "1")])
    world.opo(workingTimeInForce="GTC", workingPrice="49000", pendingStopPrice="49500")
    world.move("48900")
    assert status(world, "entry-1") == ("FILLED", "")
    assert status(world, "stop-1") == ("EXPIRED", "REJECTED")
    assert world.balance("BTC") == ("1.00999000", "0.00000000")
    assert world.reports("EXPIRED")[-1]["eR"] == "REJECTED"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"workingSide": "SELL"}, -1222),
        ({"pendingSide": "BUY"}, -1223),
        ({"pendingQuantity": "0.01"}, -1225),
        ({"workingType": "MARKET"}, -1116),
        ({"workingPrice": None}, -1102),
    ],
)
def test_c105_lists_that_do_not_buy_first_and_sell_then(world, changes, code):
    answer = world.opo(**changes)
    assert (answer.status, answer.body["code"]) == (400, code)


def test_c106_limit_leg_that_starts_trading_expires_the_stop_leg(world):
    answer = world.call("POST", "/api/v3/orderList/opoco", OPOCO)
    assert len(answer.body["orders"]) == 3
    world.trade("52001", "0.004")
    assert status(world, "below") == ("EXPIRED", "OCO_TRIGGER")
    assert status(world, "above") == ("PARTIALLY_FILLED", "")
    assert world.balance("BTC") == ("0.99999000", "0.00600000")


def test_c106_stop_leg_that_triggers_expires_the_limit_leg(world):
    world.call("POST", "/api/v3/orderList/opoco", OPOCO)
    world.move("48900")
    assert status(world, "above") == ("EXPIRED", "OCO_TRIGGER")
    assert status(world, "below") == ("FILLED", "")
    assert world.balance("BTC") == ("0.99999000", "0.00000000")


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"abovePrice": "49999"}, -2010, "The relationship of the prices for the orders is not correct."),
        ({"belowStopPrice": "50001"}, -2010, "The relationship of the prices for the orders is not correct."),
        (
            {"belowType": "LIMIT_MAKER", "belowStopPrice": None, "belowPrice": "49000"},
            -1168,
            "At least one OCO order must be contingent.",
        ),
        ({"belowType": "LIMIT"}, -1158, "Order type not supported in OCO."),
        ({"belowType": "TAKE_PROFIT"}, -1199, "A take profit order in a sell OCO must be above."),
        (
            {"aboveType": "STOP_LOSS", "abovePrice": None, "aboveStopPrice": "52000"},
            -1197,
            "A stop loss order in a sell OCO must be below.",
        ),
        ({"side": "BUY"}, -1165, "A limit order in a buy OCO must be below."),
    ],
)
def test_c107_pairs_that_are_no_pairs(world, refused, changes, code, message):
    given = {name: value for name, value in {**OCO, **changes}.items() if value is not None}
    assert refused(world.call("POST", "/api/v3/orderList/oco", given)) == (400, code, message)


def test_c107_a_pair_locks_once(world):
    assert world.call("POST", "/api/v3/orderList/oco", OCO).status == 200
    assert world.balance("BTC") == ("0.99000000", "0.01000000")


def test_c092_amending_one_leg_of_a_pair_amends_both_and_frees_the_rest(world):
    world.call("POST", "/api/v3/orderList/oco", OCO)
    params = {"symbol": "BTCUSDT", "origClientOrderId": "above", "newQty": "0.004"}
    answer = world.call("PUT", "/api/v3/order/amend/keepPriority", params)
    assert answer.body["listStatus"]["listClientOrderId"] == "pair"
    assert [order["origQty"] for order in world.open_orders()] == ["0.00400000", "0.00400000"]
    assert world.balance("BTC") == ("0.99600000", "0.00400000")


def test_c107_a_buy_pair_locks_the_dearer_leg(world):
    buy = {
        **OCO,
        "side": "BUY",
        "aboveType": "STOP_LOSS_LIMIT",
        "aboveStopPrice": "51000",
        "abovePrice": "51100",
        "aboveTimeInForce": "GTC",
        "belowType": "LIMIT_MAKER",
        "belowPrice": "49000",
    }
    del buy["belowStopPrice"]
    assert world.call("POST", "/api/v3/orderList/oco", buy).status == 200
    assert world.balance("USDT") == ("9489.00000000", "511.00000000")
    world.trade("48999", "0.005", sold=True)
    assert world.balance("USDT") == ("9510.00000000", "245.00000000")


def test_c108_pending_quantity_larger_than_what_was_received_is_rejected(world):
    sell_all(world)
    assert world.call("POST", "/api/v3/orderList/oto", OTO).status == 200
    assert status(world, "stop-1") == ("EXPIRED", "REJECTED")
    assert world.balance("BTC") == ("0.00999000", "0.00000000")


def test_c108_pending_quantity_that_is_there_is_placed(world):
    world.call("POST", "/api/v3/orderList/oto", OTO)
    assert status(world, "stop-1") == ("NEW", "")


@pytest.mark.parametrize(("side", "quantity"), [("SELL", "1.02"), ("BUY", "0.2")])
def test_c108_pending_market_order_that_cannot_be_paid_is_rejected(world, side, quantity):
    world.book([("49999", "5")], [("50001", "5")])
    params = {**OTO, "pendingType": "MARKET", "pendingSide": side, "pendingQuantity": quantity}
    del params["pendingStopPrice"]
    assert world.call("POST", "/api/v3/orderList/oto", params).status == 200
    assert status(world, "stop-1") == ("EXPIRED", "REJECTED")
    assert world.balance("BTC") == ("1.00999000", "0.00000000")


def test_otoco_places_a_pair_after_the_entry(world):
    params = {**OPOCO, "pendingQuantity": "0.01"}
    assert world.call("POST", "/api/v3/orderList/otoco", params).status == 200
    assert [order["clientOrderId"] for order in world.open_orders()] == ["below", "above"]
    assert world.balance("BTC")[1] == "0.01000000"


def test_c109_deleting_a_list_cancels_both_and_ends_it_once(world):
    world.call("POST", "/api/v3/orderList/oco", OCO)
    body = world.call("DELETE", "/api/v3/orderList", {"symbol": "BTCUSDT", "listClientOrderId": "pair"}).body
    assert [report["status"] for report in body["orderReports"]] == ["CANCELED", "CANCELED"]
    done = [event for event in world.events if event["e"] == "listStatus" and event["L"] == "ALL_DONE"]
    assert [(event["C"], event["l"]) for event in done] == [("pair", "ALL_DONE")]
    assert world.balance("BTC") == ("1.00000000", "0.00000000")


def test_c109_query_of_a_list_may_lag(world, refused):
    world.exchange.operator.set_read_lag("database", 5000)
    world.call("POST", "/api/v3/orderList/oco", OCO)
    assert refused(world.call("GET", "/api/v3/orderList", {"origClientOrderId": "pair"}))[1] == -2013
    world.advance(5)
    assert world.call("GET", "/api/v3/orderList", {"origClientOrderId": "pair"}).body["listOrderStatus"] == "EXECUTING"


def test_unknown_list_cannot_be_canceled(world, refused):
    answer = world.call("DELETE", "/api/v3/orderList", {"symbol": "BTCUSDT", "listClientOrderId": "never"})
    assert refused(answer) == (400, -2011, "Unknown order list sent.")


@pytest.mark.parametrize("flag", ["otoAllowed", "opoAllowed"])
def test_symbol_without_lists_says_so(make_world, flag):
    world = make_world(symbol={"flags": {flag: False}})
    answer = world.opo()
    assert (answer.status, answer.body["code"]) == (400, -2010)
