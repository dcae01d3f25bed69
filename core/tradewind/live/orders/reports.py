"""The venue's reports: heard without an end, kept back while the desk is not ready for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tradewind.config.redaction import redact
from tradewind.errors import LiveError, StoreError, VenueError
from tradewind.live.orders.bench import Bench
from tradewind.live.orders.holding import DeskEventKind
from tradewind.live.orders.intake import Intake
from tradewind.model.venue import VenueEvent
from tradewind.plugins.protocols import Executor

_RECONNECT_S: Final = 1.0


class Reports:
    """
    What the venue reports of one account.

    Args:
        bench: The desk's tools.
        executor: The way to the venue.
        intake: Where reports go.
        missed: Called when a report could not be written down.
    """

    def __init__(self, bench: Bench, executor: Executor, intake: Intake, missed: Callable[[], None]) -> None:
        self._bench = bench
        self._executor = executor
        self._intake = intake
        self._missed = missed
        self._waiting: list[VenueEvent] | None = []

    def release(self) -> None:
        """Take in what was kept back, and everything at once from now on."""
        for event in self._waiting or ():
            self._take(event)
        self._waiting = None

    async def listen(self) -> None:
        """Take in what the venue reports; begin again whenever the reports end."""
        bench = self._bench
        while bench.lost is None:
            try:
                async for event in self._executor.events():
                    if self._waiting is not None:
                        self._waiting.append(event)
                    else:
                        self._take(event)
            except VenueError as error:
                bench.emit(DeskEventKind.TROUBLE, error=str(error))
            bench.stream_live = False
            await bench.clock.sleep(_RECONNECT_S)

    def _take(self, event: VenueEvent) -> None:
        """Take one report in; one that cannot be written down is found again by the next audit."""
        try:
            self._intake.event(event)
        except StoreError as error:
            self._bench.emit(DeskEventKind.TROUBLE, error=str(error))
            self._missed()
        except LiveError as error:
            self._bench.trip("INVARIANT", detail=redact(str(error))[:200])
