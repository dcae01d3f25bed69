"""
Sessions whose decisions are written to a real disk, timed from the closed bar until they are durable.

What a strategy says is known beforehand: what is timed is everything else, as the engine does it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from live.market import Setting, StillClock
from live.venue import test_real_desk as real
from simulation import process as simulated
from simulation.world import Scene
from store import samples
from tradewind.live.engine import Engine
from tradewind.live.feed.feed import ReplayFeed
from tradewind.live.feed.moment import Moment
from tradewind.live.orders.entrance import Entrance
from tradewind.live.orders.intent import EntryIntent
from tradewind.live.paper.keeping import Keeper
from tradewind.live.session.figures import Figures
from tradewind.live.session.session import paper_account, seat_all, windows_of
from tradewind.live.strategy.decide import Decider
from tradewind.live.venue.account import VenueAccount
from tradewind.model.bars import Bars
from tradewind.model.plan import Plan
from tradewind.pipeline.decide import Newest
from tradewind.store.opening import open_store
from tradewind.store.sql_journal import SqlJournal


class Disk:
    """
    What the disk itself takes: one row with FULL, without any of our code.

    Args:
        folder: Where the journal lies, too.
    """

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("CREATE TABLE IF NOT EXISTS row (payload TEXT)")

    def commit(self) -> None:
        """Write one row for good."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("INSERT INTO row VALUES (?)", ("x" * 400,))
        self._connection.execute("COMMIT")


class Watch:
    """
    How long it takes until something is durable, and how long the disk takes for one row right afterwards.

    Args:
        folder: Where the journal lies.
    """

    def __init__(self, folder: Path) -> None:
        self._disk = Disk(folder)
        self._begun = self._worked = 0
        self.passed: list[float] = []
        """By the clock, microseconds."""
        self.worked: list[float] = []
        """Of the processor, the same."""
        self.disk: list[float] = []
        """A row alone, the same."""

    def begin(self) -> None:
        """Take note that a bar has closed."""
        self._begun, self._worked = time.perf_counter_ns(), time.process_time_ns()

    def durable(self) -> None:
        """Take note that what follows from it is on the disk."""
        now, worked = time.perf_counter_ns(), time.process_time_ns()
        self.passed.append((now - self._begun) / 1_000.0)
        self.worked.append((worked - self._worked) / 1_000.0)
        self._disk.commit()
        self.disk.append((time.perf_counter_ns() - now) / 1_000.0)


class Known:
    """A strategy that has said everything already."""

    warmup = 0

    def __init__(self, plan: Plan, first: int) -> None:
        self._plan = plan
        self._at = first - 1

    def newest(self, bars: Bars) -> Newest:
        self._at += 1
        return Newest(plan=self._plan.rows(self._at, self._at + 1), frame=None)  # type: ignore[arg-type]


def on_paper(setting: Setting, folder: Path) -> Watch:
    """Time the engine over the bars of a paper session, each of which is written before the next."""
    watch = Watch(folder)

    class Timed(Engine):
        async def _at(self, moment: Moment) -> None:
            watch.begin()
            await super()._at(moment)
            watch.durable()

    feed = ReplayFeed(setting.histories, StillClock())
    windows = windows_of(feed, setting.players.warmup)
    plan = setting.assemblies[0].pipeline(next(iter(setting.histories.values())).bars).plan
    seats = seat_all(setting.players, feed, windows)
    for seat in seats:
        seat.decider = Decider(Known(plan, len(windows[0])), windows[0])  # type: ignore[arg-type]
    account = paper_account(setting.players, feed, seats, setting.settings)
    account.lead([window.bars() for window in windows])
    journal = SqlJournal(open_store(str(folder / "paper.db")))
    lease = journal.acquire_lease(samples.ACCOUNT, samples.owner(), now_ms=1)
    with journal.begin(lease) as unit:
        session = unit.add_session(samples.session())
    engine = Timed(
        feed=feed, account=account, seats=seats, windows=windows, recorder=Keeper(journal, lease, session.id),
        figures=Figures(initial_balance=10_000.0, bar_ms=feed.market.ms), emit=lambda kind, **facts: None,
        budget_s=None,
    )  # fmt: skip
    asyncio.run(engine.run())
    return watch


def at_a_venue(minutes: int, folder: Path) -> tuple[Watch, Watch]:
    """
    Time the order desk, against a simulated exchange, until an entry and its chain are in the journal.

    Returns:
        From the rows on: what the bar closes and moves comes first, each in a unit of its own. And from where the
        entry's turn comes.
    """
    watch, alone = Watch(folder), Watch(folder)
    make = Entrance.make

    class Journal(SqlJournal):
        """On a disk; the simulated machine's is not asked."""

        def __init__(self, process: Any) -> None:
            super().__init__(open_store(str(folder / "venue.db")))
            self.disk = process.world.disk

    class Timed(VenueAccount):
        async def step(self, moment: Moment, rows: Any) -> Any:
            watch.begin()
            return await super().step(moment, rows)

    def made(entrance: Entrance, intent: EntryIntent) -> None:
        alone.begin()
        make(entrance, intent)
        alone.durable()
        watch.durable()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulated, "HauntedJournal", Journal)
        patch.setattr(real, "VenueAccount", Timed)
        patch.setattr(real, "MINUTES", minutes)
        patch.setattr(Entrance, "make", made)
        real.Quiet(Scene(seed=3, intensity=0.0, only=frozenset())).run()
    return watch, alone
