"""Two results side by side: figures, inputs and trades."""

from __future__ import annotations

import json

import attrs

from tradewind.backtest.compare import compare
from tradewind.backtest.inputs import Inputs
from tradewind.backtest.result import Result
from trust.hand_made import equity, result, trade, trades


def with_inputs(**changes: object) -> Result:
    inputs = Inputs(strategy="adaptive", data={"BTCUSDT 4h": "aa" * 32}, settings={"fast": 10, **changes})
    return attrs.evolve(result(), inputs=inputs)


def test_a_result_does_not_differ_from_itself() -> None:
    found = compare(result(), result())

    assert found.same
    assert (found.metrics, found.inputs, found.changed) == ({}, (), 0)
    assert (len(found.only_first), len(found.only_second)) == (0, 0)
    assert "The same trades and equity, to the last bit." in found.text()


def test_figures_that_differ_stand_side_by_side() -> None:
    other = result(equity=equity([10_000.0, 12_000.0]))

    found = compare(result(), other)

    assert found.metrics["total_return"] == (result().metrics["total_return"], other.metrics["total_return"])
    assert "total_trades" not in found.metrics
    line = next(line for line in found.text().splitlines() if line.startswith("total_return"))
    assert line.split() == ["total_return", "+1.00%", "+20.00%"]


def test_settings_that_differ_are_named() -> None:
    found = compare(with_inputs(), with_inputs(fast=12))

    assert found.inputs == ("setting fast was 10, now 12",)
    assert "  setting fast was 10, now 12" in found.text()


def test_trades_that_only_one_has_are_listed_and_changed_ones_counted() -> None:
    first = result(trades=trades(trade(1, 2, 5.0), trade(3, 9, 200.0), trade(12, 14, -100.0)))
    second = result(trades=trades(trade(3, 9, 210.0), trade(12, 14, -100.0), trade(15, 16, 1.0), trade(16, 17, 1.0)))

    found = compare(first, second)

    assert found.only_first["pnl"].tolist() == [5.0]
    assert found.only_second["pnl"].tolist() == [1.0, 1.0]
    assert found.changed == 1
    assert "BTCUSDT long 2024-01-01 04:00 to 2024-01-01 08:00  signal  +5.00" in found.text()
    assert "1 trades at the same times with another profit." in found.text()


def test_tranches_that_close_together_are_told_apart() -> None:
    first = result(trades=trades(trade(3, 9, 50.0), trade(3, 9, 60.0), trade(3, 9, 70.0)))
    second = result(trades=trades(trade(3, 9, 50.0), trade(3, 9, 60.0)))

    found = compare(first, second)

    assert found.only_first["pnl"].tolist() == [70.0]
    assert found.changed == 0


def test_a_result_without_trades_compares_too() -> None:
    found = compare(result(trades=trades()), result())

    assert (len(found.only_first), len(found.only_second)) == (0, 2)
    assert len(compare(result(trades=trades()), result(trades=trades())).only_first) == 0


def test_a_long_list_is_cut_and_counted() -> None:
    many = result(trades=trades(*(trade(k, k + 1, 1.0) for k in range(17))))

    text = compare(many, result(trades=trades())).text()

    assert "17 trades only in" in text
    assert "  and 7 more" in text


def test_the_plain_form_is_strict_json() -> None:
    found = compare(with_inputs(), result(trades=trades()))

    values = json.loads(json.dumps(found.to_dict(), allow_nan=False))

    assert set(values) == {"first", "second", "same", "metrics", "inputs", "only_first", "only_second", "changed"}
    assert values["only_first"][0]["entry_time"] == "2024-01-01T12:00:00Z"
