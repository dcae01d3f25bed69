"""Whether there is a trend, and where it stands."""

from __future__ import annotations

from typing import Any

import numpy as np
import talib

from tradewind_pandas_ta.columns import Columns, Floats
from tradewind_pandas_ta.compute.vendor import answers, pandas_ta
from tradewind_pandas_ta.compute.windows import average, before, flag, lowest, ratio


def adx(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Wilder's ADX and directional indicators."""
    prices = bars.high, bars.low, bars.close
    return talib.ADX(*prices, p.length), talib.PLUS_DI(*prices, p.length), talib.MINUS_DI(*prices, p.length)


def adxr(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the mean of ADX now and before."""
    return (talib.ADXR(bars.high, bars.low, bars.close, p.length),)


def alphatrend(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the line, and the line `lag` bars before."""
    open_, high, low, close, volume = bars.series("open", "high", "low", "close", "volume")
    table = pandas_ta().alphatrend(
        open_,
        high,
        low,
        close,
        volume if p.momentum == "mfi" else None,
        length=p.length,
        multiplier=p.multiplier,
        threshold=p.threshold,
        lag=p.lag,
    )
    return answers(table, 0, 1)


def amat(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return whether both averages moved, and the fast one up, or down."""
    fast, slow = average(bars.close, p.fast, p.average), average(bars.close, p.slow, p.average)
    return runs(fast, slow, p.lookback)


def runs(fast: Floats, slow: Floats, bars: int) -> tuple[Floats, Floats]:
    """Return 1 where the fast line rose (fell) over some bars and the slow one moved at all."""
    moved = talib.MOM(slow, bars) != 0.0
    change = talib.MOM(fast, bars)
    return flag((change > 0.0) & moved), flag((change < 0.0) & moved)


def aroon(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 100 (length - bars since the extreme)/length, for lows and highs, and up less down."""
    down, up = talib.AROON(bars.high, bars.low, p.length)
    return down, up, talib.AROONOSC(bars.high, bars.low, p.length)


def chop(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 100 log(path / range) / log(length)."""
    high, low, close = bars.series("high", "low", "close")
    with np.errstate(divide="ignore", invalid="ignore"):
        return (pandas_ta().chop(high, low, close, length=p.length, atr_length=p.atr_length),)


def cksp(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the extremes over `smooth` bars of the extreme over `length` bars less, or plus, some ATRs."""
    high, low, close = bars.series("high", "low", "close")
    # q is only taken as a float: as an integer it is silently replaced by the default
    table = pandas_ta().cksp(high, low, close, p=p.length, x=float(p.multiplier), q=float(p.smooth), tvmode=False)
    return answers(table, 0, 1)


def decay(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return max(source, last less 1/length), or max(source, last (1 - 1/length)); never below 0."""
    from tradewind_pandas_ta.compute.recursion import decayed

    step = 1.0 / p.length
    keep, fall = (1.0, step) if p.mode == "linear" else (1.0 - step, 0.0)
    return (decayed(bars.source(p.source), keep, fall),)


def decreasing(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 1 where the change over `length` bars, or each of them, is below 0."""
    return (_moved(-bars.source(p.source), p),)


def increasing(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 1 where the change over `length` bars, or each of them, is above 0."""
    return (_moved(bars.source(p.source), p),)


def _moved(x: Floats, p: Any) -> Floats:
    change = lowest(talib.MOM(x, 1), p.length) if p.strict else talib.MOM(x, p.length)
    return flag(change > 0.0)


def dpo(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the price length/2 + 1 bars ago less SMA(length)."""
    return (talib.DPO(bars.source(p.source), p.length),)


def ht_trendline(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Ehlers' trend line by the Hilbert transform."""
    return (talib.HT_TRENDLINE(bars.source(p.source)),)


def psar(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the stop, and 1 where it is not above the bar's middle."""
    stop = talib.SAR(bars.high, bars.low, p.acceleration, p.maximum)
    return stop, np.where(stop <= bars.hl2, 1.0, -1.0)


def qstick(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return SMA(close - open)."""
    return (talib.QSTICK(bars.open, bars.close, p.length),)


def rwi(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return (high - low[n]) and (high[n] - low) in units of ATR √n."""
    unit = talib.ATR(bars.high, bars.low, bars.close, p.length) * p.length**0.5
    up, down = bars.high - before(bars.low, p.length), before(bars.high, p.length) - bars.low
    return ratio(up, unit), ratio(down, unit)


def trendflex(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the mean distance of the smoothed price from its past in root mean squares."""
    from tradewind_pandas_ta.compute.recursion import flex

    return (flex(bars.source(p.source), p.length, p.smooth, False),)


def ttm_trend(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 1 where close > SMA(hl2), else -1."""
    return (np.where(bars.close > talib.SMA(bars.hl2, p.length), 1.0, -1.0),)


def vhf(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the range of closes over the sum of their moves."""
    return (talib.VHF(bars.source(p.source), p.length),)


def vortex(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the sums of |high - low[1]| and |low - high[1]| over that of true ranges."""
    return tuple(talib.VORTEX(bars.high, bars.low, bars.close, p.length))
