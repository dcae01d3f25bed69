"""A result goes through JSON without loss, and nothing else is taken for one."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.backtest.result import Result
from tradewind.backtest.rows import PlanRows
from tradewind.backtest.tables import TRADE_COLUMNS
from tradewind.errors import ResultError
from tradewind.model.plan import Plan
from trust.hand_made import decisions, equity, result, trade, trades

TABLES = ("trades", "fills", "equity", "decisions", "positions")

PUBLIC_KEYS = {
    "id", "strategy", "symbols", "timeframe", "start", "end", "metrics", "interval", "certificate", "trades", "equity",
    "inputs",
}  # fmt: skip


def refuse(name: str) -> Any:
    raise AssertionError(f"{name} is no strict JSON")


def test_the_public_keys_are_there_and_the_json_is_strict() -> None:
    values = json.loads(result().to_json(), parse_constant=refuse)

    assert set(values) >= PUBLIC_KEYS
    assert values["start"] == "2024-01-01T00:00:00Z"
    assert values["equity"]["time"][1] == "2024-01-01T04:00:00Z"
    assert values["equity"]["value"][4] == 10_050.0
    assert set(values["trades"][0]) >= set(TRADE_COLUMNS)
    assert values["trades"][0]["entry_time"] == "2024-01-01T12:00:00Z"
    assert len(values["inputs"]["result"]) == 64


def test_everything_is_read_back_as_it_was() -> None:
    first = result()

    second = Result.from_json(first.to_json())

    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name), check_freq=False)
    assert second.metrics == first.metrics
    assert (second.id, second.hash) == (first.id, first.hash)
    assert second.to_json() == first.to_json()


def test_a_result_without_a_single_trade_keeps_its_columns() -> None:
    first = result(trades=trades(), decisions=decisions())

    second = Result.from_json(first.to_json())

    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name), check_freq=False)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=5))
def test_every_double_survives(values: list[float]) -> None:
    first = result(trades=trades(*(trade(k, k + 1, 1.0, r_multiple=value) for k, value in enumerate(values))))

    second = Result.from_json(first.to_json())

    assert np.array_equal(second.trades["r_multiple"].to_numpy(), np.array(values), equal_nan=True)
    assert second.hash == first.hash


def test_flows_and_milliseconds_survive() -> None:
    curve = equity([10_000.0, 10_500.0], flow=[0.0, 500.0])
    curve.index = pd.DatetimeIndex(["2024-01-01T00:00:00.123", "2024-01-01T00:00:01.500"], tz="UTC", name="open_time")
    first = result(equity=curve.set_axis(pd.DatetimeIndex(curve.index).as_unit("ms")))

    second = Result.from_json(first.to_json())

    pd.testing.assert_frame_equal(first.equity, second.equity)


def test_what_a_plan_said_row_by_row_survives() -> None:
    index = result().equity.index
    plan = Plan.from_arrays(index, bits=np.arange(len(index)) // 5, regime=1, exit_long=np.arange(len(index)) == 7)
    first = result(rows=(PlanRows.of("adaptive", "BTCUSDT", plan),))

    rows = Result.from_json(first.to_json()).rows[0]

    assert [rows.at(int(time))["bits"] for time in plan.time] == (np.arange(len(index)) // 5).tolist()
    assert [rows.at(int(time))["exit_long"] for time in plan.time].count(True) == 1
    assert rows.at(int(plan.time[0]) - 1) == {}


def test_figures_are_none_and_not_nan() -> None:
    figures = result(trades=trades(), equity=equity([10_000.0])).metrics

    assert figures["sharpe_ratio"] is None
    assert not any(isinstance(value, float) and math.isnan(value) for value in figures.values())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "{}",
        '{"version": 1}',
        '{"version": 1, "equity": []}',
        "[" * 100_000,
        "\ufeff{}",
    ],
    ids=["empty", "torn", "list", "null", "text", "nothing", "fields", "wrong", "deep", "mark"],
)
def test_what_is_no_result_is_refused_with_a_code(text: str) -> None:
    with pytest.raises(ResultError, match="TW-R002"):
        Result.from_json(text)


def test_nan_in_the_text_is_refused() -> None:
    text = result().to_json().replace('"pnl": 200.0', '"pnl": NaN')

    with pytest.raises(ResultError, match=r"TW-R002 this is no stored result: .*NaN is no strict JSON"):
        Result.from_json(text)


def test_another_version_is_refused_and_the_remedy_named() -> None:
    with pytest.raises(ResultError, match="version 99, expected 1"):
        Result.from_json(json.dumps(result().to_dict() | {"version": 99}))


def test_a_missing_field_is_named() -> None:
    values = result().to_dict()
    del values["conditions"]

    with pytest.raises(ResultError, match="it has no entry 'conditions'"):
        Result.from_json(json.dumps(values))


def test_an_exit_that_is_not_yet_known_is_null() -> None:
    open_trade = trades(trade(0, 1, 1.0))
    open_trade["exit_time"] = pd.Series([pd.NaT], dtype="datetime64[ms, UTC]")

    second = Result.from_json(result(trades=open_trade).to_json())

    assert result(trades=open_trade).to_dict()["trades"][0]["exit_time"] is None
    pd.testing.assert_frame_equal(second.trades, open_trade)


def test_the_short_summary_is_that_of_the_figures() -> None:
    summary = result().performance_summary()

    assert (summary["total_trades"], summary["win_rate"], summary["total_pnl"]) == (2, 50.0, 100.0)


def test_what_costs_time_is_made_when_it_is_asked_for_and_once() -> None:
    made: list[str] = []

    def interval() -> None:
        made.append("interval")

    found = result(interval=interval)
    assert made == []

    assert found.interval is None
    assert found.interval is None
    assert made == ["interval"]
