"""What `adaptive` asks for, on frames made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.api import Signals
from tradewind_adaptive.settings import AdaptiveConfig
from tradewind_adaptive.strategy import Adaptive

ROWS = 12
TURN = 5
"""The bar on which the hand-made market turns up."""

FEATURES = ("close", "kama_fast", "kama_slow", "ema_long", "atr", "regime", "previous_high")


def frame(**columns: Any) -> pd.DataFrame:
    """Return a market that is flat and then, from TURN on, up: fast average 3 above the slow one, band 0.5."""
    fast = np.where(np.arange(ROWS) < TURN, 100.0, 103.0)
    values: dict[str, Any] = {
        "close": 105.0,
        "kama_fast": fast,
        "kama_slow": 100.0,
        "ema_long": 90.0,
        "atr": 2.0,
        "regime": 1.0,
        "previous_high": 200.0,
        "previous_low": 1.0,
    }
    index = pd.date_range("2024-01-01", periods=ROWS, freq="4h", tz="UTC")
    made = pd.DataFrame(values | columns, index=index, dtype=np.float64)
    return made.assign(open=made["close"], high=made["close"] + 1.0, low=made["close"] - 1.0, volume=1.0)


def at(row: int, value: float, otherwise: float) -> np.ndarray[Any, Any]:
    values = np.full(ROWS, otherwise)
    values[row] = value
    return values


def entries(made: pd.DataFrame, **settings_: Any) -> list[int]:
    return [int(row) for row in np.flatnonzero(Adaptive(AdaptiveConfig(**settings_)).signals(made).enter)]


def bit(signals: Signals, name: str) -> np.ndarray[Any, Any]:
    return (signals.bits >> signals.conditions.index(name)) & 1


def test_enters_once_on_the_bar_that_turns_up() -> None:
    signals = Adaptive().signals(frame())
    assert np.flatnonzero(signals.enter).tolist() == [TURN]
    assert signals.enter[TURN] == 1


def test_enters_again_on_a_new_high_while_up_whatever_was_traded_before() -> None:
    assert entries(frame(previous_high=at(8, 104.0, 200.0))) == [TURN, 8]


def test_a_new_high_without_the_up_state_is_no_entry() -> None:
    assert entries(frame(previous_high=at(2, 104.0, 200.0))) == [TURN]


def test_a_close_at_the_previous_high_is_no_new_high() -> None:
    assert entries(frame(previous_high=at(8, 105.0, 200.0))) == [TURN]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kama_fast", 100.5),
        ("kama_slow", 102.5),
        ("ema_long", 105.0),
        ("regime", 0.0),
        ("regime", 2.0),
    ],
)
def test_each_condition_of_up_withholds_the_entry_alone(column: str, value: float) -> None:
    assert entries(frame(**{column: value})) == []


def test_the_band_is_measured_in_atr() -> None:
    assert entries(frame(), band_atr=1.49) == [TURN]
    assert entries(frame(), band_atr=1.5) == []


@pytest.mark.parametrize("feature", FEATURES)
def test_a_bar_with_an_unknown_feature_asks_for_no_entry(feature: str) -> None:
    made = frame(previous_high=104.0)
    assert TURN in entries(made)
    made.loc[made.index[TURN], feature] = np.nan
    assert TURN not in entries(made)


def test_an_old_up_state_is_no_edge_when_the_features_become_known() -> None:
    made = frame(kama_fast=103.0)
    made.loc[made.index[:TURN], "ema_long"] = np.nan
    assert entries(made) == []


def test_the_first_bar_is_no_edge() -> None:
    assert entries(frame(kama_fast=103.0)) == []


@pytest.mark.parametrize("regime", [0.0, 1.0, 2.0])
def test_leaves_when_the_fast_average_falls_below_the_band_in_any_regime(regime: float) -> None:
    signals = Adaptive().signals(frame(kama_fast=np.linspace(101.0, 98.8, ROWS), regime=regime))
    expected = np.linspace(101.0, 98.8, ROWS) < 99.5
    np.testing.assert_array_equal(signals.exit_long, expected)
    assert expected.any()


def test_never_asks_to_enter_and_to_leave_one_side_on_one_bar() -> None:
    signals = Adaptive(AdaptiveConfig(allow_short=True)).signals(frame(previous_high=104.0))
    assert not (signals.exit_long & (signals.enter == 1)).any()
    assert not (signals.exit_short & (signals.enter == -1)).any()


@pytest.mark.parametrize(
    ("atr", "distance"),
    [(2.0, 5.0), (0.1, 0.012 * 105.0), (50.0, 0.06 * 105.0), (0.0, 0.012 * 105.0)],
)
def test_the_stop_is_a_multiple_of_atr_clipped_to_the_price(atr: float, distance: float) -> None:
    signals = Adaptive().signals(frame(atr=atr))
    np.testing.assert_allclose(signals.stop_dist, distance, rtol=1e-15)


def test_a_market_that_stands_still_gets_no_trail_of_zero() -> None:
    assert np.isnan(Adaptive().signals(frame(atr=0.0)).trail_dist).all()


def test_a_bar_without_atr_proposes_no_stop() -> None:
    assert np.isnan(Adaptive().signals(frame(atr=np.nan)).stop_dist).all()


def test_proposes_trail_ladder_and_cap() -> None:
    signals = Adaptive().signals(frame())
    assert signals.trail_dist[TURN] == 6.0
    assert signals.trail_arm_r[TURN] == 1.0
    assert signals.tp_r[TURN].tolist() == [2.0, 3.0]
    assert signals.tp_frac[TURN].tolist() == [0.3, 0.4]
    assert signals.cap[TURN] == 0.15


def test_the_classic_preset_takes_everything_off_in_three_steps() -> None:
    signals = Adaptive(AdaptiveConfig(preset="classic")).signals(frame())
    assert signals.tp_r[TURN].tolist() == [2.0, 3.0, 5.0]
    assert signals.tp_frac[TURN].tolist() == [0.3, 0.4, 0.3]


def test_a_ladder_of_ones_own_overrides_the_preset() -> None:
    config = AdaptiveConfig(preset="classic", target_r=(4.0,), target_fractions=(0.5,))
    assert Adaptive(config).signals(frame()).tp_r[TURN].tolist() == [4.0]


def test_without_targets_everything_trails() -> None:
    assert Adaptive(AdaptiveConfig(target_r=(), target_fractions=())).signals(frame()).rungs == 0


def test_hands_on_the_regime_and_ranging_where_it_is_unknown() -> None:
    regime = np.array([np.nan, 0.0, 1.0, 2.0] * 3)
    assert Adaptive().signals(frame(regime=regime)).regime.tolist() == [0, 0, 1, 2] * 3


def test_names_the_conditions_that_held() -> None:
    signals = Adaptive().signals(frame(previous_high=at(8, 104.0, 200.0), ema_long=at(9, 110.0, 90.0)))
    assert signals.conditions == ("cross", "above_200", "trending", "new_high", "band")
    up = (np.arange(ROWS) >= TURN).astype(int)
    np.testing.assert_array_equal(bit(signals, "cross"), up)
    np.testing.assert_array_equal(bit(signals, "band"), up)
    np.testing.assert_array_equal(bit(signals, "new_high"), at(8, 1, 0))
    np.testing.assert_array_equal(bit(signals, "above_200"), at(9, 0, 1))
    np.testing.assert_array_equal(bit(signals, "trending"), np.ones(ROWS))


MIRRORED = {"cross": "cross_down", "above_200": "below_200", "new_high": "new_low", "band": "band_down"}


def test_levels_that_are_only_touched_hold_no_condition() -> None:
    touching = frame(close=100.0, kama_fast=100.0, ema_long=100.0, previous_high=100.0, previous_low=100.0, atr=0.0)
    signals = Adaptive(AdaptiveConfig(allow_short=True)).signals(touching)
    assert {name for name in signals.conditions if bit(signals, name).any()} == {"trending"}
    assert not (signals.exit_long | signals.exit_short).any()


def falling() -> pd.DataFrame:
    fast = np.where(np.arange(ROWS) < TURN, 100.0, 97.0)
    return frame(kama_fast=fast, ema_long=120.0, previous_low=at(8, 106.0, 1.0))


def test_takes_no_shorts_by_default_but_still_closes_one() -> None:
    signals = Adaptive().signals(frame())
    assert not (Adaptive().signals(falling()).enter == -1).any()
    assert signals.exit_short[TURN]


def test_shorts_mirror_longs_when_allowed() -> None:
    signals = Adaptive(AdaptiveConfig(allow_short=True)).signals(falling())
    assert np.flatnonzero(signals.enter == -1).tolist() == [TURN, 8]
    assert not (signals.enter == 1).any()
    assert bit(signals, "below_200").all()
    assert np.flatnonzero(bit(signals, "new_low")).tolist() == [8]


def random_frame(seed: int) -> pd.DataFrame:
    """Return random features, some unknown; prices are quarters, so that their mirror images are exact."""
    rng = np.random.default_rng(seed)

    def drawn(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.where(rng.random(ROWS) < rng.choice([0.0, 0.2]), np.nan, values)

    prices = ("close", "kama_fast", "kama_slow", "ema_long", "previous_high", "previous_low")
    spread = int(rng.choice([2, 8, 40, 200]))
    columns = {name: drawn(100.0 + rng.integers(-spread, spread, ROWS) / 4.0) for name in prices}
    columns["atr"] = drawn(rng.integers(0, int(rng.choice([2, 40])), ROWS) / 2.0)
    columns["regime"] = drawn(rng.choice([0.0, 1.0, 1.0, 2.0], ROWS))
    return frame(**columns)


frames = st.integers(0, 2**32 - 1).map(random_frame)


def assert_equal(one: Signals, other: Signals) -> None:
    pd.testing.assert_frame_equal(one.to_frame(), other.to_frame())


@given(frames, st.booleans())
@settings(max_examples=30)
def test_is_pure_and_a_row_depends_on_rows_up_to_it(made: pd.DataFrame, allow_short: bool) -> None:
    strategy = Adaptive(AdaptiveConfig(allow_short=allow_short))
    before = made.copy()
    whole = strategy.signals(made)
    pd.testing.assert_frame_equal(made, before)
    for rows in (1, TURN, ROWS - 1):
        pd.testing.assert_frame_equal(
            strategy.signals(made.iloc[:rows]).to_frame(), whole.to_frame().iloc[:rows], check_freq=False
        )
    assert_equal(strategy.signals(made), whole)


@given(frames)
@settings(max_examples=30)
def test_shorts_are_the_mirror_image_of_longs(made: pd.DataFrame) -> None:
    mirrored = made.copy()
    for name in ("close", "kama_fast", "kama_slow", "ema_long"):
        mirrored[name] = 200.0 - made[name]
    mirrored["previous_high"] = 200.0 - made["previous_low"]
    mirrored["previous_low"] = 200.0 - made["previous_high"]
    # A long entry does not need the previous low; what is not known on both sides is left out.
    known = made["previous_high"].notna() & made["previous_low"].notna()
    made.loc[~known, "atr"] = mirrored.loc[~known, "atr"] = np.nan
    strategy = Adaptive(AdaptiveConfig(allow_short=True))
    here, there = strategy.signals(made), strategy.signals(mirrored)
    np.testing.assert_array_equal(here.enter, -there.enter)
    np.testing.assert_array_equal(here.exit_long, there.exit_short)
    for up, down in MIRRORED.items():
        np.testing.assert_array_equal(bit(here, up), bit(there, down))


@given(frames)
@settings(max_examples=30)
def test_stops_stay_within_their_clips(made: pd.DataFrame) -> None:
    signals = Adaptive().signals(made)
    share = signals.stop_dist / made["close"].to_numpy()
    known = ~np.isnan(share)
    assert ((share[known] >= 0.012 * (1 - 1e-12)) & (share[known] <= 0.06 * (1 + 1e-12))).all()
    assert known[signals.enter != 0].all()
