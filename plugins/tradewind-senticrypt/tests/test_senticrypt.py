"""SentiCrypt's days as they are, and nothing where its host says what cannot be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sentiment.hosts import Answer, Say, always, hosting, in_turn, recorded_scores, scores, senticrypt
from tradewind.api import DataError
from tradewind_senticrypt.settings import SentiCryptConfig
from tradewind_senticrypt.source import SentiCryptSource


def utc(date: str) -> pd.Timestamp:
    return pd.Timestamp(date, tz="UTC")


def asked(answer: Answer, start: str, end: str, symbol: str = "BTCUSDT") -> tuple[pd.DataFrame, list[str]]:
    with hosting(answer) as host:
        source = SentiCryptSource(SentiCryptConfig(url=host.url, per_minute=6000, timeout=0.5, tries=1))
        return source.series(symbol, utc(start), utc(end)), host.asked


REAL = os.environ.get("TRADEWIND_MARKET_DATA", "")


@pytest.mark.skipif(not REAL, reason="real market data are not here: set TRADEWIND_MARKET_DATA to their folder")
def test_the_recorded_history_comes_through_whole() -> None:
    recorded = recorded_scores(Path(REAL))
    found, questions = asked(senticrypt(recorded), "2019-01-01", "2026-01-01")
    assert questions == ["/v2/all.json"]
    assert [day.strftime("%Y-%m-%d") for day in found.index] == [one["date"] for one in recorded]
    assert found["mean"].tolist() == [one["mean"] for one in recorded]
    assert found["score3"].tolist() == [one["score3"] for one in recorded]
    assert (found["known_at"] - found.index).unique().tolist() == [pd.Timedelta(hours=26)]


def test_a_few_days_are_asked_for_one_by_one_and_a_missing_one_is_no_error() -> None:
    found, questions = asked(senticrypt(scores("2024-01-01", 4)), "2024-01-03", "2024-01-06")
    assert questions == [f"/v2/history/2024-01-0{day}.json" for day in (3, 4, 5)]
    assert [day.day for day in found.index] == [3, 4]


def test_bitcoin_alone_is_known() -> None:
    with pytest.raises(DataError, match="bitcoin only") as caught:
        asked(senticrypt([]), "2024-01-01", "2024-02-01", symbol="ETHUSDT")
    assert caught.value.code == "TW-D001"


def changed(**values: Any) -> list[dict[str, Any]]:
    return [{**one, **values} if at == 5 else one for at, one in enumerate(scores("2024-01-01", 20))]


@pytest.mark.parametrize(
    "answer",
    [
        always(Say("<html>down for maintenance</html>")),
        always(Say("[{}")),
        always(Say({"error": "gone"})),
        always(Say([1, 2, 3])),
        always(Say(changed(date="2099-01-01"))),
        always(Say(changed(date="1999-01-01"))),
        always(Say(changed(date="01/02/2024"))),
        always(Say(changed(date="2024-02-30"))),
        always(Say(changed(date=None))),
        always(Say([*scores("2024-01-01", 20), *scores("2024-01-03", 1, seed=9)])),
        always(Say([one | {"mean": 7, "score1": None, "score2": "", "score3": 2} for one in scores("2024-01-01", 20)])),
        always(Say("", status=301, headers={"Location": "https://elsewhere.example/v2/all.json"})),
    ],
    ids=[
        "a page", "cut off", "an object", "numbers", "a day to come", "before bitcoin", "another form of date",
        "no day of a calendar", "no date", "two values for a day", "no usable value", "another host",
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_is_refused_whole(answer: Answer) -> None:
    with pytest.raises(DataError) as caught:
        asked(answer, "2024-01-01", "2024-01-21")
    assert caught.value.code == "TW-D015"


@pytest.mark.parametrize(
    "answer", [always(Say("", status=500)), always(Say("", status=429)), always(Say("[]", slow_s=0.05))]
)
def test_a_host_that_fails_is_told_by_its_code(answer: Answer) -> None:
    with pytest.raises(DataError) as caught:
        asked(answer, "2024-01-01", "2024-01-21")
    assert caught.value.code == "TW-D014"


@pytest.mark.parametrize("mean", [1.5, -3, "0.1", None, True, [0.1]])
def test_a_score_that_is_none_is_left_out_and_no_zero(mean: Any) -> None:
    found, _ = asked(always(Say(changed(mean=mean))), "2024-01-01", "2024-01-21")
    assert len(found) == 20
    assert found["mean"].isna().tolist() == [at == 5 for at in range(20)]
    assert not found["score1"].isna().any()


def test_the_same_record_twice_is_one() -> None:
    records = scores("2024-01-01", 20)
    found, _ = asked(always(Say([*records, records[3]])), "2024-01-01", "2024-01-21")
    assert len(found) == 20


def test_a_failure_that_passes_is_not_told() -> None:
    with hosting(in_turn(Say("", status=502), Say(scores("2024-01-01", 20)))) as host:
        source = SentiCryptSource(SentiCryptConfig(url=host.url, per_minute=6000))
        source.web.sleep = lambda _: None
        assert len(source.series("BTCUSDT", utc("2024-01-01"), utc("2024-01-21"))) == 20
