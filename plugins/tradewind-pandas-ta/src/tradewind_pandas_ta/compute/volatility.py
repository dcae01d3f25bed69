"""How far the price moves."""

from __future__ import annotations

from typing import Any

import numpy as np
import talib

from tradewind_pandas_ta.columns import Columns


def atr(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Wilder's average true range."""
    return (talib.ATR(bars.high, bars.low, bars.close, p.length),)


def bbands(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return SMA ± std deviations, 100 (upper - lower)/mid, and (source - lower)/(upper - lower)."""
    x = bars.source(p.source)
    half = p.std * (p.length / (p.length - p.ddof)) ** 0.5
    upper, middle, lower = talib.BBANDS(x, p.length, half, half)
    with np.errstate(invalid="ignore", divide="ignore"):
        return lower, middle, upper, 100.0 * (upper - lower) / middle, (x - lower) / (upper - lower)


def donchian(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the lowest low, the middle, the highest high."""
    lower, upper = talib.MIN(bars.low, p.length), talib.MAX(bars.high, p.length)
    return lower, (lower + upper) / 2.0, upper


def natr(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 100 ATR/close."""
    return (talib.NATR(bars.high, bars.low, bars.close, p.length),)
