"""Bars that are missing between two that exist."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.model.timeframe import Timeframe


@attrs.frozen(kw_only=True)
class Gap:
    """
    A run of missing bars.

    Args:
        first_missing_ms: Open of the first missing bar, UTC milliseconds.
        last_missing_ms: Open of the last missing bar, UTC milliseconds.
        bars: How many bars are missing.
    """

    first_missing_ms: int
    last_missing_ms: int
    bars: int


def find_gaps(time: npt.NDArray[np.int64], timeframe: Timeframe) -> tuple[Gap, ...]:
    """
    Return every run of missing bars between the first and the last bar, in order.

    Args:
        time: Bar opens, int64 milliseconds UTC, strictly increasing.
        timeframe: The length of a bar.
    """
    step = timeframe.ms
    before = np.flatnonzero(np.diff(time) > step)
    return tuple(
        Gap(
            first_missing_ms=int(time[row]) + step,
            last_missing_ms=int(time[row + 1]) - step,
            bars=int((time[row + 1] - time[row]) // step) - 1,
        )
        for row in before
    )
