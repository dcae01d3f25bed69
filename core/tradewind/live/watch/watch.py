"""The watch over a session: what is wrong around it is told of, written down, and keeps it from entering."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from tradewind.errors import StoreError
from tradewind.live.clock import Clock
from tradewind.live.engine import Engine
from tradewind.live.session.reserve import Reserve
from tradewind.live.watch.watchdog import LoopLag, Trouble, Watchdog
from tradewind.store.journal import Journal
from tradewind.store.records import Halt

SCOPE: Final = "watch:"
"""How the scopes of what was seen begin in the journal."""
BREAKER: Final = "WATCH"
"""Under which name they stand there."""
_LOG: Final = logging.getLogger(__name__)


class Watch:
    """
    All watchdogs of a session.

    What one sees is an event (`watchdog`, with words of its own for alerts), a row among the halts while it lasts,
    and a line of `tradewind health`. What stops entries does so through the engine: rows are decided as on stale data,
    but for a replay, which tells again what was: nothing of this machine has a say in that.

    Args:
        engine: The engine.
        dogs: What looks.
        clock: The machine's clock.
        journal: Where it is written down; None for a session that is not kept.
        account_fp: The account there.
        reserve: Space on the disk that is given back when there is none left; None for none.
        binds: What is wrong can stop entries.
    """

    def __init__(
        self, engine: Engine, dogs: Sequence[Watchdog], *, clock: Clock, journal: Journal | None = None,
        account_fp: str = "", reserve: Reserve | None = None, binds: bool = True,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._dogs = tuple(dogs)
        self._clock = clock
        self._journal = journal
        self._account_fp = account_fp
        self._reserve = reserve
        self._binds = binds
        self._rows: dict[str, int] = {}
        self.seen: dict[str, Trouble] = {}
        """What is wrong now, by the watchdog's name."""
        self.lags_ms: deque[float] = deque(maxlen=300)
        """By how much the last timers came late, milliseconds."""

    def begin(self) -> None:
        """Clear what an earlier process saw and did not see the end of."""
        if self._journal is None:
            return
        with suppress(StoreError), self._journal.begin(None) as unit:
            for halt in unit.active_halts(self._account_fp):
                if halt.scope.startswith(SCOPE):
                    unit.clear_halt(halt.id, cleared_ms=self._clock.now_ms(), cleared_by="a new process")

    def late(self, late_ms: float) -> None:
        """Take note of how late a timer was."""
        self.lags_ms.append(late_ms)
        for dog in self._dogs:
            if isinstance(dog, LoopLag):
                dog.take(late_ms, self._seconds())

    def look(self) -> None:
        """Let every watchdog look once."""
        if self._reserve is not None:
            self._reserve.look()
        for dog in self._dogs:
            try:
                trouble = dog.look(self._seconds())
            except Exception:  # noqa: BLE001  # one that fails must not blind the others
                _LOG.exception("the watchdog %s failed", dog.name)
                continue
            before = self.seen.get(dog.name)
            if trouble is not None:
                self.seen[dog.name] = trouble
                if before is None:
                    self._raise(dog.name, trouble)
            elif before is not None:
                del self.seen[dog.name]
                self._over(dog.name)
        if self._binds:
            self._engine.doubts = {name: one.text for name, one in self.seen.items() if one.stops_entries}

    def end(self) -> None:
        """Clear what is written down: the session ends, and what is wrong is wrong no more for it."""
        for name in list(self._rows):
            self._clear(name, "the session ended")

    def _seconds(self) -> float:
        return self._clock.monotonic_ns() / 1e9

    def _raise(self, name: str, trouble: Trouble) -> None:
        effect = " No entries while it lasts; stops and exits go on." if trouble.stops_entries else ""
        self._tell(name, "warning", f"Watchdog: {name}", f"{trouble.text}.{effect}", todo=trouble.todo)
        if self._journal is None:
            return
        halt = Halt(
            account_fp=self._account_fp,
            scope=f"{SCOPE}{name}",
            breaker=BREAKER,
            detail=trouble.text,
            raised_ms=self._clock.now_ms(),
        )
        with suppress(StoreError), self._journal.begin(None) as unit:
            self._rows[name] = unit.raise_halt(halt).id

    def _over(self, name: str) -> None:
        self._tell(name, "info", f"Over: {name}", f"The watchdog of {name} sees nothing wrong any more.", todo="")
        self._clear(name, "it is over")

    def _tell(self, name: str, severity: str, title: str, text: str, **facts: Any) -> None:
        self._engine.say("watchdog", name=name, severity=severity, title=title, text=text, key=f"watch:{name}", **facts)

    def _clear(self, name: str, why: str) -> None:
        row = self._rows.pop(name, 0)
        if self._journal is None or not row:
            return
        with suppress(StoreError), self._journal.begin(None) as unit:
            unit.clear_halt(row, cleared_ms=self._clock.now_ms(), cleared_by=why)
