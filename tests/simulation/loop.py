"""An event loop on virtual time: it jumps to its next timer, and can hold back or drop a whole process."""

from __future__ import annotations

import asyncio
import contextvars
import heapq
from typing import Any

import attrs


@attrs.define(eq=False)
class Fate:
    """
    What becomes of a process: everything it scheduled runs, waits, or never runs.

    Args:
        frozen: Stopped by a signal; it goes on where it was.
        dead: Killed: not one more line of it runs, no `finally` either.
        backlog: What it would have run while it was frozen.
    """

    frozen: bool = False
    dead: bool = False
    backlog: list[Any] = attrs.field(factory=list)


MOST_TURNS = 3_000
"""So many turns of the loop at one moment are a process that spins."""


class LivelockError(RuntimeError):
    """Something goes on and on and waits for nothing."""


PROCESS: contextvars.ContextVar[Fate | None] = contextvars.ContextVar("process", default=None)


class VirtualLoop(asyncio.BaseEventLoop):
    """Deterministic: no selector, no thread, no wall clock; handles run in the order in which they were scheduled."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._turns = 0
        self._clock_resolution = 1e-9
        self.world_context = contextvars.copy_context()
        self.tasks: list[asyncio.Task[Any]] = []
        self.set_task_factory(self._make_task)

    def _make_task(self, loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, **options)
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        self.tasks.append(task)
        return task

    def __del__(self) -> None:
        """There is nothing to close."""

    def time(self) -> float:
        return self._now

    def later(self, delay: float, call: Any, *args: Any) -> None:
        """Let the world do something after a delay, whatever becomes of the process that asked."""
        self.call_later(delay, call, *args, context=self.world_context)

    def thaw(self, fate: Fate) -> None:
        """Let a frozen process go on."""
        fate.frozen = False
        self._ready.extend(fate.backlog)  # type: ignore[attr-defined]
        fate.backlog.clear()

    def _run_once(self) -> None:
        ready: Any = self._ready  # type: ignore[attr-defined]
        scheduled: Any = self._scheduled  # type: ignore[attr-defined]
        while scheduled and scheduled[0]._cancelled:
            heapq.heappop(scheduled)._scheduled = False
        if not ready:
            if not scheduled:
                raise RuntimeError("nothing is left to do and the simulation has not ended")
            self._now = max(self._now, scheduled[0]._when)
            self._turns = 0
        self._turns += 1
        if self._turns > MOST_TURNS:
            raise LivelockError(f"{MOST_TURNS} turns of the loop and no time has passed")
        while scheduled and scheduled[0]._when <= self._now:
            handle = heapq.heappop(scheduled)
            handle._scheduled = False
            if not handle._cancelled:
                ready.append(handle)
        for _ in range(len(ready)):
            handle = ready.popleft()
            if handle._cancelled:
                continue
            fate = handle._context.get(PROCESS)
            if fate is not None and fate.dead:
                continue
            if fate is not None and fate.frozen:
                fate.backlog.append(handle)
                continue
            handle._run()

    def _process_events(self, event_list: Any) -> None:
        """There is no selector."""

    def _write_to_self(self) -> None:
        """There is no other thread to wake us."""
