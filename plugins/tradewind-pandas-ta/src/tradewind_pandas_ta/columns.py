"""The columns of bars as an indicator reads them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tradewind.api import IndicatorError

if TYPE_CHECKING:
    from pandas import DataFrame, Series

Floats = npt.NDArray[np.float64]


class Columns:
    """
    Prices and volumes of a frame as float64 arrays, and as Series for pandas-ta.

    Args:
        frame: Bars, indexed by open time.
        indicator: Who reads them, for errors.
    """

    def __init__(self, frame: DataFrame, indicator: str) -> None:
        self.frame = frame
        self._indicator = indicator

    def __len__(self) -> int:
        return len(self.frame)

    def array(self, name: str) -> Floats:
        """
        Return a column as contiguous float64; it must not be written to.

        Raises:
            IndicatorError: TW-I003 when the frame has no such column.
        """
        if name not in self.frame.columns:
            raise IndicatorError(
                f"indicator {self._indicator!r} needs the column {name!r}, found: "
                f"{', '.join(map(str, self.frame.columns))}.",
                code="TW-I003",
                hint="Bars have open, high, low, close and volume.",
                indicator=self._indicator,
                column=name,
            )
        return np.ascontiguousarray(self.frame[name].to_numpy(), dtype=np.float64)

    @cached_property
    def open(self) -> Floats:
        """First prices."""
        return self.array("open")

    @cached_property
    def high(self) -> Floats:
        """Highest prices."""
        return self.array("high")

    @cached_property
    def low(self) -> Floats:
        """Lowest prices."""
        return self.array("low")

    @cached_property
    def close(self) -> Floats:
        """Last prices."""
        return self.array("close")

    @cached_property
    def volume(self) -> Floats:
        """Base-asset volumes."""
        return self.array("volume")

    @property
    def hl2(self) -> Floats:
        """The mean of high and low."""
        return (self.high + self.low) / 2.0

    @property
    def hlc3(self) -> Floats:
        """The mean of high, low and close."""
        return (self.high + self.low + self.close) / 3.0

    @property
    def ohlc4(self) -> Floats:
        """The mean of open, high, low and close."""
        return (self.open + self.high + self.low + self.close) / 4.0

    def source(self, name: str) -> Floats:
        """Return what the setting `source` names."""
        values: Floats = getattr(self, name)
        return values

    def periods(self, length: str) -> npt.NDArray[np.int64]:
        """
        Return which day, week (from Monday) or month, UTC, each row belongs to.

        Raises:
            IndicatorError: TW-I003 when the index holds no times.
        """
        from pandas import DatetimeIndex

        index = self.frame.index
        if not isinstance(index, DatetimeIndex):
            raise IndicatorError(
                f"indicator {self._indicator!r} needs an index of times, found {type(index).__name__}.",
                code="TW-I003",
                hint="Index the bars by open time.",
                indicator=self._indicator,
            )
        zoned = index if index.tz is None else index.tz_convert("UTC").tz_localize(None)
        days = zoned.to_numpy().astype("datetime64[D]")
        if length == "month":
            return days.astype("datetime64[M]").astype(np.int64)
        # the epoch was a Thursday, three days after a Monday
        return days.astype(np.int64) if length == "day" else (days.astype(np.int64) + 3) // 7

    def series(self, *names: str) -> Sequence[Series[float]]:
        """Return columns, or means of prices, as new Series over the frame's index."""
        from pandas import Series

        return [Series(getattr(self, name), index=self.frame.index, name=name, copy=True) for name in names]
