"""Moving averages of every kind."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import talib

from tradewind_pandas_ta.columns import Columns
from tradewind_pandas_ta.compute.vendor import pandas_ta
from tradewind_pandas_ta.compute.windows import shares, triangle, weighted


def alligator(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Wilder's average of three lengths."""
    x = bars.source(p.source)
    return talib.RMA(x, p.jaw), talib.RMA(x, p.teeth), talib.RMA(x, p.lips)


def alma(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the average with weights exp(-(sigma (i - center)/length)²/2)."""
    (source,) = bars.series(p.source)
    return (pandas_ta().alma(source, length=p.length, sigma=p.sigma, dist_offset=float(p.center)),)


def dema(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 2 EMA - EMA(EMA)."""
    return (talib.DEMA(bars.source(p.source), p.length),)


def ema(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the exponential average: alpha 2/(length + 1)."""
    return (talib.EMA(bars.source(p.source), p.length),)


def fwma(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the average with the Fibonacci numbers 1, 1, 2, 3, … as weights."""
    numbers = [1.0, 1.0]
    while len(numbers) < p.length:
        numbers.append(numbers[-1] + numbers[-2])
    weights = shares(np.array(numbers if p.ascending else numbers[::-1]))
    return (weighted(bars.source(p.source), weights),)


def hma(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return WMA(2 WMA(n/2) - WMA(n), √n)."""
    return (talib.HMA(bars.source(p.source), p.length),)


def hwma(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return level + speed + acceleration/2, each exponentially smoothed."""
    (source,) = bars.series(p.source)
    return (pandas_ta().hwma(source, na=p.level, nb=p.speed, nc=p.acceleration),)


def jma(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the adaptive average after Jurik."""
    (source,) = bars.series(p.source)
    return (pandas_ta().jma(source, length=p.length, phase=float(p.phase)),)


def kama(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return y += k (x - y) with k = (ER (2/(fast+1) - 2/(slow+1)) + 2/(slow+1))²."""
    x = bars.source(p.source)
    if (p.fast, p.slow) == (2, 30):
        return (talib.KAMA(x, p.length),)
    from tradewind_pandas_ta.compute.recursion import follow

    slowest = 2.0 / (p.slow + 1.0)
    speed = (talib.ER(x, p.length) * (2.0 / (p.fast + 1.0) - slowest) + slowest) ** 2
    return (follow(x, speed, p.length - 1),)


def mama(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Ehlers' adaptive average by the phase's rate of change, and its follower."""
    return tuple(talib.MAMA(bars.source(p.source), p.fast_limit, p.slow_limit))


def mcgd(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return y += (x - y)/(c length (x/y)⁴)."""
    from tradewind_pandas_ta.compute.recursion import mcginley

    return (mcginley(bars.source(p.source), float(p.c * p.length)),)


def pwma(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the average with binomial weights."""
    weights = np.array([float(math.comb(p.length - 1, place)) for place in range(p.length)])
    return (weighted(bars.source(p.source), shares(weights)),)


def rma(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Wilder's average."""
    return (talib.RMA(bars.source(p.source), p.length),)


def sinwma(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the average with weights sin(pi i/(length + 1))."""
    weights = np.sin(np.pi * np.arange(1, p.length + 1) / (p.length + 1))
    return (weighted(bars.source(p.source), shares(weights)),)


def sma(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the simple average."""
    return (talib.SMA(bars.source(p.source), p.length),)


smma = rma


def ssf(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the second-order filter with exact pi and √2, angles in radians."""
    (source,) = bars.series(p.source)
    return (pandas_ta().ssf(source, length=p.length, everget=True, pi=math.pi, sqrt2=math.sqrt(2.0)),)


def ssf3(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the third-order filter with exact pi and √3."""
    (source,) = bars.series(p.source)
    return (pandas_ta().ssf3(source, length=p.length, pi=math.pi, sqrt3=math.sqrt(3.0)),)


def swma(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the average with symmetric triangular weights."""
    return (weighted(bars.source(p.source), triangle(p.length)),)


def t3(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Tillson's generalised double EMA, applied thrice."""
    return (talib.T3(bars.source(p.source), p.length, p.a),)


def tema(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 3 EMA - 3 EMA(EMA) + EMA(EMA(EMA))."""
    return (talib.TEMA(bars.source(p.source), p.length),)


def trima(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the simple average of a simple average of half the length."""
    return (talib.TRIMA(bars.source(p.source), p.length),)


def vidya(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return y += 2/(length + 1) |CMO/100| (x - y), seeded by the price before the first CMO."""
    from tradewind_pandas_ta.compute.recursion import follow

    x = bars.source(p.source)
    return (follow(x, abs(talib.CMO(x, p.length)) * (0.02 / (p.length + 1)), p.length - 1),)


def wma(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the average with weights 1 to length."""
    return (talib.WMA(bars.source(p.source), p.length),)


def zlma(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return EMA(2 x - x[(length - 1)/2])."""
    return (talib.ZLEMA(bars.source(p.source), p.length),)
