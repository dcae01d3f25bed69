"""Bars as exact decimals: which are masked, which follow a gap, and the average true range."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs

from oracle.scales import ZERO
from tradewind.model.bars import Bars

ATR_LENGTH = 14


def exact(value: Any) -> Decimal:
    """Return the number as a trader would write it: the shortest decimal that stands for the float."""
    return Decimal(repr(float(value)))


@attrs.frozen
class Candle:
    """One tradable bar; quote units, volume in base units, `time` its open in UTC milliseconds."""

    time: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


@attrs.frozen
class History:
    """
    The bars of one symbol at one length.

    Args:
        length_ms: How long a bar is.
        times: Bar opens.
        candles: One per time; None where the prices are impossible (rule T3).
    """

    length_ms: int
    times: list[int]
    candles: list[Candle | None]

    @classmethod
    def of(cls, bars: Bars) -> History:
        """Take over bars of the framework."""
        candles = [
            _candle(int(time), *(float(getattr(bars, name)[i]) for name in ("open", "high", "low", "close", "volume")))
            for i, time in enumerate(bars.time)
        ]
        return cls(bars.timeframe.ms, [int(time) for time in bars.time], candles)

    def follows_gap(self, index: int) -> bool:
        """Tell whether the bar before this one is missing or masked; the very first bar follows none (rule T4)."""
        if index == 0:
            return False
        return self.times[index] - self.times[index - 1] != self.length_ms or self.candles[index - 1] is None

    def holding(self, time: int) -> int:
        """Return the index of the last bar that opens at or before this moment, −1 for none."""
        return bisect_right(self.times, time) - 1

    def average_true_range(self) -> list[Decimal | None]:
        """
        Return Wilder's average true range over 14 bars, as TA-Lib seeds it: the mean of the
        first 14 true ranges stands at the 15th good bar. Masked bars have that of the good bar before.
        """
        answer: list[Decimal | None] = []
        ranges: list[Decimal] = []
        average: Decimal | None = None
        before: Candle | None = None
        for candle in self.candles:
            if candle is None:
                answer.append(average)
                continue
            if before is not None:
                true_range = max(
                    candle.high - candle.low, abs(candle.high - before.close), abs(candle.low - before.close)
                )
                ranges.append(true_range)
                if len(ranges) == ATR_LENGTH:
                    average = sum(ranges, ZERO) / ATR_LENGTH
                elif average is not None:
                    average = (average * (ATR_LENGTH - 1) + true_range) / ATR_LENGTH
            before = candle
            answer.append(average)
        return answer


def _candle(time: int, opening: float, high: float, low: float, close: float, volume: float) -> Candle | None:
    numbers = (opening, high, low, close, volume)
    if not all(math.isfinite(number) for number in numbers):
        return None
    if low <= 0 or volume < 0 or high < low or not low <= opening <= high or not low <= close <= high:
        return None
    return Candle(time, *(exact(number) for number in numbers))


def histories(bars: Bars | Mapping[str, Bars]) -> dict[str, History]:
    """Return one history per symbol."""
    assert not isinstance(bars, Bars), "name the symbol of the bars first"
    return {symbol: History.of(each) for symbol, each in bars.items()}


def timeline(each: Mapping[str, History]) -> list[int]:
    """Return every moment at which any symbol has a market bar, ascending."""
    return sorted({time for history in each.values() for time in history.times})
