"""Clusters of symbols that move together, from what was known each day."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.model.bars import Bars

DAY_MS: Final = 86_400_000
WINDOW_DAYS: Final = 90
THRESHOLD: Final = 0.7
LEAST_DAYS: Final = 30
"""With fewer common days a correlation says nothing, and the pair stays apart."""

Floats = npt.NDArray[np.float64]


def clusters_of(bars: Mapping[str, Bars], *, threshold: float = THRESHOLD) -> pd.DataFrame | None:
    """
    Return the cluster of each symbol on each UTC day, or None for a single symbol.

    Two symbols are linked when their daily returns of the last 90 days correlate by at least
    the threshold; a cluster is everything that links reach (single linkage). The row of a day
    uses closes up to the end of the day before it, which is what was known when the day began.

    Args:
        bars: Bars by symbol, of any timeframe up to a day.
        threshold: The least correlation that links two symbols.

    Returns:
        int32 cluster numbers indexed by day (UTC midnight), one column per symbol; a symbol
        without links has −1.
    """
    if len(bars) < 2:
        return None
    returns = np.diff(np.log(_daily_closes(bars)), axis=0)
    days = len(returns) + 1
    table = np.full((days + 1, len(bars)), -1, dtype=np.int32)
    correlations = RollingCorrelations(len(bars))
    for day in range(2, days + 1):
        correlations.add(returns[day - 2])
        if day > LEAST_DAYS:
            table[day] = linked(correlations.matrix(), threshold)
    first = min(int(one.time[0]) for one in bars.values()) // DAY_MS
    stamps = ((first + np.arange(days + 1)) * DAY_MS).astype("datetime64[ms]")
    return pd.DataFrame(table, index=pd.DatetimeIndex(stamps, tz="UTC", name="day"), columns=list(bars))


def _daily_closes(bars: Mapping[str, Bars]) -> Floats:
    """Return the last close of each UTC day, [day, symbol]; NaN on days without bars."""
    first = min(int(one.time[0]) for one in bars.values()) // DAY_MS
    last = max(int(one.time[-1]) for one in bars.values()) // DAY_MS
    closes = np.full((last - first + 1, len(bars)), np.nan)
    for place, one in enumerate(bars.values()):
        good = ~one.masked
        day = one.time[good] // DAY_MS - first
        closes[day, place] = one.close[good]
    return closes


class RollingCorrelations:
    """
    Correlations over the last 90 days for every pair of symbols, moved on by one day at a time.

    Outer products in place of a matrix product: the order of additions, and with it the last
    bit, does not depend on how many threads a linear-algebra library takes.

    Args:
        size: How many symbols.
    """

    def __init__(self, size: int) -> None:
        self._days: deque[tuple[Floats, Floats]] = deque()
        self._common, self._total, self._square, self._product = (np.zeros((size, size)) for _ in range(4))

    def add(self, returns: Floats) -> None:
        """Take in the returns of one more day, NaN where unknown, and let go of those that left the window."""
        known = np.isfinite(returns)
        self._days.append((known.astype(np.float64), np.where(known, returns, 0.0)))
        self._count(*self._days[-1], 1.0)
        if len(self._days) > WINDOW_DAYS:
            self._count(*self._days.popleft(), -1.0)

    def _count(self, flag: Floats, value: Floats, sign: float) -> None:
        self._common += np.outer(flag, sign * flag)
        self._total += np.outer(value, sign * flag)
        self._square += np.outer(value * value, sign * flag)
        self._product += np.outer(value, sign * value)

    def matrix(self) -> Floats:
        """Return Pearson correlations over the days that both symbols have; 0 where those are too few."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self._total / self._common
            spread = np.sqrt(np.maximum(self._square / self._common - mean * mean, 0.0))
            found = (self._product / self._common - mean * mean.T) / (spread * spread.T)
        usable = (self._common >= LEAST_DAYS) & (spread * spread.T > 1e-12) & np.isfinite(found)
        return np.where(usable, found, 0.0)


def linked(correlations: Floats, threshold: float = THRESHOLD) -> npt.NDArray[np.int32]:
    """Return the cluster of each symbol: everything that links of at least the threshold reach, −1 without links."""
    size = len(correlations)
    label = np.arange(size)
    for one, other in np.argwhere(correlations >= threshold):
        low, high = sorted((label[one], label[other]))
        label[label == high] = low
    counts = np.bincount(label, minlength=size)
    return np.where(counts[label] > 1, label, -1).astype(np.int32)
