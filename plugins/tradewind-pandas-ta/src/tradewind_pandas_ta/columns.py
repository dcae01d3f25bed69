"""The columns of bars as an indicator reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from tradewind.api import IndicatorError

if TYPE_CHECKING:
    from pandas import DataFrame, Series

Floats = npt.NDArray[np.float64]
TIME: Final = "time"


class FrameColumns(Mapping[str, npt.NDArray[Any]]):
    """
    The columns of a frame as arrays, and its index as `time`, taken when they are asked for.

    Args:
        frame: Bars, indexed by open time.
    """

    def __init__(self, frame: DataFrame) -> None:
        self._frame = frame

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        if name == TIME:
            return self._time()
        values: npt.NDArray[Any] = self._frame[name].to_numpy()
        return values

    def __iter__(self) -> Iterator[str]:
        return iter(map(str, self._frame.columns))

    def __len__(self) -> int:
        return len(self._frame.columns)

    def _time(self) -> npt.NDArray[np.int64]:
        from pandas import DatetimeIndex

        index = self._frame.index
        if not isinstance(index, DatetimeIndex):
            raise KeyError(TIME)
        zoned = index if index.tz is None else index.tz_convert("UTC").tz_localize(None)
        return np.asarray(zoned.as_unit("ms").asi8)


class Columns:
    """
    Prices and volumes as contiguous float64 arrays, and as Series for pandas-ta.

    Args:
        values: Columns by name; `time` holds bar opens, int64 milliseconds UTC.
        indicator: Who reads them, for errors.
    """

    def __init__(self, values: Mapping[str, npt.NDArray[Any]], indicator: str) -> None:
        self._values = values
        self._indicator = indicator

    def array(self, name: str) -> Floats:
        """
        Return a column as contiguous float64; it must not be written to.

        Raises:
            IndicatorError: TW-I003 when there is no such column or it holds a value that is not finite.
        """
        values = np.ascontiguousarray(self._column(name), dtype=np.float64)
        # a finite sum proves finite values in one pass; an overflowing one proves nothing
        with np.errstate(invalid="ignore", over="ignore"):
            proven = np.isfinite(values.sum())
        if not proven and not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values))[0])
            raise IndicatorError(
                f"indicator {self._indicator!r} read {values[row]} in row {row} of {name!r}, expected finite values.",
                code="TW-I003",
                hint="Leave out the bars that are not usable before computing indicators.",
                indicator=self._indicator,
                column=name,
            )
        return values

    def _column(self, name: str) -> npt.NDArray[Any]:
        try:
            return self._values[name]
        except KeyError:
            raise IndicatorError(
                f"indicator {self._indicator!r} needs {name!r}, found: {', '.join(self._values)}.",
                code="TW-I003",
                hint="Bars have open, high, low, close and volume, and are indexed by open time in UTC.",
                indicator=self._indicator,
                column=name,
            ) from None

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
            IndicatorError: TW-I003 when the bars have no times.
        """
        days: npt.NDArray[np.int64] = self._column(TIME) // 86_400_000
        if length == "month":
            return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        # the epoch was a Thursday, three days after a Monday
        return days if length == "day" else (days + 3) // 7

    def series(self, *names: str) -> Sequence[Series[float]]:
        """Return columns, or means of prices, as new Series."""
        from pandas import Series

        return [Series(getattr(self, name), name=name, copy=True) for name in names]
