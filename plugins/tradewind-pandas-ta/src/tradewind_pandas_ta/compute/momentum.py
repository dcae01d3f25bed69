"""How fast and how evenly the price moves: single lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import talib

from tradewind_pandas_ta.columns import Columns, Floats
from tradewind_pandas_ta.compute.vendor import pandas_ta
from tradewind_pandas_ta.compute.windows import average, before, deviation, flag, highest, lowest, ratio


def ao(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return SMA(fast) - SMA(slow) of (high + low)/2."""
    return (talib.AO(bars.high, bars.low, p.fast, p.slow),)


def apo(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the fast less the slow average."""
    x = bars.source(p.source)
    return (average(x, p.fast, p.average) - average(x, p.slow, p.average),)


def bias(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return x/average - 1."""
    x = bars.source(p.source)
    return (ratio(x, average(x, p.length, p.average)) - 1.0,)


def bop(bars: Columns, p: Any) -> tuple[Any, ...]:  # noqa: ARG001  # it has no settings
    """Return (close - open)/(high - low)."""
    return (talib.BOP(bars.open, bars.high, bars.low, bars.close),)


def cci(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return (typical price - its mean)/(0.015 mean deviation)."""
    return (talib.CCI(bars.high, bars.low, bars.close, p.length),)


def cfo(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 100 (x - the forecast that the bars before made of it)/x."""
    return (talib.FOSC(bars.source(p.source), p.length),)


def cg(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return - Σ i x[i] / Σ x[i], i = 1 for the oldest bar of the window."""
    x = bars.source(p.source)
    return (-0.5 * (p.length + 1) * ratio(talib.WMA(x, p.length), talib.SMA(x, p.length)),)


def cmo(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 100 (gains - losses)/(gains + losses), smoothed as Wilder's RSI."""
    return (talib.CMO(bars.source(p.source), p.length),)


def coppock(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return WMA(ROC(fast) + ROC(slow))."""
    x = bars.source(p.source)
    return (talib.WMA(talib.ROC(x, p.fast) + talib.ROC(x, p.slow), p.length),)


def crsi(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the mean of RSI, RSI of the streak, and percent rank of the one-bar change."""
    x = bars.source(p.source)
    rank = talib.PERCENTRANK(talib.ROC(x, 1), p.rank_length)
    return ((talib.RSI(x, p.rsi_length) + talib.RSI(_streak(x), p.streak_length) + rank) / 3.0,)


def _streak(x: Floats) -> Floats:
    """Return how many bars in a row rose (above 0) or fell (below 0)."""
    signs = np.sign(np.diff(x, prepend=x[0]))
    rows = np.arange(len(x))
    starts = np.maximum.accumulate(np.where(signs != before(signs), rows, 0))
    return np.asarray(signs * (rows - starts + 1), dtype=np.float64)


def cti(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return slope times the deviation of time over that of the source: their correlation."""
    x = bars.source(p.source)
    time = ((p.length**2 - 1) / 12.0) ** 0.5
    return (np.clip(ratio(talib.LINEARREG_SLOPE(x, p.length) * time, deviation(x, p.length)), -1.0, 1.0),)


def fisher(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the transform of the middle's place in the window; 0.5 stands for a window without range."""
    from tradewind_pandas_ta.compute.recursion import fisher as transform

    middle = bars.hl2
    low, high = lowest(middle, p.length), highest(middle, p.length)
    place = ratio(middle - low, high - low)
    place[high == low] = 0.5
    line = transform(place - 0.5, p.length - 1)
    return line, before(line, p.signal)


def inertia(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the end of the regression line of the relative volatility index."""
    return (talib.LINEARREG(talib.RVI(bars.source(p.source), p.rvi_length, p.std_length), p.length),)


def mom(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return x - x[length]."""
    return (talib.MOM(bars.source(p.source), p.length),)


def pgo(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return (close - SMA)/EMA(ATR)."""
    spread = talib.EMA(talib.ATR(bars.high, bars.low, bars.close, p.length), p.length)
    return (ratio(bars.close - talib.SMA(bars.close, p.length), spread),)


def psl(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 100 (bars that rose)/length."""
    change = talib.MOM(bars.source(p.source), 1)
    rose = np.where(np.isnan(change), np.nan, flag(change > 0.0))
    return (100.0 * talib.SMA(rose, p.length),)


def roc(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 100 (x/x[length] - 1)."""
    return (talib.ROC(bars.source(p.source), p.length),)


def rsi(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Wilder's relative strength index, 0 to 100."""
    return (talib.RSI(bars.source(p.source), p.length),)


def rsx(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the smoothed relative strength."""
    (source,) = bars.series(p.source)
    return (pandas_ta().rsx(source, length=p.length),)


def slope(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return (x - x[length])/length, or its arc tangent."""
    rise = talib.MOM(bars.source(p.source), p.length) / p.length
    if p.unit == "price":
        return (rise,)
    angle = np.arctan(rise)
    return (angle if p.unit == "radians" else np.degrees(angle),)


def uo(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Williams' weighted mean of buying pressure over true range."""
    return (talib.ULTOSC(bars.high, bars.low, bars.close, p.fast, p.medium, p.slow),)


def willr(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return -100 (highest - close)/(highest - lowest)."""
    return (talib.WILLR(bars.high, bars.low, bars.close, p.length),)
