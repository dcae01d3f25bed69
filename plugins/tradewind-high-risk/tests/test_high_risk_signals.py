"""What `high_risk_high_reward` asks for, on frames made by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.api import Costs, Instrument, Signals, StrategyError
from tradewind_high_risk.settings import HighRiskConfig
from tradewind_high_risk.strategy import HighRisk

ROWS = 12
BAR = 6
"""The one bar on which the hand-made market breaks out."""

FEATURES = ("close", "macd_hist", "rsi", "squeeze", "ema_trend", "atr", "regime", "previous_high")
BTC = Instrument(symbol="BTCUSDT")


def at(row: int, value: float, otherwise: float) -> np.ndarray[Any, Any]:
    values = np.full(ROWS, otherwise)
    values[row] = value
    return values


def frame(**columns: Any) -> pd.DataFrame:
    """Return an uptrend after a squeeze that closes above the previous high on BAR only."""
    values: dict[str, Any] = {
        "close": 105.0,
        "macd_hist": 1.0,
        "rsi": 60.0,
        "squeeze": 1.0,
        "ema_trend": 100.0,
        "atr": 2.0,
        "regime": 0.0,
        "previous_high": at(BAR, 104.0, 106.0),
        "previous_low": 1.0,
    }
    index = pd.date_range("2024-01-01", periods=ROWS, freq="4h", tz="UTC")
    made = pd.DataFrame(values | columns, index=index, dtype=np.float64)
    return made.assign(open=made["close"], high=made["close"] + 1.0, low=made["close"] - 1.0, volume=1.0)


def bit(signals: Signals, name: str) -> np.ndarray[Any, Any]:
    return (signals.bits >> signals.conditions.index(name)) & 1


def test_enters_on_a_breakout_from_a_squeeze_with_more_risk() -> None:
    signals = HighRisk().signals(frame())
    assert np.flatnonzero(signals.enter).tolist() == [BAR]
    assert signals.confidence[BAR] == 1.5
    assert signals.cap[BAR] == 0.25


@pytest.mark.parametrize(
    ("column", "value"),
    [("previous_high", 105.0), ("macd_hist", 0.0), ("rsi", 55.0), ("ema_trend", 105.0), ("squeeze", 0.0)],
)
def test_each_condition_withholds_the_entry_alone(column: str, value: float) -> None:
    assert not HighRisk().signals(frame(**{column: value})).enter.any()


@pytest.mark.parametrize("feature", FEATURES)
def test_a_bar_with_an_unknown_feature_asks_for_no_entry(feature: str) -> None:
    made = frame()
    made.loc[made.index[BAR], feature] = np.nan
    assert not HighRisk().signals(made).enter.any()


@pytest.mark.parametrize(
    ("rsi", "hist", "leaves"), [(39.9, -0.1, True), (40.0, -0.1, False), (39.9, 0.0, False), (60.0, -1.0, False)]
)
def test_leaves_when_rsi_and_histogram_are_both_weak(rsi: float, hist: float, leaves: bool) -> None:
    assert HighRisk().signals(frame(rsi=rsi, macd_hist=hist)).exit_long.all() == leaves


@pytest.mark.parametrize(
    ("atr", "config", "distance"),
    [
        (2.0, {}, 2.0),
        (0.1, {}, 4 * 0.003 * 105.0),
        (0.1, {"round_trip_cost": 0.0}, 0.009 * 105.0),
        (0.1, {"round_trip_cost": 0.01}, 0.04 * 105.0),
        (0.0, {}, 4 * 0.003 * 105.0),
    ],
)
def test_the_stop_is_one_atr_but_no_nearer_than_price_and_cost_allow(
    atr: float, config: dict[str, Any], distance: float
) -> None:
    signals = HighRisk(HighRiskConfig(**config)).signals(frame(atr=atr))
    np.testing.assert_allclose(signals.stop_dist, distance, rtol=1e-15)


def test_proposes_trail_and_far_targets() -> None:
    signals = HighRisk().signals(frame())
    assert signals.trail_dist[BAR] == 4.0
    assert signals.trail_arm_r[BAR] == 1.5
    assert signals.tp_r[BAR].tolist() == [3.0, 6.0]
    assert signals.tp_frac[BAR].tolist() == [0.33, 0.33]
    assert np.isnan(HighRisk().signals(frame(atr=0.0)).trail_dist).all()


def test_hands_on_the_regime_and_ranging_where_it_is_unknown() -> None:
    regime = np.array([np.nan, 0.0, 1.0, 2.0] * 3)
    assert HighRisk().signals(frame(regime=regime)).regime.tolist() == [0, 0, 1, 2] * 3


def test_names_the_conditions_that_held() -> None:
    signals = HighRisk().signals(frame(squeeze=at(3, 0.0, 1.0)))
    assert signals.conditions == ("breakout", "macd_positive", "rsi_strong", "above_100", "squeeze")
    np.testing.assert_array_equal(bit(signals, "breakout"), at(BAR, 1, 0))
    np.testing.assert_array_equal(bit(signals, "squeeze"), at(3, 0, 1))


def mirrored(made: pd.DataFrame) -> pd.DataFrame:
    """Return the same market upside down: prices at 200, RSI at 100, histogram at 0."""
    other = made.copy()
    other["close"], other["ema_trend"] = 200.0 - made["close"], 200.0 - made["ema_trend"]
    other["previous_high"], other["previous_low"] = 200.0 - made["previous_low"], 200.0 - made["previous_high"]
    other["macd_hist"], other["rsi"] = -made["macd_hist"], 100.0 - made["rsi"]
    return other


def test_takes_no_shorts_by_default_but_still_closes_one() -> None:
    assert not HighRisk().signals(mirrored(frame())).enter.any()
    assert HighRisk().signals(frame(rsi=61.0)).exit_short.all()


def test_shorts_mirror_longs_when_allowed() -> None:
    strategy = HighRisk(HighRiskConfig(allow_short=True))
    signals = strategy.signals(mirrored(frame()))
    assert np.flatnonzero(signals.enter == -1).tolist() == [BAR]
    assert not (signals.enter == 1).any()
    assert bit(signals, "breakdown")[BAR]
    assert not strategy.signals(mirrored(frame(squeeze=0.0))).enter.any()


def test_states_how_the_usual_stop_compares_with_its_cost() -> None:
    (warning,) = HighRisk().check(BTC, Costs(), frame(atr=1.575))
    assert warning == (
        "the usual stop is 1.50% of the price, 5.0 times the round-trip cost of 0.30%: "
        "17% of what a stopped trade loses is cost."
    )


def test_accepts_a_stop_of_just_four_times_the_cost() -> None:
    assert len(HighRisk().check(BTC, Costs(), frame(atr=0.1))) == 1


def test_refuses_a_market_whose_costs_would_eat_the_trade() -> None:
    with pytest.raises(StrategyError) as caught:
        HighRisk().check(BTC, Costs(taker_fee=0.004), frame(atr=0.1))
    assert caught.value.code == "TW-K006"
    assert "BTCUSDT: the usual stop was 1.20% of the price" in caught.value.message
    assert "at least 4 times the round-trip cost of 0.90%, which is 3.60%" in caught.value.message


def test_the_instruments_own_fee_counts() -> None:
    dear = Instrument(symbol="BTCUSDT", taker_fee=Decimal("0.004"))
    with pytest.raises(StrategyError, match="TW-K006"):
        HighRisk().check(dear, Costs(), frame(atr=0.1))


def test_slippage_and_spread_count_on_both_ways() -> None:
    (warning,) = HighRisk().check(BTC, Costs(slippage=0.0002, half_spread=0.0003), frame())
    assert "round-trip cost of 0.30%" in warning


def test_a_market_of_high_costs_is_accepted_when_the_stop_allows_for_them() -> None:
    costs = Costs(taker_fee=0.004)
    strategy = HighRisk(HighRiskConfig(round_trip_cost=costs.round_trip))
    assert "4.0 times" in strategy.check(BTC, costs, frame(atr=0.1))[0]


def test_without_history_the_least_stop_is_judged() -> None:
    assert "1.20%" in HighRisk().check(BTC, Costs(), frame(atr=np.nan))[0]
    assert "1.20%" in HighRisk().check(BTC, Costs(), frame().iloc[:0])[0]


def test_says_so_when_nothing_costs_anything() -> None:
    assert "costs are 0" in HighRisk().check(BTC, Costs.free(), frame())[0]


def random_frame(seed: int) -> pd.DataFrame:
    """Return random features, some unknown, in quarters, so that their mirror images are exact."""
    rng = np.random.default_rng(seed)

    def drawn(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.where(rng.random(ROWS) < rng.choice([0.0, 0.1]), np.nan, values)

    prices = ("close", "ema_trend", "previous_high", "previous_low")
    spread = int(rng.choice([2, 16]))
    return frame(
        **{name: drawn(100.0 + rng.integers(-spread, spread, ROWS) / 4.0) for name in prices},
        rsi=drawn(rng.choice([39.0, 40.0, 41.0, 44.0, 45.0, 46.0, 54.0, 55.0, 56.0, 59.0, 60.0, 61.0], ROWS)),
        macd_hist=drawn(rng.integers(-2, 3, ROWS)),
        squeeze=drawn(rng.choice([0.0, 1.0, 1.0], ROWS)),
        atr=drawn(rng.integers(0, 40, ROWS) / 4.0),
        regime=drawn(rng.choice([0.0, 1.0, 2.0], ROWS)),
    )


frames = st.integers(0, 2**32 - 1).map(random_frame)


@given(frames, st.booleans())
@settings(max_examples=30)
def test_is_pure_and_a_row_depends_on_rows_up_to_it(made: pd.DataFrame, allow_short: bool) -> None:
    strategy = HighRisk(HighRiskConfig(allow_short=allow_short))
    before = made.copy()
    whole = strategy.signals(made).to_frame()
    pd.testing.assert_frame_equal(made, before)
    for rows in (1, BAR, ROWS - 1):
        part = strategy.signals(made.iloc[:rows]).to_frame()
        pd.testing.assert_frame_equal(part, whole.iloc[:rows], check_freq=False)
    pd.testing.assert_frame_equal(strategy.signals(made).to_frame(), whole)


MIRRORED = {
    "breakout": "breakdown",
    "macd_positive": "macd_negative",
    "rsi_strong": "rsi_weak",
    "above_100": "below_100",
    "squeeze": "squeeze",
}


@given(frames)
@settings(max_examples=50)
def test_shorts_are_the_mirror_image_of_longs(made: pd.DataFrame) -> None:
    made.loc[made["previous_high"].isna() | made["previous_low"].isna(), "atr"] = np.nan
    strategy = HighRisk(HighRiskConfig(allow_short=True))
    here, there = strategy.signals(made), strategy.signals(mirrored(made))
    np.testing.assert_array_equal(here.enter, -there.enter)
    np.testing.assert_array_equal(here.exit_long, there.exit_short)
    for up, down in MIRRORED.items():
        np.testing.assert_array_equal(bit(here, up), bit(there, down))


@given(frames)
@settings(max_examples=30)
def test_an_entry_has_a_stop_no_nearer_than_its_floor_and_no_exit_beside_it(made: pd.DataFrame) -> None:
    signals = HighRisk(HighRiskConfig(allow_short=True)).signals(made)
    share = (signals.stop_dist / made["close"].to_numpy())[signals.enter != 0]
    assert (share >= 0.012 * (1 - 1e-12)).all()
    assert not (signals.exit_long & (signals.enter == 1)).any()
    assert not (signals.exit_short & (signals.enter == -1)).any()
