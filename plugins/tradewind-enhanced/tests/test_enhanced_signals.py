"""What `enhanced` asks for, on frames made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.api import Signals
from tradewind_enhanced.settings import EnhancedConfig
from tradewind_enhanced.strategy import Enhanced

ROWS = 12
BAR = 6
"""The one bar on which the hand-made market agrees with itself."""

FEATURES = (
    "close",
    "volume",
    "ema_fast",
    "ema_slow",
    "ema_exit",
    "macd_hist",
    "rsi",
    "volume_mean",
    "atr",
    "regime",
    "previous_high",
)


def at(row: int, value: float, otherwise: float) -> np.ndarray[Any, Any]:
    values = np.full(ROWS, otherwise)
    values[row] = value
    return values


def frame(**columns: Any) -> pd.DataFrame:
    """Return an uptrend whose histogram rises on BAR only, where all three confirmations hold."""
    values: dict[str, Any] = {
        "close": 105.0,
        "volume": 12.0,
        "ema_fast": 100.0,
        "ema_slow": 95.0,
        "ema_exit": 102.0,
        "macd_hist": np.where(np.arange(ROWS) < BAR, 1.0, 2.0),
        "rsi": 60.0,
        "volume_mean": 10.0,
        "atr": 2.0,
        "regime": 1.0,
        "previous_high": 104.0,
        "previous_low": 1.0,
    }
    index = pd.date_range("2024-01-01", periods=ROWS, freq="4h", tz="UTC")
    made = pd.DataFrame(values | columns, index=index, dtype=np.float64)
    return made.assign(open=made["close"], high=made["close"] + 1.0, low=made["close"] - 1.0)


def entries(made: pd.DataFrame, **settings_: Any) -> list[int]:
    return [int(row) for row in np.flatnonzero(Enhanced(EnhancedConfig(**settings_)).signals(made).enter)]


def bit(signals: Signals, name: str) -> np.ndarray[Any, Any]:
    return (signals.bits >> signals.conditions.index(name)) & 1


def test_enters_where_gate_and_confirmations_agree() -> None:
    signals = Enhanced().signals(frame())
    assert np.flatnonzero(signals.enter).tolist() == [BAR]
    assert signals.confidence[BAR] == 1.0


@pytest.mark.parametrize(
    ("column", "value"),
    [("ema_slow", 100.0), ("ema_fast", 105.0), ("macd_hist", 2.0), ("macd_hist", at(BAR, 0.0, -1.0))],
    ids=["ema_trend", "above_50", "macd_rising", "macd_positive"],
)
def test_each_condition_of_the_gate_withholds_the_entry_alone(column: str, value: Any) -> None:
    assert entries(frame(**{column: value})) == []


UNCONFIRMED = {"rsi": 50.0, "volume": 11.0, "previous_high": 105.0}


@pytest.mark.parametrize("missing", UNCONFIRMED)
def test_two_of_three_confirmations_are_enough_at_less_risk(missing: str) -> None:
    signals = Enhanced().signals(frame(**{missing: UNCONFIRMED[missing]}))
    assert np.flatnonzero(signals.enter).tolist() == [BAR]
    assert signals.confidence[BAR] == np.float32(0.7)


@pytest.mark.parametrize("only", UNCONFIRMED)
def test_one_confirmation_is_not_enough_unless_asked_for(only: str) -> None:
    made = frame(**{name: value for name, value in UNCONFIRMED.items() if name != only})
    assert entries(made) == []
    assert entries(made, confirmations_needed=1) == [BAR]


def test_a_stretched_rsi_does_not_confirm() -> None:
    assert Enhanced().signals(frame(rsi=70.0)).confidence[BAR] == np.float32(0.7)
    assert Enhanced().signals(frame(rsi=69.9)).confidence[BAR] == 1.0


@pytest.mark.parametrize("feature", FEATURES)
def test_a_bar_with_an_unknown_feature_asks_for_no_entry(feature: str) -> None:
    made = frame()
    made.loc[made.index[BAR], feature] = np.nan
    assert entries(made) == []


def test_the_first_bar_and_one_after_an_unknown_histogram_ask_for_no_entry() -> None:
    rising = frame(macd_hist=np.arange(1.0, ROWS + 1.0))
    assert entries(rising) == list(range(1, ROWS))
    rising.loc[rising.index[4], "macd_hist"] = np.nan
    assert entries(rising) == [1, 2, 3, *range(6, ROWS)]


def test_leaves_after_two_bars_of_negative_histogram_below_the_exit_average() -> None:
    hist = np.array([1.0, -1.0, 1.0, -1.0, -2.0, -3.0, 1.0, -1.0, -1.0, 1.0, 1.0, 1.0])
    leaving = Enhanced().signals(frame(macd_hist=hist, close=101.0)).exit_long
    assert np.flatnonzero(leaving).tolist() == [4, 5, 8]
    assert not Enhanced().signals(frame(macd_hist=hist, close=102.0)).exit_long.any()


def test_leaves_when_the_rsi_falls_back_below_its_exit() -> None:
    rsi = np.array([60.0, 79.0, 80.0, 85.0, 80.0, 79.9, 79.0, 90.0, 70.0, 60.0, 60.0, 60.0])
    assert np.flatnonzero(Enhanced().signals(frame(rsi=rsi)).exit_long).tolist() == [5, 8]


def test_a_bar_that_leaves_asks_for_no_entry() -> None:
    signals = Enhanced().signals(frame(rsi=at(BAR - 1, 85.0, 65.0)))
    assert signals.exit_long[BAR]
    assert not signals.enter.any()


@pytest.mark.parametrize(
    ("atr", "distance"), [(2.0, 4.0), (0.1, 0.015 * 105.0), (50.0, 0.05 * 105.0), (0.0, 0.015 * 105.0)]
)
def test_the_stop_is_a_multiple_of_atr_clipped_to_the_price(atr: float, distance: float) -> None:
    np.testing.assert_allclose(Enhanced().signals(frame(atr=atr)).stop_dist, distance, rtol=1e-15)


def test_proposes_trail_target_and_cap() -> None:
    signals = Enhanced().signals(frame())
    assert signals.trail_dist[BAR] == 5.0
    assert signals.trail_arm_r[BAR] == 1.0
    assert signals.tp_r[BAR].tolist() == [3.0]
    assert signals.tp_frac[BAR].tolist() == [0.5]
    assert signals.cap[BAR] == 0.10
    assert np.isnan(Enhanced().signals(frame(atr=0.0)).trail_dist).all()


def test_hands_on_the_regime_and_ranging_where_it_is_unknown() -> None:
    regime = np.array([np.nan, 0.0, 1.0, 2.0] * 3)
    assert Enhanced().signals(frame(regime=regime)).regime.tolist() == [0, 0, 1, 2] * 3


def test_names_the_conditions_that_held() -> None:
    signals = Enhanced().signals(frame(volume=at(2, 20.0, 1.0)))
    assert signals.conditions == (
        "ema_trend",
        "above_50",
        "macd_positive",
        "macd_rising",
        "rsi_band",
        "volume_surge",
        "breakout",
    )
    np.testing.assert_array_equal(bit(signals, "macd_rising"), at(BAR, 1, 0))
    np.testing.assert_array_equal(bit(signals, "volume_surge"), at(2, 1, 0))
    np.testing.assert_array_equal(bit(signals, "breakout"), np.ones(ROWS))


def test_levels_that_are_only_touched_hold_no_condition() -> None:
    level = dict.fromkeys(("close", "ema_fast", "ema_slow", "ema_exit", "previous_high", "previous_low"), 100.0)
    touching = frame(**level, macd_hist=0.0, rsi=50.0, volume=10.0)
    signals = Enhanced(EnhancedConfig(allow_short=True, volume_factor=1.0)).signals(touching)
    assert not signals.bits.any()
    assert not (signals.exit_long | signals.exit_short).any()


def test_a_histogram_of_zero_is_neither_weak_nor_strong() -> None:
    for level in (99.0, 105.0):
        for hist in (at(BAR, 0.0, -1.0), at(BAR, 0.0, 1.0)):
            signals = Enhanced().signals(frame(close=level, ema_exit=102.0, macd_hist=hist))
            assert not (signals.exit_long | signals.exit_short)[BAR : BAR + 2].any()


def mirrored(made: pd.DataFrame) -> pd.DataFrame:
    """Return the same market upside down: prices at 200, RSI at 100, histogram at 0."""
    other = made.copy()
    for name in ("close", "ema_fast", "ema_slow", "ema_exit"):
        other[name] = 200.0 - made[name]
    other["previous_high"], other["previous_low"] = 200.0 - made["previous_low"], 200.0 - made["previous_high"]
    other["macd_hist"], other["rsi"] = -made["macd_hist"], 100.0 - made["rsi"]
    return other


def test_takes_no_shorts_by_default_but_still_closes_one() -> None:
    assert not Enhanced().signals(mirrored(frame())).enter.any()
    assert Enhanced().signals(frame()).exit_short.any()


def test_shorts_mirror_longs_when_allowed() -> None:
    signals = Enhanced(EnhancedConfig(allow_short=True)).signals(mirrored(frame(volume=1.0)))
    assert np.flatnonzero(signals.enter == -1).tolist() == [BAR]
    assert not (signals.enter == 1).any()
    assert signals.confidence[BAR] == np.float32(0.7)
    assert bit(signals, "breakdown")[BAR]


def random_frame(seed: int) -> pd.DataFrame:
    """Return random features, some unknown, in quarters, so that their mirror images are exact."""
    rng = np.random.default_rng(seed)

    def drawn(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.where(rng.random(ROWS) < rng.choice([0.0, 0.1]), np.nan, values)

    prices = ("ema_exit", "ema_fast", "ema_slow", "close", "previous_high", "previous_low")
    apart, spread = (0.0, 2) if rng.random() < 0.5 else (1.0, 9)
    columns = {
        name: drawn(98.0 + apart * place + rng.integers(-spread, spread, ROWS) / 4.0)
        for place, name in enumerate(prices)
    }
    return frame(
        **columns,
        volume=rng.integers(5, 20, ROWS),
        rsi=drawn(rng.choice([20.0, 21.0, 30.0, 31.0, 49.0, 50.0, 51.0, 69.0, 70.0, 79.0, 80.0, 81.0], ROWS)),
        macd_hist=drawn(rng.integers(-3, 4, ROWS)),
        atr=drawn(rng.integers(0, 40, ROWS) / 4.0),
        regime=drawn(rng.choice([0.0, 1.0, 2.0], ROWS)),
    )


frames = st.integers(0, 2**32 - 1).map(random_frame)


@given(frames, st.booleans())
@settings(max_examples=30)
def test_is_pure_and_a_row_depends_on_rows_up_to_it(made: pd.DataFrame, allow_short: bool) -> None:
    strategy = Enhanced(EnhancedConfig(allow_short=allow_short))
    before = made.copy()
    whole = strategy.signals(made).to_frame()
    pd.testing.assert_frame_equal(made, before)
    for rows in (1, BAR, ROWS - 1):
        part = strategy.signals(made.iloc[:rows]).to_frame()
        pd.testing.assert_frame_equal(part, whole.iloc[:rows], check_freq=False)
    pd.testing.assert_frame_equal(strategy.signals(made).to_frame(), whole)


MIRRORED = {
    "ema_trend": "ema_trend_down",
    "above_50": "below_50",
    "macd_positive": "macd_negative",
    "macd_rising": "macd_falling",
    "rsi_band": "rsi_band_down",
    "volume_surge": "volume_surge",
    "breakout": "breakdown",
}


@given(frames)
@settings(max_examples=50)
def test_shorts_are_the_mirror_image_of_longs(made: pd.DataFrame) -> None:
    made.loc[made["previous_high"].isna() | made["previous_low"].isna(), "atr"] = np.nan
    strategy = Enhanced(EnhancedConfig(allow_short=True))
    here, there = strategy.signals(made), strategy.signals(mirrored(made))
    np.testing.assert_array_equal(here.enter, -there.enter)
    np.testing.assert_array_equal(here.exit_long, there.exit_short)
    np.testing.assert_array_equal(here.confidence[here.enter != 0], there.confidence[there.enter != 0])
    for up, down in MIRRORED.items():
        np.testing.assert_array_equal(bit(here, up), bit(there, down))


@given(frames)
@settings(max_examples=30)
def test_an_entry_has_a_stop_within_its_clips_and_no_exit_beside_it(made: pd.DataFrame) -> None:
    signals = Enhanced(EnhancedConfig(allow_short=True)).signals(made)
    share = (signals.stop_dist / made["close"].to_numpy())[signals.enter != 0]
    assert ((share >= 0.015 * (1 - 1e-12)) & (share <= 0.05 * (1 + 1e-12))).all()
    assert not (signals.exit_long & (signals.enter == 1)).any()
    assert not (signals.exit_short & (signals.enter == -1)).any()
