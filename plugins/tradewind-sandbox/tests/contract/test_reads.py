"""Contract cases C131–C138 and C150–C155: market data, symbol status, reads and their freshness."""

import pytest

from tradewind_sandbox.exchange import (
    AccountRules,
    ApiKey,
    Commission,
    KlineInput,
    Rates,
    default_filters,
    funds,
    units,
)

MINUTE = 60_000


def bar(world, open_ms, close="50000", *, closed=True, interval="1m"):
    world.exchange.feed(
        KlineInput(
            symbol="BTCUSDT",
            interval=interval,
            open_ms=open_ms,
            close_ms=open_ms + MINUTE - 1,
            open=units("50000"),
            high=units("50100"),
            low=units("49900"),
            close=units(close),
            volume=units("12.5"),
            quote_volume=units("625000"),
            trades=42,
            taker_base=units("6"),
            taker_quote=units("300000"),
            closed=closed,
        )
    )


def klines(world, **params):
    given = {"symbol": "BTCUSDT", "interval": "1m", **params}
    return world.call("GET", "/api/v3/klines", given, signed=False)


def trades(world, **params):
    return world.call("GET", "/api/v3/myTrades", {"symbol": "BTCUSDT", **params})


def test_c131_rest_bar_equals_the_closing_push(world):
    pushed = []
    world.exchange.subscribe_market(pushed.append)
    start = world.now_ms // MINUTE * MINUTE
    bar(world, start)
    bar(world, start + MINUTE, "50050", closed=False)
    push = pushed[0].payload["k"]
    row, unfinished = klines(world).body
    assert len(row) == 12
    assert row[:11] == [push[name] for name in ("t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q")]
    assert [one.payload["k"]["x"] for one in pushed] == [True, False]
    assert (pushed[0].kind, unfinished[4]) == ("kline_1m", "50050.00000000")


def test_c132_from_a_start_the_oldest_come_and_both_ends_count(world):
    start = world.now_ms // MINUTE * MINUTE
    for number in range(5):
        bar(world, start + number * MINUTE)
    opens = [row[0] - start for row in klines(world, startTime=start + MINUTE, limit=2).body]
    both = [row[0] - start for row in klines(world, startTime=start, endTime=start + 2 * MINUTE).body]
    newest = [row[0] - start for row in klines(world, limit=2).body]
    assert (opens, both, newest) == ([MINUTE, 2 * MINUTE], [0, MINUTE, 2 * MINUTE], [3 * MINUTE, 4 * MINUTE])


def test_c132_more_than_a_thousand_are_cut_to_a_thousand(world):
    for number in range(1001):
        bar(world, number * MINUTE)
    assert len(klines(world, startTime=0, limit=1001).body) == 1000


def test_c133_intervals_are_case_sensitive(world, refused):
    bar(world, 0)
    assert (len(klines(world).body), len(klines(world, interval="1M").body)) == (1, 0)
    assert refused(klines(world, interval="2m")) == (400, -1120, "Invalid interval.")


@pytest.mark.parametrize("status", ["HALT", "BREAK", "END_OF_DAY"])
def test_c138_nothing_trades_while_the_market_is_closed(world, refused, status):
    world.order("SELL", "STOP_LOSS", quantity="0.01", stopPrice="49000", newClientOrderId="stop")
    world.exchange.operator.set_status("BTCUSDT", status)
    world.move("48000")
    assert refused(world.order("BUY", "MARKET", quantity="0.001")) == (400, -2010, "Market is closed.")
    assert world.query(origClientOrderId="stop").body["status"] == "NEW"
    world.exchange.operator.set_status("BTCUSDT", "TRADING")
    assert world.query(origClientOrderId="stop").body["status"] == "FILLED"


def test_c138_cancel_only_cancels_and_takes_nothing_new(world, refused):
    world.order("SELL", "STOP_LOSS", quantity="0.01", stopPrice="49000", newClientOrderId="stop")
    world.exchange.operator.set_status("BTCUSDT", "CANCEL_ONLY")
    assert refused(world.order("BUY", "MARKET", quantity="0.001"))[1] == -2010
    answer = world.call("DELETE", "/api/v3/order", {"symbol": "BTCUSDT", "origClientOrderId": "stop"})
    assert answer.body["status"] == "CANCELED"
    info = world.call("GET", "/api/v3/exchangeInfo", {"symbol": "BTCUSDT"}, signed=False).body
    assert info["symbols"][0]["status"] == "CANCEL_ONLY"


def test_c138_maintenance_refuses_orders_and_shows_in_the_status(world, refused):
    world.exchange.operator.set_maintenance(on=True)
    assert refused(world.order("BUY", "MARKET", quantity="0.001")) == (400, -2010, "Rest API trading is not enabled.")
    status = world.call("GET", "/sapi/v1/system/status", signed=False).body
    assert status == {"status": 1, "msg": "system_maintenance"}


def test_delisting_is_announced_and_the_symbol_goes(world, refused):
    world.order("SELL", "STOP_LOSS", quantity="0.01", stopPrice="49000")
    world.exchange.operator.announce_delisting("BTCUSDT", 1_800_000_000_000)
    schedule = world.call("GET", "/sapi/v1/spot/delist-schedule").body
    assert schedule == [{"delistTime": 1_800_000_000_000, "symbols": ["BTCUSDT"]}]
    world.exchange.operator.remove_symbol("BTCUSDT")
    assert world.reports()[-1]["eR"] == "EXCHANGE_CANCELED"
    assert world.balance("BTC") == ("1.00000000", "0.00000000")
    assert refused(world.order("BUY", "MARKET", quantity="0.001"))[1] == -1121


def test_c150_stale_read_does_not_know_a_new_order_yet(world, refused):
    world.exchange.operator.set_read_lag("/api/v3/order", 30_000)
    order_id = world.order("SELL", "STOP_LOSS", quantity="0.01", stopPrice="49000").body["orderId"]
    assert refused(world.query(orderId=order_id)) == (400, -2013, "Order does not exist.")
    world.advance(29.999)
    assert refused(world.query(orderId=order_id))[1] == -2013
    world.advance(0.001)
    assert world.query(orderId=order_id).body["status"] == "NEW"


def test_c150_stale_read_shows_the_state_of_then(world):
    world.advance(60)
    order_id = world.order("SELL", "STOP_LOSS", quantity="0.01", stopPrice="49000").body["orderId"]
    world.advance(10)
    world.move("48900")
    world.exchange.operator.set_read_lag("memory", 5_000)
    assert world.query(orderId=order_id).body["status"] == "NEW"
    assert [order["orderId"] for order in world.open_orders()] == [order_id]
    assert world.balance("BTC") == ("0.99000000", "0.01000000")
    assert trades(world).body == []
    world.advance(5)
    assert world.query(orderId=order_id).body["status"] == "FILLED"
    assert (world.open_orders(), len(trades(world).body)) == ([], 1)
    assert world.balance("BTC") == ("0.99000000", "0.00000000")


def test_c151_trades_from_an_id_come_once_each(world):
    for _ in range(5):
        world.order("BUY", "MARKET", quantity="0.001")
    ids = [row["id"] for row in trades(world).body]
    pages, last = [], -1
    while page := trades(world, fromId=last + 1, limit=2).body:
        pages += [row["id"] for row in page]
        last = pages[-1]
    assert pages == ids
    assert len(set(ids)) == 5


def test_c151_windows_span_at_most_a_day(world, refused):
    end = world.now_ms
    assert refused(trades(world, startTime=end - 86_400_001, endTime=end)) == (
        400,
        -1127,
        "More than 24 hours between startTime and endTime.",
    )
    assert trades(world, startTime=end - 86_400_000, endTime=end).status == 200


def test_c151_trades_of_one_order_and_bad_combinations(world, refused):
    first = world.order("BUY", "MARKET", quantity="0.001").body["orderId"]
    world.order("BUY", "MARKET", quantity="0.001")
    assert [row["orderId"] for row in trades(world, orderId=first).body] == [first]
    assert refused(trades(world, fromId=1, startTime=1))[1] == -1128


def test_c152_open_orders_of_every_symbol_weigh_eighty(world):
    answer = world.call("GET", "/api/v3/openOrders")
    assert (answer.body, answer.headers["X-MBX-USED-WEIGHT-1M"]) == ([], "80")


def test_c153_unfilled_order_of_long_ago_is_archived(world, refused):
    order_id = world.order("SELL", "STOP_LOSS", quantity="0.01", stopPrice="49000").body["orderId"]
    world.call("DELETE", "/api/v3/order", {"symbol": "BTCUSDT", "orderId": order_id})
    world.advance(89 * 86_400)
    assert world.query(orderId=order_id).body["status"] == "CANCELED"
    world.advance(2 * 86_400)
    assert refused(world.query(orderId=order_id))[:2] == (400, -2026)
    assert world.call("GET", "/api/v3/allOrders", {"symbol": "BTCUSDT"}).body == []


def test_all_orders_come_from_an_id_on_or_of_a_window(world):
    for _ in range(3):
        world.order("BUY", "MARKET", quantity="0.001")
        world.advance(3600)

    def ids(**params):
        return [row["orderId"] for row in world.call("GET", "/api/v3/allOrders", {"symbol": "BTCUSDT", **params}).body]

    start = world.now_ms - 2 * 3_600_000
    assert (ids(), ids(orderId=2), ids(limit=1)) == ([1, 2, 3], [2, 3], [3])
    assert ids(startTime=start, endTime=start + 3_599_999) == [2]


def test_c154_account_hides_zero_balances_when_asked(world):
    world.exchange.operator.deposit("main", "BNB", 0)
    every = [row["asset"] for row in world.call("GET", "/api/v3/account").body["balances"]]
    some = world.call("GET", "/api/v3/account", {"omitZeroBalances": "true"}).body["balances"]
    assert (every, [row["asset"] for row in some]) == (["BNB", "BTC", "USDT"], ["BTC", "USDT"])


def test_c154_account_that_may_not_trade_says_so_and_is_refused(world, refused):
    world.exchange.operator.set_can_trade("main", on=False)
    assert world.call("GET", "/api/v3/account").body["canTrade"] is False
    answer = world.order("BUY", "MARKET", quantity="0.001")
    assert refused(answer) == (400, -2010, "This account may not place or cancel orders.")


def test_c155_one_order_pays_in_bnb_first_and_then_in_the_received_asset(world):
    world.discount("0.01")
    world.book([("49999", "1")], [("50001", "0.1"), ("50002", "0.09")])
    fills = world.order("BUY", "MARKET", quantity="0.19").body["fills"]
    assert [fill["commissionAsset"] for fill in fills] == ["BNB", "BTC"]
    assert world.balance("BNB") == ("0.00249985", "0.00000000")
    assert fills[1]["commission"] == "0.00009000"


def test_commission_adds_role_side_tax_and_special_rates(world):
    terms = Commission(
        standard=Rates(maker=10_000, taker=20_000, buyer=1_000, seller=2_000),
        tax=Rates(taker=300),
        special=Rates(taker=40),
    )
    world.exchange.operator.set_commission("main", terms)
    fill = world.order("BUY", "MARKET", quantity="0.1").body["fills"][0]
    assert fill["commission"] == "0.00002134"
    rates = world.call("GET", "/api/v3/account/commission", {"symbol": "BTCUSDT"}).body
    assert rates["standardCommission"]["taker"] == "0.00020000"


def test_discount_in_bnb_leaves_tax_and_special_rates_whole(world):
    world.exchange.operator.deposit("main", "BNB", units("1"))
    half = Commission(
        standard=Rates(taker=100_000),
        tax=Rates(taker=10_000),
        special=Rates(taker=1_000),
        discount_on=True,
        discount=50_000_000,
    )
    world.exchange.operator.set_commission("main", half)
    world.book([("50000", "1")], [("50001", "1")])
    fill = world.order("SELL", "MARKET", quantity="0.1").body["fills"][0]
    assert (fill["commission"], fill["commissionAsset"]) == ("0.00610000", "BNB")


def test_market_data_shows_book_trades_and_prices(world):
    def get(path, **params):
        return world.call("GET", f"/api/v3/{path}", {"symbol": "BTCUSDT", **params}, signed=False).body

    depth = get("depth", limit=5)
    assert depth["bids"][0] == ["49999.00000000", "0.20000000"]
    assert len(depth["asks"]) == 5
    assert get("ticker/price") == {"symbol": "BTCUSDT", "price": "50000.00000000"}
    assert get("ticker/bookTicker")["askPrice"] == "50001.00000000"
    assert get("avgPrice")["price"] == "50000.00000000"
    trade = get("aggTrades")[0]
    assert (trade["p"], trade["q"], trade["m"], trade["T"]) == ("50000.00000000", "0.10000000", False, world.now_ms)


def test_resting_orders_show_in_the_book(world):
    world.order("BUY", "LIMIT", timeInForce="GTC", price="50000", quantity="0.01")
    best = world.call("GET", "/api/v3/ticker/bookTicker", {"symbol": "BTCUSDT"}, signed=False).body
    assert (best["bidPrice"], best["bidQty"]) == ("50000.00000000", "0.01000000")


def test_exchange_info_shows_rules_and_limits(world, refused):
    info = world.call("GET", "/api/v3/exchangeInfo", signed=False).body
    assert [symbol["symbol"] for symbol in info["symbols"]] == ["BTCUSDT", "BNBUSDT"]
    assert info["symbols"][0]["filters"] == [dict(row) for row in default_filters()]
    assert [row["rateLimitType"] for row in info["rateLimits"]] == [
        "REQUEST_WEIGHT",
        "ORDERS",
        "ORDERS",
        "RAW_REQUESTS",
    ]
    some = world.call("GET", "/api/v3/exchangeInfo", {"symbols": '["BNBUSDT"]'}, signed=False).body
    assert [symbol["symbol"] for symbol in some["symbols"]] == ["BNBUSDT"]
    assert refused(world.call("GET", "/api/v3/exchangeInfo", {"symbol": "NOPE"}, signed=False))[1] == -1121


def test_rules_change_at_runtime(world, refused):
    world.exchange.operator.change_filter("BTCUSDT", "LOT_SIZE", stepSize="0.001")
    world.exchange.operator.change_rules("BTCUSDT", flags={"opoAllowed": False})
    assert refused(world.order("BUY", "MARKET", quantity="0.0015")) == (400, -1013, "Filter failure: LOT_SIZE")
    info = world.call("GET", "/api/v3/exchangeInfo", {"symbol": "BTCUSDT"}, signed=False).body["symbols"][0]
    assert info["opoAllowed"] is False


def test_key_restrictions_are_shown(world):
    body = world.call("GET", "/sapi/v1/account/apiRestrictions").body
    assert (body["enableSpotAndMarginTrading"], body["enableWithdrawals"], body["ipRestrict"]) == (True, False, False)


def test_filters_of_the_account_show_its_asset_limits(world, refused):
    key = ApiKey(key="small", secret="s")  # noqa: S106  # a key of this test alone
    rules = AccountRules(name="small", balances=funds(USDT="1000"), keys=(key,), asset_limits=funds(USDT="42"))
    world.exchange.operator.add_account(rules)
    sent = {"key": "small", "secret": "s"}
    body = world.call("GET", "/api/v3/myFilters", {"symbol": "BTCUSDT"}, **sent).body
    assert body["assetFilters"] == [{"filterType": "MAX_ASSET", "asset": "USDT", "limit": "42.00000000"}]
    params = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quoteOrderQty": "43"}
    assert refused(world.call("POST", "/api/v3/order", params, **sent)) == (400, -1013, "Filter failure: MAX_ASSET")
