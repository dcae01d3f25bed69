"""As-of joins: what was known at the close of each bar, and nothing later."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.errors import DataError
from tradewind.model.bars import Bars
from tradewind.model.signals import times_of
from tradewind.model.timeframe import Timeframe

Times = npt.NDArray[np.int64]
KNOWN_AT = "known_at"


class BarSeries(Protocol):
    """Timed values that join themselves with bars."""

    def joined(self, bars: Bars) -> pd.DataFrame | None:
        """Return float64 columns indexed by bar open, each row as of its bar's close; None when there is nothing."""
        ...


class SeriesBySymbol(BarSeries, Protocol):
    """Timed values that differ from symbol to symbol."""

    def of(self, symbol: str, *, watched: bool = False) -> BarSeries:
        """Return those of one symbol; a watched one is kept up to date while a session runs."""
        ...


Series = pd.DataFrame | BarSeries | SeriesBySymbol
"""What a need of a series is answered from: a frame with `known_at`, or something that joins itself."""


def asof(known_at: Times, at: Times, *, max_age_ms: int | None = None) -> npt.NDArray[np.intp]:
    """
    Return for each moment the row that was known last, or -1.

    Args:
        known_at: When each row became known, int64 milliseconds UTC, not decreasing.
        at: The moments, int64 milliseconds UTC. A row known at this very moment counts.
        max_age_ms: Rows known longer ago than this are too old to be used.
    """
    rows = np.searchsorted(known_at, at, side="right") - 1
    if max_age_ms is not None and len(known_at):
        rows[(rows >= 0) & (at - known_at[np.maximum(rows, 0)] > max_age_ms)] = -1
    return rows


def known_at(bars: Bars) -> Times:
    """Return when each bar was known: its close, int64 milliseconds UTC."""
    return bars.time + bars.timeframe.ms


def join_higher(
    base: Bars, higher_frame: pd.DataFrame, timeframe: Timeframe | str, *, max_age_ms: int | None = None
) -> pd.DataFrame:
    """
    Give each base bar the values of the last higher bar that had closed when it closed.

    Args:
        base: The bars whose rows are answered.
        higher_frame: Values indexed by the open of the higher bars (UTC, strictly increasing).
        timeframe: The length of the higher bars; their values are known at open + length.
        max_age_ms: Values of bars that closed longer ago than this become NaN.

    Returns:
        The columns of `higher_frame` as float64, indexed by base bar open; NaN before the first
        higher bar had closed.

    Raises:
        PlanError: TW-K001 when the index of `higher_frame` is not increasing times.
    """
    length = Timeframe(str(timeframe))
    rows = asof(times_of(higher_frame.index) + length.ms, known_at(base), max_age_ms=max_age_ms)
    return _taken(higher_frame, rows, base)


def join_series(base: Bars, series: pd.DataFrame, *, max_age_ms: int | None = None) -> pd.DataFrame:
    """
    Give each base bar the values of the newest event that was known when it closed.

    Of the events known at that moment the one with the latest event time counts; a correction
    that arrives later replaces it, a late word on an older event does not.

    Args:
        base: The bars whose rows are answered.
        series: Values indexed by event time (UTC), with a column `known_at` (times, UTC).
        max_age_ms: Values that have been known longer than this become NaN: an outage is not zero.

    Returns:
        The columns but `known_at` as float64, indexed by base bar open; NaN before the first.

    Raises:
        DataError: TW-D003 without `known_at`, TW-D011 when a value was known before its event.
    """
    if KNOWN_AT not in series.columns:
        raise DataError(
            f"the series has no column {KNOWN_AT!r}; found: {', '.join(map(str, series.columns))}.",
            code="TW-D003",
            hint="A series says for each value when it could first have been used.",
        )
    events = _moments(series.index)
    known = _moments(pd.DatetimeIndex(series[KNOWN_AT]))
    if bool(np.any(known < events)):
        row = int(np.flatnonzero(known < events)[0])
        raise DataError(
            f"row {row} of the series was known before its event.",
            code="TW-D011",
            hint="known_at is at or after the event time.",
            row=row,
        )
    order = np.lexsort((events, known))
    newest = events[order] >= np.maximum.accumulate(events[order]) if len(order) else np.zeros(0, dtype=np.bool_)
    kept = order[newest]
    rows = asof(known[kept], known_at(base), max_age_ms=max_age_ms)
    return _taken(series.drop(columns=KNOWN_AT).iloc[kept], rows, base)


def _moments(index: pd.Index) -> Times:
    zoned = pd.DatetimeIndex(index)
    plain = zoned if zoned.tz is None else zoned.tz_convert("UTC").tz_localize(None)
    # a moment between two milliseconds counts as the later one: nothing is known early
    nanos = plain.as_unit("ns").asi8
    return -(-nanos // 1_000_000)


def _taken(frame: pd.DataFrame, rows: npt.NDArray[np.intp], base: Bars) -> pd.DataFrame:
    columns: dict[str, npt.NDArray[Any]] = {}
    for name in frame.columns:
        values = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
        if len(values):
            taken = values[np.maximum(rows, 0)]
            taken[rows < 0] = np.nan
        else:
            taken = np.full(len(rows), np.nan)
        columns[str(name)] = taken
    return pd.DataFrame(columns, index=base.index)
