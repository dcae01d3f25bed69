"""The desk's crew: the drivers of the open chains and what else goes on at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import attrs

from tradewind.config.redaction import words_of
from tradewind.live.orders.bench import Bench
from tradewind.live.orders.dossier import Dossier
from tradewind.live.orders.driver import Driver
from tradewind.store.records import Chain, ChainState, OpenChain


class Crew:
    """
    What goes on at the desk, each on a task of its own.

    Args:
        bench: The desk's tools.
        closed: Called when a chain was closed.
    """

    def __init__(self, bench: Bench, closed: Callable[[], None]) -> None:
        self._bench = bench
        self._closed = closed
        self._tasks: dict[asyncio.Task[None], int] = {}

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something go on; an error that it ends with stops entries."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = len(self._tasks)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._bench.trip("INVARIANT", detail=words_of(error))

    def drive(self, driver: Driver) -> None:
        """Let a chain be driven until it is closed."""
        self._bench.drivers[driver.dossier.chain.id] = driver
        self.start(self._driven(driver))

    async def _driven(self, driver: Driver) -> None:
        await driver.run()
        if driver.dossier.chain.state is ChainState.CLOSED:
            self._bench.drivers.pop(driver.dossier.chain.id, None)
            self._closed()

    def reopen(self, chain: Chain) -> Driver | None:
        """Open a closed chain again: an order of it turned up. None when its place is taken."""
        bench = self._bench
        for driver in bench.drivers.values():
            other = driver.dossier.chain
            if (other.symbol, other.slot, other.tranche) == (chain.symbol, chain.slot, chain.tranche):
                return None
        opened = attrs.evolve(chain, state=ChainState.UNCERTAIN, closed_ms=None, pnl=None)
        with bench.unit() as unit:
            unit.save_chain(opened)
        record = OpenChain(
            chain=opened,
            attempts=bench.journal.attempts(chain.id),
            facts=bench.journal.facts(chain.id),
            fills=bench.journal.fills(chain.id),
        )
        driver = Driver(bench, Dossier(record, bench.instruments[chain.symbol]))
        self.drive(driver)
        return driver

    async def end(self) -> None:
        """End everything that goes on."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()
