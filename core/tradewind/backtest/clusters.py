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
    closes = _daily_closes(bars)
    returns = np.diff(np.log(closes), axis=0)
    days = len(closes)
    table = np.full((days + 1, len(bars)), -1, dtype=np.int32)
    for day in range(LEAST_DAYS + 1, days + 1):
        table[day] = _linked(_correlations(returns[max(0, day - 1 - WINDOW_DAYS) : day - 1]), threshold)
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


def _correlations(returns: Floats) -> Floats:
    """Return Pearson correlations over the days that both symbols have; 0 where those are too few."""
    known = np.isfinite(returns)
    values = np.where(known, returns, 0.0)
    flags = known.astype(np.float64)
    common = flags.T @ flags
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (values.T @ flags) / common
        square = ((values**2).T @ flags) / common
        product = (values.T @ values) / common
        spread = np.sqrt(np.maximum(square - mean**2, 0.0))
        found = (product - mean * mean.T) / (spread * spread.T)
    return np.where((common >= LEAST_DAYS) & np.isfinite(found), found, 0.0)


def _linked(correlations: Floats, threshold: float) -> npt.NDArray[np.int32]:
    size = len(correlations)
    label = np.arange(size)
    for one, other in zip(*np.nonzero(np.triu(correlations >= threshold, 1)), strict=True):
        low, high = sorted((label[one], label[other]))
        label[label == high] = low
    counts = np.bincount(label, minlength=size)
    return np.where(counts[label] > 1, label, -1).astype(np.int32)
