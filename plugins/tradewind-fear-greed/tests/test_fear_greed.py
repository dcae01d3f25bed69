"""The index as it is, filed under the day that it is of, and nothing where its host says what cannot be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sentiment.hosts import Answer, Say, always, fear_greed, hosting, recorded_index
from tradewind.api import DataError
from tradewind_fear_greed.settings import FearGreedConfig
from tradewind_fear_greed.source import FearGreedSource


def utc(date: str) -> pd.Timestamp:
    return pd.Timestamp(date, tz="UTC")


def asked(answer: Answer, start: str, end: str) -> tuple[pd.DataFrame, list[str]]:
    with hosting(answer) as host:
        source = FearGreedSource(FearGreedConfig(url=host.url, per_minute=6000, timeout=0.5, tries=1))
        return source.series("ETHUSDT", utc(start), utc(end)), host.asked


REAL = os.environ.get("TRADEWIND_MARKET_DATA", "")


@pytest.mark.skipif(not REAL, reason="real market data are not here: set TRADEWIND_MARKET_DATA to their folder")
def test_the_recorded_history_comes_through_whole() -> None:
    recorded = recorded_index(Path(REAL))
    found, _ = asked(fear_greed(recorded), "2018-01-01", "2026-01-01")
    assert [(day + pd.Timedelta(days=1)).strftime("%Y-%m-%d") for day in found.index] == sorted(recorded)
    assert found["mean"].tolist() == [(recorded[day] - 50) / 50 for day in sorted(recorded)]


def test_an_index_is_of_the_day_before_its_date_and_known_after_midnight() -> None:
    found, _ = asked(fear_greed({"2024-03-02": 75}), "2024-03-01", "2024-03-02")
    assert found.index.tolist() == [utc("2024-03-01")]
    assert found["known_at"].tolist() == [utc("2024-03-02T02:00")]
    assert found["mean"].tolist() == [0.5]


def test_the_newest_days_are_asked_for_alone_when_they_are_enough() -> None:
    index = {day.strftime("%Y-%m-%d"): 20 for day in pd.date_range("2024-01-01", periods=60)}
    _, few = asked(fear_greed(index), "2024-02-25", "2024-03-01")
    _, many = asked(fear_greed(index), "2024-01-05", "2024-03-01")
    assert ["limit=10" in question for question in few] == [True]
    assert ["limit=0" in question for question in many] == [False, True]


def said(*rows: dict[str, Any]) -> Answer:
    return always(Say({"name": "Fear and Greed Index", "data": list(rows), "metadata": {"error": None}}))


STAMP = str(int(utc("2024-03-02").timestamp()))


@pytest.mark.parametrize(
    "answer",
    [
        always(Say("<html></html>")),
        always(Say([])),
        always(Say({"data": None})),
        said({"value": "20", "timestamp": "yesterday"}),
        said({"value": "20", "timestamp": "99999999999"}),
        said({"value": "20"}),
        said({"value": "20", "timestamp": STAMP}, {"value": "30", "timestamp": STAMP}),
        said({"value": "101", "timestamp": STAMP}),
        said({"value": "NaN", "timestamp": STAMP}),
        said({"value": "-3", "timestamp": STAMP}),
    ],
)
def test_an_answer_that_cannot_be_is_refused_whole(answer: Answer) -> None:
    with pytest.raises(DataError) as caught:
        asked(answer, "2024-02-01", "2024-03-10")
    assert caught.value.code == "TW-D015"
