"""A session that goes on when a test lets it, with a real socket and a journal in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs

from live.market import Lasting, Setting, Sitting, assembled, busy_setting, sitting
from tradewind.errors import PluginError
from tradewind.live.clock import system_clock
from tradewind.live.control.commands import CommandLog
from tradewind.live.control.control import Control
from tradewind.live.control.socket import ask, path_of, sockets
from tradewind.live.control.status import Facts
from tradewind.live.feed.feed import ReplayFeed
from tradewind.live.feed.moment import Moment
from tradewind.pipeline.decide import Pipeline
from tradewind.store.disk import Disk
from tradewind.store.memory import MemoryJournal

ACCOUNT = "paper-test-1"


class Gate(ReplayFeed):
    """Tells a moment for each permit."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting.histories, system_clock())
        self.permits = asyncio.Semaphore(0)

    async def moments(self) -> AsyncIterator[Moment]:
        for moment in self.told():
            await self.permits.acquire()
            self.clock.stand_at(moment.close_ms)
            yield moment


@attrs.define(kw_only=True)
class Stage:
    """A session, its control, and where it is asked."""

    session: Sitting
    gate: Gate
    control: Control
    folder: Path
    disk: Disk
    said: list[str]
    running: asyncio.Task[str] | None = None

    @property
    def log(self) -> CommandLog:
        return CommandLog(MemoryJournal(self.disk), ACCOUNT)

    async def go(self, moments: int) -> None:
        """Let so many moments pass."""
        before = len(self.session.told)
        for _ in range(moments):
            self.gate.permits.release()
        while len(self.session.told) < before + moments:
            await asyncio.sleep(0.001)

    async def ask(self, verb: str, **arguments: Any) -> list[dict[str, Any]]:
        """Ask over the socket, in a thread as another process would."""
        path = path_of(self.folder, ACCOUNT)
        return await asyncio.to_thread(lambda: list(ask(path, {"verb": verb, **arguments}, wait_s=10)))

    async def last(self, verb: str, **arguments: Any) -> dict[str, Any]:
        return (await self.ask(verb, **arguments))[-1]


def named(setting: Setting, strategies: Mapping[str, Any]) -> Callable[[str], Mapping[str, Pipeline]]:
    def build(name: str) -> Mapping[str, Pipeline]:
        if name not in strategies:
            raise PluginError(f"no plugin offers {name}.", code="TW-P005")
        made = assembled(strategies[name], name, setting.settings)
        return dict.fromkeys(setting.settings.symbols, made.pipeline)

    return build


@asynccontextmanager
async def stage(
    folder: Path, *strategies: Any, disk: Disk | None = None, kept: bool = True, others: Mapping[str, Any] | None = None
) -> AsyncIterator[Stage]:
    """Give a running session that stands before its first moment."""
    setting = busy_setting(*(strategies or (Lasting(),)), hours=900)
    gate = Gate(setting)
    session = sitting(setting, feed=gate)
    rows = disk or Disk()
    said: list[str] = []
    control = Control(
        session.engine,
        Facts(name=ACCOUNT, session_id=7, mode="paper", started_ms=1_700_000_000_000),
        clock=system_clock(),
        pipelines=named(setting, others or {}),
        say=said.append,
        socket_path=path_of(folder, ACCOUNT),
        log=CommandLog(MemoryJournal(rows), ACCOUNT) if kept else None,
        flags=folder,
    )
    made = Stage(session=session, gate=gate, control=control, folder=folder, disk=rows, said=said)

    async def run() -> str:
        async with control:
            return await session.engine.run()

    made.running = asyncio.create_task(run())
    while not sockets(folder) and not made.running.done():
        await asyncio.sleep(0.001)
    try:
        yield made
    finally:
        session.engine.stop("the test ended")
        await made.running
