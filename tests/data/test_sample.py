"""The embedded sample is there, is what its page says, and can be made again."""

from pathlib import Path

import pandas as pd
import pytest

from tradewind.cache import sample
from tradewind.cache.export import csv_of
from tradewind.cache.sample import sample_path
from tradewind.errors import DataError
from tradewind.model.bars import Bars
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.quality import describe
from tradewind.pipeline.resample import resample
from tradewind.plugins.catalog import load_catalog

SPANS = {"4h": "2022-01-01", "1d": "2020-01-01"}


def read(timeframe: str) -> Bars:
    frame = pd.read_csv(sample_path(f"BTCUSDT_{timeframe}.csv"), index_col="timestamp")
    return Bars.from_frame(frame.set_axis(pd.to_datetime(frame.index, utc=True), axis=0), timeframe)


@pytest.mark.parametrize("timeframe", SPANS)
def test_the_sample_is_made_again_byte_by_byte(timeframe: str) -> None:
    source = load_catalog().build("data_sources", "synthetic", {})
    span = (pd.Timestamp(SPANS[timeframe], tz="UTC"), pd.Timestamp("2025-01-01", tz="UTC"))
    frame = source.bars(Instrument(symbol="BTCUSDT"), Timeframe(timeframe), *span)
    made = csv_of(Bars.from_frame(frame, timeframe))
    assert sample_path(f"BTCUSDT_{timeframe}.csv").read_bytes() == made


def test_the_sample_has_no_fault_and_its_days_are_those_of_its_four_hours() -> None:
    bars, days = read("4h"), read("1d")
    assert describe(bars).flawless
    assert describe(days).flawless
    built = resample(bars, "1d")
    part = days.between(int(built.time[0]), int(built.time[-1]) + 1)
    assert part.sha256() == built.sha256()


def test_the_samples_are_small() -> None:
    assert sum(sample_path(f"BTCUSDT_{timeframe}.csv").stat().st_size for timeframe in SPANS) < 600_000


def test_an_installed_package_brings_its_own_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "somewhere" / "tradewind"
    monkeypatch.setattr(sample, "files", lambda _: package)
    with pytest.raises(DataError, match=r"BTCUSDT_4h\.csv") as caught:
        sample_path()
    assert caught.value.code == "TW-D001"
    (package / "sample").mkdir(parents=True)
    (package / "sample" / "BTCUSDT_4h.csv").touch()
    assert sample_path() == package / "sample" / "BTCUSDT_4h.csv"
