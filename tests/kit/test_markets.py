"""The kit's markets have the faults that they are named for, and no other, and repeat."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.testing import markets
from tradewind.testing.differences import difference


@pytest.mark.parametrize("name", markets.MARKETS)
@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(2, 200), timeframe=st.sampled_from(["1m", "4h", "1d", "1w"]))
def test_every_market_has_bars_that_can_be_traded_on(name: str, seed: int, rows: int, timeframe: str) -> None:
    bars = markets.market(name, seed, rows, timeframe)
    assert 0 < len(bars) <= rows
    assert not bars.masked.any()
    assert np.all(np.diff(bars.time) % bars.timeframe.ms == 0)
    assert np.all((bars.time - bars.timeframe.origin_ms) % bars.timeframe.ms == 0)


@pytest.mark.parametrize("name", markets.MARKETS)
def test_a_seed_gives_the_same_market_and_another_seed_another(name: str) -> None:
    made = markets.MARKETS[name]
    assert made(1, 300, "4h").sha256() == made(1, 300, "4h").sha256()
    assert made(1, 300, "4h").sha256() != made(2, 300, "4h").sha256()


def test_jumps_jump_gaps_open_away_and_bars_are_missing() -> None:
    calm, jumps, gaps = markets.random_walk(5), markets.jumps(5), markets.gaps(5)
    assert (calm.high / calm.low).max() < 1.1 < (jumps.high / jumps.low).max()
    away = np.abs(gaps.open[1:] / gaps.close[:-1] - 1.0)
    assert np.sum(away > 0.01) >= 10
    assert np.abs(calm.open[1:] / calm.close[:-1] - 1.0).max() < 1e-4
    missing = markets.missing_bars(5)
    steps = np.diff(missing.time) // missing.timeframe.ms
    assert steps.max() > 30
    assert np.sum(steps > 1) > 10


def test_regimes_rise_range_and_fall() -> None:
    bars = markets.regimes(3, 600)
    moves = np.diff(np.log(bars.close[::100]))
    assert moves[0] > 0.2
    assert moves[2] < -0.2
    assert abs(moves[1]) < 0.2


def test_flat_does_not_move_and_one_bar_is_one() -> None:
    flat = markets.flat(50, volume=0.0)
    assert flat.high.max() == flat.low.min() == 100.0
    assert not flat.masked.any()
    assert len(markets.one_bar()) == 1


@given(rows=st.integers(2, 500), seed=st.integers(0, 1000), count=st.integers(1, 12))
def test_cuts_lie_inside_and_the_last_leaves_one_bar(rows: int, seed: int, count: int) -> None:
    found = markets.cuts(rows, seed, count)
    assert found == sorted(set(found))
    assert found[-1] == rows - 1
    assert all(1 <= cut < rows for cut in found)


def test_another_future_leaves_the_past_alone() -> None:
    bars = markets.regimes(3, 100)
    other = markets.other_future(bars, 60, 1.7)
    assert np.array_equal(bars.close[:60], other.close[:60])
    assert np.array_equal(bars.close[60:] * 1.7, other.close[60:])
    assert not other.masked.any()


INDEX = pd.date_range("2021-01-01", periods=3, freq="D", tz="UTC")
TABLE = pd.DataFrame({"a": [1.0, 2.0, np.nan], "b": [1, 2, 3]}, index=INDEX)


@pytest.mark.parametrize(
    ("actual", "words"),
    [
        (TABLE.copy(), ""),
        (TABLE.assign(a=[1.0, 2.0 + 1e-12, np.nan]), ""),
        (TABLE[["b", "a"]], "the columns were b, a, expected a, b"),
        (TABLE.iloc[:2], "there were 2 rows, expected 3"),
        (TABLE.set_axis(INDEX + pd.Timedelta(1, "D"), axis=0), "row 0 was at 2021-01-02"),
        (TABLE.assign(a=[1.0, 2.1, np.nan]), "column 'a' was 2.1 in row 1 (2021-01-02"),
        (TABLE.assign(a=[1.0, 2.0, 3.0]), "column 'a' was 3.0 in row 2"),
        (TABLE.assign(b=[1, 2, 4]), "column 'b' was 4 in row 2"),
        (TABLE.assign(b=[1.0, 2.0, 3.0]), "column 'b' was 1.0 in row 0"),
        (TABLE.assign(a=TABLE["a"].astype(object)), "column 'a'"),
    ],
)
def test_differences_are_told_in_words(actual: pd.DataFrame, words: str) -> None:
    found = difference(TABLE, actual, tolerance=1e-9)
    assert found.startswith(words)
    assert bool(found) is bool(words)


def test_without_tolerance_the_last_bit_counts() -> None:
    assert difference(TABLE, TABLE.assign(a=[1.0, np.nextafter(2.0, 3.0), np.nan])) != ""
