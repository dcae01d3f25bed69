"""Contract cases C110–C119: user data events and the WebSocket API."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tradewind_sandbox.exchange import AccountRules, ApiKey, funds, units

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PEM = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
MARKET_BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}


@pytest.fixture
def logged_on(world):
    """A connection logged on with an Ed25519 key, what it delivers, and the logon's reply."""
    key = ApiKey(key="ed-key", kind="ED25519", public_pem=PEM)
    world.exchange.operator.add_account(AccountRules(name="ed", balances=funds(USDT="1000"), keys=(key,)))
    link, delivered = world.connect()
    params = {"apiKey": "ed-key", "timestamp": world.now_ms}
    payload = "&".join(f"{name}={params[name]}" for name in sorted(params))
    params["signature"] = base64.b64encode(PRIVATE.sign(payload.encode())).decode()
    reply = world.exchange.ws_request(link, {"id": 7, "method": "session.logon", "params": params})
    return link, delivered, reply


def test_c110_signed_subscription_needs_no_logon_and_is_one_per_account(world):
    link, delivered = world.connect()
    assert world.ws(link, "userDataStream.subscribe.signature")["result"] == {"subscriptionId": 0}
    again = world.ws(link, "userDataStream.subscribe.signature")
    assert (again["status"], again["error"]["code"]) == (400, -2035)
    world.order("BUY", "MARKET", quantity="0.001")
    assert [message["subscriptionId"] for message in delivered] == [0] * 3
    assert delivered[0]["event"]["e"] == "executionReport"


def test_c111_subscription_without_logon_is_an_error(world):
    link, _ = world.connect()
    assert world.ws(link, "userDataStream.subscribe", signed=False)["status"] == 401


def test_c111_hmac_keys_cannot_log_on(world):
    link, _ = world.connect()
    reply = world.ws(link, "session.logon")
    assert (reply["status"], reply["error"]["code"]) == (400, -4056)


def test_c111_ed25519_session_shows_its_user_data_stream(world, logged_on):
    link, _, reply = logged_on
    assert reply["status"] == 200
    assert (reply["result"]["apiKey"], reply["result"]["userDataStream"]) == ("ed-key", False)
    assert world.ws(link, "userDataStream.subscribe", signed=False)["result"] == {"subscriptionId": 0}
    assert world.ws(link, "session.status", signed=False)["result"]["userDataStream"] is True


def test_c111_logged_on_session_places_orders_without_a_signature(world, logged_on):
    link, _, _ = logged_on
    reply = world.ws(link, "order.place", {**MARKET_BUY, "timestamp": world.now_ms}, signed=False)
    assert (reply["status"], reply["result"]["status"]) == (200, "FILLED")


def test_c112_a_fill_is_told_as_new_trade_and_position(world):
    world.order("BUY", "MARKET", quantity="0.001")
    new, trade, position = world.events
    assert [(event["e"], event.get("x")) for event in world.events] == [
        ("executionReport", "NEW"),
        ("executionReport", "TRADE"),
        ("outboundAccountPosition", None),
    ]
    assert (trade["t"] > 0, trade["l"], trade["L"]) == (True, "0.00100000", "50001.00000000")
    assert (trade["n"], trade["N"], trade["X"]) == ("0.00000100", "BTC", "FILLED")
    assert trade["I"] > new["I"]
    assert {row["a"] for row in position["B"]} == {"BTC", "USDT"}


def test_c112_positions_show_what_may_have_changed_and_nothing_else(world):
    world.order("BUY", "MARKET", quantity="0.001")
    world.order("SELL", "STOP_LOSS", quantity="0.001", stopPrice="49000")
    positions = [event["B"] for event in world.events if event["e"] == "outboundAccountPosition"]
    assert positions[1] == [{"a": "BTC", "f": "0.99999900", "l": "0.00100000"}]


def test_c112_execution_ids_strictly_increase(world):
    world.opo()
    world.replace("MARKET", quantity="0.01", cancelOrigClientOrderId="stop-1")
    ids = [report["I"] for report in world.reports()]
    assert ids == sorted(set(ids))


def test_c113_cancel_tells_both_ids(world):
    world.order("BUY", "LIMIT", timeInForce="GTC", price="40000", quantity="0.01", newClientOrderId="mine")
    world.call(
        "DELETE",
        "/api/v3/order",
        {"symbol": "BTCUSDT", "origClientOrderId": "mine", "newClientOrderId": "cancel-1"},
    )
    report = world.reports()[-1]
    assert (report["x"], report["C"], report["c"]) == ("CANCELED", "mine", "cancel-1")


def test_c114_nothing_is_replayed_after_a_reconnect(world):
    link, delivered = world.connect()
    world.ws(link, "userDataStream.subscribe.signature")
    world.exchange.disconnect(link)
    world.order("BUY", "MARKET", quantity="0.001")
    second, later = world.connect()
    world.ws(second, "userDataStream.subscribe.signature")
    assert (delivered, later) == ([], [])
    assert len(world.call("GET", "/api/v3/myTrades", {"symbol": "BTCUSDT"}).body) == 1


def test_c115_unsubscribing_says_that_the_stream_ends(world):
    link, delivered = world.connect()
    world.ws(link, "userDataStream.subscribe.signature")
    assert world.ws(link, "userDataStream.unsubscribe", signed=False)["result"] == {}
    assert [message["event"]["e"] for message in delivered] == ["eventStreamTerminated"]
    assert world.ws(link, "session.subscriptions", signed=False)["result"] == []
    assert world.ws(link, "userDataStream.unsubscribe", signed=False)["error"]["code"] == -2036


def test_c115_logout_closes_the_logon_subscription_only(world, logged_on):
    link, delivered, _ = logged_on
    world.ws(link, "userDataStream.subscribe", signed=False)
    assert world.ws(link, "userDataStream.subscribe.signature")["result"] == {"subscriptionId": 1}
    world.ws(link, "session.logout", signed=False)
    assert [(one["subscriptionId"], one["event"]["e"]) for one in delivered] == [(0, "eventStreamTerminated")]
    assert world.ws(link, "session.subscriptions", signed=False)["result"] == [{"subscriptionId": 1}]


def test_c116_revoked_key_ends_the_session(world, logged_on):
    link, delivered, _ = logged_on
    world.ws(link, "userDataStream.subscribe", signed=False)
    world.exchange.operator.revoke_key("ed-key")
    assert delivered[-1]["event"]["e"] == "eventStreamTerminated"
    reply = world.ws(link, "session.status", signed=False)
    assert (reply["id"], reply["status"]) == (None, 401)
    assert reply["error"] == {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}


def test_c116_revoked_key_is_refused_over_rest(world, refused):
    world.exchange.operator.revoke_key("contract-key")
    assert refused(world.call("GET", "/api/v3/account"))[:2] == (401, -2015)


def test_c118_listen_keys_are_gone(world):
    answer = world.call("POST", "/api/v3/userDataStream", signed=False)
    assert (answer.status, answer.body["code"]) == (410, -1020)


def test_c119_errors_come_as_status_and_error_and_the_connection_stays(world):
    link, _ = world.connect()
    reply = world.ws(link, "order.place", {**MARKET_BUY, "quantity": "0.000001"})
    assert (reply["id"], reply["status"]) == ("order.place", 400)
    assert reply["error"] == {"code": -1013, "msg": "Filter failure: LOT_SIZE"}
    assert world.ws(link, "ping", signed=False)["status"] == 200


def test_c119_broken_json_is_answered(world):
    link, _ = world.connect()
    reply = world.exchange.ws_request(link, "{")
    assert (reply["id"], reply["status"], reply["error"]["code"]) == (None, 400, -1135)


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("time", {}),
        ("exchangeInfo", {"symbol": "BTCUSDT"}),
        ("order.place", MARKET_BUY),
        ("account.status", {"omitZeroBalances": "true"}),
        ("openOrders.status", {"symbol": "BTCUSDT"}),
    ],
)
def test_ws_methods_answer_what_rest_answers(make_world, method, params):
    signed = method not in {"time", "exchangeInfo"}
    paths = {
        "time": ("GET", "/api/v3/time"),
        "exchangeInfo": ("GET", "/api/v3/exchangeInfo"),
        "order.place": ("POST", "/api/v3/order"),
        "account.status": ("GET", "/api/v3/account"),
        "openOrders.status": ("GET", "/api/v3/openOrders"),
    }
    one, two = make_world(), make_world()
    link, _ = one.connect()
    reply = one.ws(link, method, params, signed=signed)
    assert reply["result"] == two.call(*paths[method], params, signed=signed).body


def test_ws_answers_carry_rate_limits_unless_told_not_to(world):
    link, _ = world.connect()
    reply = world.ws(link, "time", signed=False)
    assert [row["count"] for row in reply["rateLimits"]] == [3]
    assert "rateLimits" not in world.ws(link, "time", {"returnRateLimits": False}, signed=False)


def test_ws_order_list_and_replace_are_served(world):
    link, _ = world.connect()
    opo = {
        "symbol": "BTCUSDT",
        "workingType": "LIMIT",
        "workingSide": "BUY",
        "workingTimeInForce": "FOK",
        "workingPrice": "50100",
        "workingQuantity": "0.01",
        "pendingType": "STOP_LOSS",
        "pendingSide": "SELL",
        "pendingStopPrice": "49000",
        "pendingClientOrderId": "stop-1",
    }
    assert world.ws(link, "orderList.place.opo", opo)["status"] == 200
    replace = {
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": "STOP_LOSS",
        "quantity": "0.01",
        "stopPrice": "49500",
        "cancelReplaceMode": "STOP_ON_FAILURE",
        "cancelOrigClientOrderId": "stop-1",
    }
    assert world.ws(link, "order.cancelReplace", replace)["status"] == 200
    assert world.ws(link, "order.cancelReplace", replace)["error"]["code"] == -2022


def test_ws_banned_address_is_told_until_when(world):
    link, _ = world.connect()
    world.exchange.operator.ban("127.0.0.1", 120)
    reply = world.ws(link, "time", signed=False)
    assert (reply["status"], reply["error"]["code"]) == (418, -1003)
    assert reply["error"]["data"] == {"serverTime": world.now_ms, "retryAfter": world.now_ms + 120_000}


def test_ws_message_may_be_held_before_the_engine(world):
    link, _ = world.connect()
    message = {"id": 1, "method": "ticker.price", "params": {"symbol": "BTCUSDT"}}
    arrival = world.exchange.ws_arrive(link, message)
    world.move("51000")
    assert world.exchange.ws_execute(link, message, arrival)["result"]["price"] == "51000.00000000"


def test_transfers_and_external_locks_are_told(world):
    world.exchange.operator.deposit("main", "USDT", units("5"))
    world.exchange.operator.withdraw("main", "USDT", units("3"))
    world.exchange.operator.external_lock("main", "USDT", units("2"))
    told = [(event["e"], event.get("a"), event.get("d")) for event in world.events if "a" in event]
    assert told == [
        ("balanceUpdate", "USDT", "5.00000000"),
        ("balanceUpdate", "USDT", "-3.00000000"),
        ("externalLockUpdate", "USDT", "2.00000000"),
    ]
    assert world.balance("USDT") == ("10000.00000000", "2.00000000")
