"""Closed bars of one symbol as columns, with what is wrong with them."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.errors import DataError, PlanError
from tradewind.model.signals import times_of
from tradewind.model.timeframe import Timeframe

PRICES = ("open", "high", "low", "close")
FIELDS = (*PRICES, "volume")
COLUMNS = ("time", *FIELDS, "partial")

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_ZONED: Final = pd.DatetimeTZDtype("ms", "UTC")


def infer_timeframe(time: npt.NDArray[np.int64]) -> Timeframe:
    """
    Return the bar length that an index of bar opens has: its smallest step.

    Args:
        time: Bar opens, int64 milliseconds UTC, strictly increasing.

    Raises:
        DataError: TW-D006 when there are fewer than two bars or the step is no timeframe.
    """
    if len(time) < 2:
        raise DataError("one bar does not tell its length.", code="TW-D006", hint="State the timeframe.")
    step = int((time[1:] - time[:-1]).min())
    for unit, size in (("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000)):
        if step % size == 0:
            return Timeframe(f"{step // size}{unit}")
    raise DataError(
        f"bars {step} ms apart are on no timeframe's grid.",
        code="TW-D006",
        hint="Bars are whole minutes long.",
    )


@attrs.frozen(kw_only=True, eq=False)
class Bars:
    """
    Closed bars, stamped by their open, as read-only arrays of one length.

    Bars that exist but cannot be traded on are kept and marked; missing bars stay missing.

    Args:
        timeframe: The length of a bar.
        time: Bar opens, int64 milliseconds UTC, strictly increasing, on the timeframe's grid.
        open: First price.
        high: Highest price.
        low: Lowest price.
        close: Last price.
        volume: Base-asset volume.
        partial: The bar was built from fewer finer bars than it spans.
    """

    timeframe: Timeframe
    time: npt.NDArray[np.int64]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    partial: Flags = attrs.field()

    @partial.default
    def _none_partial(self) -> Flags:
        return np.zeros(len(self.time), dtype=np.bool_)

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, timeframe: Timeframe | str | None = None) -> Bars:
        """
        Take over a DataFrame indexed by bar open with open, high, low, close and volume.

        A naive index is taken as UTC. Without `timeframe` the smallest step of the index tells it.

        Raises:
            DataError: TW-D003 for a missing column, TW-D004 for values that are not numbers,
                TW-D005 for bars out of order, TW-D006 for bars off the grid.
        """
        missing = [name for name in FIELDS if name not in frame.columns]
        if missing:
            raise DataError(
                f"the bars have no column {', '.join(missing)}; found: {', '.join(map(str, frame.columns))}.",
                code="TW-D003",
                hint="Bars need open, high, low, close and volume, indexed by open time in UTC.",
            )
        try:
            time = times_of(frame.index)
        except PlanError as error:
            raise DataError(error.message, code="TW-D005", hint=error.hint) from error
        length = Timeframe(str(timeframe)) if timeframe is not None else infer_timeframe(time)
        off = _off_grid(time, length)
        if off.size:
            when = pd.Timestamp(int(time[off[0]]), unit="ms", tz="UTC")
            raise DataError(
                f"{off.size} of {len(time)} bars are off the {length} grid, the first at {when.isoformat()}.",
                code="TW-D006",
                hint="Bars open on UTC boundaries; were these written in another time zone?",
                row=int(off[0]),
            )
        arrays = {name: _floats(name, frame[name]) for name in FIELDS}
        columns: dict[str, Any] = dict(arrays)
        if "partial" in frame.columns:
            columns["partial"] = _flags(frame["partial"])
        return cls(timeframe=length, time=time, **columns)

    def __len__(self) -> int:
        return len(self.time)

    @cached_property
    def index(self) -> pd.DatetimeIndex:
        """The bar opens as a DatetimeIndex in UTC, millisecond resolution, over the same memory."""
        # Whole numbers are taken as UTC; naive times would be searched for hours that a zone skips.
        times = pd.array(np.ascontiguousarray(self.time), dtype=_ZONED, copy=False)
        return pd.DatetimeIndex(times, name="open_time", copy=False)

    @cached_property
    def whole(self) -> bool:
        """Whether no bar is missing between the first and the last."""
        # strictly increasing on a grid: the two ends tell
        return not len(self) or int(self.time[-1] - self.time[0]) == (len(self) - 1) * self.timeframe.ms

    @cached_property
    def masked(self) -> Flags:
        """Which bars have impossible prices: not finite, not positive, or outside [low, high]."""
        with np.errstate(invalid="ignore"):
            good = (
                (self.low > 0.0)
                & (self.high < np.inf)
                & (self.low <= np.minimum(self.open, self.close))
                & (self.high >= np.maximum(self.open, self.close))
                & (self.volume >= 0.0)
                & (self.volume < np.inf)
            )
        return np.asarray(~good, dtype=np.bool_)

    @cached_property
    def after_gap(self) -> Flags:
        """Which bars follow a missing or a masked bar. The first bar follows none."""
        flags = np.zeros(len(self.time), dtype=np.bool_)
        masked = self.masked
        flags[1:] = masked[:-1] if self.whole else (np.diff(self.time) != self.timeframe.ms) | masked[:-1]
        return flags

    def to_frame(self) -> pd.DataFrame:
        """Return a DataFrame indexed by bar open (UTC) with the five columns as float64."""
        return pd.DataFrame({name: getattr(self, name) for name in FIELDS}, index=self.index, copy=False)

    def rows(self, start: int, stop: int) -> Bars:
        """Return the bars from `start` to before `stop`."""
        cut = {name: getattr(self, name)[start:stop] for name in ("time", *FIELDS, "partial")}
        return attrs.evolve(self, **cut)

    def between(self, start_ms: int, end_ms: int) -> Bars:
        """Return the bars that open in [start, end), UTC milliseconds."""
        first, last = np.searchsorted(self.time, (start_ms, end_ms))
        return self.rows(int(first), int(last))

    def where(self, keep: Flags) -> Bars:
        """Return the bars that are flagged."""
        cut = {name: getattr(self, name)[keep] for name in ("time", *FIELDS, "partial")}
        return attrs.evolve(self, **cut)

    def sha256(self) -> str:
        """Return the hash of timeframe, times and values: equal data have equal hashes on every machine."""
        digest = hashlib.sha256(self.timeframe.name.encode())
        for name in ("time", *FIELDS):
            digest.update(np.ascontiguousarray(getattr(self, name)).astype(getattr(self, name).dtype.newbyteorder("<")))
        return digest.hexdigest()


def _off_grid(time: npt.NDArray[np.int64], length: Timeframe) -> npt.NDArray[np.intp]:
    """Return the rows off the grid; the remainder, which is slow, is only taken where a step is unusual."""
    if not len(time):
        return np.zeros(0, dtype=np.intp)
    steps = time[1:] - time[:-1]
    unusual = steps[steps != length.ms]
    if (time[0] - length.origin_ms) % length.ms == 0 and not (unusual % length.ms).any():
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero((time - length.origin_ms) % length.ms)


def _floats(name: str, values: pd.Series[Any]) -> Floats:
    try:
        raw = np.ascontiguousarray(values.to_numpy(dtype=np.float64, na_value=np.nan))
    except (TypeError, ValueError) as error:
        raise DataError(
            f"column {name!r} of the bars held {values.dtype}, expected numbers: {error}.",
            code="TW-D004",
            hint="Convert the column to float64; text such as 'null' is not a price.",
        ) from error
    view = raw.view()
    view.flags.writeable = False
    return view


def _flags(values: pd.Series[Any]) -> Flags:
    return np.ascontiguousarray(values.to_numpy(dtype=np.bool_))
