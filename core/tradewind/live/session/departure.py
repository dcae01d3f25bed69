"""Leave when the system says so: the first signal ends the session in order, a second one soon after at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Final, Self

AT_ONCE_S: Final = 10.0
"""A second signal within this time leaves at once."""

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Departed(KeyboardInterrupt):
    """A signal came before anything ran that could be ended in order: what was under way is given up."""


class Departure:
    """
    What to do about SIGINT and SIGTERM, from a command's first line to its last.

    Before there is anything to end, a signal raises `Departed` wherever the command is; afterwards it is told to
    what can end it. The signals are the process's and not the event loop's: a second one is heard
    while the loop is busy, too. Leaving at once is safe: what is written is whole, and stops rest where they rest.

    Args:
        leave: Ends the process at once; takes the exit code.
        ticks: A monotonic clock, nanoseconds.
    """

    def __init__(self, leave: Callable[[int], None], ticks: Callable[[], int]) -> None:
        self.reason = ""
        """Why it ends, in words; empty before the first signal."""
        self._leave = leave
        self._ticks = ticks
        self._stop: Callable[[str], object] | None = None
        self._first_ns: int | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._hear) for number in SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def tell(self, stop: Callable[[str], object]) -> None:
        """Tell this of signals from now on, with the reason; one that has come already is told at once."""
        self._stop = stop
        if self.reason:
            stop(self.reason)

    def ending(self) -> None:
        """Only take note from now on: what can be ended ends."""
        self._stop = lambda _: None

    def _hear(self, number: int, frame: FrameType | None) -> None:
        del frame
        self.heard(number)

    def heard(self, number: int) -> None:
        """
        Take note of a signal.

        Raises:
            Departed: When there is nothing yet that can be ended in order.
        """
        now = self._ticks()
        if self._first_ns is not None and now - self._first_ns <= AT_ONCE_S * 1e9:
            self._leave(128 + number)
            return
        self._first_ns = now
        self.reason = self.reason or f"stopped by {signal.Signals(number).name}"
        if self._stop is None:
            raise Departed(self.reason)
        self._stop(self.reason)
