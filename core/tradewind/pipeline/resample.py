"""Longer bars from shorter ones, as the venue builds them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tradewind.errors import DataError
from tradewind.model.bars import Bars
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.sums import group_sums


def resample(bars: Bars, timeframe: Timeframe | str, *, until_ms: int | None = None) -> Bars:
    """
    Build bars of a longer timeframe on UTC boundaries; weeks start on Monday.

    A longer bar holds the first open, the highest high, the lowest low, the last close and the
    exact sum of volume (see `tradewind.pipeline.sums`) of the bars that exist inside it, which
    is how the venue builds it over an outage. Masked bars are left out. A bar that lacks some of
    its shorter bars, or holds a partial one, is marked `partial`; one that lacks all is missing.
    The last bar is only there when it has closed by the end of the data.

    Args:
        bars: Bars of a timeframe that nests in the longer one.
        timeframe: The longer timeframe. The bars' own answers with the bars unchanged.
        until_ms: Up to when the data are known to be complete, UTC milliseconds, when that is
            later than the close of the last bar: nothing was traded in between.

    Raises:
        DataError: TW-D008 when the timeframe is shorter or does not nest.
    """
    longer = Timeframe(str(timeframe))
    if longer.ms == bars.timeframe.ms:
        return bars
    if not bars.timeframe.nests_in(longer):
        raise DataError(
            f"{longer} bars cannot be built from {bars.timeframe} bars.",
            code="TW-D008",
            hint=f"Ask for a multiple of {bars.timeframe}, or provide finer bars.",
        )
    data_end = int(bars.time[-1]) + bars.timeframe.ms if len(bars) else longer.origin_ms
    end = max(data_end, until_ms) if until_ms is not None else data_end
    masked = bars.masked
    good = bars.where(~masked) if masked.any() else bars
    closed = int(np.searchsorted(good.time, longer.floor(end)))
    return _grouped(good.rows(0, closed), longer)


def _grouped(bars: Bars, longer: Timeframe) -> Bars:
    bucket = (bars.time - longer.origin_ms) // longer.ms
    first = np.flatnonzero(np.diff(bucket, prepend=bucket[:1] - 1))
    if not len(first):
        return Bars(timeframe=longer, time=_frozen(bars.time), **{name: _frozen(getattr(bars, name)) for name in _ALL})
    last = np.append(first[1:], len(bars)) - 1
    short = (last - first + 1) < longer.ms // bars.timeframe.ms
    return Bars(
        timeframe=longer,
        time=_frozen(bucket[first] * longer.ms + longer.origin_ms),
        open=_frozen(bars.open[first]),
        high=_frozen(np.maximum.reduceat(bars.high, first)),
        low=_frozen(np.minimum.reduceat(bars.low, first)),
        close=_frozen(bars.close[last]),
        volume=_frozen(group_sums(bars.volume, first)),
        partial=_frozen(short | np.logical_or.reduceat(bars.partial, first)),
    )


_ALL = ("open", "high", "low", "close", "volume", "partial")


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view
