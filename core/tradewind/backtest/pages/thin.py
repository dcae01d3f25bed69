"""Fewer points that show the same picture: no high, low, peak or trough is lost."""

from __future__ import annotations

import itertools
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tradewind.model.bars import Bars

MOST_BARS: Final = 50_000
"""More bars than this are drawn several as one."""
MOST_POINTS: Final = 3_000
"""More points of a curve than this are thinned out."""

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Times = npt.NDArray[np.int64]


def candles(bars: Bars, most: int = MOST_BARS) -> tuple[dict[str, Any], int]:
    """
    Return at most so many candles: `time` (bar opens, milliseconds UTC), `open`, `high`, `low`, `close`.

    Args:
        bars: The bars; those with a price that is none are left out.
        most: How many candles may be drawn.

    Returns:
        The candles, and how many bars make one.
    """
    prices = {name: getattr(bars, name) for name in ("open", "high", "low", "close")}
    good = np.isfinite(np.stack(list(prices.values()))).all(axis=0)
    prices = {name: values[good] for name, values in prices.items()}
    time = bars.time[good]
    together = max(1, -(-len(time) // max(most, 1)))
    if together == 1:
        return {"time": time, **prices}, 1
    starts = np.arange(0, len(time), together)
    ends = np.minimum(starts + together, len(time)) - 1
    return {
        "time": time[starts],
        "open": prices["open"][starts],
        "high": np.maximum.reduceat(prices["high"], starts),
        "low": np.minimum.reduceat(prices["low"], starts),
        "close": prices["close"][ends],
    }, together


def extremes(values: Floats, most: int = MOST_POINTS) -> Rows:
    """Return at most so many rows to draw: the first, the last, and least and greatest of every stretch."""
    if len(values) <= most:
        return np.arange(len(values), dtype=np.intp)
    edges = np.linspace(0, len(values), max(2, most // 2)).astype(np.intp)
    rows = {0, len(values) - 1}
    for low, high in itertools.pairwise(edges):
        if high > low:
            rows |= {int(low + values[low:high].argmin()), int(low + values[low:high].argmax())}
    return np.array(sorted(rows), dtype=np.intp)


def gridded(time: Times, values: Floats, grid: Times) -> tuple[Times, Floats]:
    """
    Return one value for each moment of a grid that a curve reaches: the last before the next moment.

    Where a stretch has the least or the greatest value of all it is that one: neither is lost.

    Args:
        time: Moments of the curve, milliseconds UTC, increasing.
        values: Its values, finite.
        grid: Moments to return, milliseconds UTC, increasing.
    """
    last = np.searchsorted(time, np.append(grid[1:], np.iinfo(np.int64).max), side="left") - 1
    reached = (last >= 0) & (last >= np.searchsorted(time, grid, side="left"))
    rows, moments = last[reached], grid[reached]
    found = values[rows].copy()
    for row in (int(values.argmin()), int(values.argmax())) if len(values) else ():
        place = int(np.searchsorted(moments, time[row], side="right")) - 1
        if place >= 0:
            found[place] = values[row]
    return moments, found
