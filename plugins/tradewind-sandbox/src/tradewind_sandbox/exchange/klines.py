"""Bars as they were fed, by interval."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any, Final

from tradewind_sandbox.exchange.messages import KlineInput
from tradewind_sandbox.exchange.money import text

INTERVALS: Final = (
    "1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M",
)  # fmt: skip


def row(kline: KlineInput, per: int = 1000) -> list[Any]:
    """Return one bar as the twelve elements of a REST kline, times in ms or (`per` 1) in µs."""
    return [
        kline.open_ms * 1000 // per,
        text(kline.open),
        text(kline.high),
        text(kline.low),
        text(kline.close),
        text(kline.volume),
        (kline.close_ms * 1000 + 999) // per,
        text(kline.quote_volume),
        kline.trades,
        text(kline.taker_base),
        text(kline.taker_quote),
        "0",
    ]


class KlineStore:
    """Every bar of one symbol, by interval and open time; a bar fed again replaces the old one."""

    def __init__(self) -> None:
        self._bars: dict[str, dict[int, KlineInput]] = {}
        self._opens: dict[str, list[int]] = {}

    def put(self, kline: KlineInput) -> None:
        """Store a bar."""
        bars = self._bars.setdefault(kline.interval, {})
        opens = self._opens.setdefault(kline.interval, [])
        if kline.open_ms not in bars:
            if opens and kline.open_ms < opens[-1]:
                opens.insert(bisect_left(opens, kline.open_ms), kline.open_ms)
            else:
                opens.append(kline.open_ms)
        bars[kline.open_ms] = kline

    def between(self, interval: str, start_ms: int | None, end_ms: int | None, limit: int) -> list[KlineInput]:
        """
        Return bars whose open lies in `[start_ms, end_ms]`, oldest first.

        With a start the oldest `limit` of them, without one the newest.
        """
        opens = self._opens.get(interval, [])
        first = 0 if start_ms is None else bisect_left(opens, start_ms)
        last = len(opens) if end_ms is None else bisect_right(opens, end_ms)
        chosen = opens[first:last]
        chosen = chosen[-limit:] if start_ms is None else chosen[:limit]
        bars = self._bars.get(interval, {})
        return [bars[one] for one in chosen]
