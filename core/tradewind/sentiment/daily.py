"""Days and moments of daily values: int64 inside, UTC times at the edge."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.errors import DataError

DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000
PUBLISH_LAG_MS: Final = 2 * HOUR_MS
"""After this much time beyond the end of its day a value counts as published."""

KNOWN_AT: Final = "known_at"
"""The column that says when each value could first have been used."""

Times = npt.NDArray[np.int64]


def moments(index: pd.Index[Any]) -> Times:
    """
    Return times as int64 milliseconds UTC; a naive one is UTC, one inside a millisecond counts as the next.

    Raises:
        DataError: TW-D006 when they are no times, or one is missing.
    """
    if not isinstance(index, pd.DatetimeIndex) or bool(index.hasnans):
        what = "a missing time" if isinstance(index, pd.DatetimeIndex) else str(index.dtype)
        raise DataError(
            f"the times of the sentiment hold {what}, expected times in UTC.",
            code="TW-D006",
            hint="Index the values by the start of their day in UTC.",
        )
    micros: Times = np.asarray(index.as_unit("us").asi8, dtype=np.int64)
    return -(-micros // 1000)


def days_of(index: pd.Index[Any]) -> Times:
    """
    Return the days since 1970 that times are the starts of.

    Raises:
        DataError: TW-D006 for a time that is no start of a day in UTC.
    """
    starts = moments(index)
    off = np.flatnonzero(starts % DAY_MS)
    if off.size:
        raise DataError(
            f"the sentiment of {index[int(off[0])]} does not begin a day, expected 00:00 UTC.",
            code="TW-D006",
            hint="A daily value is dated by the start of its day in UTC.",
            row=int(off[0]),
        )
    return starts // DAY_MS


def times(ms: Times, name: str | None = None) -> pd.DatetimeIndex:
    """Return int64 milliseconds UTC as an index of times."""
    stamps = pd.array(np.ascontiguousarray(ms, dtype=np.int64), dtype=pd.DatetimeTZDtype("ms", "UTC"))
    return pd.DatetimeIndex(stamps, name=name)
