"""What people ask of a session is carried out and written down, whichever way it came."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import attrs

from tradewind.config.redaction import cleaned
from tradewind.errors import StoreError
from tradewind.live.clock import Clock
from tradewind.live.control.commands import Command, CommandLog
from tradewind.live.engine import Engine

FLAG_FILES: Final = {"STOP": "stop", "PAUSE": "pause", "FLATTEN": "flatten"}
"""Files of the state folder that ask for something by being there."""


class Commanding:
    """
    The commands of one session.

    Args:
        engine: The engine.
        clock: The machine's clock: people live in its time.
        log: Where commands are written down; None for a session that is not kept.
        flags: Folder of the flag files; None for none.
        say: Tells people at the terminal.
    """

    def __init__(
        self, engine: Engine, *, clock: Clock, log: CommandLog | None, flags: Path | None, say: Callable[[str], None]
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._log = log
        self._flags = flags
        self._say = say
        self._heeded: set[str] = set()
        self._leaving: Command | None = None
        self._closing: asyncio.Task[None] | None = None

    # carried out

    def command(self, verb: str, by: str, via: str = "socket", **arguments: Any) -> Command:
        """Return a command as it is asked now."""
        bar_ms, asked_ms = self._engine.last_bar_ms, self._clock.now_ms()
        return Command(verb=verb, by=by, via=via, asked_ms=asked_ms, bar_ms=bar_ms, arguments=cleaned(arguments))

    async def pause(self, command: Command) -> str:
        """Pause whatever the database says, and write it down; return in words when that failed."""
        await self._engine.pause()

        def write(log: CommandLog) -> None:
            log.pause(command)
            self._note(log, command, "paused")

        return self._written(write)

    def clear(self, breaker: str, by: str, *, cleared: bool) -> bool:
        """Clear a breaker where it is written down, and write that down; return whether it stood anywhere."""
        if self._log is not None:
            cleared = self._log.clear(breaker, by, self._clock.now_ms()) or cleared
        self.note(self.command("resume", by, breaker=breaker), "cleared" if cleared else "it did not stand")
        return cleared

    def stop(self, command: Command) -> str:
        """End the session after the bar at hand; return in words when it could not be written down."""
        self._engine.stop(f"stopped by {command.by}")
        return self.note(command, "the session ends after the bar at hand")

    def flatten(self, command: Command) -> str:
        """Begin to close everything; a venue takes its time over it."""
        if self._closing is not None:
            return ""
        self._leaving = command
        self._closing = asyncio.create_task(self._engine.flatten())

        def write(log: CommandLog) -> None:
            log.pause(command)
            taken = self._taken(command)
            self._leaving = log.hand_over(command, taken, done=False) if command.id else log.ask(command)

        return self._written(write)

    def raise_trouble(self) -> None:
        """Raise what closing everything raised."""
        closing = self._closing
        if closing is None or not closing.done() or closing.cancelled():
            return
        error = closing.exception()
        if error is not None:
            self._closing = None  # it may be asked for again
            raise error

    async def end(self) -> None:
        """Let go of what is under way: the account is no longer followed, and what is not closed stays asked for."""
        if self._closing is not None:
            self._closing.cancel()
            await asyncio.wait({self._closing})
        if self._leaving is not None and not self._engine.account.positions():
            self._settle(self._leaving, "flattened")

    # written down

    def note(self, command: Command, answer: str) -> str:
        """Write a command down that was carried out; return in words when that failed."""
        return self._written(lambda log: self._note(log, command, answer))

    def _written(self, write: Callable[[CommandLog], None]) -> str:
        if self._log is None:
            return ""
        try:
            write(self._log)
        except StoreError as error:
            return f" It could not be written down, and does not outlast this process: {error.message}"
        return ""

    def _note(self, log: CommandLog, command: Command, answer: str) -> None:
        done = attrs.evolve(self._taken(command), done_ms=self._clock.now_ms(), answer=answer)
        if command.id:
            log.hand_over(command, done, done=True)
        else:
            log.note(done)

    def _taken(self, command: Command) -> Command:
        """Return a command as the engine takes it: after the bar at hand."""
        return attrs.evolve(command, id=0, bar_ms=self._engine.last_bar_ms, asked_ms=self._clock.now_ms())

    def _settle(self, command: Command, answer: str) -> None:
        if self._log is not None and command.id:
            with contextlib.suppress(StoreError):
                self._log.settle(command, answer, self._clock.now_ms())

    # left in the database or as a file

    async def pick_up(self) -> None:
        """Take over what was asked while no engine ran."""
        if self._log is None:
            return
        for command in self._log.waiting():
            if command.verb == "stop":
                self._settle(command, "the engine had ended before it read this")
            else:
                await self._heed(command)

    async def look(self) -> None:
        """Do what was left in the database, and what a file asks for."""
        for command in self._log.waiting() if self._log is not None else ():
            await self._heed(command)
        if self._flags is None:
            return
        for file, verb in FLAG_FILES.items():
            path = self._flags / file
            if file not in self._heeded and path.exists():
                self._heeded.add(file)
                self._say(f"The file {path} is there: {verb}. It asks again at every start until it is removed.")
                await self._heed(self.command(verb, f"the file {path}", "file"))

    async def _heed(self, command: Command) -> None:
        if self._closing is not None and command.verb == "flatten":
            return
        if command.id:
            self._say(f"The database asks for it: {command.verb}, by {command.by}.")
        if command.verb == "pause":
            await self.pause(command)
        elif command.verb == "stop":
            self.stop(command)
        elif command.verb == "flatten":
            self.flatten(command)
