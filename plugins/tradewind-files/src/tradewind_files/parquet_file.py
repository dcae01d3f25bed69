"""Parquet files of bars, read strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tradewind_files.headers import FIELDS, roles
from tradewind_files.origin import Origin
from tradewind_files.times import from_column

Times = npt.NDArray[np.int64]


def read_times(path: Path, origin: Origin, *, max_rows: int) -> Times:
    """Return the opens alone, UTC milliseconds; errors as of `read_parquet`."""
    return _read(path, ("time",), origin, max_rows)[0]


def read_parquet(
    path: Path, origin: Origin, *, max_rows: int, mask: bool
) -> tuple[Times, Mapping[str, npt.NDArray[np.float64]], Origin]:
    """
    Return opens (UTC milliseconds), the five fields, and where they stand.

    Raises:
        DataError: TW-D007 for a file that is damaged; TW-D003 for other columns or columns of
            another kind; TW-D004 for missing values; TW-D009 for another time zone; TW-D012 for too many rows.
    """
    time, columns = _read(path, FIELDS, origin, max_rows, mask=mask)
    return time, columns, origin


def _read(
    path: Path, fields: Sequence[str], origin: Origin, max_rows: int, *, mask: bool = False
) -> tuple[Times, dict[str, npt.NDArray[np.float64]]]:
    try:
        with pq.ParquetFile(path) as file:
            if file.metadata.num_rows > max_rows:
                raise origin.fault(
                    f"it has {file.metadata.num_rows:,} rows, expected at most {max_rows:,}.",
                    "TW-D012",
                    "Raise sources.files.max_rows.",
                )
            schema = file.schema_arrow
            place = roles(schema.names, origin)
            wanted = ["time", *(field for field in fields if field != "time")]
            names = {role: schema.names[place[role]] for role in wanted}
            for name in names.values():
                _refuse_extension(schema.field(name), origin)
            table = file.read(columns=list(names.values()), use_threads=True)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        words = (
            str(error).splitlines()[0].replace(str(path), origin.name)[:200].rstrip(".") if str(error) else "unknown"
        )
        raise origin.fault(
            f"it is no whole Parquet file: {words}.", "TW-D007", "It is damaged or cut off; fetch it again."
        ) from error
    if not table.num_rows:
        raise origin.fault("it has no bars.", "TW-D007", "Remove the file, or fetch it again.")
    columns = {
        role: _numbers(table.column(name), name, origin, mask=mask) for role, name in names.items() if role != "time"
    }
    return from_column(table.column(names["time"]), origin), columns


def _refuse_extension(field: Any, origin: Origin) -> None:
    tagged = b"ARROW:extension:name" in (field.metadata or {})
    if isinstance(field.type, pa.BaseExtensionType) or tagged:
        raise origin.fault(
            f"column {field.name!r} is of an extension type ({field.type}), expected plain numbers and times.",
            "TW-D003",
            "Write the file with float64 columns and a timestamp column.",
        )


def _numbers(column: Any, name: str, origin: Origin, *, mask: bool) -> npt.NDArray[np.float64]:
    kind = column.type
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
        raise origin.fault(
            f"column {name!r} holds {kind}, expected float64.",
            "TW-D003",
            "Write prices and volume as numbers, not as text.",
        )
    if column.null_count and not mask:
        row = int(np.flatnonzero(~pc.is_valid(column).to_numpy(zero_copy_only=False))[0])
        raise origin.fault(
            f"{name} is missing, one of {column.null_count}.",
            "TW-D004",
            'Fetch the file again, or keep such bars untraded with sources.files.on_bad_rows = "mask".',
            row,
        )
    return column.cast(pa.float64(), safe=False).to_numpy()  # type: ignore[no-any-return]  # float64 by its type
