"""Every bad file is refused with its code, its name and its line, and nothing is written."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tradewind.api import Bars, DataError, Instrument, Timeframe, UsageError
from tradewind_files.settings import FilesConfig
from tradewind_files.source import FilesSource

DAY = pd.Timedelta(days=1)
HEAD = "timestamp,open,high,low,close,volume\n"
GOOD = [
    "2024-01-01,100,110,90,105,12.5",
    "2024-01-02,105,115,95,110,0",
    "2024-01-03,110,120,100,115,7",
    "2024-01-04,115,125,105,120,8",
]


def text(*rows: str, head: str = HEAD) -> bytes:
    return (head + "\n".join(rows) + "\n").encode()


def with_row(place: int, row: str) -> bytes:
    return text(*GOOD[:place], row, *GOOD[place + 1 :])


def ask(folder: Path, timeframe: str = "1d", **settings: object) -> pd.DataFrame:
    source = FilesSource(FilesConfig(path=str(folder), **settings))  # type: ignore[arg-type]  # settings by name
    start, end = pd.Timestamp("2023-01-01", tz="UTC"), pd.Timestamp("2026-01-01", tz="UTC")
    return source.bars(Instrument(symbol="BTCUSDT"), Timeframe(timeframe), start, end)


def refused(folder: Path, timeframe: str = "1d", **settings: object) -> DataError:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(DataError) as caught:
        ask(folder, timeframe, **settings)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert str(folder) not in caught.value.message
    return caught.value


CASES = {
    "nan": (with_row(1, "2024-01-02,105,115,95,NaN,3"), "TW-D004", "line 3", "close is nan"),
    "infinite": (with_row(1, "2024-01-02,105,inf,95,100,3"), "TW-D004", "line 3", "high is inf"),
    "empty cell": (with_row(1, "2024-01-02,105,,95,100,3"), "TW-D004", "line 3", "high was ''"),
    "zero price": (with_row(2, "2024-01-03,0,120,0,115,7"), "TW-D004", "line 4", "open is 0"),
    "negative price": (with_row(0, "2024-01-01,100,110,-90,105,1"), "TW-D004", "line 2", "low is -90"),
    "negative volume": (with_row(0, "2024-01-01,100,110,90,105,-1"), "TW-D004", "line 2", "volume is -1"),
    "high below low": (with_row(3, "2024-01-04,100,90,105,100,1"), "TW-D004", "line 5", "high 90 is below low 105"),
    "close outside": (with_row(3, "2024-01-04,100,110,95,111,1"), "TW-D004", "line 5", "outside low and high"),
    "duplicate": (with_row(1, GOOD[0]), "TW-D005", "line 3", "doubled"),
    "out of order": (text(GOOD[0], GOOD[2], GOOD[1]), "TW-D005", "line 4", "out of order"),
    "off grid": (with_row(1, "2024-01-02T00:07:00,105,115,95,110,0"), "TW-D006", "line 3", "off the 1d grid"),
    "inside a millisecond": (with_row(1, "2024-01-02T00:00:00.0001,1,1,1,1,0"), "TW-D006", "line 3", "off the 1d"),
    "other zone by grid": (
        text(*(row.replace(",", "T05:30:00,", 1) for row in GOOD)),
        "TW-D009",
        "line 2",
        "5.5 h off the UTC grid",
    ),
    "other zone by offset": (
        text(*(row.replace(",", "T00:00:00+02:00,", 1) for row in GOOD)),
        "TW-D009",
        "line 2",
        "not in UTC",
    ),
    "null text": (with_row(1, "2024-01-02,105,null,95,110,0"), "TW-D004", "line 3", "high was 'null'"),
    "words for a time": (with_row(1, "yesterday,105,115,95,110,0"), "TW-D004", "line 3", "'yesterday'"),
    "no such day": (with_row(1, "2024-02-30,105,115,95,110,0"), "TW-D004", "", "no calendar"),
    "huge": (with_row(1, "2024-01-02,105,1e308,95,110,0"), "TW-D004", "line 3", "high is 1e+308"),
    "beyond huge": (with_row(1, "2024-01-02,105,1e999,95,110,0"), "TW-D004", "line 3", "high is inf"),
    "cut in a row": (text(*GOOD)[:-12], "TW-D007", "", "cut off"),
    "cut in the last number": (text(*GOOD)[:-2], "TW-D007", "", "cut off"),
    "row too short": (with_row(1, "2024-01-02,105,115"), "TW-D007", "line 3", "3 columns, expected 6"),
    "row too long": (with_row(1, "2024-01-02,105,115,95,110,0,9"), "TW-D007", "line 3", "7 columns, expected 6"),
    "blank line": (text(GOOD[0], "", GOOD[1]), "TW-D004", "line 3", "was ''"),
    "empty": (b"", "TW-D007", "", "empty"),
    "header only": (HEAD.encode(), "TW-D007", "", "no bars"),
    "other columns": (text("1,2,3", head="a,b,c\n"), "TW-D003", "", "no column for a time"),
    "no volume": (text("2024-01-01,1,1,1,1", head="date,open,high,low,close\n"), "TW-D003", "", "volume"),
    "no header": (text(*(row.replace("-", "") for row in GOOD), head=""), "TW-D003", "", "no header"),
    "semicolons": (text(*GOOD).replace(b",", b";"), "TW-D003", "", "no column"),
    "two closes": (
        text("2024-01-01,1,1,1,1,1,1", head="date,open,high,low,close,close,volume\n"),
        "TW-D003",
        "",
        "close",
    ),
    "two times": (text("1,2024-01-01,1,1,1,1,1", head="time,date,open,high,low,close,volume\n"), "TW-D003", "", "time"),
    "byte-order mark": (b"\xef\xbb\xbf" + text(*GOOD), "TW-D007", "", "byte-order mark"),
    "UTF-16": (text(*GOOD).decode().encode("utf-16"), "TW-D007", "", "UTF-16"),
    "invalid UTF-8": (with_row(1, "2024-01-02,105,115,95,110,0").replace(b"95", b"\xff5"), "TW-D007", "", "no UTF-8"),
    "zero bytes": (with_row(1, "2024-01-02,105,115,95,110,\0"), "TW-D007", "", "zero bytes"),
    "a page of HTML": (b"<html><body>not found</body></html>\n", "TW-D003", "", "no column"),
    "wrong timeframe": (
        text(*(row.replace("-01-0", "-0").replace(",", "-01,", 1) for row in GOOD)),
        "TW-D006",
        "",
        "minutes apart, its name says 1d",
    ),
}


@pytest.mark.parametrize(("content", "code", "place", "words"), CASES.values(), ids=CASES)
def test_a_bad_csv_file_is_refused(tmp_path: Path, content: bytes, code: str, place: str, words: str) -> None:
    (tmp_path / "BTCUSDT_1d.csv").write_bytes(content)
    error = refused(tmp_path)
    assert error.code == code
    assert error.message.startswith(f"BTCUSDT_1d.csv, {place}:" if place else "BTCUSDT_1d.csv")
    assert words in error.message
    assert error.hint or code == "TW-D004"


def table(**changes: object) -> pa.Table:
    times = pd.date_range("2024-01-01", periods=4, freq="D", tz="UTC").as_unit("ms")
    columns: dict[str, object] = {
        "open_time": pa.array(times),
        "open": [100.0, 105.0, 110.0, 115.0],
        "high": [110.0, 115.0, 120.0, 125.0],
        "low": [90.0, 95.0, 100.0, 105.0],
        "close": [105.0, 110.0, 115.0, 120.0],
        "volume": [1.0, 2.0, 3.0, 4.0],
    }
    return pa.table({name: value for name, value in (columns | changes).items() if value is not None})


def zoned(zone: str) -> pa.Array:
    return pa.array(pd.date_range("2024-01-01", periods=4, freq="D", tz=zone).as_unit("ms"))


def extension() -> pa.Array:
    storage = pa.array([[100.0], [105.0], [110.0], [115.0]], pa.list_(pa.float64(), 1))
    return pa.ExtensionArray.from_storage(pa.fixed_shape_tensor(pa.float64(), (1,)), storage)


TABLES: dict[str, tuple[Callable[[], pa.Table], str, str]] = {
    "missing value": (lambda: table(close=[1.0, None, 1.0, 1.0]), "TW-D004", "row 2: close is missing"),
    "nan": (lambda: table(close=[105.0, 110.0, np.nan, 120.0]), "TW-D004", "row 3"),
    "text prices": (lambda: table(close=["105", "null", "115", "120"]), "TW-D003", "holds string"),
    "no volume": (lambda: table(volume=None), "TW-D003", "volume"),
    "no time": (lambda: table(open_time=None), "TW-D003", "a time"),
    "missing time": (lambda: table(open_time=pa.array([0, None, 2, 3], pa.timestamp("ms"))), "TW-D004", "row 2"),
    "other zone": (lambda: table(open_time=zoned("Europe/Berlin")), "TW-D009", "Europe/Berlin"),
    "lists for times": (lambda: table(open_time=[[1], [2], [3], [4]]), "TW-D003", "holds list"),
    "extension type": (lambda: table(close=extension()), "TW-D003", "extension type"),
    "no rows": (lambda: table().slice(0, 0), "TW-D007", "no bars"),
}


@pytest.mark.parametrize(("make", "code", "words"), TABLES.values(), ids=TABLES)
def test_a_bad_parquet_file_is_refused(tmp_path: Path, make: Callable[[], pa.Table], code: str, words: str) -> None:
    (tmp_path / "deep").mkdir()
    pq.write_table(make(), tmp_path / "deep" / "BTCUSDT-1d.parquet")
    error = refused(tmp_path)
    assert error.code == code
    assert error.message.startswith("deep/BTCUSDT-1d.parquet")
    assert words in error.message


def test_an_extension_type_nobody_here_knows_is_refused_too(tmp_path: Path) -> None:
    schema = table().schema
    tagged = schema.field("close").with_metadata({"ARROW:extension:name": "else.where", "ARROW:extension:metadata": ""})
    pq.write_table(table().cast(schema.set(4, tagged)), tmp_path / "BTCUSDT-1d.parquet")
    assert refused(tmp_path).code == "TW-D003"


@pytest.mark.parametrize("keep", [0, 3, 200, -1])
def test_a_truncated_parquet_file_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "BTCUSDT-1d.parquet"
    pq.write_table(table(), path)
    path.write_bytes(path.read_bytes()[:keep])
    error = refused(tmp_path)
    assert error.code == "TW-D007"
    assert "no whole Parquet file" in error.message


def test_a_file_of_another_kind_under_the_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "BTCUSDT-1d.parquet").write_text("{}" * 100)
    assert refused(tmp_path).code == "TW-D007"


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    (tmp_path / "BTCUSDT_1d.csv").symlink_to(tmp_path / "gone.csv")
    with pytest.raises(DataError, match=r"BTCUSDT_1d\.csv: it cannot be read") as caught:
        ask(tmp_path)
    assert caught.value.code == "TW-D007"


def test_more_rows_or_bytes_than_the_limit_are_refused(tmp_path: Path) -> None:
    pq.write_table(table(), tmp_path / "BTCUSDT-1d.parquet")
    assert refused(tmp_path, max_rows=3).code == "TW-D012"
    assert refused(tmp_path, max_file_bytes=100).code == "TW-D012"
    (tmp_path / "BTCUSDT-1d.parquet").unlink()
    (tmp_path / "BTCUSDT_1d.csv").write_bytes(text(*GOOD))
    assert refused(tmp_path, max_rows=3).code == "TW-D012"
    assert refused(tmp_path, max_file_bytes=10).code == "TW-D012"


def test_more_files_than_the_limit_are_refused(tmp_path: Path) -> None:
    for k in range(4):
        (tmp_path / f"note{k}.txt").touch()
    error = refused(tmp_path, max_files=3)
    assert error.code == "TW-D012"


def test_files_that_overlap_must_agree(tmp_path: Path) -> None:
    (tmp_path / "BTCUSDT_1d.csv").write_bytes(text(*GOOD[:3]))
    (tmp_path / "BTCUSDT-1d-2024.csv").write_bytes(text(*GOOD[1:]))
    assert len(ask(tmp_path)) == 4
    (tmp_path / "BTCUSDT-1d-2024.csv").write_bytes(text(GOOD[1], "2024-01-03,110,120,100,116,7", GOOD[3]))
    error = refused(tmp_path)
    assert error.code == "TW-D005"
    assert "BTCUSDT-1d-2024.csv and BTCUSDT_1d.csv disagree on the bar of 2024-01-03T00:00Z: close" in error.message


@pytest.mark.parametrize("symbol", ["../../x", "x'; DROP TABLE bars; --", 'BTC"USDT', "/etc/passwd", "a\0b"])
def test_a_symbol_that_reaches_out_opens_no_file(symbol: str) -> None:
    with pytest.raises(UsageError) as caught:
        Instrument(symbol=symbol)
    assert caught.value.code == "TW-U001"


def test_masking_keeps_impossible_bars_untraded_and_the_rest_as_they_are(tmp_path: Path) -> None:
    rows = [
        *GOOD,
        "2024-01-05,null,1,1,1,1",
        "2024-01-06,1,NaN,1,1,1",
        "2024-01-07,1,1e308,1,1,1",
        "2024-01-08,2,1,2,2,1",
    ]
    (tmp_path / "BTCUSDT_1d.csv").write_bytes(text(*rows))
    bars = Bars.from_frame(ask(tmp_path, on_bad_rows="mask"), "1d")
    assert bars.masked.tolist() == [False] * 4 + [True] * 4
    assert bars.close[:4].tolist() == [105.0, 110.0, 115.0, 120.0]
    pq.write_table(table(close=[1e3, None, 115.0, 120.0]), tmp_path / "ETHUSDT-1d.parquet")
    assert refused(tmp_path).code == "TW-D004"


def test_masking_mends_no_times(tmp_path: Path) -> None:
    (tmp_path / "BTCUSDT_1d.csv").write_bytes(with_row(1, GOOD[0]))
    assert refused(tmp_path, on_bad_rows="mask").code == "TW-D005"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "TW-D007"),
        (b"\xff\xfe", "TW-D007"),
        (b"[" * 100_000, "TW-D007"),
        (b'[{"symbol": "BTCUSDT", "tick": NaN}]', "TW-D007"),
        (b"{}", "TW-D003"),
        (b'[{"symbol": "../x"}]', "TW-D003"),
        (b'[{"symbol": "BTCUSDT", "tick_size": "-1"}]', "TW-D003"),
        (b'[{"symbol": "BTCUSDT", "color": "red"}]', "TW-D003"),
        (b'[{"symbol": "BTCUSDT", "tick_size": "a lot"}]', "TW-D003"),
        (b" " * 8_000_001, "TW-D012"),
    ],
)
def test_a_bad_description_of_pairs_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "BTCUSDT_1d.csv").write_bytes(text(*GOOD))
    (tmp_path / "instruments.json").write_bytes(content)
    with pytest.raises(DataError, match=r"instruments\.json") as caught:
        FilesSource(FilesConfig(path=str(tmp_path))).instruments()
    assert caught.value.code == code


def test_a_table_of_a_whole_venue_may_hold_pairs_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "BTCUSDT_1d.csv").write_bytes(text(*GOOD))
    rows = [
        {"symbol": "not a symbol", "tick": "1", "step": "1", "min_notional": "1"},
        {"symbol": "BTCUSDT", "quote": "USDT", "tick": "0.5", "step": "0.25", "min_notional": "7"},
    ]
    (tmp_path / "binance_spot_usdt_tick_step_minnotional.json").write_text(json.dumps(rows))
    (found,) = FilesSource(FilesConfig(path=str(tmp_path))).instruments()
    assert tuple(map(str, (found.tick_size, found.lot_step, found.min_qty, found.min_notional))) == (
        "0.5",
        "0.25",
        "0.25",
        "7",
    )
