"""A fault script strikes where, when and as often as it says, and the same way every time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.api import UsageError
from tradewind_sandbox.faults.channel import Channel, Message
from tradewind_sandbox.faults.files import read_script
from tradewind_sandbox.faults.kinds import KINDS, REQUIRED, Point
from tradewind_sandbox.faults.script import FaultScript, faults_from

START = 1_717_200_000_000
ORDER = "POST /api/v3/order"


def script(*rows: dict[str, Any], seed: int = 1) -> FaultScript:
    return FaultScript(faults=faults_from(rows, START), seed=seed)


def struck(faults: FaultScript, count: int, endpoint: str = ORDER, now_ms: int = START) -> list[int]:
    return [n for n in range(1, count + 1) if faults.on_call(endpoint, symbol="BTCUSDT", now_ms=now_ms)]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"calls": [2, 5]}, [2, 5]),
        ({"every": 3}, [3, 6, 9]),
        ({"times": 2}, [1, 2]),
        ({"every": 2, "times": 2}, [2, 4]),
        ({"probability": 0.0}, []),
        ({"endpoint": "GET *"}, []),
        ({"endpoint": "* /api/v3/order"}, list(range(1, 11))),
        ({"symbol": "ETH*"}, []),
        ({"at": "10s"}, []),
        ({"lasts": "10s", "at": "-5s", "times": 1}, [1]),
    ],
)
def test_a_call_is_struck_when_the_script_says(row: dict[str, Any], expected: list[int]) -> None:
    assert struck(script({"kind": "lose-response", **row}), 10) == expected


def test_a_fault_is_over_when_its_time_is() -> None:
    faults = script({"kind": "html", "at": "10s", "lasts": "20s"})
    moments = [0, 9_999, 10_000, 29_999, 30_000]
    assert [bool(faults.on_call(ORDER, now_ms=START + one)) for one in moments] == [False, False, True, True, False]


@given(seed=st.integers(0, 2**40))
def test_the_same_seed_strikes_the_same_calls(seed: int) -> None:
    row = {"kind": "lose-response", "probability": 0.3}
    assert struck(script(row, seed=seed), 50) == struck(script(row, seed=seed), 50)


def test_probability_is_how_often_it_strikes() -> None:
    hits = len(struck(script({"kind": "lose-response", "probability": 0.3}), 4000))
    assert 1050 < hits < 1350


def test_what_was_injected_is_counted_by_kind() -> None:
    faults = script({"kind": "html", "every": 2}, {"kind": "ban", "calls": [1]})
    struck(faults, 6)
    assert dict(faults.injected) == {"html": 3, "ban": 1}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"kind": "explode"}, "kind of fault 1 was 'explode'"),
        ({}, "kind of fault 1 was None"),
        ({"kind": "html", "colour": "red"}, "was given colour"),
        ({"kind": "delay-request"}, "was without by"),
        ({"kind": "delay-request", "by": "soon"}, "by of fault 1 was 'soon'"),
        ({"kind": "html", "probability": 2.0}, "probability of fault 1 was 2.0"),
        ({"kind": "html", "calls": ["one"]}, "calls of fault 1 was 'one'"),
        ({"kind": "deposit", "asset": "BTC", "amount": "1"}, "was without at"),
        ({"kind": "deposit", "asset": "BTC", "amount": "lots", "at": "1m"}, "amount of fault 1 was 'lots'"),
        ({"kind": "status", "value": "ASLEEP", "at": "1m"}, "value of fault 1 was 'ASLEEP'"),
        ({"kind": "html", "at": "yesterday"}, "at of fault 1 was 'yesterday'"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(row: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match="TW-U007") as refused:
        script(row)
    assert words in refused.value.message


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    toml, plain = tmp_path / "day.toml", tmp_path / "day.json"
    toml.write_text('seed = 4\n[[fault]]\nkind = "status"\nvalue = "BREAK"\nat = 2024-06-01T00:10:00Z\nlasts = "5m"\n')
    plain.write_text(
        json.dumps({"seed": 4, "fault": [{"kind": "status", "value": "BREAK", "at": "10m", "lasts": 300_000}]})
    )
    first, second = read_script(toml, START), read_script(plain, START)
    assert (first.faults, first.seed) == (second.faults, second.seed)
    assert [fault.at_ms for fault in first.happenings()] == [START + 600_000]


@pytest.mark.parametrize("text", ["kind = ", "[[fault]]\nkind = 3", "fault = 3", "other = 1"])
def test_a_file_that_is_no_script_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "day.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match="TW-U007"):
        read_script(path, START)


def test_every_kind_has_its_line_in_the_readme_with_all_it_takes() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    rows = {line.split("`")[1]: line for line in readme.splitlines() if line.startswith("| `")}
    missing = [name for name in KINDS if name not in rows]
    missing += [
        f"{name}.{value}"
        for name, kind in KINDS.items()
        for value in kind.takes
        if f"`{value}`" not in rows.get(name, "")
    ]
    assert missing == []


def test_every_kind_of_every_point_can_be_asked_for() -> None:
    samples: dict[str, Any] = {"by": "1s", "lag": "1s", "field": "k.c", "factor": "2", "value": "BREAK", "ppm": 100.0}
    samples |= {"asset": "BTC", "amount": "1", "side": "BUY", "quantity": "1", "maker": "0", "taker": "0", "on": True}
    samples |= {"filters": [], "interval": "1m", "after": "1s"}
    rows = [
        {"kind": name, "at": "1m"}
        | {value: samples[value] for value, (_, default) in kind.takes.items() if default is REQUIRED}
        for name, kind in KINDS.items()
    ]
    faults = script(*rows)
    assert len(faults.faults) == len(KINDS)
    assert {fault.about.point for fault in faults.faults} == set(Point)


def kline(closing: bool, close: str = "1.00") -> dict[str, Any]:
    return {"e": "kline", "s": "BTCUSDT", "k": {"x": closing, "c": close}}


def through(faults: FaultScript, payloads: list[dict[str, Any]], stream: str = "btcusdt@kline_1m") -> list[Any]:
    """Return what arrives, and (delay, message) of what comes later."""
    arrived: list[Any] = []
    channel = Channel(
        script=faults,
        now_ms=lambda: START,
        later=lambda ms, act: arrived.append(("later", ms)) or act(),
        deliver=arrived.append,
        end=lambda ending, fault: arrived.append((ending, fault.kind)),
    )
    for payload in payloads:
        channel.send(Message.of(stream, payload))
    return arrived


def event(number: int) -> dict[str, Any]:
    return {"e": "executionReport", "s": "BTCUSDT", "I": number}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"kind": "lose-event", "calls": [2]}, [1, 3]),
        ({"kind": "stall"}, []),
        ({"kind": "duplicate-event", "calls": [2]}, [1, 2, 2, 3]),
        ({"kind": "reorder-event", "calls": [1]}, [2, 1, 3]),
        ({"kind": "lose-event", "event": "listStatus"}, [1, 2, 3]),
        ({"kind": "lose-event", "stream": "btc*"}, [1, 2, 3]),
    ],
)
def test_messages_of_a_stream_are_lost_doubled_and_held_back(row: dict[str, Any], expected: list[int]) -> None:
    arrived = through(script(row), [event(1), event(2), event(3)], "user")
    assert [one["I"] for one in arrived] == expected


def test_a_closing_kline_alone_can_be_lost() -> None:
    row = {"kind": "lose-event", "event": "kline", "closing": True}
    assert through(script(row), [kline(False), kline(True), kline(False)]) == [kline(False), kline(False)]


def test_a_field_takes_another_value_and_the_source_keeps_its_own() -> None:
    original = kline(True)
    arrived = through(script({"kind": "corrupt-event", "field": "k.c", "value": "NaN"}), [original])
    assert (arrived, original) == ([kline(True, "NaN")], kline(True))


def test_a_late_message_comes_after_its_delay() -> None:
    assert through(script({"kind": "delay-event", "by": "2s"}), [event(1)]) == [("later", 2000), event(1)]


def test_a_lost_subscription_says_nothing_any_more() -> None:
    faults = script({"kind": "lose-subscription", "calls": [2]})
    assert through(faults, [event(1), event(2), event(3)], "user") == [event(1), ("lost", "lose-subscription")]
