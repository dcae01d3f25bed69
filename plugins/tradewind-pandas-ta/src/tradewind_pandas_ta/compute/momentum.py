"""How fast and how evenly the price moves."""

from __future__ import annotations

from typing import Any

import talib

from tradewind_pandas_ta.columns import Columns


def macd(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return EMA(fast) - EMA(slow), its EMA, and the difference of the two."""
    return tuple(talib.MACD(bars.source(p.source), p.fast, p.slow, p.signal))


def rsi(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Wilder's relative strength index, 0 to 100."""
    return (talib.RSI(bars.source(p.source), p.length),)
