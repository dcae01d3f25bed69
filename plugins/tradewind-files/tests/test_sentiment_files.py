"""Recorded sentiment comes from files as it was recorded, and a file that cannot be is refused with its name."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from tradewind.api import DataError
from tradewind.testing import SeriesSourceContract
from tradewind_files.sentiment import RecordedSentiment
from tradewind_files.settings import SentimentFilesConfig

REAL = os.environ.get("TRADEWIND_MARKET_DATA", "")
real = pytest.mark.skipif(not REAL, reason="real market data are not here: set TRADEWIND_MARKET_DATA to their folder")
HEAD = "date,price,score1,score2,score3,count,mean,sum"


def utc(date: str) -> pd.Timestamp:
    return pd.Timestamp(date, tz="UTC")


def recorded(folder: Path, kind: str = "senticrypt") -> RecordedSentiment:
    config = SentimentFilesConfig(path=str(folder))
    return RecordedSentiment.senticrypt(config) if kind == "senticrypt" else RecordedSentiment.fear_greed(config)


def days(source: RecordedSentiment, symbol: str = "BTCUSDT") -> pd.DataFrame:
    return source.series(symbol, utc("2018-01-01"), utc("2026-01-01"))


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    lines = [HEAD]
    for at, day in enumerate(pd.date_range("2021-01-01", periods=90)):
        if at != 10:
            mean = round(((at * 37) % 41 - 20) / 50, 4)
            lines.append(f"{day.date()},57676,{mean},{mean / 2},{-mean},30,{mean},{mean * 30}")
    (tmp_path / "senticrypt_sentiment_data.csv").write_text("\n".join(lines) + "\n")
    index = pd.DataFrame({"date": pd.date_range("2021-01-01", periods=90, tz="UTC"), "value": range(90)})
    index.drop(index=11).to_parquet(tmp_path / "fear-greed-daily.parquet")
    return tmp_path


class TestSentiCryptFiles(SeriesSourceContract):
    spec = "senticrypt-files"
    symbol = "BTCUSDT"
    start = "2021-01-01"
    end = "2021-03-01"
    missing = ("2021-01-11",)
    xfails = {}

    @pytest.fixture(autouse=True)
    def _from_these_files(self, made_up: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TRADEWIND_MARKET_DATA", str(made_up))


class TestFearGreedFiles(TestSentiCryptFiles):
    spec = "fear-greed-files"


@real
def test_the_real_history_is_read_whole() -> None:
    scores, index = days(recorded(Path(REAL))), days(recorded(Path(REAL), "fear-greed"))
    assert (len(scores), len(index)) == (2218, 2703)
    assert (scores.index[0], scores.index[-1]) == (utc("2019-04-15"), utc("2025-05-10"))
    assert (index.index[0], index.index[-1]) == (utc("2018-01-31"), utc("2025-06-29"))
    assert scores["mean"].iloc[0] == 0.2084
    assert index["mean"].iloc[0] == -0.4


@real
def test_text_and_table_hold_the_same_days() -> None:
    folder = Path(REAL) / "sentiment"
    text = days(recorded(folder / "senticrypt_sentiment_data.csv"))
    pd.testing.assert_frame_equal(days(recorded(folder / "senticrypt-daily.parquet")), text)


def test_a_value_is_known_two_hours_after_its_day(made_up: Path) -> None:
    scores, index = days(recorded(made_up)), days(recorded(made_up, "fear-greed"))
    assert scores.loc[utc("2021-01-05"), "known_at"] == utc("2021-01-06T02:00")
    assert index.loc[utc("2021-01-05"), "known_at"] == utc("2021-01-06T02:00")
    assert index.loc[utc("2021-01-05"), "mean"] == (5 - 50) / 50


def test_bitcoins_scores_are_no_other_coins(made_up: Path) -> None:
    with pytest.raises(DataError) as caught:
        days(recorded(made_up), "ETHUSDT")
    assert caught.value.code == "TW-D001"
    assert len(days(recorded(made_up, "fear-greed"), "ETHUSDT")) == 89


def test_where_there_is_no_file_the_names_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="senticrypt_sentiment_data") as caught:
        days(recorded(tmp_path))
    assert caught.value.code == "TW-D001"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "TW-D007"),
        (HEAD, "TW-D007"),
        ("date,mean\n2024-01-01,0.1\n", "TW-D003"),
        (f"{HEAD}\n2024-01-01,1,a,b,c,1,d,1\n", "TW-D003"),
        (f"{HEAD}\n2024-01-02,1,0,0,0,1,0,1\n2024-01-01,1,0,0,0,1,0,1\n", "TW-D005"),
        (f"{HEAD}\n2024-01-01,1,0,0,0,1,0,1\n2024-01-01,1,0,0,0,1,0,1\n", "TW-D005"),
        (f"{HEAD}\n2024-01-01T03:00:00Z,1,0,0,0,1,0,1\n", "TW-D006"),
        (f"{HEAD}\n2099-01-01,1,0,0,0,1,0,1\n", "TW-D015"),
        (f"{HEAD}\n2024-01-01,1,9,9,9,1,9,1\n", "TW-D015"),
        (f"{HEAD}\n2024-01-01,1,0\n", "TW-D007"),
    ],
    ids=[
        "empty",
        "a header alone",
        "few columns",
        "words",
        "out of order",
        "doubled",
        "at three",
        "to come",
        "9",
        "cut",
    ],
)
def test_a_file_that_cannot_be_is_refused(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "senticrypt-daily.csv").write_text(text)
    with pytest.raises(DataError) as caught:
        days(recorded(tmp_path))
    assert caught.value.code == code
