"""One month of bars as one Parquet file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tradewind.model.bars import FIELDS, Bars
from tradewind.model.timeframe import Timeframe

_SCHEMA: Final = pa.schema(
    [
        pa.field("open_time", pa.timestamp("ms", "UTC"), nullable=False),
        *(pa.field(name, pa.float64(), nullable=False) for name in FIELDS),
    ]
)
_NOTES: Final = b"tradewind"


class DamagedError(Exception):
    """A file of the cache does not hold what was written."""


@attrs.frozen(kw_only=True)
class Encoded:
    """
    A month ready to be written.

    Args:
        content: The file's bytes.
        sha256: Their hash, hexadecimal.
    """

    content: bytes
    sha256: str


def month_of(time_ms: int) -> str:
    """Return the UTC month of a moment, such as `2024-05`."""
    return str(np.datetime64(time_ms, "ms").astype("datetime64[M]"))


def month_span(month: str) -> tuple[int, int]:
    """Return the start and the end of a month, UTC milliseconds."""
    first = np.datetime64(month, "M")
    return tuple(int((first + k).astype("datetime64[ms]").astype(np.int64)) for k in (0, 1))  # type: ignore[return-value]  # two of them


def months_between(start_ms: int, end_ms: int) -> list[str]:
    """Return every month that has a moment in [start, end)."""
    if start_ms >= end_ms:
        return []
    first, last = np.datetime64(month_of(start_ms), "M"), np.datetime64(month_of(end_ms - 1), "M")
    return [str(month) for month in np.arange(first, last + 1)]


def split(bars: Bars) -> Iterator[tuple[str, Bars]]:
    """Yield (month, bars that open in it), in order."""
    months = bars.time.astype("datetime64[ms]").astype("datetime64[M]")
    cuts = [0, *(np.flatnonzero(np.diff(months).astype(np.int64)) + 1).tolist(), len(bars)]
    for start, stop in pairwise(cuts):
        if stop > start:
            yield str(months[start]), bars.rows(start, stop)


def encode(bars: Bars, notes: Mapping[str, Any]) -> Encoded:
    """
    Return bars as the bytes of a Parquet file.

    Prices are split into byte streams before zstd packs them: this reads twice as fast as plain
    columns. Equal bars and notes give equal bytes with one version of pyarrow.

    Args:
        bars: The bars of one month.
        notes: What is known about them, as JSON values; kept in the file's metadata so that a
            lost manifest can be made again.
    """
    columns = [pa.array(bars.time, type=pa.int64()).cast(pa.timestamp("ms", "UTC"))]
    columns += [pa.array(getattr(bars, name), type=pa.float64()) for name in FIELDS]
    schema = _SCHEMA.with_metadata({_NOTES: json.dumps(notes, sort_keys=True).encode()})
    sink = pa.BufferOutputStream()
    pq.write_table(
        pa.Table.from_arrays(columns, schema=schema),
        sink,
        compression="zstd",
        use_dictionary=False,
        column_encoding={"open_time": "DELTA_BINARY_PACKED"} | dict.fromkeys(FIELDS, "BYTE_STREAM_SPLIT"),
    )
    content = sink.getvalue().to_pybytes()
    return Encoded(content=content, sha256=hashlib.sha256(content).hexdigest())


def decode_into(content: bytes, sha256: str, columns: Mapping[str, npt.NDArray[Any]]) -> None:
    """
    Fill the columns with a month's values after its hash was found right.

    Args:
        content: The file's bytes.
        sha256: The hash it was written with.
        columns: `time` and the five fields, as long as the month has rows.

    Raises:
        DamagedError: With what is wrong.
    """
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DamagedError("its hash is not the one it was written with")
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        if file.metadata.num_rows != len(columns["time"]) or not file.schema_arrow.equals(_SCHEMA):
            raise DamagedError("its rows or columns are not those that were written")
        table = file.read(use_threads=False)
    except pa.ArrowException as error:
        raise DamagedError(f"it is no Parquet file: {error}") from error
    for name, column in zip(("time", *FIELDS), table.columns, strict=True):
        values = column.combine_chunks().to_numpy(zero_copy_only=False)
        columns[name][:] = values.view(np.int64) if name == "time" else values


def rescue(content: bytes, timeframe: Timeframe) -> tuple[Bars, dict[str, Any]]:
    """
    Return the bars of a month whose manifest is lost, and the notes that were kept with them.

    Raises:
        DamagedError: When the file cannot be read or holds bars that cannot be.
    """
    try:
        table = pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False)
        if not table.schema.equals(_SCHEMA):
            raise DamagedError("its columns are not those of a month of bars")
        notes = json.loads((table.schema.metadata or {})[_NOTES])
    except (pa.ArrowException, KeyError, ValueError) as error:
        raise DamagedError(f"it cannot be read: {error}") from error
    columns = {"time": np.empty(table.num_rows, dtype=np.int64)} | {n: np.empty(table.num_rows) for n in FIELDS}
    decode_into(content, hashlib.sha256(content).hexdigest(), columns)
    return Bars(timeframe=timeframe, **columns), notes
