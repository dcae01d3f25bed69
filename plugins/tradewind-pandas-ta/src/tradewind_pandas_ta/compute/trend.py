"""Whether there is a trend, and where it stands."""

from __future__ import annotations

from typing import Any

import talib

from tradewind_pandas_ta.columns import Columns


def adx(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Wilder's ADX and directional indicators, 0 to 100."""
    prices = bars.high, bars.low, bars.close
    return talib.ADX(*prices, p.length), talib.PLUS_DI(*prices, p.length), talib.MINUS_DI(*prices, p.length)
