"""Good files are read as what they say, whatever form they come in."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tradewind.api import Bars as BarColumns
from tradewind.api import DataError, Instrument, Timeframe, resample
from tradewind_files.folder import usual_places
from tradewind_files.settings import FilesConfig
from tradewind_files.source import FilesSource

FIELDS = ["open", "high", "low", "close", "volume"]
HOUR = 3_600_000
START = 1_704_067_200_000
"""2024-01-01T00:00Z, a Monday."""


def bars(count: int, timeframe: str = "1h", first: int = 0, decimals: int = 2) -> pd.DataFrame:
    """Bars whose values tell their place, indexed by open."""
    length = Timeframe(timeframe)
    places = np.arange(first, first + count)
    times = pd.DatetimeIndex((START + places * length.ms).astype("datetime64[ms]"), tz="UTC", name="open_time")
    close = np.round(100.0 + np.sin(places) + places * 0.01, decimals)
    columns = {"open": close, "high": close + 1.0, "low": close - 1.0, "close": close, "volume": places % 7 + 0.5}
    return pd.DataFrame(columns, index=times)


def save(folder: Path, name: str, frame: pd.DataFrame) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        frame.reset_index().to_parquet(path, index=False)
    else:
        frame.to_csv(path, index_label="timestamp")


def ask(folder: Path, timeframe: str, symbol: str = "BTCUSDT", start: int = 0, end: int = 10**6) -> pd.DataFrame:
    source = FilesSource(FilesConfig(path=str(folder)))
    first, last = (pd.Timestamp(START + hours * HOUR, unit="ms", tz="UTC") for hours in (start, end))
    return source.bars(Instrument(symbol=symbol), Timeframe(timeframe), first, last)


def same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(left[FIELDS], right[FIELDS], check_freq=False, check_index_type=False)


def epochs(per_ms: float) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def convert(frame: pd.DataFrame) -> pd.DataFrame:
        index = (START + np.arange(len(frame)) * HOUR).astype(np.float64) * per_ms
        return frame.set_axis(index.astype(np.int64), axis=0)

    return convert


FORMS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    "ISO with offset": lambda f: f.to_csv(index_label="timestamp").encode(),
    "ISO with T and Z": lambda f: f.to_csv(index_label="date", date_format="%Y-%m-%dT%H:%M:%SZ").encode(),
    "ISO without zone": lambda f: f.to_csv(index_label="time", date_format="%Y-%m-%d %H:%M").encode(),
    "seconds": lambda f: epochs(1e-3)(f).to_csv(index_label="timestamp").encode(),
    "milliseconds": lambda f: epochs(1)(f).to_csv(index_label="open_time").encode(),
    "microseconds": lambda f: epochs(1e3)(f).to_csv(index_label="open_time").encode(),
    "nanoseconds": lambda f: epochs(1e6)(f).to_csv(index_label="open_time").encode(),
    "capitals and spaces": lambda f: epochs(1)(f).rename(columns=str.title).to_csv(index_label="Open time").encode(),
    "other order and columns": lambda f: (
        epochs(1)(f)[["volume", "close", "low", "high", "open"]].assign(note="x").to_csv(index_label="time").encode()
    ),
    "carriage returns": lambda f: f.to_csv(index_label="timestamp", lineterminator="\r\n").encode(),
    "quotes": lambda f: f.to_csv(index_label="timestamp", quoting=1).encode(),
    "blank lines at the end": lambda f: f.to_csv(index_label="timestamp").encode() + b"\n\n",
    "archive": lambda f: epochs(1)(f).assign(ct=0, qv=1.5, n=3, tb=0.1, tq=0.2, ignore=0).to_csv(header=False).encode(),
    "archive in microseconds": lambda f: (
        epochs(1e3)(f).assign(ct=0, qv=1.5, n=3, tb=0.1, tq=0.2, ignore=0).to_csv(header=False).encode()
    ),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_csv_file_is_read_in_any_of_its_forms(tmp_path: Path, form: Callable[[pd.DataFrame], bytes]) -> None:
    (tmp_path / "BTCUSDT-1h.csv").write_bytes(form(bars(50)))
    same(ask(tmp_path, "1h"), bars(50))


TIMES: dict[str, Callable[[pd.DatetimeIndex], object]] = {
    "milliseconds": lambda t: pa.array(t.as_unit("ms")),
    "nanoseconds": lambda t: pa.array(t.as_unit("ns")),
    "seconds": lambda t: pa.array(t.as_unit("s")),
    "naive": lambda t: pa.array(t.tz_localize(None)),
    "whole numbers": lambda t: pa.array(t.as_unit("ms").asi8),
    "text": lambda t: pa.array(t.strftime("%Y-%m-%dT%H:%M:%SZ")),
}


@pytest.mark.parametrize("make", TIMES.values(), ids=TIMES)
def test_a_parquet_file_is_read_in_any_of_its_forms(tmp_path: Path, make: Callable[[pd.DatetimeIndex], object]) -> None:
    frame = bars(50)
    columns = {name: frame[name].to_numpy() for name in FIELDS}
    pq.write_table(
        pa.table({"timestamp": make(pd.DatetimeIndex(frame.index)), **columns}), tmp_path / "BTCUSDT-1h.parquet"
    )
    same(ask(tmp_path, "1h"), frame)


def test_dates_open_days_and_an_index_of_pandas_is_a_column(tmp_path: Path) -> None:
    days = bars(20, "1d")
    dated = pa.table({"date": pa.array(pd.DatetimeIndex(days.index).date), **{n: days[n].to_numpy() for n in FIELDS}})
    pq.write_table(dated, tmp_path / "BTCUSDT-1d.parquet")
    days.to_parquet(tmp_path / "ETHUSDT-1d.parquet")
    same(ask(tmp_path, "1d"), days)
    same(ask(tmp_path, "1d", "ETHUSDT"), days)


def test_several_files_of_one_series_are_one_series(tmp_path: Path) -> None:
    save(tmp_path, "spot/1h/BTCUSDT-1h-2024-01.parquet", bars(30))
    save(tmp_path, "spot/1h/BTCUSDT-1h-2024-02.csv", bars(30, first=25))
    save(tmp_path, "late/BTCUSDT-1h-2024-05.parquet", bars(10, first=500))
    save(tmp_path, "spot/1h/BTCUSDT-1h-fullfields-2024-01.parquet", bars(30) * 2.0)
    same(ask(tmp_path, "1h"), pd.concat([bars(55), bars(10, first=500)]))


@pytest.mark.parametrize(
    "name", ["gaps.csv", "BTCUSDT.csv", "BTCUSDT-1M.csv", "notes-1h.txt", ".BTCUSDT-1h.csv", "2024-05-12345678.parquet"]
)
def test_other_files_are_passed_over(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"anything")
    save(tmp_path, "ETHUSDT-1h.csv", bars(5))
    assert list(FilesSource(FilesConfig(path=str(tmp_path))).library.index) == ["ETHUSDT"]


def test_hidden_folders_and_caches_are_passed_over(tmp_path: Path) -> None:
    save(tmp_path, ".hidden/BTCUSDT-1h.csv", bars(5))
    save(tmp_path, "cache/BTCUSDT-1h.parquet", bars(5))
    (tmp_path / "cache/manifest.json").touch()
    assert not FilesSource(FilesConfig(path=str(tmp_path))).library.index


def test_symbols_of_any_script_may_be_percent_encoded(tmp_path: Path) -> None:
    save(tmp_path, "%E5%B8%81%E5%AE%89USDT-1h.csv", bars(5))
    save(tmp_path, "BTC%3AUSDT_1h.csv", bars(5))
    assert list(FilesSource(FilesConfig(path=str(tmp_path))).library.index) == ["BTC:USDT", "币安USDT"]


def test_a_missing_timeframe_is_built_from_shorter_bars(tmp_path: Path) -> None:
    save(tmp_path, "BTCUSDT-1h.csv", bars(50))
    wanted = resample(BarColumns.from_frame(bars(50), "1h"), "4h")
    found = ask(tmp_path, "4h")
    same(found, wanted.to_frame())
    assert found["partial"].tolist() == wanted.partial.tolist()
    assert len(found) == 12


def test_its_own_files_come_first_and_shorter_bars_fill_what_they_lack(tmp_path: Path) -> None:
    own = bars(5, "4h") + 1000.0
    save(tmp_path, "BTCUSDT-4h.csv", own)
    save(tmp_path, "BTCUSDT-1h.csv", bars(40))
    built = resample(BarColumns.from_frame(bars(40), "1h"), "4h").to_frame()
    same(ask(tmp_path, "4h"), pd.concat([own, built.iloc[5:]]))


def test_scattered_minutes_do_not_pass_for_the_hours_between(tmp_path: Path) -> None:
    save(tmp_path, "BTCUSDT-1h.csv", bars(24 * 60))
    save(tmp_path, "BTCUSDT-1m-a.csv", bars(1440, "1m"))
    save(tmp_path, "BTCUSDT-1m-b.csv", bars(2880, "1m", first=40 * 1440))
    source = FilesSource(FilesConfig(path=str(tmp_path)))
    day = 24 * HOUR
    assert source.available("BTCUSDT") == {
        Timeframe("1m"): (START + 40 * day, START + 42 * day),
        Timeframe("1h"): (START, START + 60 * day),
    }
    assert source.pieces("BTCUSDT")[Timeframe("1m")] == (
        (START, START + day),
        (START + 40 * day, START + 42 * day),
    )
    assert len(ask(tmp_path, "4h")) == 360
    same(ask(tmp_path, "4h"), resample(BarColumns.from_frame(bars(1440), "1h"), "4h").to_frame())


def test_the_answer_does_not_depend_on_how_it_is_cut(tmp_path: Path) -> None:
    save(tmp_path, "BTCUSDT-1h.csv", bars(300))
    save(tmp_path, "BTCUSDT-5m.csv", bars(600, "5m", first=12 * 290))
    whole = ask(tmp_path, "4h")
    parts = [ask(tmp_path, "4h", start=a, end=b) for a, b in ((0, 3), (3, 150), (150, 151), (151, 10**6))]
    pd.testing.assert_frame_equal(pd.concat([part for part in parts if len(part)]), whole, check_freq=False)


def test_a_timeframe_that_cannot_be_built_is_refused(tmp_path: Path) -> None:
    save(tmp_path, "BTCUSDT-4h.csv", bars(10, "4h"))
    with pytest.raises(DataError, match="bars of 1h cannot be built from 4h") as caught:
        ask(tmp_path, "1h")
    assert caught.value.code == "TW-D008"


def test_an_unknown_pair_is_told_with_the_nearest_and_where_was_searched(tmp_path: Path) -> None:
    save(tmp_path, "BTCUSDT-4h.csv", bars(10, "4h"))
    with pytest.raises(DataError, match="no file of BTCUSD bars") as caught:
        ask(tmp_path, "1h", "BTCUSD")
    assert caught.value.code == "TW-D001"
    assert "Did you mean 'BTCUSDT'?" in caught.value.hint


def test_a_range_without_bars_has_no_rows_and_all_columns(tmp_path: Path) -> None:
    save(tmp_path, "BTCUSDT-4h.csv", bars(10, "4h"))
    empty = ask(tmp_path, "4h", start=10**5)
    assert list(empty.columns) == [*FIELDS, "partial"]
    assert len(empty) == 0


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    save(tmp_path, "BTCUSDT-1h.csv", bars(10))
    source = FilesSource(FilesConfig(path=str(tmp_path)))
    span = (pd.Timestamp("2024-01-01", tz="UTC"), pd.Timestamp("2024-02-01", tz="UTC"))
    assert len(source.bars(Instrument(symbol="BTCUSDT"), Timeframe("1h"), *span)) == 10
    save(tmp_path, "BTCUSDT-1h.csv", bars(12))
    assert len(source.bars(Instrument(symbol="BTCUSDT"), Timeframe("1h"), *span)) == 12


def test_rules_come_from_a_file_then_the_table_then_the_decimals(tmp_path: Path) -> None:
    for symbol in ("BTCUSDT", "ETHUSDT", "NEWUSDT"):
        save(tmp_path, f"{symbol}-1h.csv", bars(50))
    (tmp_path / "instruments.json").write_text('[{"symbol": "ETHUSDT", "tick_size": 0.1, "lot_step": "0.5"}]')
    found = {i.symbol: i for i in FilesSource(FilesConfig(path=str(tmp_path))).instruments()}
    rules = {symbol: (str(i.tick_size), str(i.lot_step), str(i.min_qty)) for symbol, i in found.items()}
    assert rules == {
        "BTCUSDT": ("0.01", "0.00001", "0.00001"),
        "ETHUSDT": ("0.1", "0.5", "0.5"),
        "NEWUSDT": ("0.01", "0.1", "0.1"),
    }


def test_the_usual_places_are_searched_in_order_and_samples_last(tmp_path: Path) -> None:
    assert usual_places({"TRADEWIND_MARKET_DATA": "x"}, tmp_path) == [Path("x")]
    project = tmp_path / "project"
    save(project, "data/BTCUSDT_1h.csv", bars(5) + 1.0)
    save(project, "data/ETHUSDT_1h.csv", bars(5) + 2.0)
    save(tmp_path, "shared/market-data/spot/BTCUSDT-1h.parquet", bars(5))
    source = FilesSource(FilesConfig(), environment={}, working_folder=project)
    start, end = pd.Timestamp("2024-01-01", tz="UTC"), pd.Timestamp("2024-02-01", tz="UTC")
    same(source.bars(Instrument(symbol="BTCUSDT"), Timeframe("1h"), start, end), bars(5))
    same(source.bars(Instrument(symbol="ETHUSDT"), Timeframe("1h"), start, end), bars(5) + 2.0)


def test_a_named_place_is_the_only_one_and_must_be_there(tmp_path: Path) -> None:
    save(tmp_path, "data/BTCUSDT_1h.csv", bars(5))
    for config, environment in (
        (FilesConfig(path="elsewhere"), {}),
        (FilesConfig(), {"TRADEWIND_MARKET_DATA": "elsewhere"}),
    ):
        with pytest.raises(DataError, match="is not there") as caught:
            _ = FilesSource(config, environment=environment, working_folder=tmp_path).library
        assert caught.value.code == "TW-D001"


def test_one_file_may_be_named(tmp_path: Path) -> None:
    save(tmp_path, "BTCUSDT_1h.csv", bars(5))
    save(tmp_path, "ETHUSDT_1h.csv", bars(5))
    source = FilesSource(FilesConfig(path=(str(tmp_path / "BTCUSDT_1h.csv"),)))
    assert [instrument.symbol for instrument in source.instruments()] == ["BTCUSDT"]


def test_files_named_one_by_one_are_parts_of_one_series(tmp_path: Path) -> None:
    save(tmp_path, "BTCUSDT-1h-a.csv", bars(30))
    save(tmp_path, "BTCUSDT-1h-b.csv", bars(30, first=20))
    save(tmp_path, "other/BTCUSDT-1h-c.csv", bars(30, first=50) + 1.0)
    named = tuple(str(tmp_path / name) for name in ("BTCUSDT-1h-a.csv", "other", "BTCUSDT-1h-b.csv"))
    source = FilesSource(FilesConfig(path=named))
    start, end = pd.Timestamp("2024-01-01", tz="UTC"), pd.Timestamp("2024-02-01", tz="UTC")
    same(source.bars(Instrument(symbol="BTCUSDT"), Timeframe("1h"), start, end), bars(50))


def test_what_is_named_like_a_price_file_and_is_none_is_passed_over(tmp_path: Path) -> None:
    save(tmp_path, "BTCUSDT_1h.csv", bars(5))
    os.mkfifo(tmp_path / "ETHUSDT_1h.csv")
    source = FilesSource(FilesConfig(path=str(tmp_path)))
    assert [instrument.symbol for instrument in source.instruments()] == ["BTCUSDT"]
    with pytest.raises(DataError, match="TW-D001"):
        source.bars(
            Instrument(symbol="ETHUSDT"),
            Timeframe("1h"),
            pd.Timestamp("2024-01-01", tz="UTC"),
            pd.Timestamp("2025-01-01", tz="UTC"),
        )
