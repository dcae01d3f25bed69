"""Volume-weighted average prices over the last minutes."""

from __future__ import annotations

from collections import deque
from typing import Final

_MINUTE_US: Final = 60_000_000


class Average:
    """
    The volume-weighted average of a moving window; exact whole-number sums.

    Args:
        minutes: How long the window is.
    """

    __slots__ = ("_length_us", "_quantity", "_trades", "_worth")

    def __init__(self, minutes: int) -> None:
        self._length_us = minutes * _MINUTE_US
        self._trades: deque[tuple[int, int, int]] = deque()
        self._worth = 0
        self._quantity = 0

    def add(self, time_us: int, price: int, quantity: int) -> None:
        """Count a trade; what has left the window is forgotten."""
        self._trades.append((time_us, price * quantity, quantity))
        self._worth += price * quantity
        self._quantity += quantity
        self._forget(time_us)

    def price(self, now_us: int) -> int | None:
        """Return the average in units, rounded down; None when nothing traded."""
        self._forget(now_us)
        return self._worth // self._quantity if self._quantity else None

    def _forget(self, now_us: int) -> None:
        trades = self._trades
        while trades and trades[0][0] < now_us - self._length_us:
            _, worth, quantity = trades.popleft()
            self._worth -= worth
            self._quantity -= quantity
