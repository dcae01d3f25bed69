"""The bars that two histories share, wherever either begins or ends."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.int64]


@attrs.frozen(kw_only=True, eq=False)
class Stretch:
    """
    A stretch of bars of one history that may lie in another one too.

    Args:
        mine: Its rows in the one.
        theirs: Its rows in the other.
        alike: For each row, how many rows up to it are the same in both.
    """

    mine: slice
    theirs: slice
    alike: npt.NDArray[np.int64]


def shared_stretch(time: Times, rows: npt.NDArray[Any], other_time: Times, other_rows: npt.NDArray[Any]) -> Stretch:
    """
    Return what two histories share; the rows are compared, not their times alone.

    Args:
        time: Bar opens of the one, int64 milliseconds UTC, rising.
        rows: Its values, one row per bar.
        other_time: Bar opens of the other.
        other_rows: Its values.
    """
    first = max(int(time[0]), int(other_time[0])) if len(time) and len(other_time) else 0
    here, there = int(np.searchsorted(time, first)), int(np.searchsorted(other_time, first))
    count = min(len(time) - here, len(other_time) - there)
    mine, theirs = slice(here, here + count), slice(there, there + count)
    same = (time[mine] == other_time[theirs]) & (rows[mine] == other_rows[theirs]).all(axis=1)
    places = np.arange(count)
    breaks = np.maximum.accumulate(np.where(same, -1, places))
    return Stretch(mine=mine, theirs=theirs, alike=places - breaks)
