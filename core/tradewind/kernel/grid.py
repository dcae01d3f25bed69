"""Bars of several symbols on one grid of market bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary, ref

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.kernel.door import scan
from tradewind.kernel.layout import MASKED
from tradewind.kernel.state import Market
from tradewind.model.bars import Bars

Array = npt.NDArray[Any]
PRICES = ("open", "high", "low", "close")

_PLAN_BARS: WeakKeyDictionary[Bars, tuple[list[ref[Bars]], tuple[Array, Array]]] = WeakKeyDictionary()
_TABLES: WeakKeyDictionary[Bars, tuple[list[ref[Bars]], dict[str, Array]]] = WeakKeyDictionary()
_SCANS: WeakKeyDictionary[Bars, tuple[Array, Array]] = WeakKeyDictionary()


def scanned(bars: Bars) -> tuple[Array, Array]:
    """Return the flags and the ATR14 of bars, worked out once per object."""
    known = _SCANS.get(bars)
    if known is None:
        known = scan(bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume, bars.timeframe.ms)
        for array in known:
            array.flags.writeable = False
        know_scan(bars, *known)
    return known


def know_scan(bars: Bars, flags: Array, atr: Array) -> None:
    """Have `scanned` return these flags and this ATR14 for bars that were scanned one by one, as they came."""
    _SCANS[bars] = (flags, atr)


@attrs.frozen(kw_only=True, eq=False)
class PlanBars:
    """
    The bars that plans are made on, one symbol after the other.

    Args:
        bars: The bars of each symbol.
        bases: Where each symbol's bars begin.
        flags: `MASKED` and `AFTER_GAP`.
        atr: ATR14, price units.
    """

    bars: tuple[Bars, ...]
    bases: tuple[int, ...]
    flags: Array
    atr: Array

    @classmethod
    def of(cls, bars: Sequence[Bars]) -> PlanBars:
        """Return the bars of several symbols, put together once for the same objects."""
        known = _PLAN_BARS.get(bars[0])
        if known is not None and known[0] == [ref(each) for each in bars]:
            flags, atr = known[1]
        else:
            scans = [scanned(each) for each in bars]
            flags, atr = (each[0] if len(bars) == 1 else np.concatenate(each) for each in zip(*scans, strict=True))
            _PLAN_BARS[bars[0]] = ([ref(each) for each in bars], (flags, atr))
        bases = (0, *np.cumsum([len(each) for each in bars])[:-1].tolist())
        return cls(bars=tuple(bars), bases=bases, flags=flags, atr=atr)


@attrs.frozen(kw_only=True, eq=False)
class Grid:
    """
    The market bars of all symbols, and where each symbol's own bars lie among them.

    Args:
        time: Opens of all market bars, ms UTC.
        bar_ms: Their length.
        bars: The market bars of each symbol.
        places: Where each symbol's bars lie in `time`; None when it has them all.
    """

    time: Array
    bar_ms: int
    bars: Sequence[Bars]
    places: Sequence[Array | None]

    @classmethod
    def of(cls, bars: Sequence[Bars]) -> Grid:
        """Return the union of the bars of several symbols, which are all of one length."""
        first = bars[0].time
        if all(each.time is first or np.array_equal(each.time, first) for each in bars[1:]):
            return cls(time=first, bar_ms=bars[0].timeframe.ms, bars=bars, places=[None] * len(bars))
        time = np.unique(np.concatenate([each.time for each in bars]))
        places = [None if len(each) == len(time) else np.searchsorted(time, each.time) for each in bars]
        return cls(time=time, bar_ms=bars[0].timeframe.ms, bars=bars, places=places)

    def market(self, funding: Sequence[Mapping[int, float] | None], flows: Mapping[int, float]) -> Market:
        """
        Return the market as the kernel reads it.

        Args:
            funding: Per symbol, rates by moment (ms UTC); each is booked at the first open at or after it.
            flows: Deposits and withdrawals by moment, booked likewise; later ones are left out.
        """
        bars, amounts = _booked(self.time, flows)
        return Market(time=self.time, funding=self._funding(funding), flow_bars=bars, flows=amounts, **self._tables())

    def _tables(self) -> dict[str, Array]:
        """Return prices and flags [symbol, bar], put together once for the same bars."""
        known = _TABLES.get(self.bars[0])
        if known is not None and known[0] == self._identity():
            return known[1]
        tables = {name: self._spread([getattr(b, name) for b in self.bars], np.float64, np.nan) for name in PRICES}
        tables["flags"] = self._spread([scanned(each)[0] for each in self.bars], np.uint8, MASKED)
        for table in tables.values():
            table.flags.writeable = False
        _TABLES[self.bars[0]] = (self._identity(), tables)
        return tables

    def _identity(self) -> list[ref[Bars]]:
        return [ref(each) for each in self.bars[1:]]

    def _spread(self, columns: Sequence[Array], dtype: Any, missing: Any) -> Array:
        if len(columns) == 1:
            return columns[0].reshape(1, -1)
        table = np.empty((len(columns), len(self.time)), dtype=dtype)
        for row, values, places in zip(table, columns, self.places, strict=True):
            if places is None:
                row[:] = values
            else:
                row[:] = missing
                row[places] = values
        return table

    def _funding(self, funding: Sequence[Mapping[int, float] | None]) -> Array:
        if not any(funding):
            return np.zeros((len(self.bars), 0))
        table = np.zeros((len(self.bars), len(self.time)))
        for row, rates in zip(table, funding, strict=True):
            bars, values = _booked(self.time, rates or {})
            row[bars] = values
        return table


def _booked(time: Array, amounts: Mapping[int, float]) -> tuple[Array, Array]:
    moments = np.array(sorted(amounts), dtype=np.int64)
    values = np.array([amounts[int(moment)] for moment in moments], dtype=np.float64)
    places = np.searchsorted(time, moments)
    kept = places < len(time)
    bars, first = np.unique(places[kept], return_index=True)
    sums = np.add.reduceat(values[kept], first) if len(bars) else np.zeros(0)
    return bars.astype(np.int64), sums
