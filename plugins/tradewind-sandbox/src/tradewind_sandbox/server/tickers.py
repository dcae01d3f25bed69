"""The mini ticker: what a pair did in a day."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from tradewind_sandbox.exchange.exchange import Exchange
from tradewind_sandbox.exchange.messages import Call

INTERVAL: Final = "15m"
_BARS: Final = 96
_ADDRESS: Final = "the sandbox itself"


def mini_ticker(exchange: Exchange, symbol: str, now_ms: int) -> dict[str, Any] | None:
    """
    Return a `24hrMiniTicker` (web-socket-streams.md), made of the last day's klines; None without any.

    Args:
        exchange: Who has the klines.
        symbol: The pair.
        now_ms: The exchange's time, milliseconds UTC.
    """
    params = {"symbol": symbol, "interval": INTERVAL, "limit": _BARS}
    rows = exchange.request(Call(method="GET", path="/api/v3/klines", params=params, ip=_ADDRESS)).body
    if not isinstance(rows, list) or not rows:
        return None
    return {
        "e": "24hrMiniTicker",
        "E": now_ms,
        "s": symbol,
        "c": rows[-1][4],
        "o": rows[0][1],
        "h": max((row[2] for row in rows), key=Decimal),
        "l": min((row[3] for row in rows), key=Decimal),
        "v": str(sum((Decimal(row[5]) for row in rows), Decimal(0))),
        "q": str(sum((Decimal(row[7]) for row in rows), Decimal(0))),
    }
