"""Where the price, or another line, stands in its range."""

from __future__ import annotations

from typing import Any, Final

import talib

from tradewind_pandas_ta.columns import Columns

_SMA: Final[Any] = 0
_RMA: Final[Any] = 13


def kdj(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the stochastic smoothed as Wilder does, smoothed again, and 3k - 2d."""
    return tuple(talib.KDJ(bars.high, bars.low, bars.close, p.length, p.signal, _RMA, p.signal, _RMA))


def stc(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the smoothed place of the smoothed place of the MACD line; the line; and the inner place."""
    from tradewind_pandas_ta.compute.recursion import smoothed_place

    x = bars.source(p.source)
    line = talib.EMA(x, p.fast) - talib.EMA(x, p.slow)
    inner = smoothed_place(line, p.length, p.factor, p.slow - 1)
    return smoothed_place(inner, p.length, p.factor, p.slow + p.length - 2), line, inner


def stoch(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return SMA(smooth) of the place in the range, SMA(d) of that, and the difference."""
    k, d = talib.STOCH(bars.high, bars.low, bars.close, p.k, p.smooth, _SMA, p.d, _SMA)
    return k, d, k - d


def stoch_momentum(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the twice smoothed distance from the range's middle over half the twice smoothed range, and its EMA."""
    return tuple(talib.SMI(bars.high, bars.low, bars.close, p.length, p.fast, p.slow, p.signal))


def stochf(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the place in the range and its SMA."""
    return tuple(talib.STOCHF(bars.high, bars.low, bars.close, p.k, p.d, _SMA))


def stochrsi(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the slow stochastic of the RSI."""
    x = talib.RSI(bars.source(p.source), p.rsi_length)
    return tuple(talib.STOCH(x, x, x, p.length, p.k, _SMA, p.d, _SMA))
