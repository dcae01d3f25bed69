"""
The clock of the live engine: the only module that reads the machine's time.

Three clocks are kept apart. Timers run on the monotonic clock, which no one can set. Requests are
signed, fences are counted and days roll by the venue's clock, which is the monotonic clock plus an
offset that `sync` measures. The machine's wall clock gives the first guess of that offset and
nothing else: whoever sets it moves nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

ROUND_TRIPS: Final = 5
"""How many answers of the venue's clock are compared; the quickest one tells best."""
UNSYNCED_ERROR_MS: Final = 1_000
"""How far the venue's clock may be from ours before it was asked."""


class Clock(Protocol):
    """What the engine knows of time."""

    @property
    def rate(self) -> float:
        """How fast the venue's time runs against the monotonic clock: 1, but at a sandbox that replays faster."""
        ...

    def now_ms(self) -> int:
        """Return the venue's time as well as it is known, UTC milliseconds."""
        ...

    def error_ms(self) -> int:
        """Return how far from the venue's true time `now_ms` can be, milliseconds."""
        ...

    def monotonic_ns(self) -> int:
        """Return nanoseconds that only grow, from an arbitrary start."""
        ...

    async def sync(self, server_time: Callable[[], Awaitable[int]]) -> int:
        """Measure the offset to the venue's clock; return by how many milliseconds `now_ms` moved."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after so long."""
        ...

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        """Return a context that raises TimeoutError when its block takes longer."""
        ...


class VenueClock:
    """
    The venue's time over a monotonic one.

    Args:
        ticks: The monotonic clock, nanoseconds.
        first_guess_ms: The venue's time now, as well as it is known before it was asked.
        drift_ppm: How fast two clocks may come apart between two measurements, parts per million.
        rate: How fast the venue's time runs against the monotonic clock.
    """

    def __init__(
        self, ticks: Callable[[], int], first_guess_ms: int, *, drift_ppm: int = 200, rate: float = 1.0
    ) -> None:
        self._ticks = ticks
        self._rate = rate
        self._offset_ms = first_guess_ms - self._ticked_ms(ticks())
        self._error_ms = UNSYNCED_ERROR_MS
        self._measured_ns = ticks()
        self._drift_ppm = drift_ppm

    @property
    def rate(self) -> float:
        """How fast the venue's time runs against the monotonic clock."""
        return self._rate

    def _ticked_ms(self, ticks: int) -> int:
        return ticks // 1_000_000 if self._rate == 1.0 else int(ticks * self._rate / 1e6)

    def now_ms(self) -> int:
        """Return the venue's time as well as it is known, UTC milliseconds."""
        return self._ticked_ms(self._ticks()) + self._offset_ms

    def error_ms(self) -> int:
        """Return how far from the venue's true time `now_ms` can be: half the round trip, and drift since then."""
        since_ms = self._ticked_ms(self._ticks() - self._measured_ns)
        return self._error_ms + since_ms * self._drift_ppm // 1_000_000

    def monotonic_ns(self) -> int:
        """Return nanoseconds that only grow, from an arbitrary start."""
        return self._ticks()

    async def sync(self, server_time: Callable[[], Awaitable[int]]) -> int:
        """
        Measure the offset to the venue's clock; return by how many milliseconds `now_ms` moved.

        The answer was made somewhere within the round trip: the quickest of several round trips bounds
        the error best. What `server_time` raises is passed on, unless another round trip has answered.
        """
        best: tuple[int, int] | None = None
        fault: Exception | None = None
        for _ in range(ROUND_TRIPS):
            left = self._ticks()
            try:
                told_ms = await server_time()
            except Exception as error:  # noqa: BLE001 - one lost answer of several does no harm
                fault = error
                continue
            back = self._ticks()
            half_ms = self._ticked_ms((back - left) // 2)
            if best is None or half_ms < best[0]:
                best = (half_ms, told_ms - self._ticked_ms((left + back) // 2))
        if best is None:
            if fault is not None:
                raise fault
            return 0
        moved = best[1] - self._offset_ms
        self._offset_ms = best[1]
        self._error_ms = best[0] + 1
        self._measured_ns = self._ticks()
        return moved

    async def sleep(self, seconds: float) -> None:
        """Return after so long."""
        await asyncio.sleep(seconds)

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        """Return a context that raises TimeoutError when its block takes longer."""
        return asyncio.timeout(seconds)


def wall_ms() -> int:
    """Return the machine's wall clock, UTC milliseconds; people set it, and it goes on while the machine sleeps."""
    return time.time_ns() // 1_000_000


def system_clock(rate: float = 1.0) -> VenueClock:
    """Return the clock of this machine; `rate` is how fast the venue's time runs, 1 but at a sandbox."""
    return VenueClock(time.monotonic_ns, wall_ms(), rate=rate)
