"""Lines that are drawn over the price."""

from __future__ import annotations

from typing import Any

import talib

from tradewind_pandas_ta.columns import Columns


def ema(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the exponential moving average: alpha 2/(length + 1)."""
    return (talib.EMA(bars.source(p.source), p.length),)


def sma(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the simple moving average."""
    return (talib.SMA(bars.source(p.source), p.length),)
