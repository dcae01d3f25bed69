"""The desk's rounds: what is done again and again while it runs, each at its own pace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs

from tradewind.config.redaction import words_of
from tradewind.errors import LeaseError, StoreError, VenueError
from tradewind.live.orders.bench import Bench
from tradewind.live.orders.holding import DeskEventKind

_TICK_S = 0.5


@attrs.define
class Round:
    """
    One thing that is done again and again.

    Args:
        name: What it is.
        every_s: Seconds from its end to its next beginning.
        work: Does it; what it returns counts as done only if it is not False.
        retry_s: Seconds until it is tried again after a failure.
        due_s: When it is due next, seconds of the monotonic clock.
    """

    name: str
    every_s: float
    work: Callable[[], Awaitable[bool | None]]
    retry_s: float = 2.0
    due_s: float = 0.0


class Rounds:
    """
    A set of rounds.

    Args:
        bench: The desk's tools.
        rounds: What is to be done.
    """

    def __init__(self, bench: Bench, rounds: tuple[Round, ...]) -> None:
        self._bench = bench
        self._rounds = rounds
        now = bench.seconds()
        for one in rounds:
            one.due_s = now + one.every_s

    def hasten(self, name: str) -> None:
        """Let a round be due now."""
        for one in self._rounds:
            if one.name == name:
                one.due_s = self._bench.seconds()

    async def run(self) -> None:
        """Do what is due, until the account is another's."""
        while self._bench.lost is None:
            for one in self._rounds:
                if self._bench.seconds() >= one.due_s:
                    one.due_s = self._bench.seconds() + (one.every_s if await self._do(one) else one.retry_s)
            await self._bench.clock.sleep(_TICK_S)

    async def _do(self, one: Round) -> bool:
        try:
            return await one.work() is not False
        except LeaseError as error:
            self._bench.lose(error)
            return False
        except (VenueError, StoreError) as error:
            self._bench.emit(DeskEventKind.TROUBLE, round=one.name, error=str(error))
            return False
        except Exception as error:  # noqa: BLE001 - the other rounds go on, entries do not
            self._bench.trip("INVARIANT", detail=f"{one.name}: {words_of(error)}")
            return False
