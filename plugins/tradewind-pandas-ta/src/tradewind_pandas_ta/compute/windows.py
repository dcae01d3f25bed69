"""Sums, extremes, averages and shifts over windows, by TA-Lib where it has them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import talib

from tradewind_pandas_ta.columns import Floats

_KINDS: Final[dict[str, Any]] = {"sma": 0, "ema": 1, "wma": 2, "trima": 5, "rma": 13}


def average(x: Floats, length: int, kind: str) -> Floats:
    """Return a moving average of the kind that the setting `average` names."""
    return talib.MA(x, length, _KINDS[kind])


def highest(x: Floats, length: int) -> Floats:
    """Return the greatest value of each window."""
    return talib.MAX(x, length) if length > 1 else x.copy()


def lowest(x: Floats, length: int) -> Floats:
    """Return the least value of each window."""
    return talib.MIN(x, length) if length > 1 else x.copy()


def rolling_sum(x: Floats, length: int) -> Floats:
    """Return the sums of windows of values that are not negative: exactly 0 where all of them are."""
    # a running sum keeps rounding residue; a quotient by it would be noise, not a missing value
    sums = talib.SUM(x, length)
    sums[highest(x, length) == 0.0] = 0.0
    return sums


def before(x: Floats, bars: int = 1) -> Floats:
    """Return the values of some bars before, NaN in the first rows."""
    shifted = np.full(len(x), np.nan)
    shifted[bars:] = x[: len(x) - bars]
    return shifted


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Return the quotient, not finite where the denominator is 0; the catalogue's neutral value replaces that."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(numerator / denominator, dtype=np.float64)


def carried(x: Floats) -> Floats:
    """Return the values with each NaN replaced by the last value before it."""
    rows = np.maximum.accumulate(np.where(np.isnan(x), 0, np.arange(len(x))))
    return np.asarray(x[rows], dtype=np.float64)


def weighted(x: Floats, weights: Floats) -> Floats:
    """Return the sum of each window's values times the weights, oldest first."""
    sums = np.full(len(x), np.nan)
    sums[len(weights) - 1 :] = np.convolve(x, weights[::-1], "valid")
    return sums


def triangle(length: int) -> Floats:
    """Return symmetric weights that rise by one to the middle and sum to 1."""
    steps = np.arange(length)
    return shares(np.minimum(steps, steps[::-1]) + 1.0)


def shares(weights: Floats) -> Floats:
    """Return weights as shares of their sum."""
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def flag(condition: npt.NDArray[np.bool_], value: float = 1.0) -> Floats:
    """Return `value` where the condition holds, else 0."""
    return np.where(condition, value, 0.0)


def deviation(x: Floats, length: int, ddof: int = 0) -> Floats:
    """Return the standard deviation of each window, TA-Lib's scaled by n/(n - ddof)."""
    return np.asarray(talib.STDDEV(x, length, (length / (length - ddof)) ** 0.5), dtype=np.float64)
