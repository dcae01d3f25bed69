"""How far the price moves, and bands made of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import talib

from tradewind_pandas_ta.columns import Columns
from tradewind_pandas_ta.compute.vendor import answers, pandas_ta
from tradewind_pandas_ta.compute.windows import average, before, carried, flag, highest, lowest, ratio


def aberration(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return SMA of the typical price, that plus and minus ATR, and ATR."""
    middle = talib.SMA(bars.hlc3, p.length)
    spread = talib.ATR(bars.high, bars.low, bars.close, p.atr_length)
    return middle, middle + spread, middle - spread, spread


def accbands(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return SMA of low (1 - 4w), close, high (1 + 4w), w = (high - low)/(high + low)."""
    upper, middle, lower = talib.ACCBANDS(bars.high, bars.low, bars.close, p.length)
    return lower, middle, upper


def atr(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Wilder's average true range."""
    return (talib.ATR(bars.high, bars.low, bars.close, p.length),)


def atrts(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return a stop some ATRs below the close while it is above its EMA, else above it."""
    high, low, close = bars.series("high", "low", "close")
    return (pandas_ta().atrts(high, low, close, length=p.length, ma_length=p.ma_length, k=p.multiplier),)


def bbands(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return SMA ± std deviations, 100 (upper - lower)/mid, and (source - lower)/(upper - lower)."""
    x = bars.source(p.source)
    half = p.std * (p.length / (p.length - p.ddof)) ** 0.5
    upper, middle, lower = talib.BBANDS(x, p.length, half, half)
    width = upper - lower
    return lower, middle, upper, 100.0 * ratio(width, middle), ratio(x - lower, width)


def chandelier_exit(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return highest less some ATRs, lowest plus some ATRs, and the side of the stop that was last passed."""
    spread = p.multiplier * talib.ATR(bars.high, bars.low, bars.close, p.atr_length)
    high, low = (bars.close, bars.close) if p.use_close else (bars.high, bars.low)
    long, short = highest(high, p.high_length) - spread, lowest(low, p.low_length) + spread
    passed = flag(bars.close > before(long)) - flag(bars.close < before(short))
    first = max(p.high_length - 1, p.low_length - 1, p.atr_length) + 1
    passed[: first + 1] = passed[first] or 1.0
    return long, short, carried(np.where(passed == 0.0, np.nan, passed))


def donchian(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the lowest low, the middle, the highest high."""
    upper, middle, lower = talib.DONCHIAN(bars.high, bars.low, p.length)
    return lower, middle, upper


def hwc(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return level + speed + acceleration/2 with a band of smoothed deviations."""
    (source,) = bars.series(p.source)
    table = pandas_ta().hwc(
        source, scalar=p.std, channels=True, na=p.level, nb=p.speed, nc=p.acceleration, nd=p.variance
    )
    return answers(table, 0, 1, 2, 3, 4)


def kc(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return EMA(close) and that less and plus some ATRs."""
    upper, middle, lower = talib.KC(bars.high, bars.low, bars.close, p.length, p.atr_length, p.std)
    return lower, middle, upper


def massi(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Σ EMA(high - low)/EMA(EMA(high - low))."""
    return (talib.MASSI(bars.high, bars.low, p.fast, p.slow),)


def natr(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 100 ATR/close."""
    return (talib.NATR(bars.high, bars.low, bars.close, p.length),)


def pdist(bars: Columns, p: Any) -> tuple[Any, ...]:  # noqa: ARG001  # it has no settings
    """Return 2 (high - low) + |open - last close| - |close - open|."""
    gap, body = np.abs(bars.open - before(bars.close)), np.abs(bars.close - bars.open)
    return (2.0 * (bars.high - bars.low) + gap - body,)


def rvi(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 100 times the smoothed deviation in rises over that in all moves."""
    return (talib.RVI(bars.source(p.source), p.length, p.std_length),)


def thermo(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return max(|high - last high|, |low - last low|), its average, and whether it is below or above multiples."""
    reach = np.maximum(np.abs(talib.MOM(bars.high, 1)), np.abs(talib.MOM(bars.low, 1)))
    mean = average(reach, p.length, p.average)
    return reach, mean, flag(reach < mean * p.long), flag(reach > mean * p.short)


def true_range(bars: Columns, p: Any) -> tuple[Any, ...]:  # noqa: ARG001  # it has no settings
    """Return max(high, last close) - min(low, last close)."""
    return (talib.TRANGE(bars.high, bars.low, bars.close),)


def ui(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the root of the mean square of the drawdown in percent."""
    (source,) = bars.series(p.source)
    return (pandas_ta().ui(source, length=p.length),)
