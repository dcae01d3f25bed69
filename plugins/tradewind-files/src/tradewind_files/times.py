"""Opens of bars as UTC milliseconds, from whatever a file holds."""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tradewind_files.origin import Origin

Times = npt.NDArray[np.int64]

_SECONDS: Final = 100_000_000_000
_MILLIS: Final = 100_000_000_000_000
_MICROS: Final = 100_000_000_000_000_000
"""Epochs below these are seconds, milliseconds and microseconds; above the last, nanoseconds."""

_UTC: Final = frozenset({"UTC", "Etc/UTC", "GMT", "Z", "+00:00", "Etc/GMT", "Zulu"})
_DIGITS: Final = r"^[0-9]{1,19}$"
_ISO: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?)?"
_ISO_UTC: Final = _ISO + r"(Z| ?UTC|[+-]00:?00)?$"
_ISO_ZONED: Final = _ISO + r" ?[+-][0-9]{2}:?[0-9]{2}$"


def from_epochs(values: npt.NDArray[np.int64]) -> Times:
    """Return epochs in seconds, milli-, micro- or nanoseconds as milliseconds, each by its magnitude."""
    size = np.abs(values)
    if not len(values) or (size.min() >= _SECONDS and size.max() < _MILLIS):
        return values
    finer = np.where(size < _MICROS, _floored(values, 1000), _floored(values, 1_000_000))
    return np.where(size < _SECONDS, values * 1000, np.where(size < _MILLIS, values, finer))


def from_text(values: pa.ChunkedArray, origin: Origin) -> Times:
    """
    Return epochs or ISO 8601 times as milliseconds; times without a zone are UTC.

    Raises:
        DataError: TW-D004 for other text, TW-D009 for times of another zone.
    """
    stripped = pc.utf8_trim_whitespace(values)
    if re.fullmatch(_DIGITS, stripped[0].as_py() or "") and _all(pc.match_substring_regex(stripped, _DIGITS)):
        return from_epochs(np.asarray(stripped.cast(pa.int64()).to_numpy(), dtype=np.int64))
    good = pc.match_substring_regex(stripped, _ISO_UTC)
    if not _all(good):
        row = _first_false(good)
        text = str(stripped[row].as_py())[:60]
        if re.match(_ISO_ZONED, text):
            raise _other_zone(origin, f"the time {text!r} is not in UTC", row)
        raise origin.fault(
            f"the time was {text!r}, expected ISO 8601 or an epoch.",
            "TW-D004",
            "For example 2024-01-01T00:00:00Z, or 1704067200000.",
            row,
        )
    worded = bool(pc.any(pc.ends_with(stripped, "UTC")).as_py())
    plain = pc.replace_substring_regex(stripped, " ?UTC$", "Z") if worded else stripped
    try:
        stamps = pd.to_datetime(plain.to_pandas(), format="ISO8601", utc=True).dt.tz_localize(None)
    except (ValueError, OverflowError) as error:
        raise origin.fault(f"a time is on no calendar: {error}.", "TW-D004") from error
    return _floored(stamps.to_numpy().astype("datetime64[us]").astype(np.int64), 1000)


def from_column(values: pa.ChunkedArray, origin: Origin) -> Times:
    """
    Return a table's column of times as milliseconds.

    Raises:
        DataError: TW-D009 for times of another zone, TW-D003 for a column of another kind, TW-D004 for a missing time.
    """
    kind = values.type
    if values.null_count:
        raise origin.fault("the time is missing.", "TW-D004", row=_first_false(pc.is_valid(values)))
    if pa.types.is_timestamp(kind):
        if kind.tz is not None and kind.tz not in _UTC:
            raise _other_zone(origin, f"the times are in the zone {kind.tz}")
        per_ms = {"s": -1000, "ms": 1, "us": 1000, "ns": 1_000_000}[kind.unit]
        raw: Times = values.cast(pa.int64()).to_numpy()
        return raw * 1000 if per_ms < 0 else _floored(raw, per_ms)
    if pa.types.is_date(kind):
        return np.asarray(values.cast(pa.timestamp("ms")).cast(pa.int64()).to_numpy(), dtype=np.int64)
    if pa.types.is_integer(kind):
        return from_epochs(np.asarray(values.cast(pa.int64()).to_numpy(), dtype=np.int64))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return from_text(values, origin)
    raise origin.fault(
        f"the column of times holds {kind}, expected timestamps, dates, whole numbers or text.", "TW-D003"
    )


def _floored(values: npt.NDArray[np.int64], step: int) -> Times:
    whole: Times = values // step
    # a fraction of a millisecond must stay visible: one more millisecond is off every grid
    return np.asarray(whole + (whole * step != values), dtype=np.int64)


def _all(flags: Any) -> bool:
    return bool(pc.all(flags, skip_nulls=False, min_count=0).as_py())


def _first_false(flags: Any) -> int:
    return int(np.flatnonzero(~np.asarray(flags.to_numpy(zero_copy_only=False), dtype=np.bool_))[0])


def _other_zone(origin: Origin, text: str, row: int | None = None) -> Exception:
    return origin.fault(
        f"{text}, expected UTC.",
        "TW-D009",
        "Bars are cut on UTC boundaries; fetch them again in UTC. Converting the times would leave wrong bars.",
        row,
    )
