"""The formulas of our own, against slow ones written from their definition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind_pandas_ta.compute.own import confirmed

Make = Callable[..., Any]
Walk = Callable[..., Any]


def efficiency(close: list[float], row: int, bars: int, *, still: float = 0.0) -> float:
    path = sum(abs(close[i] - close[i - 1]) for i in range(row - bars + 1, row + 1))
    return abs(close[row] - close[row - bars]) / path if path > 0 else still


def settled(labels: list[float], bars: int) -> list[float]:
    """Hysteresis as one would do it by hand: count the bars in a row that disagree with what holds."""
    now, other, count, out = labels[0], labels[0], 0, []
    for label in labels:
        count = count + 1 if label == other else 1
        other = label
        if count >= bars:
            now = label
        out.append(now)
    return out


@given(st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=1, max_size=60), st.integers(1, 6), st.integers(0, 5))
def test_a_label_holds_from_the_bar_that_confirms_it(labels: list[float], bars: int, first: int) -> None:
    answer = confirmed(np.array([np.nan] * first + labels), first, bars)
    np.testing.assert_array_equal(answer, [np.nan] * first + settled(labels, bars))


@settings(deadline=None)  # the first example compiles the loop
@given(
    # quarters: windows in which nothing moves are drawn often, and running sums of them are exact
    st.lists(st.integers(2, 8).map(lambda quarters: quarters / 4), min_size=30, max_size=80),
    st.integers(2, 12),
    st.integers(1, 6),
    st.integers(1, 40),
)
def test_kama_follows_the_price_by_its_efficiency(
    make: Make, closes: list[float], length: int, fast: int, more: int
) -> None:
    slow = fast + more
    bars = pd.DataFrame({"close": closes})
    answer = make("kama", length=length, fast=fast, slow=slow).compute(bars)["kama"].to_numpy()
    line = closes[length - 1]
    for row in range(length, len(closes)):
        quick, idle = 2 / (fast + 1), 2 / (slow + 1)
        # TA-Lib's KAMA takes a window without a move for a straight one
        line += (efficiency(closes, row, length, still=1.0) * (quick - idle) + idle) ** 2 * (closes[row] - line)
        assert answer[row] == pytest.approx(line, rel=1e-9)


def test_kama_equals_talib_at_its_fixed_constants_by_our_own_loop(make: Make, random_walk: Walk) -> None:
    from tradewind_pandas_ta.compute.recursion import follow

    bars = random_walk(500, 9)
    speed = (make("er", length=10).compute(bars)["er"].to_numpy() * (2 / 3 - 2 / 31) + 2 / 31) ** 2
    close = bars["close"].to_numpy(copy=True)
    np.testing.assert_allclose(
        follow(close, speed, 9), make("kama", length=10).compute(bars)["kama"].to_numpy(), rtol=1e-9
    )


def test_regime_follows_its_definition(make: Make, random_walk: Walk) -> None:
    bars = random_walk(900, 3)
    for start in (300, 500, 700):  # forty bars that reach far to both sides and go nowhere
        bars.iloc[start : start + 40, bars.columns.get_loc("high")] *= 1.04
        bars.iloc[start : start + 40, bars.columns.get_loc("low")] *= 0.96
    answer = make("regime").compute(bars)
    first = 113
    adx, atr = make("adx").compute(bars)["adx"], make("atr").compute(bars)["atr"]
    close = bars["close"].tolist()
    relative = [a / c for a, c in zip(atr, close, strict=True)]
    labels = []
    for row in range(first, len(bars)):
        volr = relative[row] / float(np.median(relative[row - 99 : row + 1]))
        assert answer["volr"].iloc[row] == pytest.approx(volr, rel=1e-12)
        assert answer["er"].iloc[row] == pytest.approx(efficiency(close, row, 30), rel=1e-9)
        assert answer["adx"].iloc[row] == adx.iloc[row]
        trending = adx.iloc[row] >= 25 or efficiency(close, row, 30) >= 0.35
        labels.append(1.0 if trending else 2.0 if volr > 1.5 else 0.0)
    assert set(labels) == {0.0, 1.0, 2.0}
    np.testing.assert_array_equal(answer["regime"].iloc[first:], settled(labels, 3))


def test_a_dead_market_is_ranging(make: Make, flat_market: Walk) -> None:
    answer = make("regime").compute(flat_market(200, 0.0)).iloc[113:]
    assert (answer["regime"] == 0.0).all()
    assert (answer["er"] == 0.0).all()
    assert (answer["volr"] == 1.0).all()


def test_every_number_of_the_regime_is_a_setting(make: Make, random_walk: Walk) -> None:
    bars = random_walk(400, 5)
    base = make("regime").compute(bars)["regime"]
    for changed in (
        {"adx_length": 30},
        {"adx_threshold": 40.0},
        {"er_length": 10},
        {"er_threshold": 0.1},
        {"atr_length": 3, "adx_threshold": 100.0, "er_threshold": 1.0, "volr_threshold": 1.1},
        {"volr_window": 20, "adx_threshold": 100.0, "er_threshold": 1.0, "volr_threshold": 1.0},
        {"volr_threshold": 0.5},
        {"confirm": 1},
    ):
        other = make("regime", **changed)
        assert not other.compute(bars)["regime"].iloc[200:].equals(base.iloc[200:]), changed


@pytest.mark.parametrize("length", [1, 2, 20])
def test_a_new_high_is_held_against_the_bars_before_it(make: Make, random_walk: Walk, length: int) -> None:
    bars = random_walk(120, 6)
    high = make("previous_high", length=length).compute(bars)["previous_high"]
    low = make("previous_low", length=length).compute(bars)["previous_low"]
    for row in range(length, len(bars)):
        assert high.iloc[row] == bars["high"].iloc[row - length : row].max()
        assert low.iloc[row] == bars["low"].iloc[row - length : row].min()


def test_squeeze_is_a_low_bandwidth_within_the_last_bars(make: Make, random_walk: Walk) -> None:
    bars = random_walk(600, 7)
    width = make("bbands").compute(bars)["bb_bandwidth"].to_numpy()
    answer = make("squeeze").compute(bars)["squeeze"]
    low = [row >= 138 and width[row] <= np.quantile(width[row - 119 : row + 1], 0.35) for row in range(len(bars))]
    for row in range(147, len(bars)):
        assert answer.iloc[row] == float(any(low[row - 9 : row + 1]))
    assert set(answer.dropna()) == {0.0, 1.0}


def test_crossover_fires_once_when_the_side_changes(make: Make) -> None:
    close = np.concatenate([np.full(40, 100.0), np.full(20, 110.0), np.full(40, 80.0)])
    answer = make("crossover", fast=3, slow=9).compute(pd.DataFrame({"close": close}))["crossover"]
    # a market that starts flat has no side to come from
    assert answer[answer.fillna(0.0) != 0.0].to_dict() == {60: -1.0}


def test_volr_is_one_where_nothing_moves(make: Make, flat_market: Walk) -> None:
    assert (make("volr").compute(flat_market(150))["volr"].iloc[113:] == 1.0).all()


def test_bands_of_a_sample_are_wider_by_the_root_of_n_over_n_less_one(make: Make, random_walk: Walk) -> None:
    close = random_walk(100, 8)
    population, sample = (make("bbands", ddof=ddof).compute(close) for ddof in (0, 1))
    expected = close["close"].rolling(20).std(ddof=1) * 4
    np.testing.assert_allclose((sample["bb_upper"] - sample["bb_lower"]).iloc[19:], expected.iloc[19:], rtol=1e-9)
    np.testing.assert_allclose(
        (sample["bb_upper"] - sample["bb_mid"]).iloc[19:],
        (population["bb_upper"] - population["bb_mid"]).iloc[19:] * (20 / 19) ** 0.5,
        rtol=1e-9,
    )


@pytest.mark.parametrize(("anchor", "days"), [("day", 1), ("week", 7)])
def test_vwap_starts_anew_with_the_utc_day_and_on_mondays(
    make: Make, random_walk: Walk, anchor: str, days: int
) -> None:
    bars = random_walk(24 * 15, 9)  # 2024-01-01 was a Monday
    answer = make("vwap", anchor=anchor).compute(bars.tz_convert("America/New_York"))["vwap"].to_numpy()
    typical = bars[["high", "low", "close"]].mean(axis=1)
    for row in range(len(bars)):
        start = row - row % (24 * days)
        volume = bars["volume"].iloc[start : row + 1]
        assert answer[row] == pytest.approx((typical.iloc[start : row + 1] * volume).sum() / volume.sum(), rel=1e-9)


def test_vwap_of_the_month_starts_anew_on_the_first(make: Make, random_walk: Walk) -> None:
    bars = random_walk(24 * 40, 9)
    answer = make("vwap", anchor="month").compute(bars)["vwap"]
    typical = bars[["high", "low", "close"]].mean(axis=1)
    first = 24 * 31
    assert answer.iloc[first] == pytest.approx(typical.iloc[first])
    assert answer.iloc[first - 1] != pytest.approx(typical.iloc[first - 1])


def test_vhm_is_the_distance_from_the_windows_mean_in_its_deviations(make: Make, random_walk: Walk) -> None:
    bars = random_walk(120, 10)
    answer = make("vhm", length=30, std_length=20).compute(bars)["vhm"].iloc[29:]
    volume = bars["volume"]
    expected = (volume - volume.rolling(30).mean()) / volume.rolling(20).std(ddof=0)
    np.testing.assert_allclose(answer, expected.iloc[29:], rtol=1e-9)


def test_schaffs_cycle_is_the_smoothed_place_of_the_smoothed_place_of_macd(make: Make, random_walk: Walk) -> None:
    bars = random_walk(200, 12)
    answer = make("stc").compute(bars)
    line = (make("ema", length=12).compute(bars)["ema"] - make("ema", length=26).compute(bars)["ema"]).iloc[25:]

    def place(x: pd.Series) -> pd.Series:
        low, high = x.rolling(10).min(), x.rolling(10).max()
        return (100 * (x - low) / (high - low)).iloc[9:].ewm(alpha=0.5, adjust=False).mean()

    inner = place(line)
    np.testing.assert_allclose(answer["stc_stoch"].dropna(), inner.iloc[9:], rtol=1e-9)
    np.testing.assert_allclose(answer["stc"].dropna(), place(inner), rtol=1e-9)


def test_qqe_trails_the_smoothed_rsi_on_one_side(make: Make, random_walk: Walk) -> None:
    answer = make("qqe").compute(random_walk(500, 13)).dropna()
    below = answer["qqe"] <= answer["qqe_rsi"]
    assert (answer["qqe_direction"] == np.where(below, 1.0, -1.0)).mean() > 0.9
    assert set(answer["qqe_direction"]) == {1.0, -1.0}
    same = answer["qqe_direction"] == answer["qqe_direction"].shift()
    up = same & (answer["qqe_direction"] == 1.0) & (answer["qqe_rsi"] > answer["qqe"]) & below.shift(fill_value=False)
    assert (answer["qqe"].diff()[up] >= 0.0).all()


def test_camarilla_and_demark_pivots_by_hand(make: Make) -> None:
    bars = pd.DataFrame({"open": [100.0], "high": [110.0], "low": [90.0], "close": [105.0]})
    camarilla = make("pivots", method="camarilla").compute(bars).iloc[0]
    assert camarilla["r4"] == pytest.approx(105 + 20 * 1.1 / 2)
    assert camarilla["s1"] == pytest.approx(105 - 20 * 1.1 / 12)
    traditional = make("pivots").compute(bars).iloc[0]
    pivot = (110 + 90 + 105) / 3
    assert list(traditional[["pivot", "r1", "s1", "r2", "s2"]]) == pytest.approx(
        [pivot, 2 * pivot - 90, 2 * pivot - 110, pivot + 20, pivot - 20]
    )
    assert traditional["r3"] == pytest.approx(110 + 2 * (pivot - 90))
    demark = make("pivots_demark").compute(bars).iloc[0]
    x = 2 * 110 + 90 + 105
    assert list(demark) == pytest.approx([x / 4, x / 2 - 110, x / 2 - 90])


def test_fibonacci_weights_can_lean_on_the_oldest_bar(make: Make) -> None:
    bars = pd.DataFrame({"close": [1.0, 10.0, 100.0, 1000.0]})
    newest, oldest = (make("fwma", length=4, ascending=up).compute(bars)["fwma"].iloc[3] for up in (True, False))
    assert newest == pytest.approx((1 + 10 + 200 + 3000) / 7)
    assert oldest == pytest.approx((3 + 20 + 100 + 1000) / 7)
