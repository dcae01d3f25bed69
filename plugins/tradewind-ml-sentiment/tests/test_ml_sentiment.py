"""Which model `ml_with_sentiment` asks, what sentiment forbids, and that nothing is made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pages import untold
from tradewind.api import OPINION_CODES, Costs, Instrument, SettingsError, Signals, StrategyError
from tradewind_ml_sentiment.settings import MlSentimentConfig
from tradewind_ml_sentiment.sources import settled, standing, with_sentiment
from tradewind_ml_sentiment.strategy import MlWithSentiment

README = Path(__file__).parents[1] / "README.md"
FRESH, STALE, ABSENT = 2.0, 1.0, 0.0
NAN = float("nan")
ROWS = 8


def frame(rows: int = ROWS, **columns: Any) -> pd.DataFrame:
    """Return a market in which sentiment is fresh; its model expects 1% and the price model 2%."""
    values = {
        "close": 100.0, "atr": 1.0, "sentiment_score": 0.1, "sentiment_state": FRESH,
        "sentiment_model_mu": 0.01, "sentiment_model_sigma": 0.04, "sentiment_model_confidence": 0.55,
        "sentiment_model_state": 0.0,
        "price_model_mu": 0.02, "price_model_sigma": 0.04, "price_model_confidence": 0.55, "price_model_state": 0.0,
        **columns,
    }  # fmt: skip
    return pd.DataFrame(values, index=pd.date_range("2024-01-01", periods=rows, freq="4h", tz="UTC"), dtype=np.float64)


def asked(made: pd.DataFrame, **settings: Any) -> Signals:
    return MlWithSentiment(MlSentimentConfig(**settings)).signals(made)


def bit(signals: Signals, name: str) -> list[int]:
    return [int(value) for value in (signals.bits >> signals.conditions.index(name)) & 1]


def silent(kind: str, word: str) -> dict[str, float]:
    names = ("mu", "sigma", "confidence")
    return {**{f"{kind}_model_{name}": NAN for name in names}, f"{kind}_model_state": float(OPINION_CODES[word])}


def test_fresh_sentiment_asks_its_own_model_from_the_second_bar_on() -> None:
    signals = asked(frame(price_model_mu=0.0))
    assert bit(signals, "fallback") == [1] + [0] * (ROWS - 1)
    assert signals.enter.tolist() == [0] + [1] * (ROWS - 1)
    assert signals.confidence[1:] == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("state", [STALE, ABSENT, NAN])
def test_without_fresh_sentiment_the_price_model_is_asked_and_counts_less(state: float) -> None:
    signals = asked(frame(sentiment_state=state, sentiment_model_mu=0.0))
    assert bit(signals, "fallback") == [1] * ROWS
    assert signals.enter.tolist() == [1] * ROWS
    assert signals.confidence == pytest.approx(0.8, abs=1e-6)


def test_a_source_that_comes_and_goes_causes_no_flutter() -> None:
    state = np.array([2, 2, 0, 2, 0, 2, 0, 0], dtype=np.float64)
    assert bit(asked(frame(sentiment_state=state)), "fallback") == [1, 0, 0, 0, 0, 0, 0, 1]


def test_a_window_with_unknown_sentiment_falls_back_too() -> None:
    signals = asked(frame(**silent("sentiment", "inputs_unknown")))
    assert bit(signals, "fallback") == [1] * ROWS
    assert signals.enter.tolist() == [1] * ROWS


@pytest.mark.parametrize("word", ["unproven", "expired", "drift", "in_sample", "late", "error"])
def test_a_model_that_may_not_speak_is_not_replaced(word: str) -> None:
    signals = asked(frame(**silent("sentiment", word)))
    assert signals.enter.tolist() == [1] + [0] * (ROWS - 1)
    assert bit(signals, "no_opinion") == [0] + [1] * (ROWS - 1)


def test_with_one_model_alone_that_one_is_asked_and_it_is_said() -> None:
    without_sentiment = frame(**silent("sentiment", "no_model"))
    assert asked(without_sentiment).enter.tolist() == [1] * ROWS
    notes = MlWithSentiment().check(Instrument(symbol="BTCUSDT"), Costs(), without_sentiment)
    assert any("there is no sentiment model" in note for note in notes)
    without_price = frame(**silent("price", "no_model"))
    assert asked(without_price).enter.tolist() == [1] * ROWS
    notes = MlWithSentiment().check(Instrument(symbol="BTCUSDT"), Costs(), without_price)
    assert any("there is no price model" in note for note in notes)


def test_with_no_model_nothing_is_asked_for() -> None:
    signals = asked(frame(**silent("sentiment", "no_model"), **silent("price", "no_model")))
    assert not signals.enter.any()
    assert bit(signals, "no_opinion") == [1] * ROWS


def scores(last: float, rows: int) -> np.ndarray[Any, Any]:
    values = np.where(np.arange(rows) % 2, 0.1, -0.1)
    values[-1] = last
    return values


def test_a_very_low_sentiment_forbids_longs_and_a_very_high_one_shorts() -> None:
    rows = 200
    low, high = frame(rows, sentiment_score=scores(-0.9, rows)), frame(rows, sentiment_score=scores(0.9, rows))
    assert asked(low).enter[-2:].tolist() == [1, 0]
    assert asked(low, sentiment_veto=False).enter[-2:].tolist() == [1, 1]
    assert asked(high).enter[-2:].tolist() == [1, 1]
    down = {"sentiment_model_mu": -0.01, "allow_short": True}
    high["sentiment_model_mu"] = low["sentiment_model_mu"] = down["sentiment_model_mu"]
    assert asked(high, allow_short=True).enter[-2:].tolist() == [-1, 0]
    assert asked(low, allow_short=True).enter[-2:].tolist() == [-1, -1]


def test_a_sentiment_that_does_not_move_forbids_nothing() -> None:
    assert np.isnan(standing(np.full(200, 0.3), 180)).all()
    assert asked(frame(200)).enter[-1] == 1


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(1, 4))
def test_a_state_holds_once_it_lasted(states: list[bool], bars: int) -> None:
    now, count, last, expected = False, 0, None, []
    for state in states:
        count = count + 1 if state == last else 1
        last = state
        if count >= bars:
            now = state
        expected.append(now)
    assert settled(np.array(states), bars).tolist() == expected


@given(st.lists(st.sampled_from([FRESH, STALE, ABSENT, NAN]), min_size=4, max_size=40), st.integers(1, 3))
def test_the_choice_of_a_bar_does_not_depend_on_later_ones(states: list[float], bars: int) -> None:
    fresh, zero = np.array(states), np.zeros(len(states))
    whole = with_sentiment(fresh, zero, zero, bars)
    for cut in range(1, len(states)):
        np.testing.assert_array_equal(with_sentiment(fresh[:cut], zero[:cut], zero[:cut], bars), whole[:cut])


def test_refuses_another_pair_than_its_models() -> None:
    with pytest.raises(StrategyError) as caught:
        MlWithSentiment().check(Instrument(symbol="ETHUSDT"), Costs(), frame())
    assert caught.value.code == "TW-K006"


def test_asks_for_both_models_and_for_sentiment_beside_the_one() -> None:
    config = MlSentimentConfig(symbol="ETHUSDT", sentiment_model="s", price_model="p")
    sentiment, price, series, _ = MlWithSentiment(config).needs()
    assert (sentiment.params["kind"], sentiment.params["model"], sentiment.series) == ("sentiment", "s", "sentiment")
    assert (price.params["kind"], price.params["model"], price.series) == ("price", "p", "")
    assert (series.name, series.kind, series.optional, sentiment.optional) == ("sentiment", "series", True, True)


@pytest.mark.parametrize(
    "changes", [{"fallback_confidence": 0.0}, {"switch_bars": 0}, {"veto_z": 0.0}, {"veto_bars": 1}, {"stop_min": 0.2}]
)
def test_refuses_a_setting_out_of_bounds(changes: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        MlSentimentConfig(**changes)
    assert caught.value.code == "TW-S004"


def test_the_page_documents_every_setting_with_its_default() -> None:
    assert untold(MlSentimentConfig, README) == []
