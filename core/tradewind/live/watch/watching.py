"""Which watchdogs look after a session."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from tradewind.config.schema import Settings
from tradewind.live.clock import Clock, wall_ms
from tradewind.live.engine import Engine
from tradewind.live.feed.feed import ReplayFeed
from tradewind.live.session.reserve import Reserve
from tradewind.live.watch.machine import CLOCK_MS, ClockError, Descriptors, DiskSpace, Memory
from tradewind.live.watch.venue import AccountSilence, MarketSilence, SlowJournal
from tradewind.live.watch.watch import Watch
from tradewind.live.watch.watchdog import LongMoment, LoopLag, Watchdog
from tradewind.store.journal import Journal


def watch_over(
    engine: Engine, settings: Settings, *, clock: Clock, journal: Journal | None, account_fp: str,
    folder: Path | None,
) -> Watch:  # fmt: skip
    """
    Return the watch over a session; a replay has no market and no time of its own to look at.

    Args:
        engine: The engine.
        settings: The settings in force.
        clock: The machine's clock.
        journal: Where what is seen is written down; None for a session that is not kept.
        account_fp: The account there.
        folder: Where the journal lies on this machine; None for nowhere.
    """
    dogs: list[Watchdog] = [Memory(), Descriptors()]
    if folder is not None:
        dogs.append(DiskSpace(folder=folder))
    desk = getattr(engine.account, "desk", None)
    replay = isinstance(engine.feed, ReplayFeed)
    if not replay:
        dogs += [LoopLag(), LongMoment(engine=engine)]
        dogs.append(MarketSilence(feed=engine.feed, most_s=settings.live.stale_seconds))
        again = desk.doubt_clock if desk is not None else _by_the_wall(engine.feed.clock)
        told = CLOCK_MS if desk is not None else None
        dogs.append(ClockError(clock=engine.feed.clock, wall_ms=wall_ms, again=again, most_ms=told))
    if desk is not None:
        dogs += [AccountSilence(desk=desk), SlowJournal(desk=desk)]
    reserve = Reserve(folder=folder) if desk is not None and folder is not None else None
    return Watch(engine, dogs, clock=clock, journal=journal, account_fp=account_fp, reserve=reserve, binds=not replay)


def _by_the_wall(clock: Clock) -> Callable[[], None]:
    """Return what sets the time of a session on paper by the machine's clock again: it has nothing else to go by."""
    kept: set[asyncio.Task[int]] = set()

    async def told() -> int:
        return wall_ms()

    def again() -> None:
        setting: Awaitable[int] = clock.sync(told)
        task = asyncio.ensure_future(setting)
        kept.add(task)
        task.add_done_callback(kept.discard)

    return again
