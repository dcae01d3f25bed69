"""One look a second at each session that somebody watches, told to all who do; nobody waits for a slow one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any, Final

EVERY_S: Final = 1.0
CROWD: Final = 64
"""Browsers that watch at once."""


class Watch:
    """
    Looks at sessions while somebody watches them.

    A watcher who takes longer than a look hears the newest one next: what he missed is left out, and
    nothing piles up.

    Args:
        look: Returns what there is to tell of a session; it may block.
        every_s: How often it is asked, seconds.
    """

    def __init__(self, look: Callable[[int], dict[str, Any]], *, every_s: float = EVERY_S) -> None:
        self._look = look
        self._every_s = every_s
        self._watchers: dict[int, set[asyncio.Queue[str]]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    @property
    def watching(self) -> int:
        """How many watch."""
        return sum(len(queues) for queues in self._watchers.values())

    async def events(self, session_id: int) -> AsyncGenerator[str, None]:
        """Yield events of a session as server-sent events, until the browser goes."""
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=1)
        self._watchers.setdefault(session_id, set()).add(queue)
        if session_id not in self._tasks:
            self._tasks[session_id] = asyncio.create_task(self._tell(session_id))
        try:
            yield "retry: 2000\n\n"
            while True:
                yield await queue.get()
        finally:
            left = self._watchers.get(session_id, set())
            left.discard(queue)
            if not left:
                self._watchers.pop(session_id, None)
                task = self._tasks.pop(session_id, None)
                if task is not None:
                    task.cancel()

    async def _tell(self, session_id: int) -> None:
        while True:
            try:
                told = await asyncio.to_thread(self._look, session_id)
            except Exception as error:  # noqa: BLE001  # a look that fails is told, and the next one is tried
                told = {"error": f"{type(error).__name__}: {error}"[:300]}
            text = f"data: {json.dumps(told, separators=(',', ':'))}\n\n"
            for queue in tuple(self._watchers.get(session_id, ())):
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(text)
            await asyncio.sleep(self._every_s)

    async def close(self) -> None:
        """Look no more."""
        tasks = tuple(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
