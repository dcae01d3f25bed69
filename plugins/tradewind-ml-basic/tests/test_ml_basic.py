"""What `ml_basic` asks for, on frames made by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pages import untold
from tradewind.api import OPINION_CODES, Costs, Instrument, SettingsError, Signals, StrategyError, UsageError
from tradewind_ml_basic.plugin import tradewind_strategies
from tradewind_ml_basic.settings import MlBasicConfig
from tradewind_ml_basic.strategy import MlBasic

README = Path(__file__).parents[1] / "README.md"
ROWS = 6
NAN = float("nan")


def frame(**columns: Any) -> pd.DataFrame:
    """Return a market at 100 with ATR 1, in which the model expects 1% and is right with a chance of 0.55."""
    values = {"close": 100.0, "atr": 1.0, "mu": 0.01, "sigma": 0.04, "confidence": 0.55, "state": 0.0, **columns}
    index = pd.date_range("2024-01-01", periods=ROWS, freq="4h", tz="UTC")
    return pd.DataFrame(values, index=index, dtype=np.float64)


def asked(made: pd.DataFrame, **settings: Any) -> Signals:
    return MlBasic(MlBasicConfig(**settings)).signals(made)


def bit(signals: Signals, name: str) -> list[bool]:
    return [bool(value) for value in (signals.bits >> signals.conditions.index(name)) & 1]


@pytest.mark.parametrize(("mu", "enter"), [(0.0046, 1), (0.0045, 0), (0.0, 0), (-0.0046, 0), (NAN, 0)])
def test_enters_above_the_hurdle_of_one_and_a_half_round_trips(mu: float, enter: int) -> None:
    assert asked(frame(mu=mu)).enter.tolist() == [enter] * ROWS


def test_the_hurdle_follows_costs_and_factor() -> None:
    assert asked(frame(mu=0.009), round_trip_cost=0.006).enter.tolist() == [0] * ROWS
    assert asked(frame(mu=0.0091), round_trip_cost=0.006).enter.tolist() == [1] * ROWS
    assert asked(frame(mu=0.001), hurdle=0.0).enter.tolist() == [1] * ROWS


def test_shorts_are_off_and_mirror_longs_when_allowed() -> None:
    assert asked(frame(mu=-0.01)).enter.tolist() == [0] * ROWS
    assert asked(frame(mu=-0.01), allow_short=True).enter.tolist() == [-1] * ROWS


@pytest.mark.parametrize(("mu", "leaves"), [(-0.0046, True), (-0.0044, False), (-0.0001, False), (NAN, False)])
def test_leaves_at_the_opposite_hurdle_and_not_on_a_change_of_sign(mu: float, leaves: bool) -> None:
    assert asked(frame(mu=mu)).exit_long.tolist() == [leaves] * ROWS
    assert asked(frame(mu=-mu)).exit_short.tolist() == [leaves] * ROWS


def test_leaves_after_the_horizon() -> None:
    assert asked(frame()).max_bars.tolist() == [12] * ROWS
    assert asked(frame(), horizon=24).max_bars.tolist() == [24] * ROWS


@pytest.mark.parametrize(("chance", "confidence"), [(0.5, 0.5), (0.52, 0.5), (0.55, 1.0), (0.575, 1.5), (0.7, 1.5)])
def test_the_chance_sizes_the_position_within_bounds(chance: float, confidence: float) -> None:
    assert asked(frame(confidence=chance)).confidence[0] == pytest.approx(confidence, abs=1e-6)


@pytest.mark.parametrize(("atr", "stop"), [(0.1, 2.0), (2.0, np.sqrt(12.0)), (50.0, 10.0)])
def test_the_stop_spans_the_horizon_within_its_clips(atr: float, stop: float) -> None:
    assert asked(frame(atr=atr)).stop_dist[0] == pytest.approx(stop)


def test_there_is_no_target_by_default_and_one_in_the_preset() -> None:
    assert asked(frame()).rungs == 0
    classic = asked(frame(), preset="classic")
    assert (classic.tp_r[0].tolist(), classic.tp_frac[0].tolist()) == ([2.0], [1.0])


@pytest.mark.parametrize("word", [word for word in OPINION_CODES if word != "opinion"])
def test_without_an_opinion_nothing_is_asked_for_and_the_reason_is_told(word: str) -> None:
    signals = asked(frame(mu=NAN, sigma=NAN, confidence=NAN, state=float(OPINION_CODES[word])))
    assert not signals.enter.any()
    assert not signals.exit_long.any()
    assert all(bit(signals, "no_opinion"))
    if word in signals.conditions:
        assert all(bit(signals, word))


@pytest.mark.parametrize("column", ["atr", "confidence"])
def test_a_bar_with_an_unknown_feature_asks_for_no_entry(column: str) -> None:
    assert not asked(frame(**{column: NAN})).enter.any()


@given(
    st.lists(st.floats(-0.05, 0.05), min_size=ROWS, max_size=ROWS),
    st.lists(st.booleans(), min_size=ROWS, max_size=ROWS),
)
def test_a_missing_opinion_never_becomes_a_number(mu: list[float], known: list[bool]) -> None:
    told = np.where(known, mu, np.nan)
    signals = asked(frame(mu=told), allow_short=True)
    silent = ~np.array(known)
    assert not signals.enter[silent].any()
    assert not (signals.exit_long | signals.exit_short)[silent].any()
    np.testing.assert_array_equal(signals.enter[~silent], np.sign(told[~silent]) * (np.abs(told[~silent]) > 0.0045))


def test_refuses_another_pair_than_its_models() -> None:
    with pytest.raises(StrategyError) as caught:
        MlBasic().check(Instrument(symbol="ETHUSDT"), Costs(), frame())
    assert caught.value.code == "TW-K006"
    assert "tradewind train ETHUSDT" in caught.value.hint


def test_says_why_there_is_no_opinion_and_what_costs_more_than_reckoned() -> None:
    state = np.array([0.0, 1.0, 1.0, 4.0, 0.0, NAN])
    notes = MlBasic().check(Instrument(symbol="BTCUSDT"), Costs(slippage=0.002), frame(state=state))
    assert any("2 of 6 bars: there is no model" in note for note in notes)
    assert any("1 of 6 bars: the model is too old" in note for note in notes)
    assert any("0.60%" in note for note in notes)
    assert MlBasic().check(Instrument(symbol="BTCUSDT"), Costs(), frame()) == []


def test_asks_for_the_model_that_its_settings_name() -> None:
    model, atr = MlBasic(MlBasicConfig(symbol="ETHUSDT", model="x", horizon=24, atr_length=9)).needs()
    assert model.params == {"symbol": "ETHUSDT", "kind": "price", "model": "x", "horizon": 24}
    assert atr.params == {"length": 9}
    allowed = MlBasic(MlBasicConfig(allow_unproven_model=True)).needs()[0]
    assert allowed.params["allow_unproven"] is True
    (spec,) = tradewind_strategies()
    assert set(spec.needs) == {"onnx", "atr"}


@pytest.mark.parametrize(
    "changes",
    [
        {"hurdle": -1.0}, {"round_trip_cost": 0.5}, {"horizon": 0}, {"stop_min": 0.0}, {"stop_min": 0.2}, {"cap": 0.0},
        {"preset": "brave"}, {"target_r": (2.0,)}, {"symbol": "../x"}, {"atr_length": True},
    ],
    ids=str,
)  # fmt: skip
def test_refuses_a_setting_out_of_bounds(changes: dict[str, Any]) -> None:
    with pytest.raises((SettingsError, UsageError)) as caught:
        MlBasicConfig(**changes)
    assert caught.value.code in {"TW-S004", "TW-U001"}


def test_the_page_documents_every_setting_with_its_default() -> None:
    assert untold(MlBasicConfig, README) == []
