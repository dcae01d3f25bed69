"""How much may still be asked: request weight by the minute, and the gate that a refusal closes."""

from __future__ import annotations

from typing import Final

import attrs

MINUTE: Final = 60.0


@attrs.define
class Budget:
    """
    The request weight of the present minute, shared by all that asks from this address.

    Minutes begin on the venue's clock (REST API, "Limits"). What the venue counts is taken over from the header
    `X-MBX-USED-WEIGHT-1M`: others may use the address too. Times are seconds of any one clock that runs with the
    venue's, to the minute.

    Args:
        limit: Weight to use in a minute.
    """

    limit: int
    _minute: int = attrs.field(default=-1, init=False)
    _used: int = attrs.field(default=0, init=False)
    _closed_until: float = attrs.field(default=0.0, init=False)

    def wait(self, weight: int, now: float) -> float:
        """Return how long to wait before asking for something of this weight, seconds; 0 takes the weight."""
        if now < self._closed_until:
            return self._closed_until - now
        self._turn(now)
        if self._used and self._used + weight > self.limit:
            return (self._minute + 1) * MINUTE - now
        self._used += weight
        return 0.0

    def note(self, used: int | None, now: float) -> None:
        """Take over what the venue counted in this minute."""
        self._turn(now)
        if used is not None:
            self._used = max(self._used, used)

    def used(self, now: float) -> int:
        """Return the weight that is used up in this minute."""
        self._turn(now)
        return self._used

    def close(self, seconds: float, now: float) -> None:
        """Ask nothing for this long: the venue answered 429 or 418."""
        self._closed_until = max(self._closed_until, now + seconds)

    def closed(self, now: float) -> float:
        """Return how long the gate stays closed, seconds; 0 when it is open."""
        return max(0.0, self._closed_until - now)

    def _turn(self, now: float) -> None:
        minute = int(now // MINUTE)
        if minute != self._minute:
            self._minute, self._used = minute, 0
