"""What the contract cases leave open: queues, self-trades, two accounts, the tape."""

from typing import Any

import pytest

from tradewind_sandbox.exchange import UNIT, Call, KlineInput, StatusInput, units


def limit(world: Any, side: str, price: str, quantity: str, **more: Any) -> Any:
    return world.order(side, "LIMIT", timeInForce="GTC", price=price, quantity=quantity, **more).body


def other(world: Any, **params: Any) -> Any:
    """Place an order of the other account."""
    call = Call(method="POST", path="/api/v3/order", params={"symbol": "BTCUSDT", **params}, key="other-key")
    return world.exchange.request(call).body


def state(world: Any, order_id: int) -> tuple[str, str]:
    body = world.query(orderId=order_id).body
    return body["status"], body["executedQty"]


def test_two_accounts_trade_with_each_other_and_share_the_trade_id(world):
    order_id = limit(world, "SELL", "50000", "0.05")["orderId"]
    fill = other(world, side="BUY", type="LIMIT", timeInForce="IOC", price="50000", quantity="0.05")["fills"][0]
    mine = world.call("GET", "/api/v3/myTrades", {"symbol": "BTCUSDT"}).body[0]
    assert (mine["id"], mine["isMaker"], mine["price"]) == (fill["tradeId"], True, "50000.00000000")
    assert state(world, order_id) == ("FILLED", "0.05000000")


def test_better_price_first_and_then_the_earlier_order(world):
    world.book([("49000", "1")], [("51000", "1")])
    late_better = [limit(world, "SELL", price, "0.01")["orderId"] for price in ("50002", "50002", "50001")]
    fills = other(world, side="BUY", type="MARKET", quantity="0.025")["fills"]
    assert [fill["price"] for fill in fills] == ["50001.00000000", "50002.00000000", "50002.00000000"]
    assert [state(world, one)[1] for one in late_better] == ["0.01000000", "0.00500000", "0.01000000"]


def test_a_taker_eats_the_levels_until_the_book_is_fed_again(world):
    assert world.order("BUY", "MARKET", quantity="0.19").body["fills"][0]["price"] == "50001.00000000"
    prices = [fill["price"] for fill in other(world, side="BUY", type="MARKET", quantity="0.02")["fills"]]
    assert prices == ["50001.00000000", "50002.00000000"]
    world.move("50000")
    assert other(world, side="BUY", type="MARKET", quantity="0.02")["fills"][0]["price"] == "50001.00000000"


def test_prints_at_the_price_fill_behind_what_stood_there_first(world):
    world.book([("49900", "0.3")], [("50001", "1")])
    order_id = limit(world, "BUY", "49900", "0.02")["orderId"]
    world.trade("49900", "0.2", sold=True)
    assert state(world, order_id) == ("NEW", "0.00000000")
    world.trade("49900", "1", sold=False)
    assert state(world, order_id) == ("NEW", "0.00000000")
    world.trade("49900", "0.11", sold=True)
    assert state(world, order_id) == ("PARTIALLY_FILLED", "0.01000000")
    world.trade("49899.99", "1", sold=True)
    assert state(world, order_id) == ("FILLED", "0.02000000")


def test_a_print_fills_no_more_than_its_quantity(world):
    ids = [limit(world, "BUY", "49900", "0.02")["orderId"] for _ in range(2)]
    world.trade("49800", "0.03", sold=True)
    assert [state(world, one)[1] for one in ids] == ["0.02000000", "0.01000000"]


def test_a_book_that_crosses_fills_at_the_orders_price(world):
    world.exchange.operator.deposit("main", "USDT", units("10000"))
    order_id = limit(world, "BUY", "49900", "0.3")["orderId"]
    world.book([("49800", "1")], [("49850", "0.2"), ("49950", "1")])
    assert state(world, order_id) == ("PARTIALLY_FILLED", "0.20000000")
    assert world.query(orderId=order_id).body["cummulativeQuoteQty"] == "9980.00000000"


@pytest.mark.parametrize(
    ("mode", "maker", "taker"),
    [
        ("EXPIRE_MAKER", ("EXPIRED_IN_MATCH", "0.00000000"), ("FILLED", "0.02000000")),
        ("EXPIRE_TAKER", ("NEW", "0.00000000"), ("EXPIRED_IN_MATCH", "0.00000000")),
        ("EXPIRE_BOTH", ("EXPIRED_IN_MATCH", "0.00000000"), ("EXPIRED_IN_MATCH", "0.00000000")),
        ("DECREMENT", ("EXPIRED_IN_MATCH", "0.00000000"), ("FILLED", "0.01000000")),
        ("NONE", ("FILLED", "0.01000000"), ("FILLED", "0.02000000")),
    ],
)
def test_self_trades_are_prevented_as_the_taker_asks(world, mode, maker, taker):
    rests = limit(world, "SELL", "50000.5", "0.01")["orderId"]
    takes = world.order("BUY", "MARKET", quantity="0.02", selfTradePreventionMode=mode).body["orderId"]
    found = world.query(orderId=takes).body
    assert state(world, rests) == maker
    assert (found["status"], found["executedQty"]) == taker


def test_symbol_default_prevents_self_trades_and_tells_them(world):
    rests = limit(world, "SELL", "50000.5", "0.01")["orderId"]
    world.order("BUY", "MARKET", quantity="0.02")
    report = world.reports("TRADE_PREVENTION")[0]
    assert (report["i"], report["X"], report["B"], report["V"]) == (
        rests,
        "EXPIRED_IN_MATCH",
        "0.01000000",
        "EXPIRE_MAKER",
    )
    assert world.query(orderId=rests).body["preventedQuantity"] == "0.01000000"


def test_fill_or_kill_does_not_count_on_the_accounts_own_orders(world):
    world.book([("49999", "1")], [("50001", "0.05")])
    limit(world, "SELL", "50000.5", "0.05")
    body = world.order("BUY", "LIMIT", timeInForce="FOK", price="50100", quantity="0.1").body
    assert (body["status"], body["executedQty"]) == ("EXPIRED", "0.00000000")
    far = limit(world, "SELL", "60000", "0.5")
    body = world.order("BUY", "LIMIT", timeInForce="FOK", price="50100", quantity="0.05").body
    assert (body["status"], state(world, far["orderId"])[0]) == ("FILLED", "NEW")


def test_market_order_by_quote_on_an_empty_book_is_refused(world, refused):
    world.book([], [])
    answer = world.order("BUY", "MARKET", quoteOrderQty="100")
    assert refused(answer) == (400, -2010, "Order book liquidity is less than symbol minimum quantity.")


def test_triggered_buy_stop_buys_what_the_account_can_pay(world):
    order_id = world.order("BUY", "STOP_LOSS", quantity="0.19", stopPrice="52000").body["orderId"]
    world.book([("53999", "1")], [("54000", "1")])
    world.trade("54000")
    body = world.query(orderId=order_id).body
    assert (body["status"], body["executedQty"]) == ("EXPIRED", "0.18518000")
    assert world.balance("USDT")[1] == "0.00000000"


def test_one_trade_can_set_off_a_chain_of_stops(world):
    world.book([("49999", "0.1"), ("48000", "1")], [("50001", "1")])
    first = world.order("SELL", "STOP_LOSS", quantity="0.2", stopPrice="49999").body["orderId"]
    second = world.order("SELL", "STOP_LOSS", quantity="0.2", stopPrice="48500").body["orderId"]
    world.trade("49999", "0.01", sold=True)
    assert [state(world, one)[0] for one in (first, second)] == ["FILLED", "FILLED"]


def test_market_events_tell_trades_quotes_and_bars(world):
    heard: list[Any] = []
    stop = world.exchange.subscribe_market(heard.append)
    world.move("50100")
    world.order("SELL", "MARKET", quantity="0.01")
    bar = {"open_ms": 0, "close_ms": 59_999, "open": UNIT, "high": UNIT, "low": UNIT, "close": UNIT, "volume": UNIT}
    world.exchange.feed(KlineInput(symbol="BTCUSDT", interval="1m", silent=True, **bar))
    world.exchange.feed(KlineInput(symbol="BTCUSDT", interval="1m", **bar))
    stop()
    world.move("50200")
    assert [(event.kind, event.payload.get("p"), event.payload.get("m")) for event in heard] == [
        ("bookTicker", None, None),
        ("aggTrade", "50100.00000000", False),
        ("aggTrade", "50099.00000000", True),
        ("kline_1m", None, None),
    ]


def test_status_can_be_fed(world, refused):
    world.exchange.feed(StatusInput(symbol="BTCUSDT", status="BREAK"))
    assert refused(world.order("BUY", "MARKET", quantity="0.01"))[2] == "Market is closed."
    with pytest.raises(ValueError, match="is no symbol status"):
        world.exchange.operator.set_status("BTCUSDT", "ASLEEP")


def test_what_happens_by_hand_needs_no_key_and_counts(world):
    world.exchange.operator.revoke_key("contract-key")
    params = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "40000"}
    answer = world.exchange.operator.manual_order("main", "POST", "/api/v3/order", {**params, "quantity": "0.01"})
    assert (answer.status, answer.headers["X-MBX-ORDER-COUNT-10S"]) == (200, "1")
    bad = world.exchange.operator.manual_order("main", "POST", "/api/v3/order", params)
    assert (bad.status, bad.body["code"]) == (400, -1102)
    assert world.reports()[-1]["X"] == "NEW"


def test_interventions_that_cannot_be_are_refused(world):
    operator = world.exchange.operator
    with pytest.raises(ValueError, match="has less than"):
        operator.withdraw("main", "BTC", units("2"))
    with pytest.raises(ValueError, match="locked"):
        operator.external_lock("main", "BTC", units("2"))
    with pytest.raises(ValueError, match="has no filter"):
        operator.change_filter("BTCUSDT", "SHOE_SIZE", limit=1)
    with pytest.raises(KeyError):
        operator.deposit("nobody", "BTC", 1)
    with pytest.raises(ValueError, match="is not known"):
        operator.change_rules("BTCUSDT", filters=({"filterType": "SHOE_SIZE"},))


def play(world: Any) -> Any:
    world.opo()
    world.replace("STOP_LOSS", quantity="0.01", stopPrice="49500", cancelOrigClientOrderId="stop-1")
    world.move("49400")
    return world.exchange.truth()


def test_the_same_seed_gives_the_same_truth(make_world):
    one, two = play(make_world()), play(make_world())
    assert one == two


def test_truth_is_read_from_where_one_left_off(world):
    seen = len(world.exchange.truth().entries)
    world.opo()
    later = world.exchange.truth(seen).entries
    assert [entry.seq for entry in later] == list(range(seen, seen + len(later)))
    assert [entry.kind for entry in later] == ["ORDER", "ORDER", "LIST", "TRADE", "ORDER"]


def test_a_list_reads_as_it_was(world):
    world.opo()
    world.advance(60)
    world.replace("MARKET", quantity="0.01", cancelOrigClientOrderId="stop-1")
    world.exchange.operator.set_read_lag("database", 5000)
    query = {"origClientOrderId": "list-1"}
    assert world.call("GET", "/api/v3/orderList", query).body["listOrderStatus"] == "EXECUTING"
    assert len(world.call("GET", "/api/v3/openOrderList").body) == 1
    world.advance(5)
    assert world.call("GET", "/api/v3/orderList", query).body["listOrderStatus"] == "ALL_DONE"
    world.exchange.operator.set_read_lag("database", 0)
    assert world.call("GET", "/api/v3/orderList", query).body["listOrderStatus"] == "ALL_DONE"
    assert len(world.call("GET", "/api/v3/allOrderList").body) == 1
    assert world.call("GET", "/api/v3/openOrderList").body == []


def test_calls_inside_the_process_do_what_requests_over_the_wire_do(make_world):
    wired, direct = make_world(), make_world()

    def call(method: str, path: str, params: Any = None, **changes: Any) -> Any:
        given = dict(params or {}) | ({"timestamp": direct.now_ms} if changes.get("signed", True) else {})
        return direct.exchange.request(Call(method=method, path=path, params=given, key="contract-key"))

    direct.call = call
    for world in (wired, direct):
        play(world)
        world.order("BUY", "MARKET", quantity="0.000001")
        world.order("BUY", "LIMIT", timeInForce="GTC", price="40000", quantity="0.01", icebergQty="0.001")
        world.call("DELETE", "/api/v3/openOrders", {"symbol": "BTCUSDT"})
    assert wired.exchange.truth() == direct.exchange.truth()
    assert wired.events == direct.events
    assert wired.call("GET", "/api/v3/account") == direct.call("GET", "/api/v3/account")


def test_balances_of_long_ago_are_read_from_what_was_kept(world):
    world.exchange.operator.set_read_lag("/api/v3/account", 1)
    for _ in range(1100):
        world.advance(1)
        world.exchange.operator.deposit("main", "USDT", UNIT)
    world.exchange.operator.set_read_lag("/api/v3/account", 3_600_000)
    assert world.balance("USDT")[0] == "10512.00000000"
    world.exchange.operator.set_read_lag("/api/v3/account", 10_000)
    assert world.balance("USDT")[0] == "11090.00000000"
