"""Clusters of symbols that move together, from what was known each day."""

from __future__ import annotations

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
    sums = _RollingSums(returns)
    for day in range(2, days + 1):
        sums.add(day - 2)
        if day > LEAST_DAYS:
            table[day] = _linked(sums.correlations(), threshold)
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


class _RollingSums:
    """
    Sums over the last 90 days for every pair of symbols, moved on by one day at a time.

    Outer products in place of a matrix product: the order of additions, and with it the last
    bit, does not depend on how many threads a linear-algebra library takes.
    """

    def __init__(self, returns: Floats) -> None:
        known = np.isfinite(returns)
        self.flags = known.astype(np.float64)
        self.values = np.where(known, returns, 0.0)
        size = returns.shape[1]
        self.common, self.total, self.square, self.product = (np.zeros((size, size)) for _ in range(4))

    def add(self, row: int) -> None:
        """Take in the returns of one more day, and let go of those that have left the window."""
        self._count(row, 1.0)
        if row >= WINDOW_DAYS:
            self._count(row - WINDOW_DAYS, -1.0)

    def _count(self, row: int, sign: float) -> None:
        flag, value = self.flags[row], self.values[row]
        self.common += np.outer(flag, sign * flag)
        self.total += np.outer(value, sign * flag)
        self.square += np.outer(value * value, sign * flag)
        self.product += np.outer(value, sign * value)

    def correlations(self) -> Floats:
        """Return Pearson correlations over the days that both symbols have; 0 where those are too few."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self.total / self.common
            spread = np.sqrt(np.maximum(self.square / self.common - mean * mean, 0.0))
            found = (self.product / self.common - mean * mean.T) / (spread * spread.T)
        return np.where((self.common >= LEAST_DAYS) & (spread * spread.T > 1e-12) & np.isfinite(found), found, 0.0)


def _linked(correlations: Floats, threshold: float) -> npt.NDArray[np.int32]:
    size = len(correlations)
    label = np.arange(size)
    for one, other in np.argwhere(correlations >= threshold):
        low, high = sorted((label[one], label[other]))
        label[label == high] = low
    counts = np.bincount(label, minlength=size)
    return np.where(counts[label] > 1, label, -1).astype(np.int32)
