"""Bars see what was known at their close, how old it is, and nothing where there is nothing."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest

from sentiment.days import DAY, FIRST, HOUR, daily, draws
from tradewind.errors import DataError
from tradewind.model.bars import Bars
from tradewind.model.signals import Signals
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.certify import certify
from tradewind.pipeline.features import features
from tradewind.plugins.protocols import Need
from tradewind.sentiment.by_symbol import SymbolSeries, plain_of, sentiment_of
from tradewind.sentiment.daily import days_of
from tradewind.sentiment.features import FEATURES, sentiment_features
from tradewind.sentiment.series import SENTIMENT_COLUMNS, SentimentSeries
from tradewind.sentiment.speaker import Speaker


def market(days: int, hours: int = 4, seed: int = 1) -> Bars:
    count = days * 24 // hours
    close = 100.0 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0.0, 0.01, count)))
    opened = np.concatenate(([100.0], close[:-1]))
    return Bars(
        timeframe=Timeframe(f"{hours}h"),
        time=FIRST * DAY + np.arange(count, dtype=np.int64) * hours * HOUR,
        open=opened,
        high=np.maximum(opened, close) * 1.001,
        low=np.minimum(opened, close) * 0.999,
        close=close,
        volume=np.ones(count),
    )


def joined(values: dict[int, float], bars: Bars) -> pd.DataFrame:
    return SentimentSeries(sentiment_features(daily(values))).joined(bars)


def test_a_value_is_seen_from_two_hours_after_its_day_on() -> None:
    frame = joined({0: 0.3}, market(8))
    first = frame.index[frame["sentiment_score"].notna()][0]
    assert first == pd.Timestamp("2020-01-02 00:00", tz="UTC")
    assert frame["sentiment_score"].max() == math.tanh(0.3)


def test_a_value_ages_from_fresh_to_stale_to_absent() -> None:
    bars = market(8, hours=1)
    frame = joined({0: 0.3}, bars)
    closes = (bars.time + HOUR - (FIRST + 1) * DAY) // HOUR
    state = dict(zip(closes.tolist(), frame["sentiment_state"], strict=True))
    assert [state[hour] for hour in (1, 2, 36, 37, 72, 73, 140)] == [0.0, 2.0, 2.0, 1.0, 1.0, 0.0, 0.0]
    assert frame["sentiment_age"].iloc[-1] == closes[-1]
    absent = frame["sentiment_state"] == 0.0
    assert frame.loc[absent, [*FEATURES, "sentiment_source"]].isna().all().all()
    assert frame.loc[~absent, "sentiment_score"].eq(math.tanh(0.3)).all()


def test_no_values_at_all_are_absent_and_not_zero() -> None:
    frame = joined({}, market(3))
    assert list(frame.columns) == list(SENTIMENT_COLUMNS)
    assert frame["sentiment_state"].eq(0.0).all()
    assert frame.drop(columns="sentiment_state").isna().all().all()


def test_a_score_dated_the_day_it_is_used_is_refused() -> None:
    values = daily({0: 0.3}, {0: FIRST * DAY})
    with pytest.raises(DataError) as caught:
        sentiment_features(values)
    assert caught.value.code == "TW-D011"


class SameDay(SentimentSeries):
    """Joins every day's score with that day's own bars: the classic leak."""

    def until(self, moment_ms: int) -> SameDay:
        return SameDay(super().until(moment_ms).features)

    def joined(self, bars: Bars) -> pd.DataFrame:
        own = self.features.drop(columns="known_at").set_axis(days_of(self.features.index))
        own = own[~own.index.duplicated(keep="last")]
        days = own.reindex(bars.time // DAY).set_axis(bars.index)
        return super().joined(bars).assign(**{name: days[name] for name in FEATURES})


@attrs.define(slots=False)
class Told:
    """A source that has told these values."""

    values: dict[int, float]

    def series(self, symbol: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        del symbol
        frame = daily(self.values, {day: (FIRST + day + 1) * DAY + 2 * HOUR for day in self.values})
        return frame[(frame.index >= start) & (frame.index < end)]


class Counted(Told):
    """Counts how often it is asked."""

    asked = 0

    def series(self, symbol: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        self.asked += 1
        return super().series(symbol, start, end)


def held(values: dict[int, float], *, leak: bool = False) -> SymbolSeries:
    """Return what a run's pipeline holds."""
    return SymbolSeries(
        name="sentiment",
        symbol="BTCUSDT",
        speakers=[Speaker(name="told", source=Told(values))],
        make=lambda who, said: SameDay(sentiment_of(who, said).features) if leak else sentiment_of(who, said),
    )


def pipeline(series: SymbolSeries) -> Any:
    def decide(bars: Bars) -> tuple[pd.DataFrame, Signals]:
        need = Need("sentiment", kind="series")
        frame = features(bars, [need], lambda *_: pytest.fail("it needs no indicator"), series={"sentiment": series})
        happy = (frame["sentiment_score"] > frame["sentiment_ma_7"]).to_numpy()
        return frame, Signals.from_arrays(bars.time, enter=happy.astype(np.int8), exit_long=~happy)

    return decide


def test_the_certificate_catches_a_score_that_is_joined_with_its_own_day() -> None:
    bars, values = market(300), draws(300, seed=4)
    leaking = certify(pipeline(held(values, leak=True)), bars, warmup=100, cuts=80)
    assert leaking.status == "failed"
    assert "sentiment_score" in {finding.column for finding in leaking.findings if finding.kind == "look-ahead"}
    assert certify(pipeline(held(values)), bars, warmup=100, cuts=80).status == "passed"


def test_bar_by_bar_has_the_bits_of_the_whole_history() -> None:
    bars, series = market(40), held(draws(40, seed=9))
    whole = series.joined(bars)
    assert whole is not None
    for stop in range(20, len(bars), 7):
        alone = held(draws(40, seed=9)).joined(bars.rows(stop - 20, stop))
        assert alone is not None
        pd.testing.assert_frame_equal(alone, whole.iloc[stop - 20 : stop], check_exact=True)


def test_a_source_that_raises_is_told_once_and_is_absent(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def series(self, symbol: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
            raise ZeroDivisionError(f"{symbol} {start} {end}")

    speaker = Speaker(name="broken", source=Broken())
    series = SymbolSeries(name="sentiment", symbol="BTCUSDT", speakers=[speaker], make=sentiment_of)
    for days in (3, 4, 5):
        frame = series.joined(market(days))
        assert frame is not None
        assert frame["sentiment_state"].eq(0.0).all()
    assert [record.message.partition(":")[0] for record in caplog.records] == ["broken has no answer for BTCUSDT"]
    assert "ZeroDivisionError" in speaker.troubles["BTCUSDT"]


def test_a_series_that_is_needed_and_not_there_is_an_error_with_the_cause() -> None:
    speaker = Speaker(name="told", source=Told({}))
    needed = SymbolSeries(name="told", symbol="BTCUSDT", speakers=[speaker], make=plain_of, optional=False)
    with pytest.raises(DataError) as caught:
        needed.joined(market(3))
    assert caught.value.code == "TW-D002"
    assert attrs.evolve(needed, optional=True).joined(market(3)) is None


def test_a_sources_own_columns_are_joined_as_they_are() -> None:
    speaker = Speaker(name="told", source=Told({0: 0.25}))
    frame = SymbolSeries(name="told", symbol="BTCUSDT", speakers=[speaker], make=plain_of).joined(market(3))
    assert frame is not None
    assert list(frame.columns) == ["mean"]
    assert frame["mean"].dropna().unique().tolist() == [0.25]


def test_bars_that_are_told_one_by_one_do_not_load_for_each() -> None:
    source = Counted(draws(60, seed=2))
    series = SymbolSeries(
        name="sentiment", symbol="BTCUSDT", speakers=[Speaker(name="told", source=source)], make=sentiment_of
    )
    bars = market(60)
    whole = held(draws(60, seed=2)).joined(bars)
    assert whole is not None
    for stop in range(60, len(bars) + 1):
        row = series.joined(bars.rows(stop - 60, stop))
        assert row is not None
        pd.testing.assert_series_equal(row.iloc[-1], whole.iloc[stop - 1], check_exact=True)
    assert source.asked <= 4
