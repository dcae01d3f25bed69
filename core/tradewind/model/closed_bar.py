"""One closed bar, as a stream delivers it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import attrs


@attrs.frozen(kw_only=True)
class ClosedBar:
    """
    One closed bar.

    Args:
        time: Its open, UTC milliseconds.
        open: First price, quote units.
        high: Highest price.
        low: Lowest price.
        close: Last price.
        volume: Base units traded.
    """

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float

    @classmethod
    def of(cls, time: int, values: Iterable[float | str]) -> Self:
        """
        Return a bar from its open time and its open, high, low, close and volume, as numbers or text.

        Raises:
            ValueError: There are not five, or one is no number.
        """
        first, high, low, last, volume = map(float, values)
        return cls(time=time, open=first, high=high, low=low, close=last, volume=volume)
