"""Splits, skill, calibration and drift, against slow ways written from their definitions."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.api import (
    MODEL_KINDS,
    MODEL_WINDOW,
    ModelError,
    calibrate,
    drift_index,
    drift_inputs,
    drift_profile,
    feature_table,
    forward_return,
    hit_rate,
    information_coefficient,
    model_windows,
    profit_factor_interval,
    split_rows,
    window_sigma,
)
from tradewind.learning.skill import NOTHING_KNOWN, ranks, student
from tradewind.learning.split import EMBARGO

Floats = npt.NDArray[np.float64]


def prices(rows: int, seed: int = 0) -> Floats:
    return np.asarray(100.0 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0.0, 0.01, rows))))


def test_the_inputs_are_in_the_order_of_the_contract() -> None:
    assert MODEL_KINDS["price"] == ("close", "volume", "high", "low", "open")
    assert MODEL_KINDS["sentiment"][5:8] == ("sentiment_score", "sentiment_momentum", "sentiment_volatility")
    assert len(MODEL_KINDS["sentiment"]) == 13


def test_the_window_of_a_bar_ends_at_it_and_is_a_view() -> None:
    table = np.zeros((130, 5), dtype=np.float32)
    table[:, 0] = np.arange(130)
    found = model_windows(table)
    assert found.shape == (11, 120, 5)
    assert [found[0, 0, 0], found[0, -1, 0], found[10, -1, 0]] == [0.0, 119.0, 129.0]
    assert np.shares_memory(found, table)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ModelError) as caught:
        feature_table({"close": [1.0], "volume": [1.0], "high": [1.0], "low": [1.0]}, MODEL_KINDS["price"])
    assert caught.value.code == "TW-M005"
    assert "open" in caught.value.message


def test_sigma_and_outcome_use_what_their_definition_says() -> None:
    close = prices(200)
    returns = np.diff(np.log(close[50 : 50 + 120]))
    assert window_sigma(close, 12)[169] == pytest.approx(returns.std() * np.sqrt(12), rel=1e-12)
    assert np.isnan(window_sigma(close, 12)[:119]).all()
    assert forward_return(close, 12)[100] == pytest.approx(np.log(close[112] / close[100]), rel=1e-12)
    assert np.isnan(forward_return(close, 12)[-12:]).all()


@given(st.integers(4_000, 50_000), st.integers(1, 100), st.floats(0.1, 0.3), st.floats(0.1, 0.3))
def test_no_window_of_a_later_range_shares_a_bar_with_a_target_of_an_earlier_one(
    bars: int, horizon: int, validation: float, test: float
) -> None:
    split = split_rows(bars, horizon, validation=validation, test=test)
    ranges = list(split.ranges().values())
    for (_, end), (start, _) in pairwise(ranges):
        last_target, first_of_window = end - 1 + horizon, start - MODEL_WINDOW + 1
        assert last_target < first_of_window
        assert start - end == horizon + EMBARGO
    assert ranges[0][0] == MODEL_WINDOW - 1
    assert ranges[-1][1] == bars - horizon


@pytest.mark.parametrize("bars", [0, 1, 119, 500, 1_200])
def test_too_short_a_history_is_refused_with_what_it_needs(bars: int) -> None:
    with pytest.raises(ModelError) as caught:
        split_rows(bars, 12)
    assert caught.value.code == "TW-M007"
    assert "needs some" in caught.value.hint


@given(st.lists(st.integers(0, 5), min_size=2, max_size=30))
def test_ranks_share_their_mean_among_equals(values: list[int]) -> None:
    array = np.array(values, dtype=np.float64)
    slow = np.array([np.mean([k for k, v in enumerate(sorted(values)) if v == value]) for value in values])
    slow -= slow.mean()
    expected = slow / np.sqrt((slow**2).sum()) if (slow**2).sum() > 0 else slow * 0.0
    np.testing.assert_allclose(ranks(array), expected, atol=1e-12)


def test_the_coefficient_is_the_rank_correlation_and_its_interval_shrinks_with_data() -> None:
    rng = np.random.default_rng(1)
    x: Any = rng.normal(size=8_000)
    y: Any = 0.2 * x + rng.normal(size=8_000)
    long = information_coefficient(x, y, block=20, draws=200)
    short = information_coefficient(x[:500], y[:500], block=20, draws=200)
    assert long.value == pytest.approx(0.19, abs=0.03)
    assert long.low < long.value < long.high
    assert short.high - short.low > 3.0 * (long.high - long.low)
    assert information_coefficient(np.exp(x), y**3, block=20, draws=2).value == pytest.approx(long.value, abs=1e-12)


def test_overlapping_noise_is_rarely_taken_for_skill() -> None:
    rng = np.random.default_rng(2)
    found = 0
    for _ in range(100):
        raw, wish = rng.normal(size=2_200), rng.normal(size=2_200)
        outcome: Any = np.convolve(raw, np.ones(12), "valid")[:2_000]
        told: Any = np.convolve(wish, np.ones(60), "valid")[:2_000]
        found += information_coefficient(told, outcome, block=240, draws=100).low > 0.0
    assert found <= 6, f"{found} of 100 noise predictors have a lower end above 0"


def test_with_fewer_than_two_blocks_nothing_is_known() -> None:
    few: Any = np.arange(30.0)
    assert information_coefficient(few, few, block=20) == NOTHING_KNOWN


@pytest.mark.parametrize(("freedom", "expected"), [(5, 2.5706), (10, 2.2281), (30, 2.0423), (1000, 1.9623)])
def test_students_quantile_is_that_of_the_tables(freedom: int, expected: float) -> None:
    assert student(freedom) == pytest.approx(expected, rel=0.01)


def test_the_profit_factor_of_few_or_no_trades_proves_nothing() -> None:
    assert profit_factor_interval(np.empty(0)).low == 0.0
    assert profit_factor_interval(np.array([5.0])).low == 0.0
    assert profit_factor_interval(np.array([5.0, -1.0])).low == 0.0
    many = profit_factor_interval(np.tile([3.0, -1.0], 200))
    assert many.value == pytest.approx(3.0)
    assert 2.0 < many.low < 3.0 < many.high


def test_outcomes_of_zero_are_no_hits_and_no_misses() -> None:
    assert hit_rate(np.array([1.0, 1.0, -1.0, 1.0]), np.array([2.0, -2.0, -1.0, 0.0])) == pytest.approx(2 / 3)


@given(st.integers(0, 1_000))
def test_calibration_rises_and_trusts_noise_with_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mu, realised = rng.normal(size=1_200), rng.normal(size=1_200)
    curve = calibrate(mu, np.zeros(1_200), realised, horizon=12)
    assert list(curve.score) == sorted(curve.score)
    assert list(curve.probability) == sorted(curve.probability)
    assert all(abs(p - 0.5) < 0.1 for p in curve.probability)


def test_calibration_finds_that_large_expectations_are_more_often_right() -> None:
    rng = np.random.default_rng(4)
    mu = rng.normal(size=60_000)
    realised = 0.5 * mu + rng.normal(size=60_000)
    curve = calibrate(mu, np.zeros(60_000), realised, horizon=12)
    assert curve.probability[0] < 0.56
    assert curve.probability[-1] > 0.75
    told = curve(np.array([-2.0, 0.0, 99.0]), np.zeros(3))
    assert told[0] > 0.7
    assert told[2] == curve.probability[-1]


def drawn(rows: int, seed: int, wild: float = 1.0) -> dict[str, Floats]:
    rng = np.random.default_rng(seed)
    close = prices(rows, seed)
    spread = np.abs(rng.normal(0.0, 0.005 * wild, rows))
    return drift_inputs(close, close * (1 + spread), close * (1 - spread), rng.lognormal(3.0, 1.0, rows))


def test_the_index_is_the_sum_over_bins_of_its_definition() -> None:
    then, now = drawn(3_000, 1), drawn(1_000, 2, wild=3.0)
    profiles = {"range": drift_profile(then["range"])}
    index = drift_index(now, profiles)
    last = now["range"][-500:]
    edges = np.array([-np.inf, *profiles["range"].edges, np.inf])
    shares = np.maximum(np.histogram(last, edges)[0] / 500, 1e-3)
    before = np.maximum(np.array(profiles["range"].shares), 1e-3)
    assert index[-1] == pytest.approx(((shares - before) * np.log(shares / before)).sum(), rel=1e-9)
    assert index[-1] > 0.25


def test_the_same_market_is_no_drift_and_few_bars_prove_none() -> None:
    profiles = {name: drift_profile(values) for name, values in drawn(5_000, 1).items()}
    index = drift_index(drawn(2_000, 9), profiles)
    assert np.isnan(index[: MODEL_WINDOW + 499]).all()
    assert (index[MODEL_WINDOW + 499 :] < 0.25).all()


def test_drift_does_not_depend_on_the_price() -> None:
    close = prices(800)
    one = drift_inputs(close, close * 1.01, close * 0.99, np.ones(800))
    other = drift_inputs(close * 1000, close * 1010, close * 990, np.ones(800))
    for name in one:
        np.testing.assert_allclose(one[name], other[name], rtol=1e-9, atol=1e-9)
