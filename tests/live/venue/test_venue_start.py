"""A start at a venue that wants fewer requests waits as long as it was told, and asks again."""

from __future__ import annotations

import asyncio
import time

import pytest

from tradewind.errors import VenueError
from tradewind.live.clock import VenueClock
from tradewind.live.venue.session import _until_told


class Recorded(VenueClock):
    """A clock that waits for nothing and remembers for how long it was to wait."""

    def __init__(self) -> None:
        super().__init__(time.monotonic_ns, 0, rate=100.0)
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


def asked(*faults: VenueError) -> tuple[int, list[float]]:
    left = list(faults)

    async def question() -> int:
        if left:
            raise left.pop(0)
        return 7

    clock = Recorded()
    return asyncio.run(_until_told(clock, question)), clock.waits


@pytest.mark.critical
def test_a_start_waits_while_the_venue_wants_fewer_requests_and_asks_again() -> None:
    banned = VenueError("too many requests.", code="TW-V003", retry_after_ms=200_000)
    silent = VenueError("no answer.", code="TW-V001")
    for_long = VenueError("too many requests.", code="TW-V003", retry_after_ms=10**9)
    assert asked(banned, silent, for_long) == (7, [2.0, 0.5, 60.0])


def test_a_start_that_is_refused_for_another_reason_or_for_ever_says_so() -> None:
    with pytest.raises(VenueError) as refused:
        asked(VenueError("the key is refused.", code="TW-V002"))
    assert refused.value.code == "TW-V002"
    with pytest.raises(VenueError) as silent:
        asked(*[VenueError("no answer.", code="TW-V001")] * 8)
    assert silent.value.code == "TW-V001"
