"""Equal inputs have equal ids, other inputs are named, and the hash of a result is that of its values."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.backtest.inputs import Inputs, canonical, differences, plain_value, result_hash
from tradewind.backtest.planned import sha256_of_amounts, sha256_of_plan
from tradewind.model.costs import Costs
from tradewind.model.plan import Plan
from trust.hand_made import equity, trade, trades

BASE = Inputs(
    strategy="adaptive",
    data={"BTCUSDT 4h": "aa" * 32},
    plugins={"tradewind": "0.1.0", "tradewind-adaptive": "0.1.0"},
    settings={"limits": {"max_position": 0.1}, "costs": {"taker_fee": 0.001}},
    seed=1,
)


def test_the_order_of_keys_and_the_kind_of_sequence_do_not_matter() -> None:
    turned = attrs.evolve(BASE, settings={"costs": {"taker_fee": 0.001}, "limits": {"max_position": 0.1}})

    assert turned.id == BASE.id
    assert canonical({"b": (1, 2), "a": None}) == canonical({"a": None, "b": [1, 2]}) == '{"a":null,"b":[1,2]}'


def test_an_id_is_the_same_in_every_process() -> None:
    code = (
        "from tradewind.backtest.inputs import Inputs;"
        "print(Inputs(strategy='x', data={'b': '1', 'a': '2'}, settings={'s': {1.5, 'c', 'b'}}).id)"
    )
    other = subprocess.run([sys.executable, "-c", code], env={"PYTHONHASHSEED": "7"}, capture_output=True, text=True)

    here = Inputs(strategy="x", data={"a": "2", "b": "1"}, settings={"s": {"b", "c", 1.5}})
    assert other.stdout.strip() == here.id
    assert len(here.id) == 12


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"strategy": "enhanced"}, "strategy was adaptive, now enhanced"),
        ({"data": {"BTCUSDT 4h": "bb" * 32}}, "data BTCUSDT 4h was aaaaaaaaaaaa, now bbbbbbbbbbbb"),
        ({"data": {}}, "data BTCUSDT 4h was aaaaaaaaaaaa, now not there"),
        ({"plugins": {"tradewind": "0.2.0", "tradewind-adaptive": "0.1.0"}}, "plugin tradewind was 0.1.0, now 0.2.0"),
        (
            {"settings": {"limits": {"max_position": 0.2}, "costs": {"taker_fee": 0.001}}},
            "setting limits.max_position was 0.1, now 0.2",
        ),
        ({"seed": 2}, "seed was 1, now 2"),
    ],
    ids=["strategy", "data", "missing data", "plugin", "setting", "seed"],
)
def test_every_input_changes_the_id_and_is_named_when_it_differs(change: dict[str, object], words: str) -> None:
    other = attrs.evolve(BASE, **change)  # type: ignore[arg-type]  # the changes are of several kinds

    assert other.id != BASE.id
    assert differences(BASE, other) == (words,)


def test_equal_inputs_have_no_difference() -> None:
    assert differences(BASE, attrs.evolve(BASE)) == ()


def test_inputs_survive_their_plain_form() -> None:
    assert Inputs.from_dict("adaptive", BASE.to_dict(), plain_value(BASE.settings)) == BASE


def test_settings_of_every_kind_have_one_plain_form() -> None:
    values = {
        "costs": Costs(),
        "decimal": Decimal("0.10"),
        "path": Path("a/b"),
        "set": {"b", "a"},
        "numpy": np.float64(0.5),
        "array": np.array([1, 2]),
        "nan": float("nan"),
        "infinite": float("-inf"),
        "time": pd.Timestamp("2024-01-01", tz="UTC"),
        1: True,
    }

    plain = plain_value(values)

    assert plain["costs"]["taker_fee"] == 0.001
    del plain["costs"]
    assert plain == {
        "decimal": "0.10",
        "path": "a/b",
        "set": ["a", "b"],
        "numpy": 0.5,
        "array": [1, 2],
        "nan": "nan",
        "infinite": "-inf",
        "time": "2024-01-01T00:00:00+00:00",
        "1": True,
    }


def test_what_has_no_lasting_form_is_no_setting() -> None:
    assert plain_value({"range": range(3)}) == {"range": "range(0, 3)"}
    with pytest.raises(TypeError, match="differs from process to process"):
        plain_value({"callable": object()})


@settings(max_examples=25, deadline=None)
@given(st.floats(1.0, 1e6))
def test_the_smallest_change_of_a_value_changes_the_result_s_hash(value: float) -> None:
    one, other = trades(trade(0, 1, value)), trades(trade(0, 1, float(np.nextafter(value, np.inf))))

    assert result_hash(one, equity([1.0])) != result_hash(other, equity([1.0]))


@pytest.mark.parametrize("name", ["symbol", "side", "exit_reason", "bars_held", "ambiguous", "exit_time"])
def test_every_column_of_trades_counts_in_the_hash(name: str) -> None:
    changed = {"symbol": "X", "side": "short", "exit_reason": "end", "bars_held": 9, "ambiguous": True, "exit_time": 5}

    one, other = trades(trade(0, 1, 1.0)), trades(trade(0, 1, 1.0, **{name: changed[name]}))

    assert result_hash(one, equity([1.0])) != result_hash(other, equity([1.0]))


def test_the_equity_curve_counts_in_the_hash() -> None:
    assert result_hash(trades(), equity([1.0, 2.0])) != result_hash(trades(), equity([1.0, 2.5]))


def test_the_unit_of_times_does_not_count_in_the_hash() -> None:
    one, other = trades(trade(0, 1, 1.0)), trades(trade(0, 1, 1.0))
    other["entry_time"] = other["entry_time"].dt.as_unit("ns")

    assert result_hash(one, equity([1.0])) == result_hash(other, equity([1.0]))


INDEX = pd.date_range("2024-01-01", periods=5, freq="4h", tz="UTC")


def test_plans_differ_by_any_value_in_any_row() -> None:
    enter = np.array([0, 1, 0, 0, 0])
    plans = [
        Plan.from_arrays(INDEX, enter=enter),
        Plan.from_arrays(INDEX, enter=np.roll(enter, 1)),
        Plan.from_arrays(INDEX, enter=enter, cap=0.1),
        Plan.from_arrays(INDEX, enter=enter, cap=0.2),
        Plan.from_arrays(INDEX, enter=enter, tp_r=(2.0,), tp_frac=(0.5,)),
        Plan.from_arrays(INDEX[:4], enter=enter[:4]),
    ]

    assert len({sha256_of_plan(plan) for plan in plans}) == len(plans)
    assert sha256_of_plan(plans[0]) == sha256_of_plan(Plan.from_arrays(INDEX, enter=enter.copy()))


def test_amounts_of_every_kind_are_hashed_by_value() -> None:
    series = pd.Series([0.1, 0.2], index=INDEX[:2])
    frames = [series.to_frame("BTCUSDT"), series.to_frame("ETHUSDT")]
    kinds = [series, series * 2.0, *frames, {"BTCUSDT": series}, {"BTCUSDT": 1}, {1: 0.1}, {1: 0.2}, (1, 2)]

    assert len({sha256_of_amounts(amounts) for amounts in kinds}) == len(kinds)
    assert sha256_of_amounts(series) == sha256_of_amounts(series.copy())
