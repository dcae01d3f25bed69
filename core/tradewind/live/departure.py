"""Leave when the system says so: the first signal ends the session in order, a second one soon after at once."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Final

AT_ONCE_S: Final = 10.0
"""A second signal within this time leaves at once."""

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Departure:
    """
    What to do about SIGINT and SIGTERM.

    Leaving at once is safe: what is written is whole, and stops rest where they rest.

    Args:
        stop: Ends the session in order; takes the reason.
        leave: Ends the process at once; takes the exit code.
        ticks: A monotonic clock, nanoseconds.
    """

    def __init__(self, stop: Callable[[str], None], leave: Callable[[int], None], ticks: Callable[[], int]) -> None:
        self._stop = stop
        self._leave = leave
        self._ticks = ticks
        self._first_ns: int | None = None

    def heard(self, number: int) -> None:
        """Take note of a signal."""
        now = self._ticks()
        if self._first_ns is not None and now - self._first_ns <= AT_ONCE_S * 1e9:
            self._leave(128 + number)
            return
        self._first_ns = now
        self._stop(f"stopped by {signal.Signals(number).name}")
