"""Prices that stand for a bar, and lines to hold a price against."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import talib

from tradewind_pandas_ta.columns import Columns, Floats
from tradewind_pandas_ta.compute.windows import before, carried

_LINE: Final[dict[str, Callable[..., Floats]]] = {
    "line": talib.LINEARREG,
    "slope": talib.LINEARREG_SLOPE,
    "intercept": talib.LINEARREG_INTERCEPT,
    "angle": talib.LINEARREG_ANGLE,
    "forecast": talib.TSF,
}


def hilo(bars: Columns, p: Any) -> tuple[Any, ...]:
    """
    Return the average of lows from a close above the last average of highs on, and the reverse.

    Between crossings the line stands still. Before the first it is the first average of lows.
    """
    high, low = talib.SMA(bars.high, p.high_length), talib.SMA(bars.low, p.low_length)
    first = max(p.high_length, p.low_length)
    up, down = bars.close > before(high), bars.close < before(low)
    line = np.where(up, low, np.where(down, high, np.nan))
    side = np.where(up, 1.0, np.where(down, -1.0, np.nan))
    line[: first + 1] = low[first] if not down[first] else high[first]
    side[: first + 1] = 1.0 if not down[first] else -1.0
    return carried(line), carried(side)


def hl2(bars: Columns, p: Any) -> tuple[Any, ...]:  # noqa: ARG001  # it has no settings
    """Return (high + low)/2."""
    return (talib.MEDPRICE(bars.high, bars.low),)


def hlc3(bars: Columns, p: Any) -> tuple[Any, ...]:  # noqa: ARG001  # it has no settings
    """Return (high + low + close)/3."""
    return (talib.TYPPRICE(bars.high, bars.low, bars.close),)


def ohlc4(bars: Columns, p: Any) -> tuple[Any, ...]:  # noqa: ARG001  # it has no settings
    """Return (open + high + low + close)/4."""
    return (talib.AVGPRICE(bars.open, bars.high, bars.low, bars.close),)


def wcp(bars: Columns, p: Any) -> tuple[Any, ...]:  # noqa: ARG001  # it has no settings
    """Return (high + low + 2 close)/4."""
    return (talib.WCLPRICE(bars.high, bars.low, bars.close),)


def ichimoku(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return conversion and base line, and the two spans that were computed `kijun - 1` bars before."""
    tenkan, kijun, senkou = (talib.MIDPRICE(bars.high, bars.low, n) for n in (p.tenkan, p.kijun, p.senkou))
    return tenkan, kijun, before((tenkan + kijun) / 2.0, p.kijun - 1), before(senkou, p.kijun - 1)


def linreg(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return what `mode` asks for of the least-squares line."""
    return (_LINE[p.mode](bars.source(p.source), p.length),)


def midpoint(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return (highest + lowest)/2 of the source."""
    return (talib.MIDPOINT(bars.source(p.source), p.length),)


def midprice(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return (highest high + lowest low)/2."""
    return (talib.MIDPRICE(bars.high, bars.low, p.length),)


def pivots(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return pivot, supports and resistances, nearest first."""
    high, low, close = bars.high, bars.low, bars.close
    span, pivot = high - low, bars.hlc3
    if p.method == "camarilla":
        steps = [1.1 * span / part for part in (12.0, 6.0, 4.0, 2.0)]
        return pivot, *(close - step for step in steps), *(close + step for step in steps)
    if p.method == "woodie":
        pivot = talib.WCLPRICE(high, low, close)
    near = 2.0 * pivot - high, 2.0 * pivot - low
    middle = pivot - span, pivot + span
    if p.method == "classic":
        far = pivot - 2.0 * span, pivot + 2.0 * span
        last = pivot - 3.0 * span, pivot + 3.0 * span
    elif p.method == "woodie":
        far = low - 2.0 * (high - pivot), high + 2.0 * (pivot - low)
        last = far[0] - span, far[1] + span
    else:
        far = 2.0 * pivot - (2.0 * high - low), 2.0 * pivot + (high - 2.0 * low)
        last = 3.0 * pivot - (3.0 * high - low), 3.0 * pivot + (high - 3.0 * low)
    pairs = near, middle, far, last
    return pivot, *(pair[0] for pair in pairs), *(pair[1] for pair in pairs)


def pivots_demark(bars: Columns, p: Any) -> tuple[Any, ...]:  # noqa: ARG001  # it has no settings
    """Return x/4, x/2 - high and x/2 - low; x counts the close, the high or the low twice by the bar's colour."""
    doubled = np.where(bars.close > bars.open, bars.high, np.where(bars.close < bars.open, bars.low, bars.close))
    x = bars.high + bars.low + bars.close + doubled
    return x / 4.0, x / 2.0 - bars.high, x / 2.0 - bars.low


def pivots_fibonacci(bars: Columns, p: Any) -> tuple[Any, ...]:  # noqa: ARG001  # it has no settings
    """Return the pivot with 0.382, 0.618 and 1 ranges below and above it."""
    span, pivot = bars.high - bars.low, bars.hlc3
    steps = [0.382 * span, 0.618 * span, span]
    return pivot, *(pivot - step for step in steps), *(pivot + step for step in steps)


def supertrend(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the stop line at some ATRs from (high + low)/2, and its side."""
    return tuple(talib.SUPERTREND(bars.high, bars.low, bars.close, p.length, p.multiplier))
