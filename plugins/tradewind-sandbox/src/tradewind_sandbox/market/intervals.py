"""Kline intervals as the venue writes them, and where their bars begin and end."""

from __future__ import annotations

import datetime as dt
from typing import Final

from tradewind.api import Timeframe
from tradewind_sandbox.exchange.klines import INTERVALS

SECOND: Final = "1s"
MONTH: Final = "1M"

_LENGTHS: Final = {name: Timeframe(name).ms for name in INTERVALS if name not in {SECOND, MONTH}} | {SECOND: 1000}
_ORIGINS: Final = {name: Timeframe(name).origin_ms for name in INTERVALS if name not in {SECOND, MONTH}}


def begin_of(interval: str, time_ms: int) -> int:
    """Return the open of the bar that holds a moment, milliseconds UTC."""
    if interval == MONTH:
        day = dt.datetime.fromtimestamp(time_ms / 1000, dt.UTC)
        return int(dt.datetime(day.year, day.month, 1, tzinfo=dt.UTC).timestamp()) * 1000
    return time_ms - (time_ms - _ORIGINS.get(interval, 0)) % _LENGTHS[interval]


def end_of(interval: str, begin_ms: int) -> int:
    """Return the open of the next bar, milliseconds UTC."""
    if interval == MONTH:
        # The 1st plus 31 days always lies in the next month.
        return begin_of(MONTH, begin_ms + 31 * 86_400_000)
    return begin_ms + _LENGTHS[interval]
