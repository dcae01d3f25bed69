"""Real history is found and read as it is."""

import os
from pathlib import Path

import pandas as pd
import pytest

from tradewind.api import Instrument, Timeframe
from tradewind_files.settings import FilesConfig
from tradewind_files.source import FilesSource


@pytest.fixture
def folder() -> Path:
    found = os.environ.get("TRADEWIND_MARKET_DATA", "")
    if not found:
        pytest.skip("needs real price history: set TRADEWIND_MARKET_DATA to its folder")
    return Path(found)


def ask(folder: Path, symbol: str, timeframe: str, start: str, end: str) -> pd.DataFrame:
    source = FilesSource(FilesConfig(path=str(folder)))
    first, last = pd.Timestamp(start, tz="UTC"), pd.Timestamp(end, tz="UTC")
    return source.bars(Instrument(symbol=symbol), Timeframe(timeframe), first, last)


def test_every_pair_is_found_with_its_rules(folder: Path) -> None:
    found = {i.symbol: i for i in FilesSource(FilesConfig(path=str(folder))).instruments()}
    assert len(found) == 29
    assert str(found["DOGEUSDT"].tick_size) == "0.00001"
    assert str(found["DOGEUSDT"].min_notional) == "1"


def test_four_hours_of_seven_years_are_built_from_hours(folder: Path) -> None:
    frame = ask(folder, "BTCUSDT", "4h", "2018-01-01", "2025-06-30")
    assert (str(frame.index[0]), str(frame.index[-1])) == ("2018-01-01 00:00:00+00:00", "2025-06-29 20:00:00+00:00")
    hours = pd.read_parquet(folder / "spot/1h/BTCUSDT-1h.parquet").set_index("open_time")
    crash = pd.Timestamp("2024-08-05", tz="UTC")
    assert frame[pd.DatetimeIndex(frame.index).normalize() == crash]["low"].min() == 49_000.0
    assert frame[frame.index < "2024-01-01"]["high"].max() == 69_000.0
    assert frame["volume"].sum() == pytest.approx(hours[hours.index >= frame.index[0]]["volume"].sum(), rel=1e-3)
    assert int(frame["partial"].sum()) < 60


def test_days_are_the_venues_own(folder: Path) -> None:
    frame = ask(folder, "ETHUSDT", "1d", "2017-01-01", "2025-07-01")
    venue = pd.read_parquet(folder / "spot/1d/ETHUSDT-1d.parquet").set_index("open_time")
    pd.testing.assert_frame_equal(frame[list(venue.columns)], venue, check_index_type=False, check_freq=False)


def test_two_panels_of_one_pair_are_two_pieces(folder: Path) -> None:
    pieces = FilesSource(FilesConfig(path=str(folder))).pieces("ATOMUSDT")[Timeframe("1h")]
    years = [[pd.Timestamp(moment, unit="ms").year for moment in piece] for piece in pieces]
    assert years == [[2019, 2022], [2024, 2024]]
