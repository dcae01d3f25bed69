"""Moments and ranks of a window."""

from __future__ import annotations

from typing import Any

import numpy as np
import talib

from tradewind_pandas_ta.columns import Columns, Floats
from tradewind_pandas_ta.compute.vendor import pandas_ta
from tradewind_pandas_ta.compute.windows import deviation, ratio


def entropy(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return - Σ q log q, q being each value over the sum of its window."""
    (source,) = bars.series(p.source)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (pandas_ta().entropy(source, length=p.length, base=p.base),)


def kurtosis(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return (n-1)/((n-2)(n-3)) ((n+1) m₄/m₂² - 3(n-1)), the unbiased excess kurtosis."""
    from tradewind_pandas_ta.compute.recursion import moments

    n = float(p.length)
    second, _, fourth = moments(bars.source(p.source), p.length)
    return ((n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * ratio(fourth, second**2) - 3.0 * (n - 1.0)),)


def mad(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the mean of |x - mean|."""
    return (talib.AVGDEV(bars.source(p.source), p.length),)


def median(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the median."""
    (source,) = bars.series(p.source)
    return (pandas_ta().median(source, length=p.length),)


def quantile(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the quantile, interpolated between neighbours."""
    (source,) = bars.series(p.source)
    return (pandas_ta().quantile(source, length=p.length, q=float(p.q)),)


def skew(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return √(n(n-1))/(n-2) m₃/m₂^1.5, the unbiased skewness."""
    from tradewind_pandas_ta.compute.recursion import moments

    n = float(p.length)
    second, third, _ = moments(bars.source(p.source), p.length)
    return ((n * (n - 1.0)) ** 0.5 / (n - 2.0) * ratio(third, second**1.5),)


def stdev(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the standard deviation."""
    return (deviation(bars.source(p.source), p.length, p.ddof),)


def variance(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the variance."""
    return (talib.VAR(bars.source(p.source), p.length) * (p.length / (p.length - p.ddof)),)


def zscore(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return (x - mean)/(std deviations)."""
    return (standard_score(bars.source(p.source), p.length, p.ddof) / p.std,)


def standard_score(x: Floats, length: int, ddof: int) -> Floats:
    """Return (x - mean)/deviation, not finite where the window does not deviate."""
    return ratio(x - talib.SMA(x, length), deviation(x, length, ddof))
