"""
The exchange's time: what moves the market, and what the exchange says it is.

The market's time decides which bar is open. The exchange tells its own, which a fault script may
push away from the market's: a jump, a skew, a drift. Both are microseconds UTC.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs


@attrs.define(eq=False)
class SandboxClock:
    """
    A time that is set by whoever drives the market; it never goes back.

    Args:
        market_us: Where the market stands, microseconds UTC.
        offset_us: How far the exchange's clock is ahead of the market's.
        drift_ppm: How fast that grows, millionths.
    """

    market_us: int
    offset_us: int = 0
    drift_ppm: float = 0.0
    _drift_since_us: int = attrs.field(default=0, init=False)

    def __call__(self) -> int:
        """Return the exchange's time, microseconds UTC."""
        drifted = (self.market_us - self._drift_since_us) * self.drift_ppm / 1e6 if self.drift_ppm else 0.0
        return self.market_us + self.offset_us + int(drifted)

    @property
    def market_ms(self) -> int:
        """The market's time, milliseconds UTC."""
        return self.market_us // 1000

    def move_to(self, market_us: int) -> None:
        """Let the market's time go on; an earlier moment changes nothing."""
        self.market_us = max(self.market_us, market_us)

    def shift(self, offset_us: int) -> None:
        """Put the exchange's clock so far ahead of the market's, or behind when negative."""
        self.offset_us = offset_us

    def drift(self, ppm: float) -> None:
        """Let the exchange's clock run fast by so many millionths from now on."""
        self.offset_us = self() - self.market_us
        self._drift_since_us = self.market_us
        self.drift_ppm = ppm


@attrs.define(eq=False)
class Pace:
    """
    How fast the market's time runs against a monotonic one.

    Args:
        monotonic: A clock that never goes back, seconds.
        start_us: The market's time at the beginning, microseconds UTC.
        speed: Market seconds in a second.
    """

    monotonic: Callable[[], float]
    start_us: int
    speed: float = 1.0
    _begun: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._begun = self.monotonic()

    def due_us(self) -> int:
        """Return the market's time as it should be now, microseconds UTC."""
        return self.start_us + int((self.monotonic() - self._begun) * self.speed * 1e6)

    def seconds_until(self, market_us: int) -> float:
        """Return how long it takes until the market gets there, seconds; for ever when it stands still."""
        return (market_us - self.due_us()) / 1e6 / self.speed if self.speed else float("inf")

    def rebase(self, market_us: int, speed: float | None = None) -> None:
        """Go on from this market time, at another speed when one is given."""
        self.start_us, self._begun = market_us, self.monotonic()
        if speed is not None:
            self.speed = speed
