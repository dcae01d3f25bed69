"""The promises of a table of bars: its shape, its times and what its numbers may be."""

from __future__ import annotations

from typing import Final, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.model.bars import FIELDS, Bars
from tradewind.testing.bar_subject import BarSourceSubject, nothing_to_ask, utc
from tradewind.testing.contract import promise
from tradewind.testing.failures import require

SHAPE: Final = ("schema_and_dtypes", "utc", "strictly_increasing")
"""The checks without which no other can read the table."""


class BarTablePromises(BarSourceSubject):
    """What the table that a source of bars answers with promises."""

    @promise(after=("config_defaults_build",), unless=nothing_to_ask)
    def test_schema_and_dtypes(self) -> None:
        """
        The answer has open, high, low, close and volume as float64 under a DatetimeIndex.

        Prices as text or as Python objects compare by letters or not at all.

        To mend: rename to the five columns, in this order, and convert with
        `astype("float64")`; only a boolean column `partial` may follow them.
        """
        frame = self.history
        names = [name for name in frame.columns if name != "partial"]
        require(names == list(FIELDS), f"the columns were {list(frame.columns)}, expected {list(FIELDS)}.")
        for name in FIELDS:
            require(frame[name].dtype == np.float64, f"column {name!r} holds {frame[name].dtype}, expected float64.")
        index = type(frame.index).__name__
        require(isinstance(frame.index, pd.DatetimeIndex), f"the index is a {index}, expected a DatetimeIndex.")

    @promise(after=("schema_and_dtypes",), unless=nothing_to_ask)
    def test_utc(self) -> None:
        """
        The index is in UTC, and every bar opens on the timeframe's UTC grid.

        Bars of another zone join with the sentiment of another hour, and a daily bar closes
        before the day is over.

        To mend: `index.tz_convert("UTC")`; a naive index is `tz_localize`d in the zone it was written in.
        """
        index = cast("pd.DatetimeIndex", self.history.index)
        zone = str(index.tz)
        require(zone == "UTC", f"the index is in the zone {zone}, expected UTC.")
        length = self.length
        opens = index.tz_localize(None).as_unit("ms").asi8
        off = np.flatnonzero((opens - length.origin_ms) % length.ms)
        require(not off.size, f"{off.size} bars open off the {length} grid, the first at {_at(index, off)}.")

    @promise(after=("schema_and_dtypes",), unless=nothing_to_ask)
    def test_strictly_increasing(self) -> None:
        """
        Every bar opens after the one before it.

        A doubled bar counts a move twice; bars out of order let yesterday follow today.

        To mend: sort by open time and drop duplicates where pages overlap.
        """
        index = cast("pd.DatetimeIndex", self.history.index)
        steps = np.diff(index.asi8)
        off = np.flatnonzero(steps <= 0) + 1
        require(
            not off.size, f"bar {off[0] if off.size else 0} at {_at(index, off)} does not open after the bar before."
        )

    @promise(after=SHAPE, unless=nothing_to_ask)
    def test_gaps_not_invented(self) -> None:
        """
        Bars that nobody traded are missing, not filled in.

        A filled bar is a price at which nothing could be bought or sold; stops and indicators
        believe it.

        To mend: no `reindex`, no `ffill`, no `resample` without dropping what has no parts.
        State bars that are known to be missing in `missing`.
        """
        frame = self.history
        empty = np.flatnonzero(frame[list(FIELDS)].isna().all(axis=1).to_numpy())
        require(not empty.size, f"the bar of {_at(frame.index, empty)} holds nothing: a missing bar is left out.")
        there = [moment for moment in map(utc, self.missing) if moment in frame.index]
        require(not there, f"there is a bar at {', '.join(map(str, there))}, where none is known to be.")
        for moment in map(utc, self.missing):
            require(self.first <= moment < self.last, f"`missing` names {moment}, which lies outside the range.")
        filled = _filled(frame)
        require(
            not filled.size,
            f"{filled.size} bars repeat the close before them without volume, the first at {_at(frame.index, filled)}: "
            "they look filled in.",
        )

    @promise(after=SHAPE, unless=nothing_to_ask)
    def test_ohlc_consistent(self) -> None:
        """
        Prices are finite and positive, open and close lie within low and high, volume is not negative.

        A low above the close triggers stops that the market never reached.

        To mend: check what the host sends; look for swapped columns and for rounding of the parts.
        """
        masked = np.flatnonzero(Bars.from_frame(self.history, self.length).masked)
        row = int(masked[0]) if masked.size else 0
        values = self.history.iloc[row].to_dict()
        require(not masked.size, f"the bar of {_at(self.history.index, masked)} is impossible: {values}.")


def _at(index: pd.Index, rows: npt.NDArray[np.intp]) -> str:
    return str(index[int(rows[0])]) if rows.size else ""


def _filled(frame: pd.DataFrame) -> npt.NDArray[np.intp]:
    """Return the rows that repeat the close before them without any volume."""
    before = frame["close"].shift(1)
    same = (frame[["open", "high", "low", "close"]].eq(before, axis=0)).all(axis=1)
    return np.flatnonzero((same & ~(frame["volume"] > 0.0)).to_numpy())
