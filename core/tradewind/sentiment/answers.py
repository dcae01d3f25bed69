"""What hosts of daily values sent, held to what a day's value can be."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, NoReturn

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.cache.clock import wall_clock_ms
from tradewind.errors import DataError
from tradewind.sentiment.daily import DAY_MS, KNOWN_AT, PUBLISH_LAG_MS, moments, times

_DATE: Final = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_EPOCH: Final = date(1970, 1, 1).toordinal()
_FIRST: Final = date(2009, 1, 3).toordinal() - _EPOCH
"""The first day of the oldest coin, in days since 1970."""


@attrs.define(kw_only=True)
class DailyAnswer:
    """
    The days of one answer, taken in one by one.

    A value that is no finite number in [-1, 1] is left out, and so is a day that is left without
    any. A day outside the question, one to come, two values for one day, and an answer that is
    mostly unusable make the whole answer unusable: what else it says is not believed either.

    Args:
        name: The source's name, for messages.
        columns: The columns of the series.
        days: The days asked for, [first, end), in days since 1970.
        publish_lag_ms: How long after its day a value is known.
        clock: Tells the time, UTC milliseconds.
    """

    name: str
    columns: tuple[str, ...]
    days: tuple[int, int]
    publish_lag_ms: int = PUBLISH_LAG_MS
    clock: Callable[[], int] = wall_clock_ms
    _rows: dict[int, tuple[float, ...]] = attrs.field(factory=dict, init=False)
    _left_out: int = attrs.field(default=0, init=False)

    def plausible(self, day: int) -> bool:
        """
        Return whether a day was asked for.

        Raises:
            DataError: TW-D015 for a day to come, or before there were such values at all.
        """
        if not _FIRST <= day <= self.clock() // DAY_MS:
            self.refuse(f"sent a value of {day_text(day)}, a day that cannot have one")
        return self.days[0] <= day < self.days[1]

    def take(self, day: int, values: Mapping[str, Any]) -> None:
        """
        Take in one day's values by column; a missing one is None.

        Raises:
            DataError: TW-D015 for a day that was not asked for, is to come, or has two different values.
        """
        if not self.plausible(day):
            self.refuse(f"sent a value of {day_text(day)}, which was not asked for")
        row = tuple(score(values.get(name)) for name in self.columns)
        if all(map(math.isnan, row)):
            self._left_out += 1
            return
        known = self._rows.setdefault(day, row)
        if known is not row and not np.array_equal(known, row, equal_nan=True):
            self.refuse(f"sent two different values of {day_text(day)}")

    def frame(self) -> pd.DataFrame:
        """
        Return the days as a series: indexed by the start of the day (UTC), with `known_at`.

        Raises:
            DataError: TW-D015 when more than half of what was sent had to be left out.
        """
        if self._left_out > len(self._rows):
            self.refuse(f"sent {self._left_out} of {self._left_out + len(self._rows)} days without a usable value")
        days = np.array(sorted(self._rows), dtype=np.int64)
        table = np.array([self._rows[day] for day in days.tolist()], dtype=np.float64)
        table = table.reshape(len(days), len(self.columns))
        columns = {name: table[:, at].copy() for at, name in enumerate(self.columns)}
        return daily_frame(days, columns, self.publish_lag_ms)

    def refuse(self, what: str) -> NoReturn:
        """Raise the error for an answer that cannot be used."""
        raise DataError(
            f"{self.name} {what}.",
            code="TW-D015",
            hint="Nothing of this answer is used; what was fetched before is kept.",
            source=self.name,
        )


def daily_frame(
    days: npt.NDArray[np.int64], columns: Mapping[str, npt.NDArray[np.float64]], publish_lag_ms: int = PUBLISH_LAG_MS
) -> pd.DataFrame:
    """Return values of days since 1970 as a series, each known its lag after the end of the day."""
    known = times((days + 1) * DAY_MS + publish_lag_ms)
    return pd.DataFrame({**columns, KNOWN_AT: known}, index=times(days * DAY_MS, "time"))


def archive_name(name: str, config: Any, fields: tuple[str, ...]) -> str:
    """
    Return the name that a source's values are archived under: its own, and a hash of settings that change them.

    Args:
        name: The source's name.
        config: Its settings, an attrs object whose class has a default for each.
        fields: The settings that change the values; a longer time-out does not.
    """
    values = [getattr(config, field) for field in fields]
    usual = type(config)()
    if values == [getattr(usual, field) for field in fields]:
        return name
    return f"{name}-{hashlib.sha256(repr(values).encode()).hexdigest()[:8]}"


def score(value: Any) -> float:
    """Return a number in [-1, 1], or NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    number = float(value) if abs(value) <= 1 else math.nan
    return number if math.isfinite(number) else math.nan


def day_number(text: Any) -> int | None:
    """Return a date such as `2024-05-31` in days since 1970; None for anything else."""
    if not isinstance(text, str) or not _DATE.match(text):
        return None
    try:
        return date.fromisoformat(text).toordinal() - _EPOCH
    except ValueError:
        return None


def day_text(day: int) -> str:
    """Return a day since 1970 as a date."""
    try:
        return date.fromordinal(day + _EPOCH).isoformat()
    except (ValueError, OverflowError):
        return f"day {day}"


def asked_days(start: pd.Timestamp, end: pd.Timestamp) -> tuple[int, int]:
    """Return the days that begin in [start, end) as [first, end) in days since 1970; naive moments are UTC."""
    edges = moments(pd.DatetimeIndex([utc(start), utc(end)]))
    first, last = (-(-int(edge) // DAY_MS) for edge in edges)
    return first, max(first, last)


def utc(moment: pd.Timestamp) -> pd.Timestamp:
    """Return a moment in UTC; a naive one is UTC."""
    stamp = pd.Timestamp(moment)
    return stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")
