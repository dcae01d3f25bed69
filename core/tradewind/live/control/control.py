"""What a person may ask of a running session, and how it is answered."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tradewind.errors import LiveError, StoreError, TradewindError
from tradewind.live.clock import Clock
from tradewind.live.control.commanding import Commanding
from tradewind.live.control.commands import CommandLog, on_behalf
from tradewind.live.control.socket import ControlSocket, Piece, refusal
from tradewind.live.control.status import Facts, status_of
from tradewind.live.engine import Engine
from tradewind.live.position.operator import OPERATOR
from tradewind.live.session.telling import plain_positions
from tradewind.live.strategy.seat import Handover
from tradewind.live.watch.watch import Watch
from tradewind.pipeline.decide import Deciding

LOOK_S: Final = 1.0
"""How often watchdogs look, and the database and the flag files are looked at."""
TURN_S: Final = 0.8
"""How long a request waits for the bar at hand to be decided."""

STOPS_REMAIN: Final = (
    "No new entries are taken and the process ends after the bar at hand. What is open stays open: "
    "stops remain at the exchange. On paper they are watched again when the session goes on."
)

_Verb = Callable[[Mapping[str, Any], str], AsyncIterator[Piece]]

PipelinesOf = Callable[[str], Mapping[str, Deciding]]
"""Builds a strategy with its policies, by symbol; raises TradewindError when there is none of the name."""


class Control:
    """
    The ear of a session: a context in which it can be spoken to.

    Args:
        engine: The engine.
        facts: Which session it is.
        clock: The machine's clock: people live in its time.
        socket_path: Where it listens; None for nowhere.
        log: Where commands are written down; None for a session that is not kept.
        pipelines: Builds the strategy of a swap.
        say: Tells people at the terminal.
        flags: Folder of the flag files; None for none.
        watch: The watch over the session; None for one that only times its timers.
    """

    def __init__(
        self, engine: Engine, facts: Facts, *, clock: Clock, pipelines: PipelinesOf, say: Callable[[str], None],
        socket_path: Path | None = None, log: CommandLog | None = None, flags: Path | None = None,
        watch: Watch | None = None,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._facts = facts
        self._clock = clock
        self._pipelines = pipelines
        self._say = say
        self._commands = Commanding(engine, clock=clock, log=log, flags=flags, say=say)
        self._watch = watch or Watch(engine, (), clock=clock)
        self._socket = ControlSocket(socket_path, self.answer) if socket_path is not None else None
        self._over = asyncio.Event()
        self._watcher: asyncio.Task[None] | None = None
        self._verbs: dict[str, _Verb] = {
            "status": self._status,
            "positions": self._positions,
            "performance": self._performance,
            "pause": self._pause,
            "resume": self._resume,
            "stop": self._stop,
            "flatten": self._flatten,
            "swap": self._swap,
        }

    async def __aenter__(self) -> Self:
        if self._socket is not None:
            try:
                await self._socket.open()
            except OSError as error:
                self._say(f"The control socket cannot be opened ({error}): commands come through the database alone.")
                self._socket = None
        await self._commands.pick_up()
        self._watch.begin()
        self._watcher = asyncio.create_task(self._look())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.wait({self._watcher})
        await self._commands.end()
        self._watch.end()
        if self._socket is not None:
            await self._socket.close()

    # requests

    async def answer(self, request: Mapping[str, Any], by: str) -> AsyncIterator[Piece]:
        """Carry out one request; yield the lines of its answer."""
        verb = request.get("verb")
        found = self._verbs.get(verb) if isinstance(verb, str) else None
        if found is None:
            words = f"the verb was {str(verb)[:40]!r}, expected one of {', '.join(self._verbs)}."
            yield refusal(LiveError(words, code="TW-L014"))
            return
        try:
            async for piece in found(request, on_behalf(by, request)):
                yield piece
        except TradewindError as error:
            yield refusal(error)
        except Exception as error:  # noqa: BLE001  # whatever went wrong, the engine goes on
            words = f"{verb} failed: {type(error).__name__}: {error}"
            yield refusal(LiveError(words, code="TW-L014", hint="The session goes on as before."))

    async def _status(self, request: Mapping[str, Any], by: str) -> AsyncIterator[Piece]:
        del request, by
        watch, now_ms = self._watch, self._clock.now_ms()
        yield {"ok": True, "status": status_of(self._engine, self._facts, now_ms, watch.lags_ms, watch.seen)}

    async def _positions(self, request: Mapping[str, Any], by: str) -> AsyncIterator[Piece]:
        del request, by
        yield {"ok": True, "positions": plain_positions(self._engine.account.positions())}

    async def _performance(self, request: Mapping[str, Any], by: str) -> AsyncIterator[Piece]:
        del request, by
        yield {"ok": True, "performance": self._engine.get_performance_summary()}

    async def _pause(self, request: Mapping[str, Any], by: str) -> AsyncIterator[Piece]:
        del request
        was = OPERATOR in self._engine.account.halts()
        unwritten = await self._commands.pause(self._commands.command("pause", by))
        words = "Entries were paused already" if was else "Entries are paused"
        yield {"ok": True, "text": f"{words}; what is open keeps its stops. `tradewind resume` goes on.{unwritten}"}

    async def _resume(self, request: Mapping[str, Any], by: str) -> AsyncIterator[Piece]:
        breaker = str(request.get("breaker", OPERATOR))
        cleared = self._commands.clear(breaker, by, cleared=await self._engine.resume(breaker))
        left = self._engine.account.halts()
        words = f"{breaker} is cleared" if cleared else f"{breaker} did not stand"
        rest = f"still halted by {', '.join(left)}" if left else "entries are taken again"
        yield {"ok": True, "text": f"{words}; {rest}.", "cleared": cleared, "halts": list(left)}

    async def _stop(self, request: Mapping[str, Any], by: str) -> AsyncIterator[Piece]:
        del request
        unwritten = self._commands.stop(self._commands.command("stop", by))
        yield {
            "ok": True,
            "text": STOPS_REMAIN + unwritten,
            "positions": plain_positions(self._engine.account.positions()),
        }

    async def _flatten(self, request: Mapping[str, Any], by: str) -> AsyncIterator[Piece]:
        del request
        yield {"progress": "closing everything", "open": len(self._engine.account.positions())}
        unwritten = self._commands.flatten(self._commands.command("flatten", by))
        before = -1
        while not self._over.is_set():
            self._commands.raise_trouble()
            held = self._engine.account.positions()
            if len(held) != before:
                before = len(held)
                names = ", ".join(one.slot.symbol for one in held)
                yield {"progress": f"still open: {names}" if held else "nothing is open any more", "open": before}
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._over.wait()
        self._commands.raise_trouble()
        held = self._engine.account.positions()
        if held:
            names = ", ".join(one.slot.symbol for one in held)
            raise LiveError(
                f"the session ended before everything was closed; open: {names}.",
                code="TW-L015",
                hint="Start it again: it goes on closing. At a venue, `tradewind panic --flatten` needs no engine.",
            )
        words = "Everything is closed, zero positions verified, and the session has ended. Entries stay paused."
        yield {"ok": True, "text": words + unwritten}

    async def _swap(self, request: Mapping[str, Any], by: str) -> AsyncIterator[Piece]:
        name, slot = str(request.get("strategy", "")), str(request.get("slot", ""))
        only_plan = request.get("plan") is True
        policy = _handover(request.get("policy", Handover.ADOPT.value))
        yield {"progress": f"trying {name} on the bars that are known"}
        pipelines = await asyncio.to_thread(self._pipelines, name)
        await self._turn()
        try:
            # The trial is in a thread, so that stops are watched meanwhile; no bar is decided before it has ended.
            plan = await asyncio.to_thread(self._engine.plan_swap, name, pipelines, policy, slot)
            if only_plan:
                yield {"ok": True, "text": "Nothing was changed.", "plan": list(plan.lines)}
                return
            await self._engine.swap(name, pipelines, policy, slot=slot, plan=plan)
            command = self._commands.command("swap", by, strategy=name, policy=policy.value, slot=slot)
            self._commands.note(command, "swapped")
        finally:
            self._engine.turn.release()
        yield {"ok": True, "text": f"{name} takes over from the next bar on.", "plan": list(plan.lines)}

    async def _turn(self) -> None:
        """Wait for the moment between two bars."""
        try:
            async with asyncio.timeout(TURN_S):
                await self._engine.turn.acquire()
        except TimeoutError:
            raise LiveError(
                "the engine decides a bar just now.", code="TW-L014", hint="Try again in a moment."
            ) from None

    async def _look(self) -> None:
        while True:
            begun = self._clock.monotonic_ns()
            await self._clock.sleep(LOOK_S)
            self._watch.late(max(0.0, (self._clock.monotonic_ns() - begun) / 1e6 - LOOK_S * 1000))
            with contextlib.suppress(StoreError, OSError):
                self._watch.look()
                await self._commands.look()


def _handover(text: Any) -> Handover:
    try:
        return Handover(text)
    except ValueError:
        names = ", ".join(one.value for one in Handover)
        raise LiveError(f"the policy was {str(text)[:40]!r}, expected one of {names}.", code="TW-L014") from None
