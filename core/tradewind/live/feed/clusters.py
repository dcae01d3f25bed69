"""Which symbols move together, followed day by day as bars close."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tradewind.backtest.clusters import DAY_MS, LEAST_DAYS, WINDOW_DAYS, RollingCorrelations, linked
from tradewind.live.feed.moment import Candle, Moment
from tradewind.model.bars import Bars

Ids = npt.NDArray[np.int32]


class DayClusters:
    """
    The cluster of each symbol on each UTC day, from closes up to the end of the day before.

    Over the same bars it has the same clusters as `tradewind.backtest.clusters.clusters_of`.

    Args:
        symbols: How many symbols.
    """

    def __init__(self, symbols: int) -> None:
        self._symbols = symbols
        self._closes: dict[int, npt.NDArray[np.float64]] = {}
        self._correlations = RollingCorrelations(symbols)
        self._first_day: int | None = None
        self._counted: int | None = None
        self._table: Ids = np.full((256, symbols), -1, dtype=np.int32)
        self._rows = 0

    def add(self, symbol: int, bars: Bars) -> None:
        """Take in closed bars of a symbol; days must not lie before those that were asked about."""
        good = ~bars.masked
        for time, close in zip(bars.time[good].tolist(), bars.close[good].tolist(), strict=True):
            self._close(symbol, time // DAY_MS, close)

    def see(self, symbol: int, candle: Candle) -> None:
        """Take in one closed bar of a symbol."""
        self._close(symbol, candle.time // DAY_MS, candle.close)

    def follow(self, moment: Moment) -> tuple[Ids, int]:
        """Take in the rows that a moment completes; return what `until` does at its close."""
        for s, row in enumerate(moment.rows):
            if row is not None and row.is_sound:
                self.see(s, row)
        return self.until(moment.close_ms)

    def _close(self, symbol: int, day: int, close: float) -> None:
        row = self._closes.get(day)
        if row is None:
            row = self._closes[day] = np.full(self._symbols, np.nan)
        row[symbol] = close

    def until(self, time_ms: int) -> tuple[Ids, int]:
        """Return cluster ids [day, symbol] up to the day of this moment (UTC milliseconds), and the first row's day."""
        today = time_ms // DAY_MS
        if self._first_day is None:
            self._first_day = min(self._closes, default=today)
            self._rows = 1
        while self._first_day + self._rows <= today:
            self._next_day()
        return self._table[: self._rows], self._first_day

    def _next_day(self) -> None:
        """Add the row of one more day: that of the day after the last close it looks at."""
        day = (self._first_day or 0) + self._rows
        none = np.full(self._symbols, np.nan)
        if self._rows >= 2:
            before, last = (self._closes.get(at, none) for at in (day - 2, day - 1))
            self._correlations.add(np.log(last) - np.log(before))
        if self._rows == len(self._table):
            self._table = np.concatenate([self._table, np.full_like(self._table, -1)])
        if self._rows > LEAST_DAYS:
            self._table[self._rows] = linked(self._correlations.matrix())
        self._rows += 1
        self._closes.pop(day - WINDOW_DAYS - 2, None)

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the closes that `from_arrays` goes on from."""
        days = np.array(sorted(self._closes), dtype=np.int64)
        closes = np.array([self._closes[int(day)] for day in days]).reshape(len(days), self._symbols)
        return {"cluster_days": days, "cluster_closes": closes}

    @classmethod
    def from_arrays(cls, symbols: int, arrays: dict[str, npt.NDArray[Any]]) -> DayClusters:
        """Return what goes on from the closes of the last days."""
        made = cls(symbols)
        made._closes = {
            int(day): row.copy() for day, row in zip(arrays["cluster_days"], arrays["cluster_closes"], strict=True)
        }
        return made
