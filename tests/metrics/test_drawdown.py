"""Depth and length of drawdowns, by hand and against the definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.curves import START, curve
from tradewind.metrics.curve import DAY_MS
from tradewind.metrics.drawdown import Drawdown, drawdown, falls


def test_the_deepest_fall_has_its_peak_valley_and_recovery() -> None:
    #          day:   0      1      2      3      4      5      6
    found = drawdown(curve([110.0, 120.0, 90.0, 100.0, 120.0, 118.0, 121.0]))

    assert found == Drawdown(
        depth=0.25,
        peak_ms=START + DAY_MS,
        valley_ms=START + 2 * DAY_MS,
        recovery_ms=START + 4 * DAY_MS,
        days=3.0,
        longest_days=3.0,
    )


def test_the_longest_fall_need_not_be_the_deepest() -> None:
    found = drawdown(curve([120.0, 90.0, 120.0, 119.0, 118.0, 119.0, 119.5, 121.0]))

    assert (found.days, found.longest_days) == (2.0, 5.0)


def test_the_initial_balance_is_a_peak() -> None:
    found = drawdown(curve([80.0, 90.0]))

    assert found.depth == pytest.approx(0.2)
    assert found.recovery_ms is None
    assert found.days == 2.0, "from the start of the first day to the end of the second"


def test_a_fall_that_is_not_recovered_lasts_to_the_end() -> None:
    found = drawdown(curve([100.0, 120.0, 60.0, 70.0, 80.0]))

    assert (found.depth, found.days, found.recovery_ms) == (0.5, 3.0, None)


@pytest.mark.parametrize("equity", [[100.0], [100.0, 100.0, 100.0], [101.0, 102.0, 103.0]])
def test_without_a_fall_everything_is_zero(equity: list[float]) -> None:
    assert drawdown(curve(equity)) == Drawdown()


def test_no_bars_have_no_drawdown() -> None:
    assert drawdown(curve([])) == Drawdown()


def dense(values: list[float], start: float) -> list[float]:
    return [1.0 - value / max(start, *values[: row + 1]) for row, value in enumerate(values)]


@given(st.lists(st.floats(1.0, 1e6), min_size=1, max_size=60))
def test_falls_are_what_the_definition_says(values: list[float]) -> None:
    rows, fall = falls(np.array(values), 500.0)

    assert rows.tolist() == list(range(len(values)))
    assert fall == pytest.approx(dense(values, 500.0), abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("drift", [-0.002, 0.0, 0.002])
def test_blocks_that_are_left_out_hold_neither_a_peak_nor_the_deepest_fall(seed: int, drift: float) -> None:
    rng = np.random.default_rng(seed)
    steps = rng.normal(drift, 0.01, 3_000) * (rng.random(3_000) < 0.3)
    values = 100.0 * np.exp(np.cumsum(steps))
    expected = 1.0 - values / np.maximum(np.maximum.accumulate(values), 100.0)

    rows, fall = falls(values, 100.0)

    assert np.array_equal(fall, expected[rows])
    assert fall.max() == expected.max()
    assert rows[fall <= 1e-12].tolist() == np.flatnonzero(expected <= 1e-12).tolist()
    assert len(rows) < len(values) or drift > 0.0


@given(st.lists(st.integers(50, 150), min_size=1, max_size=40))
def test_lengths_are_what_the_definition_says(values: list[int]) -> None:
    line = [100.0, *map(float, values)]
    last = len(line) - 1
    lengths = [
        next((later for later in range(row + 1, last + 1) if line[later] >= line[row]), last) - row
        for row in range(last)
        if line[row] == max(line[: row + 1]) and line[row + 1] < line[row]
    ]

    found = drawdown(curve(list(map(float, values))))

    assert found.longest_days == max(lengths, default=0)
