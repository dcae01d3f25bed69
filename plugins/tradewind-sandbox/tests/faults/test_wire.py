"""Calls inside the process meet the same faults, on a clock that a test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tradewind.api import Bars
from tradewind_sandbox.exchange import Call, Request
from tradewind_sandbox.faults.delivery import Delivery
from tradewind_sandbox.faults.script import FaultScript, faults_from
from tradewind_sandbox.market.driver import MarketRules, open_histories
from tradewind_sandbox.sandbox import Sandbox, SandboxRules, open_sandbox

START = 1_717_200_000_000
BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
STOP = {"symbol": "BTCUSDT", "side": "SELL", "type": "STOP_LOSS", "quantity": "0.01", "stopPrice": "15000"}
PUBLIC = ("/time", "/exchangeInfo", "/klines", "/ticker/price")

MakeSandbox = Callable[..., Sandbox]


@pytest.fixture
def make_sandbox(table_source: Callable[..., Any], make_walk: Callable[..., Bars]) -> MakeSandbox:
    """Make a sandbox that stands at its start."""

    def make(*faults: dict[str, Any], bars: int = 120, seed: int = 2) -> Sandbox:
        rules = MarketRules(push_ms=0)
        histories = open_histories(
            table_source({"BTCUSDT": make_walk(bars), "ETHUSDT": make_walk(bars, seed=8)}),
            ["BTCUSDT", "ETHUSDT"],
            rules,
            start_ms=START,
            seed=seed,
        )
        script = FaultScript(faults=faults_from(faults, START), seed=seed)
        balances = {"USDT": "100000", "BTC": "1"}
        return open_sandbox(histories, SandboxRules(market=rules, balances=balances), script=script, seed=seed)

    return make


def ask(sandbox: Sandbox, method: str, path: str, **params: Any) -> Delivery:
    """Carry one call out, a private one stamped with the exchange's time."""
    stamped = params if path in PUBLIC else {**params, "timestamp": sandbox.now_ms()}
    call = Call(method=method, path="/api/v3" + path, params=stamped, key=sandbox.credentials.key)
    return asyncio.run(sandbox.wire.carry(call))


def traded(sandbox: Sandbox) -> int:
    return sum(one.kind == "TRADE" for one in sandbox.exchange.truth().entries)


@pytest.mark.parametrize(
    ("row", "ending", "status", "executed"),
    [
        ({"kind": "lose-request"}, "reset", 0, False),
        ({"kind": "lose-response", "ending": "silence"}, "silence", 0, True),
        ({"kind": "fail-before"}, "answered", 503, False),
        ({"kind": "fail-after", "status": 500, "code": -1000}, "answered", 500, True),
        ({"kind": "html"}, "answered", 502, False),
        ({"kind": "truncated"}, "answered", 200, True),
        ({"kind": "rate-limit"}, "answered", 429, False),
        ({"kind": "ban"}, "answered", 418, False),
        ({"kind": "bad-timestamp"}, "answered", 400, False),
        ({"kind": "delay-request", "by": "2s"}, "answered", 200, True),
        ({"kind": "delay-request", "by": "6s"}, "answered", 400, False),
        ({"kind": "hold-request", "by": "6s"}, "answered", 400, False),
        ({"kind": "delay-response", "by": "60s"}, "answered", 200, True),
        ({"kind": "duplicate-request", "answer": "second"}, "answered", 200, True),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_call_ends_as_the_script_says_and_executes_or_not(
    row: dict[str, Any], ending: str, status: int, executed: bool, make_sandbox: MakeSandbox
) -> None:
    sandbox = make_sandbox({"endpoint": "POST *", **row})
    delivery = ask(sandbox, "POST", "/order", **BUY)
    assert (delivery.ending, delivery.status, traded(sandbox) > 0) == (ending, status, executed)
    assert sandbox.script.injected[row["kind"]] == 1


def test_time_of_the_network_lets_the_market_go_on(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox({"kind": "delay-response", "by": "30s"})
    ask(sandbox, "GET", "/account")
    assert sandbox.now_ms() == START + 30_000


def test_signed_text_and_plain_calls_are_the_same(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox()
    text = Request(method="GET", path="/api/v3/time")
    assert asyncio.run(sandbox.wire.carry(text)).json() == ask(sandbox, "GET", "/time").json()


def test_a_half_done_replace_cancels_and_refuses(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox({"kind": "half-done", "times": 1})
    stop = ask(sandbox, "POST", "/order", **STOP).json()
    change = {**STOP, "stopPrice": "15500", "cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": stop["orderId"]}
    answer = ask(sandbox, "POST", "/order/cancelReplace", **change)
    assert (answer.status, answer.json()["code"]) == (409, -2021)
    assert ask(sandbox, "GET", "/openOrders").json() == []


def test_a_stale_read_is_as_old_as_it_says_and_leaves_others_alone(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox({"kind": "stale-read", "endpoint": "GET /api/v3/account", "lag": "60s", "calls": [2]})
    before = ask(sandbox, "GET", "/account").json()["balances"]
    ask(sandbox, "POST", "/order", **BUY)
    sandbox.advance(START + 30_000)
    stale, fresh = (ask(sandbox, "GET", "/account").json()["balances"] for _ in range(2))
    assert (stale == before, fresh == before) == (True, False)


def test_a_gate_of_a_fault_lets_nothing_pass_until_it_is_over(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox({"kind": "ban", "endpoint": "POST *", "times": 1, "retry": "2m"})
    statuses = [ask(sandbox, "POST", "/order", **BUY).status, ask(sandbox, "GET", "/time").status]
    sandbox.advance(START + 120_000)
    assert [*statuses, ask(sandbox, "POST", "/order", **BUY).status] == [418, 418, 200]


def test_a_number_of_an_answer_can_be_none(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox({"kind": "corrupt-answer", "endpoint": "GET *klines", "field": "1.4", "value": "NaN"})
    sandbox.advance(START + 180_000)
    rows = ask(sandbox, "GET", "/klines", symbol="BTCUSDT", interval="1m").json()
    assert [row[4] == "NaN" for row in rows] == [False, True, False, False]


def test_the_same_seed_and_script_are_the_same_day(make_sandbox: MakeSandbox) -> None:
    rows = ({"kind": "lose-response", "probability": 0.4}, {"kind": "delay-request", "by": "700ms", "every": 3})

    def day() -> list[Any]:
        sandbox = make_sandbox(*rows)
        seen: list[Any] = []
        for minute in range(20):
            sandbox.advance(START + minute * 60_000)
            found = ask(sandbox, "POST", "/order", **BUY)
            seen.append((found.ending, found.status, found.body))
        return [*seen, sandbox.exchange.truth()]

    assert day() == day()


@pytest.mark.parametrize(
    ("row", "seen"),
    [
        ({"kind": "status", "value": "HALT", "symbol": "BTCUSDT", "lasts": "1m"}, "status"),
        ({"kind": "change-rules", "flags": {"opoAllowed": False}, "order_types": ["LIMIT"], "lasts": "1m"}, "rules"),
        (
            {"kind": "change-filters", "filters": [{"filterType": "NOTIONAL", "minNotional": "900"}], "lasts": "1m"},
            "filters",
        ),
        ({"kind": "maintenance", "lasts": "1m"}, "order"),
        ({"kind": "no-trading", "lasts": "1m"}, "order"),
        ({"kind": "key-permission", "lasts": "1m"}, "order"),
        ({"kind": "key-address", "lasts": "1m"}, "order"),
        ({"kind": "lock", "asset": "USDT", "amount": "99999", "lasts": "1m"}, "order"),
        ({"kind": "commission", "maker": "0.002", "taker": "0.003", "lasts": "1m"}, "fees"),
        ({"kind": "clock-jump", "by": "1h", "lasts": "1m"}, "clock"),
        ({"kind": "clock-drift", "ppm": 5000.0, "lasts": "1m"}, "drift"),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_happening_begins_at_its_moment_and_ends_again(
    row: dict[str, Any], seen: str, make_sandbox: MakeSandbox
) -> None:
    sandbox = make_sandbox({"at": "30s", **row})

    def looks() -> Any:
        info = ask(sandbox, "GET", "/exchangeInfo", symbol="BTCUSDT").json()
        rules = info.get("symbols", [{}])[0]
        found: dict[str, Callable[[], Any]] = {
            "status": lambda: rules["status"],
            "rules": lambda: (rules["opoAllowed"], rules["orderTypes"]),
            "filters": lambda: rules["filters"],
            "order": lambda: ask(sandbox, "POST", "/order/test", **BUY).status,
            "fees": lambda: ask(sandbox, "GET", "/account/commission", symbol="BTCUSDT").json(),
            "clock": lambda: sandbox.now_ms() - sandbox.clock.market_ms,
            "drift": lambda: sandbox.clock.drift_ppm,
        }
        return found[seen]()

    looks_like = []
    for second in (29, 31, 89, 91):
        sandbox.advance(START + second * 1000)
        looks_like.append(_of_order(sandbox) if seen == "order" else looks())
    normal, struck = looks_like[0], looks_like[1]
    assert looks_like == [normal, struck, struck, normal]
    assert struck != normal
    assert sandbox.script.injected == {row["kind"]: 1}


def _of_order(sandbox: Sandbox) -> bool:
    """Tell whether an order of a stop that never triggers, or a small purchase, is taken."""
    return ask(sandbox, "POST", "/order", **BUY).status == 200


def test_money_comes_goes_and_is_traded_by_hand(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(
        {"kind": "deposit", "asset": "BNB", "amount": "3", "at": "1s"},
        {"kind": "withdraw", "asset": "USDT", "amount": "40000", "at": "2s"},
        {"kind": "withdraw", "asset": "BTC", "amount": "5", "at": "3s"},
        {"kind": "manual-order", "symbol": "BTCUSDT", "side": "BUY", "quantity": "0.5", "price": "10000", "at": "4s"},
        {"kind": "manual-cancel", "symbol": "BTCUSDT", "at": "6s"},
    )
    sandbox.advance(START + 5000)
    assert sandbox.exchange.truth().balances["main"] == {
        "BNB": (3 * 10**8, 0),
        "BTC": (0, 0),
        "USDT": (55_000 * 10**8, 5_000 * 10**8),
    }
    sandbox.advance(START + 7000)
    assert sandbox.exchange.truth().balances["main"]["USDT"] == (60_000 * 10**8, 0)


def test_a_discount_is_paid_in_bnb(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(
        {"kind": "deposit", "asset": "BNB", "amount": "3", "at": 0}, {"kind": "discount", "on": True, "at": 0}
    )
    sandbox.exchange.operator.deposit("main", "BNB", 10**8)
    assert ask(sandbox, "GET", "/account/commission", symbol="BTCUSDT").json()["discount"]["enabledForAccount"] is True


def test_a_revoked_key_is_refused_for_ever(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox({"kind": "revoke-key", "at": "10s"})
    before = ask(sandbox, "GET", "/account").status
    sandbox.advance(START + 10_000)
    answer = ask(sandbox, "GET", "/account")
    assert (before, answer.status, answer.json()["code"]) == (200, 401, -2015)


def test_a_delisted_pair_is_announced_and_then_gone(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox({"kind": "delist", "symbol": "ETHUSDT", "at": "10s", "after": "1m"})
    sandbox.advance(START + 20_000)
    call = Call(
        method="GET",
        path="/sapi/v1/spot/delist-schedule",
        params={"timestamp": sandbox.now_ms()},
        key=sandbox.credentials.key,
    )
    schedule = asyncio.run(sandbox.wire.carry(call)).json()
    assert schedule == [{"delistTime": START + 70_000, "symbols": ["ETHUSDT"]}]
    sandbox.advance(START + 80_000)
    symbols = [one["symbol"] for one in ask(sandbox, "GET", "/exchangeInfo").json()["symbols"]]
    assert (symbols, ask(sandbox, "GET", "/ticker/price", symbol="ETHUSDT").status) == (["BTCUSDT"], 400)


def test_a_revised_kline_stays_revised(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(
        {"kind": "revise-kline", "symbol": "BTCUSDT", "interval": "1m", "back": 2, "factor": "2", "at": "305s"}
    )
    params = {"symbol": "BTCUSDT", "interval": "1m", "startTime": START, "limit": 6}
    sandbox.advance(START + 304_999)
    before = ask(sandbox, "GET", "/klines", **params).json()
    sandbox.advance(START + 310_000)
    after = ask(sandbox, "GET", "/klines", **params).json()
    changed = [place for place in range(5) if before[place] != after[place]]
    assert changed == [3]
    assert float(after[3][4]) == 2 * float(before[3][4])
