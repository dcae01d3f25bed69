"""How fast and how evenly the price moves: several lines together."""

from __future__ import annotations

from typing import Any

import numpy as np
import talib

from tradewind_pandas_ta.columns import Columns, Floats
from tradewind_pandas_ta.compute.vendor import answers, pandas_ta
from tradewind_pandas_ta.compute.windows import (
    average,
    before,
    flag,
    highest,
    lowest,
    ratio,
    rolling_sum,
    triangle,
    weighted,
)


def brar(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 100 Σ(high - open)/Σ(open - low), and 100 Σ(high - last close)/Σ(last close - low), gains only."""
    last = before(bars.close)
    ar = 100.0 * ratio(rolling_sum(bars.high - bars.open, p.length), rolling_sum(bars.open - bars.low, p.length))
    up, down = np.maximum(bars.high - last, 0.0), np.maximum(last - bars.low, 0.0)
    return ar, 100.0 * ratio(rolling_sum(up, p.length), rolling_sum(down, p.length))


def dm(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Wilder's smoothed directional movements."""
    return talib.PLUS_DM(bars.high, bars.low, p.length), talib.MINUS_DM(bars.high, bars.low, p.length)


def eri(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return high - EMA(close) and low - EMA(close)."""
    return tuple(talib.ERI(bars.high, bars.low, bars.close, p.length))


def exhc(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return how many bars in a row were below, and above, the bar `length` before."""
    change = talib.MOM(bars.source(p.source), p.length)
    return _in_a_row(change < 0.0, p.cap), _in_a_row(change > 0.0, p.cap)


def _in_a_row(condition: Any, cap: int) -> Floats:
    rows = np.arange(len(condition))
    counts = rows - np.maximum.accumulate(np.where(condition, -1, rows))
    return np.asarray(np.minimum(counts, cap) if cap else counts, dtype=np.float64)


def kst(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Σ n SMA(ROC(roc n), sma n), n = 1 to 4, and its SMA."""
    x = bars.source(p.source)
    terms = ((p.roc1, p.sma1), (p.roc2, p.sma2), (p.roc3, p.sma3), (p.roc4, p.sma4))
    line = np.zeros(len(x))
    for weight, (rate, smooth) in enumerate(terms, 1):
        line += weight * talib.SMA(talib.ROC(x, rate), smooth)
    return line, talib.SMA(line, p.signal)


def macd(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return EMA(fast) - EMA(slow), its EMA, and the difference of the two."""
    return tuple(talib.MACD(bars.source(p.source), p.fast, p.slow, p.signal))


def ppo(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 100 (fast - slow)/slow, its EMA, and the difference of the two."""
    x = bars.source(p.source)
    slow = average(x, p.slow, p.average)
    line = 100.0 * ratio(average(x, p.fast, p.average) - slow, slow)
    line[p.slow - 1 :][~np.isfinite(line[p.slow - 1 :])] = 0.0
    return with_signal(line, p.signal)


def with_signal(line: Floats, length: int) -> tuple[Floats, Floats, Floats]:
    """Return a line, its EMA, and the difference of the two."""
    signal = talib.EMA(line, length)
    return line, signal, line - signal


def qqe(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return a line behind the EMA of the RSI, at `factor` twice smoothed ranges of it; that EMA; and the side."""
    from tradewind_pandas_ta.compute.recursion import trail

    line = talib.EMA(talib.RSI(bars.source(p.source), p.length), p.smooth)
    wilder = 2 * p.length - 1
    distance = p.factor * talib.EMA(talib.EMA(np.abs(talib.MOM(line, 1)), wilder), wilder)
    trailing, side = trail(line, distance, p.length + p.smooth + 2 * (wilder - 1))
    return trailing, line, side


def rvgi(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Σ smoothed (close - open) over Σ smoothed (high - low), and that smoothed."""
    weights = triangle(p.smooth)
    body, span = weighted(bars.close - bars.open, weights), weighted(bars.high - bars.low, weights)
    line = ratio(talib.SUM(body, p.length), rolling_sum(span, p.length))
    first = p.length + p.smooth - 2
    line[first:][~np.isfinite(line[first:])] = 0.0
    return line, weighted(line, weights)


def smc(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return wide bars, and the gaps low - high[2] and low[2] - high: flag above 1% of the range, size, percent."""
    span = bars.high - bars.low
    wide = span > p.wide_ratio * average(span, p.wide_length, p.average)
    whole = highest(bars.high, p.range_length) - lowest(bars.low, p.range_length)
    outputs = [flag(wide)]
    for gap in (bars.low - before(bars.high, 2), before(bars.low, 2) - bars.high):
        percent = 100.0 * ratio(gap, whole)
        outputs += [flag((gap > 0.0) & (percent > 1.0)), gap, percent]
    return tuple(outputs)


def smi(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return TSI/100, its EMA, and the difference of the two."""
    return with_signal(_strength(bars, p) / 100.0, p.signal)


def tsi(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 100 EMA(EMA(change))/EMA(EMA(|change|)), and its EMA."""
    return with_signal(_strength(bars, p), p.signal)[:2]


def _strength(bars: Columns, p: Any) -> Floats:
    line = talib.TSI(bars.source(p.source), p.slow, p.fast)
    first = p.slow + p.fast - 1
    line[first:][~np.isfinite(line[first:])] = 0.0
    return line


def _bands(bars: Columns, p: Any) -> tuple[Floats, Floats, Floats, Floats]:
    upper, _, lower = talib.BBANDS(bars.close, p.bb_length, p.bb_std, p.bb_std)
    middle = average(bars.close, p.kc_length, p.average)
    spread = average(talib.TRANGE(bars.high, bars.low, bars.close), p.kc_length, p.average)
    return lower, upper, middle, spread


def _momentum(bars: Columns, p: Any) -> Floats:
    return average(talib.MOM(bars.close, p.mom_length), p.mom_smooth, p.average)


def ttm_squeeze(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the smoothed momentum, and where the bands lie inside the channel, around it, or neither."""
    lower, upper, middle, spread = _bands(bars, p)
    channel_lower, channel_upper = middle - p.kc_std * spread, middle + p.kc_std * spread
    on = (lower > channel_lower) & (upper < channel_upper)
    off = (lower < channel_lower) & (upper > channel_upper)
    return _momentum(bars, p), flag(on), flag(off), flag(~on & ~off)


def squeeze_pro(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the smoothed momentum, the three grades, and off and none by the wide channel."""
    lower, upper, middle, spread = _bands(bars, p)
    inside = [
        (lower > middle - width * spread) & (upper < middle + width * spread)
        for width in (p.kc_wide, p.kc_normal, p.kc_narrow)
    ]
    off = (lower < middle - p.kc_wide * spread) & (upper > middle + p.kc_wide * spread)
    return _momentum(bars, p), *(flag(grade) for grade in inside), flag(off), flag(~inside[0] & ~off)


def tmo(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the thrice and the four times smoothed sum of sign(close - open[i])."""
    open_, close = bars.series("open", "close")
    table = pandas_ta().tmo(open_, close, tmo_length=p.length, calc_length=p.calc, smooth_length=p.smooth)
    return answers(table, 0, 1)


def trix(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the one-bar ROC of EMA(EMA(EMA)), and its SMA."""
    line = talib.TRIX(bars.source(p.source), p.length)
    return line, talib.SMA(line, p.signal)
