"""Formulas of Tradewind's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import talib

from tradewind_pandas_ta.columns import Columns, Floats
from tradewind_pandas_ta.compute.windows import before, highest, lowest

RANGING, TRENDING, VOLATILE = 0.0, 1.0, 2.0


def er(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return |C[t] - C[t-n]| over the sum of |C[i] - C[i-1]|; 1 in a window without a move, as TA-Lib has it."""
    return (talib.ER(bars.source(p.source), p.length),)


def previous_high(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the highest high of the `length` bars before each bar."""
    return (before(highest(bars.high, p.length)),)


def previous_low(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the lowest low of the `length` bars before each bar."""
    return (before(lowest(bars.low, p.length)),)


def volr(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return ATR/close over its rolling median."""
    return (_volr(bars, p.length, p.window),)


def _volr(bars: Columns, length: int, window: int) -> Floats:
    relative = talib.ATR(bars.high, bars.low, bars.close, length) / bars.close
    median = pd.Series(relative, copy=False).rolling(window).median().to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio: Floats = relative / median
    return ratio


def squeeze(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 1 where one of the last bars had a bandwidth at or below the quantile of its window."""
    upper, middle, lower = talib.BBANDS(bars.close, p.length, p.std, p.std)
    width = pd.Series((upper - lower) / middle, copy=False)
    low = (width <= width.rolling(p.window).quantile(p.quantile)).to_numpy()
    return (_any_of_last(low, p.within).astype(np.float64),)


def _any_of_last(flags: npt.NDArray[np.bool_], window: int) -> npt.NDArray[np.bool_]:
    counts = np.cumsum(flags, dtype=np.int64)
    before = np.zeros_like(counts)
    before[window:] = counts[:-window]
    return np.asarray(counts > before)


def crossover(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the sign change of EMA(fast) - EMA(slow): equal averages belong to the side they come from."""
    x = bars.source(p.source)
    side = np.sign(talib.EMA(x, p.fast) - talib.EMA(x, p.slow))
    side = pd.Series(side, copy=False).replace(0.0, np.nan).ffill().to_numpy()
    change = side - before(side)
    return (np.where(np.isnan(change), 0.0, np.sign(change)),)


def regime(bars: Columns, p: Any) -> tuple[Any, ...]:
    """
    Return the regime and what it was judged by: ADX, efficiency ratio, volatility ratio.

    Trending when ADX or efficiency ratio reaches its threshold, else volatile when the
    volatility ratio exceeds its own, else ranging. A label holds from the bar on which it
    was seen `confirm` times in a row; the first label holds at once.
    """
    adx = talib.ADX(bars.high, bars.low, bars.close, p.adx_length)
    efficiency = _efficiency(bars.close, p.er_length)
    volatility = _volr(bars, p.atr_length, p.volr_window)
    first = max(2 * p.adx_length - 1, p.er_length, p.atr_length + p.volr_window - 1)
    volatility[first:][~np.isfinite(volatility[first:])] = 1.0
    label = np.where(
        (adx >= p.adx_threshold) | (efficiency >= p.er_threshold),
        TRENDING,
        np.where(volatility > p.volr_threshold, VOLATILE, RANGING),
    )
    label[:first] = np.nan
    return confirmed(label, first, p.confirm), adx, efficiency, volatility


def _efficiency(close: Floats, window: int) -> Floats:
    """Return the efficiency ratio with 0, not TA-Lib's 1, where nothing moved: a dead market is no trend."""
    ratio: Floats = talib.ER(close, window)
    still = talib.MAX(close, window + 1) == talib.MIN(close, window + 1)
    ratio[still] = 0.0
    return ratio


def confirmed(label: Floats, first: int, bars: int) -> Floats:
    """
    Return the labels with hysteresis: each holds until another was seen `bars` times in a row.

    Args:
        label: Raw labels; those before `first` are not read.
        first: The row whose label holds at once.
        bars: How many equal labels in a row take hold.
    """
    rows = np.arange(len(label))
    changes = np.ones(len(label), dtype=np.bool_)
    changes[first + 1 :] = label[first + 1 :] != label[first:-1]
    run_start = np.maximum.accumulate(np.where(changes, rows, 0))
    holds = rows - run_start >= bars - 1
    holds[: first + 1] = False
    holds[first] = True
    source = np.maximum.accumulate(np.where(holds, rows, 0))
    settled: Floats = label[source]
    settled[:first] = np.nan
    return settled
