"""Shapes of bars."""

from __future__ import annotations

from typing import Any

import numpy as np
import talib

from tradewind_pandas_ta.columns import Columns
from tradewind_pandas_ta.compute.statistics import standard_score
from tradewind_pandas_ta.compute.windows import before, flag


def cdl_doji(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 100 where |close - open| is below some percent of SMA(high - low)."""
    body, span = np.abs(bars.close - bars.open), talib.SMA(bars.high - bars.low, p.length)
    return (flag(body < 0.01 * p.percent * span, 100.0),)


def cdl_inside(bars: Columns, p: Any) -> tuple[Any, ...]:  # noqa: ARG001  # it has no settings
    """Return 100 where the high is below the last high and the low above the last low."""
    return (flag((bars.high < before(bars.high)) & (bars.low > before(bars.low)), 100.0),)


def cdl_pattern(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return TA-Lib's answer for the pattern."""
    found = getattr(talib, f"CDL{p.pattern.upper()}")(bars.open, bars.high, bars.low, bars.close)
    return (found,)


def cdl_z(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the standard scores of open, high, low and close."""
    return tuple(standard_score(x, p.length, p.ddof) for x in (bars.open, bars.high, bars.low, bars.close))


def ha(bars: Columns, p: Any) -> tuple[Any, ...]:  # noqa: ARG001  # it has no settings
    """Return Heikin-Ashi open, high, low and close."""
    return tuple(talib.HA(bars.open, bars.high, bars.low, bars.close))
