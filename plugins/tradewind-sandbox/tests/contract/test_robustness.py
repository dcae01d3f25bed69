"""Whatever is sent, the answer is one of the venue's and the books stay balanced."""

import json
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from tradewind_sandbox.exchange import Call, LimitRules, Request
from tradewind_sandbox.exchange.methods import METHODS
from tradewind_sandbox.exchange.routes import ENDPOINTS

NAMES = sorted({name for endpoint in ENDPOINTS.values() for name in endpoint.params} | {"signature", "shoe", ""})
VALUES = st.one_of(
    st.sampled_from(
        ["BTCUSDT", "BUY", "SELL", "LIMIT", "MARKET", "STOP_LOSS", "GTC", "FOK", "LIMIT_MAKER", "STOP_ON_FAILURE"]
    ),
    st.sampled_from(["0.01", "50000", "49000", "52000", "1", "0", "-1", "1m", "true", "FULL", "[]", '["BTCUSDT"]']),
    st.text(max_size=12),
    st.integers(min_value=-(10**30), max_value=10**30).map(str),
)
PARAMS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=14)
ROUTES = st.sampled_from(sorted(ENDPOINTS))
WORDS = st.text(max_size=60)
GENEROUS = LimitRules(weight_per_minute=10**9, orders_per_ten_seconds=10**6, raw_per_five_minutes=10**9)
STATUSES = {200, 400, 401, 404, 409, 410, 429}


def full_order(route: tuple[str, str], params: dict[str, str]) -> dict[str, str]:
    """Fill in what an endpoint needs, so that the engine behind the gateway is reached as well."""
    needs = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "40000"}
    usual = {**needs, "quantity": "0.001", "interval": "1m", "cancelReplaceMode": "ALLOW_FAILURE", "newQty": "0.001"}
    known = ENDPOINTS[route].params
    return {name: value for name, value in usual.items() if name in known} | {
        name: value for name, value in params.items() if name in known
    }


def balanced(world: Any) -> bool:
    truth = world.exchange.truth(1 << 40)
    return all(
        sum(sum(rows.get(asset, (0, 0))) for rows in truth.balances.values())
        + truth.fees.get(asset, 0)
        + truth.house.get(asset, 0)
        == truth.transfers.get(asset, 0)
        for asset in ("BTC", "USDT")
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(st.tuples(ROUTES, PARAMS, st.booleans()), max_size=12))
def test_any_parameters_get_an_answer(make_world, calls):
    world = make_world(limits=GENEROUS)
    for route, params, whole in calls:
        given_now = full_order(route, params) if whole else params
        call = Call(method=route[0], path=route[1], params=given_now, key="contract-key")
        answer = world.exchange.request(call)
        assert answer.status in STATUSES
        assert json.loads(json.dumps(answer.body)) == answer.body
    assert balanced(world)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(route=ROUTES, query=WORDS, body=WORDS, key=st.sampled_from(["", "contract-key", "nobody"]))
def test_any_text_gets_an_answer(make_world, route, query, body, key):
    world = make_world(limits=GENEROUS)
    request = Request(method=route[0], path=route[1], query=query, body=body, headers={"X-MBX-APIKEY": key})
    assert world.send(request).status in STATUSES


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    message=JSON.map(json.dumps)
    | st.fixed_dictionaries(
        {"id": JSON, "method": st.sampled_from([*METHODS, "session.status", "userDataStream.unsubscribe"])},
        optional={"params": JSON | st.dictionaries(st.sampled_from(NAMES), JSON, max_size=5)},
    ).map(json.dumps)
)
def test_any_message_gets_a_reply(make_world, message):
    world = make_world(limits=GENEROUS)
    link, _ = world.connect()
    reply = world.exchange.ws_request(link, message)
    assert reply["status"] in STATUSES
    assert ("result" in reply) != ("error" in reply)
