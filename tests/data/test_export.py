"""What is exported is what was there, and is read back to the last bit."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.histories import hourly
from tradewind.cache.export import csv_of, write_bars
from tradewind.errors import DataError, UsageError
from tradewind.model.bars import FIELDS, Bars
from tradewind.model.timeframe import Timeframe

prices = st.floats(1e-8, 1e12)


@given(st.lists(prices, min_size=1, max_size=20), st.sampled_from(["1m", "4h", "1d", "1w"]))
def test_csv_holds_every_bit(values: list[float], timeframe: str) -> None:
    length = Timeframe(timeframe)
    column = np.array(values)
    bars = Bars(
        timeframe=length,
        time=length.ceil(1_700_000_000_000) + np.arange(len(values)) * length.ms,
        open=column,
        high=column,
        low=column,
        close=column,
        volume=column,
    )
    lines = csv_of(bars).decode().splitlines()
    assert lines[0] == "timestamp,open,high,low,close,volume"
    assert [[float(cell) for cell in line.split(",")[1:]] for line in lines[1:]] == [[v] * 5 for v in values]
    assert [pd.Timestamp(line.split(",")[0], tz="UTC").value // 10**6 for line in lines[1:]] == bars.time.tolist()


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_a_file_is_read_back_by_pandas(tmp_path: Path, name: str) -> None:
    bars = hourly(0, 100, without={5})
    write_bars(tmp_path / name, bars)
    frame = pd.read_csv(tmp_path / name) if name.endswith("csv") else pd.read_parquet(tmp_path / name)
    index = pd.DatetimeIndex(pd.to_datetime(frame.iloc[:, 0], utc=True))
    assert Bars.from_frame(frame.set_axis(index, axis=0)[list(FIELDS)], "1h").sha256() == bars.sha256()


@pytest.mark.parametrize("name", ["out.txt", "out", "no/such/folder.csv"])
def test_a_name_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        write_bars(tmp_path / name, hourly(0, 2))
    assert caught.value.code == "TW-U007"
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_the_older_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.csv"
    path.write_text("older")

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(DataError, match="No space left") as caught:
        write_bars(path, hourly(0, 10))
    assert caught.value.code == "TW-D013"
    assert [file.read_text() for file in tmp_path.iterdir()] == ["older"]
