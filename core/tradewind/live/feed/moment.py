"""One moment of the market as a feed tells it: what closed, and which rows of the plan that completes."""

from __future__ import annotations

from typing import NamedTuple

import attrs


class Candle(NamedTuple):
    """
    One closed bar: prices in quote units, volume in base units.

    `time` is its open (UTC milliseconds); `partial` marks a bar that was built from fewer finer bars than it spans.
    """

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    partial: bool = False

    @property
    def is_sound(self) -> bool:
        """Whether the prices can be traded on: finite, positive, open and close inside [low, high]."""
        infinite = float("inf")
        # Every price is compared by itself: the larger of a price and what is no number is either of them.
        inside = self.low <= self.open <= self.high and self.low <= self.close <= self.high
        return inside and self.low > 0.0 and self.high < infinite and 0.0 <= self.volume < infinite


@attrs.frozen(kw_only=True)
class Moment:
    """
    All that closed at one time, for all symbols in the feed's order.

    Args:
        open_ms: Open of the market bars, UTC milliseconds.
        close_ms: When they closed.
        bars: The market bar of each symbol; None for one that the venue does not have.
        rows: The bar of the strategies' timeframe that this completes for each symbol; None for none.
        closes_row: A row ends now, for the symbols that had bars in it.
        late: It closed too long ago to act on: positions are marked, no entry is decided.
        notes: What was repaired or is doubtful, in words.
    """

    open_ms: int
    close_ms: int
    bars: tuple[Candle | None, ...]
    rows: tuple[Candle | None, ...]
    closes_row: bool
    late: bool = False
    notes: tuple[str, ...] = ()
