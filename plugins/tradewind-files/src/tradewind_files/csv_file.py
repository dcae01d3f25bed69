"""CSV files of bars, read strictly."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from tradewind_files.headers import FIELDS, KLINE, roles
from tradewind_files.origin import Origin
from tradewind_files.times import from_epochs, from_text

_MARKS: Final = {
    b"\xef\xbb\xbf": "UTF-8 with a byte-order mark",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_LONGEST_LINE: Final = 10_000
_ARROW_PLACE: Final = re.compile(r"Row #(\d+): (.*)", re.DOTALL)

Columns = tuple[npt.NDArray[np.int64], Mapping[str, npt.NDArray[np.float64]], Origin]


def read_csv(path: Path, origin: Origin, *, max_rows: int, mask: bool) -> Columns:
    """
    Return opens (UTC milliseconds), the five fields, and where they stand.

    Binance's archive files without a header are known by their twelve columns.

    Raises:
        DataError: TW-D007 for a file that is empty, cut off, or no UTF-8 text; TW-D003 for other
            columns; TW-D004 for text that is no number; TW-D009 for another time zone; TW-D012
            for too many rows.
    """
    content = path.read_bytes()
    _check_text(content, origin)
    names, header = _header(content, origin)
    place = roles(names, origin)
    origin = attrs.evolve(origin, word="line", first=2 if header else 1)
    rows = content.count(b"\n") - header
    if rows > max_rows:
        raise origin.fault(
            f"it has {rows:,} rows, expected at most {max_rows:,}.", "TW-D012", "Raise sources.files.max_rows."
        )
    if content.endswith((b"\n\n", b"\n\r\n")):
        content = content.rstrip(b"\r\n") + b"\n"
    table = _parsed(content, names, place, header=header, mask=mask, origin=origin)
    if not table.num_rows:
        raise origin.fault("it has no bars.", "TW-D007", "Remove the file, or fetch it again.")
    times = table.column(str(place["time"]))
    time = from_epochs(times.to_numpy()) if pa.types.is_integer(times.type) else from_text(times, origin)
    return time, {field: _numbers(table.column(str(place[field]))) for field in FIELDS}, origin


def _check_text(content: bytes, origin: Origin) -> None:
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            raise origin.fault(
                f"it is {encoding}, expected plain UTF-8.", "TW-D007", "Save it as UTF-8 without a mark."
            )
    if not content or content.isspace():
        raise origin.fault("it is empty.", "TW-D007", "Remove it, or fetch it again.")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise origin.fault(
            f"line {line} is no UTF-8 text.", "TW-D007", "Save the file as UTF-8, or fetch it again."
        ) from error
    if b"\0" in content:
        raise origin.fault("it holds zero bytes, expected text.", "TW-D007", "Fetch the file again.")
    if not content.endswith(b"\n"):
        raise origin.fault(
            f"its last line {content.count(b'\n') + 1} has no end: the file was cut off.",
            "TW-D007",
            "Fetch the file again; if it is whole, end it with a line feed.",
        )


def _header(content: bytes, origin: Origin) -> tuple[list[str], bool]:
    line = content[: content.index(b"\n")].decode().rstrip("\r")
    if len(line) > _LONGEST_LINE:
        raise origin.fault(f"its first line has {len(line)} characters.", "TW-D007", "Fetch the file again.")
    first = next(csv.reader([line]), [])
    numeric = all(re.fullmatch(r"\s*[-+0-9.eE]+\s*", cell) for cell in first)
    if numeric and len(first) == len(KLINE):
        return list(KLINE), False
    if numeric:
        raise origin.fault(
            f"its first line is no header and has {len(first)} columns.",
            "TW-D003",
            "Put the columns' names on the first line; only Binance's twelve columns are known without.",
        )
    return first, True


def _parsed(
    content: bytes, names: list[str], place: Mapping[str, int], *, header: bool, mask: bool, origin: Origin
) -> pa.Table:
    start = content.index(b"\n") + 1 if header else 0
    line = content[start : content.find(b"\n", start)].decode()
    cells = next(csv.reader([line]), [])
    epoch = len(cells) > place["time"] and cells[place["time"]].strip().isdigit()
    # columns are named by their place: names that nobody reads may be doubled
    time, columns = str(place["time"]), [str(k) for k in range(len(names))]
    number = pa.string() if mask else pa.float64()
    types = {str(place[field]): number for field in FIELDS} | {time: pa.int64() if epoch else pa.string()}
    try:
        return pa_csv.read_csv(
            pa.BufferReader(content),
            # one thread counts lines, which the message needs
            read_options=pa_csv.ReadOptions(use_threads=False, column_names=columns, skip_rows=int(header)),
            parse_options=pa_csv.ParseOptions(newlines_in_values=False, ignore_empty_lines=False),
            convert_options=pa_csv.ConvertOptions(
                column_types=types,
                include_columns=list(types),
                null_values=[],
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise _fault(str(error), names, origin) from error


def _fault(message: str, names: list[str], origin: Origin) -> Exception:
    found = _ARROW_PLACE.search(message)
    if found is None:
        return origin.fault(f"it cannot be read: {message[:200]}.", "TW-D007", "Fetch the file again.")
    row, words = int(found[1]) - origin.first, found[2]
    columns = re.match(r"Expected (\d+) columns, got (\d+)", words)
    if columns:
        text = f"there are {columns[2]} columns, expected {columns[1]}."
        return origin.fault(text, "TW-D007", "The line is damaged or cut off; fetch the file again.", row)
    value = re.search(r"invalid value '(.*)'", words, re.DOTALL)
    place = re.search(r"column #(\d+)", message)
    name = names[int(place[1])] if place else "a column"
    return origin.fault(
        f"{name} was {(value[1] if value else words)[:60]!r}, expected a number.",
        "TW-D004",
        'Fetch the file again, or keep such bars untraded with sources.files.on_bad_rows = "mask".',
        row,
    )


def _numbers(column: Any) -> npt.NDArray[np.float64]:
    if pa.types.is_floating(column.type):
        return np.asarray(column.to_numpy(), dtype=np.float64)
    return np.asarray(pd.to_numeric(column.to_pandas(), errors="coerce"), dtype=np.float64)
