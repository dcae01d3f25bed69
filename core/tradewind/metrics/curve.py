"""An account's equity over time, and the same without the money moved in and out."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

DAY_MS: Final = 86_400_000
YEAR_DAYS: Final = 365
"""Crypto trades every day: a year is 365 daily returns."""

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]


@attrs.frozen(kw_only=True, eq=False)
class Curve:
    """
    Equity marked at the close of every bar.

    Args:
        time: Bar opens, int64 milliseconds UTC, strictly increasing.
        equity: Equity at the bar's close, quote units.
        initial_balance: Equity before the first bar, quote units, above 0.
        bar_ms: Length of a bar; a value at row t is known at `time[t] + bar_ms`.
        flow: Money moved in (positive) or out at the bar's open; None when there was none.
        exposure: Notional value of all positions at the close; None when unknown.
    """

    time: Times
    equity: Floats
    initial_balance: float
    bar_ms: int
    flow: Floats | None = None
    exposure: Floats | None = None

    @cached_property
    def steady(self) -> Floats:
        """
        Equity at each close as if no money had been moved, quote units.

        Between two flows it moves like equity over the equity just after the former flow, chained
        over the flows: the time-weighted return. After a withdrawal of everything it stays level.
        """
        if self.flow is None or not (self.flow != 0.0).any():
            return self.equity
        steady = np.empty_like(self.equity)
        level, base, start = self.initial_balance, self.initial_balance, 0
        for row in (*np.flatnonzero(self.flow).tolist(), len(steady)):
            piece = slice(start, row)
            steady[piece] = level * (self.equity[piece] / base) if base > 0.0 else level
            if row == len(steady):
                break
            before = float(self.equity[row - 1]) if row else self.initial_balance
            level = float(steady[row - 1]) if row else level
            base, start = before + float(self.flow[row]), row
        return steady

    @property
    def elapsed_ms(self) -> int:
        """Time from the first bar's open to the last bar's close, milliseconds."""
        return int(self.time[-1] - self.time[0]) + self.bar_ms if len(self.time) else 0

    @property
    def total_flow(self) -> float:
        """Deposits less withdrawals, quote units."""
        return 0.0 if self.flow is None else float(self.flow.sum())

    @cached_property
    def periods(self) -> Periods:
        """The grid of the returns that are annualised: UTC days, or bars when these are longer."""
        return Periods.over(self.time, self.bar_ms)

    @cached_property
    def returns(self) -> Floats:
        """One return per period, the first one from the initial balance."""
        return change(np.concatenate(([self.initial_balance], self.steady[self.periods.last_row])))


@attrs.frozen(kw_only=True, eq=False)
class Periods:
    """
    Where periods end among bars.

    Args:
        end_ms: The end of each period, milliseconds UTC.
        last_row: The last bar that opens before each end.
        per_year: How many periods a year has.
    """

    end_ms: Times
    last_row: npt.NDArray[np.intp]
    per_year: float

    @classmethod
    def over(cls, time: Times, bar_ms: int) -> Periods:
        """
        Cut bars into UTC days; bars longer than a day are periods themselves.

        A day without bars is a period that repeats the day before: its return is 0.
        """
        if not len(time):
            return cls(end_ms=np.empty(0, np.int64), last_row=np.empty(0, np.intp), per_year=float(YEAR_DAYS))
        if bar_ms > DAY_MS:
            rows = np.arange(len(time))
            return cls(end_ms=time + bar_ms, last_row=rows, per_year=YEAR_DAYS * DAY_MS / bar_ms)
        first, last = int(time[0]) // DAY_MS, int(time[-1]) // DAY_MS
        end = np.arange(first + 1, last + 2, dtype=np.int64) * DAY_MS
        return cls(end_ms=end, last_row=np.searchsorted(time, end, side="left") - 1, per_year=float(YEAR_DAYS))


def change(values: Floats) -> Floats:
    """Return the relative change of each value to the next; 0 where the former is not above 0."""
    before, after = values[:-1], values[1:]
    return np.divide(after, before, out=np.ones_like(after), where=before > 0.0) - 1.0
