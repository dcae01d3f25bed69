"""Bars as files that other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from tradewind.cache.atomic import write_whole
from tradewind.errors import DataError, UsageError
from tradewind.model.bars import FIELDS, Bars

FORMATS: Final = (".csv", ".parquet")
"""Endings of the files that can be written."""

_DAY_MS: Final = 86_400_000


def write_bars(path: Path, bars: Bars) -> None:
    """
    Write bars as CSV or Parquet, by the ending of the name; the file is there whole or not at all.

    Raises:
        UsageError: TW-U007 for another ending or a folder that is not there.
        DataError: TW-D013 when the disk refuses.
    """
    if path.suffix not in FORMATS or path.is_dir() or not path.parent.is_dir():
        raise UsageError(
            f"the file to write was {str(path)!r}, expected a name that ends in {' or '.join(FORMATS)} "
            "in a folder that is there.",
            code="TW-U007",
        )
    content = csv_of(bars) if path.suffix == ".csv" else parquet_of(bars)
    try:
        write_whole(path, content)
    except OSError as error:
        raise DataError(f"{path.name} cannot be written: {error.strerror or error}.", code="TW-D013") from error


def csv_of(bars: Bars) -> bytes:
    """
    Return bars as CSV: `timestamp` (UTC, ISO 8601) and the five fields, shortest exact decimals.

    Days are written as dates, shorter bars to the minute. Every cell is a number or a time: none can
    be taken for a formula by a spreadsheet.
    """
    days = bars.timeframe.ms % _DAY_MS == 0
    unit = "D" if days else "m"
    opens: npt.NDArray[np.datetime64] = bars.time.astype("datetime64[ms]").astype(f"datetime64[{unit}]")
    stamps = pa.array([f"{moment}{'' if days else 'Z'}" for moment in opens.astype(str)], pa.string())
    table = pa.table({"timestamp": stamps, **{name: pa.array(getattr(bars, name)) for name in FIELDS}})
    sink = pa.BufferOutputStream()
    options = pa_csv.WriteOptions(include_header=False, quoting_style="none")
    pa_csv.write_csv(table, sink, options)
    return b",".join(name.encode() for name in table.column_names) + b"\n" + bytes(sink.getvalue())


def parquet_of(bars: Bars) -> bytes:
    """Return bars as Parquet: `open_time` (milliseconds, UTC) and the five fields as float64."""
    opens = pa.array(bars.time, pa.int64()).cast(pa.timestamp("ms", "UTC"))
    table = pa.table({"open_time": opens, **{name: pa.array(getattr(bars, name)) for name in FIELDS}})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue())
