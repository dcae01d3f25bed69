"""Contract cases C001–C010: signatures, timing, parameters, permissions."""

import base64
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tradewind_sandbox.exchange import AccountRules, ApiKey, Exchange, Request, SymbolRules, funds
from tradewind_sandbox.exchange.signing import hmac_hex, payload_of

# The key pair that the venue's documentation publishes with its example request.
DOC_KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
DOC_SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"  # noqa: S105  # published example
DOC_PAYLOAD = (
    "symbol=%s&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
)
FULL_WIDTH = "\uff11\uff12\uff13\uff14\uff15\uff16"


def documented(symbol: str) -> Exchange:
    rules = SymbolRules(symbol=symbol, base="LTC", quote="BTC", filters=())
    return Exchange(
        [rules],
        accounts=[AccountRules(name="doc", balances=funds(BTC="1"), keys=(ApiKey(key=DOC_KEY, secret=DOC_SECRET),))],
        clock=lambda: 1_499_827_319_559_000,
    )


def send(exchange: Exchange, payload: str, signature: str, key: str = DOC_KEY) -> Any:
    request = Request(
        method="POST", path="/api/v3/order", query=f"{payload}&signature={signature}", headers={"x-mbx-apikey": key}
    )
    return exchange.request(request)


def test_c001_documented_hmac_vector_is_accepted():
    payload = DOC_PAYLOAD % "LTCBTC"
    signature = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    assert hmac_hex(DOC_SECRET, payload) == signature
    assert send(documented("LTCBTC"), payload, signature).status == 200


def test_c001_query_and_body_are_signed_with_nothing_between():
    query, body = (
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC",
        ("quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"),
    )
    signature = "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"
    request = Request(
        method="POST",
        path="/api/v3/order",
        query=query,
        body=f"{body}&signature={signature}",
        headers={"X-MBX-APIKEY": DOC_KEY},
    )
    assert documented("LTCBTC").request(request).status == 200


def test_c002_non_ascii_symbol_is_signed_percent_encoded():
    payload = DOC_PAYLOAD % quote(FULL_WIDTH)
    signature = "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3"
    assert hmac_hex(DOC_SECRET, payload) == signature
    assert send(documented(FULL_WIDTH), payload, signature).status == 200


@pytest.mark.parametrize("encoded", [True, False])
def test_c002_signing_without_encoding_is_refused(encoded):
    raw = DOC_PAYLOAD % FULL_WIDTH
    sent = DOC_PAYLOAD % quote(FULL_WIDTH) if encoded else raw
    answer = send(documented(FULL_WIDTH), sent, hmac_hex(DOC_SECRET, raw))
    assert (answer.status, answer.body["code"]) == (400, -1022)


def test_c003_hmac_signature_in_upper_case_is_accepted():
    payload = DOC_PAYLOAD % "LTCBTC"
    assert send(documented("LTCBTC"), payload, hmac_hex(DOC_SECRET, payload).upper()).status == 200


def asymmetric(kind: str) -> tuple[Exchange, Any]:
    private: Any = (
        ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        if kind == "ED25519"
        else rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    exchange = Exchange(
        [SymbolRules(symbol="LTCBTC", base="LTC", quote="BTC", filters=())],
        accounts=[AccountRules(name="a", balances=funds(BTC="1"), keys=(ApiKey(key="k", kind=kind, public_pem=pem),))],
        clock=lambda: 1_499_827_319_559_000,
    )
    return exchange, private


@pytest.mark.parametrize("kind", ["ED25519", "RSA"])
def test_c003_base64_signatures_are_case_sensitive(kind):
    exchange, private = asymmetric(kind)
    payload = DOC_PAYLOAD % "LTCBTC"
    raw = (
        private.sign(payload.encode())
        if kind == "ED25519"
        else private.sign(payload.encode(), padding.PKCS1v15(), SHA256())
    )
    signature = base64.b64encode(raw).decode()
    good = send(exchange, payload, quote(signature, safe=""), "k")
    changed = send(exchange, payload, quote(signature.swapcase(), safe=""), "k")
    assert (good.status, changed.status, changed.body["code"]) == (200, 400, -1022)


def test_c004_no_key_is_refused(world, refused):
    request = world.spell("GET", "/api/v3/account")
    answer = world.send(Request(method="GET", path="/api/v3/account", query=request.query))
    assert refused(answer)[:2] == (401, -2014)


def test_c004_unknown_key_is_refused(world, refused):
    assert refused(world.call("GET", "/api/v3/account", key="nobody"))[:2] == (401, -2015)


@pytest.mark.parametrize("missing", ["timestamp", "signature"])
def test_c004_missing_mandatory_parameter_is_named(world, refused, missing):
    query = f"timestamp={world.now_ms}" if missing == "signature" else "signature=00"
    request = Request(method="GET", path="/api/v3/account", query=query, headers={"X-MBX-APIKEY": "contract-key"})
    answer = world.send(request)
    expected = f"Mandatory parameter '{missing}' was not sent, was empty/null, or malformed."
    assert refused(answer) == (400, -1102, expected)


@pytest.mark.parametrize(("ahead_ms", "status"), [(999, 200), (1000, 400), (1001, 400)])
def test_c005_timestamp_may_be_less_than_a_second_ahead(world, ahead_ms, status):
    answer = world.call("GET", "/api/v3/account", {"timestamp": world.now_ms + ahead_ms})
    assert answer.status == status
    if status == 400:
        assert answer.body == {
            "code": -1021,
            "msg": "Timestamp for this request was 1000ms ahead of the server's time.",
        }


@pytest.mark.parametrize(
    ("late_ms", "window", "status"),
    [(4999, None, 200), (5000, None, 200), (5001, None, 400), (6000, "6000.346", 200), (6001, "6000.346", 400)],
)
def test_c006_timestamp_may_be_as_old_as_the_window(world, late_ms, window, status):
    params = {"timestamp": world.now_ms - late_ms} | ({"recvWindow": window} if window else {})
    answer = world.call("GET", "/api/v3/account", params)
    assert answer.status == status
    if status == 400:
        assert answer.body["code"] == -1021


def test_c006_window_counts_microseconds(world):
    params = {"timestamp": world.now_us - 2_500_700, "recvWindow": "2500.7"}
    late = {"timestamp": world.now_us - 2_500_701, "recvWindow": "2500.7"}
    assert [world.call("GET", "/api/v3/account", one).status for one in (params, late)] == [200, 400]


def test_c006_window_above_a_minute_is_a_parameter_error(world, refused):
    answer = world.call("GET", "/api/v3/account", {"recvWindow": 60001})
    assert refused(answer) == (400, -1102, "'recvWindow' contains unexpected value. Cannot be greater than '60000'.")


def test_c007_held_request_dies_at_the_engine_and_stays_counted(world, refused):
    params = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001", "recvWindow": 2000}
    arrival = world.exchange.arrive(world.spell("POST", "/api/v3/order", {**params, "newClientOrderId": "late"}))
    assert arrival.response is None
    world.advance(3)
    answer = world.exchange.execute(arrival)
    assert refused(answer)[:2] == (400, -1021)
    assert refused(world.query(origClientOrderId="late"))[1] == -2013
    counts = world.call("GET", "/api/v3/rateLimit/order").body
    assert [row["count"] for row in counts] == [1, 1]


def test_c007_a_request_held_within_its_window_executes_once_per_copy(world):
    params = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}
    arrival = world.exchange.arrive(world.spell("POST", "/api/v3/order", params))
    world.advance(3)
    copies = [world.exchange.execute(arrival) for _ in range(2)]
    assert [copy.status for copy in copies] == [200, 200]
    assert len({copy.body["orderId"] for copy in copies}) == 2


def test_c008_query_wins_over_body(world):
    query, body = (
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=40000",
        (f"price=41000&timestamp={world.now_ms}"),
    )
    signature = hmac_hex("contract-secret", payload_of(query, body))
    request = Request(
        method="POST",
        path="/api/v3/order",
        query=query,
        body=f"{body}&signature={signature}",
        headers={"X-MBX-APIKEY": "contract-key"},
    )
    assert world.send(request).body["price"] == "40000.00000000"


def test_c009_parameter_twice_is_refused(world, refused):
    request = Request(method="GET", path="/api/v3/ticker/price", query="symbol=BTCUSDT&symbol=BNBUSDT")
    assert refused(world.send(request)) == (400, -1101, "Duplicate values for a parameter detected.")


def test_c009_unknown_parameter_is_refused(client, refused):
    answer = client.call("GET", "/api/v3/ticker/price", {"symbol": "BTCUSDT", "shoe": 1}, signed=False)
    message = "Not all sent parameters were read; read '1' parameter(s) but was sent '2'."
    assert refused(answer) == (400, -1104, message)


def test_c009_empty_parameter_is_refused(client, refused):
    answer = client.call("GET", "/api/v3/ticker/price", {"symbol": ""}, signed=False)
    assert refused(answer) == (400, -1105, "Parameter 'symbol' was empty.")


def test_c010_key_without_trade_permission_reads_but_does_not_place(world, refused):
    world.exchange.operator.change_key("contract-key", trade=False)
    placed = world.order("BUY", "MARKET", quantity="0.001")
    assert refused(placed) == (401, -2015, "Invalid API-key, IP, or permissions for action.")
    assert world.call("GET", "/api/v3/account").status == 200


def test_c010_key_bound_to_addresses_is_refused_elsewhere(world, refused):
    world.exchange.operator.change_key("contract-key", ips=("10.0.0.1",))
    assert refused(world.call("GET", "/api/v3/account"))[1] == -2015
    assert world.call("GET", "/api/v3/account", ip="10.0.0.1").status == 200


def test_times_come_in_microseconds_when_asked(world):
    answer = world.call("GET", "/api/v3/time", signed=False, headers={"X-MBX-TIME-UNIT": "MICROSECOND"})
    assert answer.body == {"serverTime": world.now_us}
