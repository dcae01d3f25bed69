"""One life of a session: the real engine on the simulated machine, until it stops or is killed."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from simulation.loop import PROCESS, Fate, VirtualLoop
from simulation.process import Killed
from tradewind.errors import TradewindError
from tradewind.live.clock import VenueClock
from tradewind.live.engine import Engine
from tradewind.live.paper import opening
from tradewind.live.position.account import PlanRow, SlotKey, Step
from tradewind.live.rng import SeededChance
from tradewind.live.session.session import Request
from tradewind.live.strategy.decide import Decider
from tradewind.live.strategy.seat import Handover
from tradewind.live.watch.venue import MarketSilence
from tradewind.live.watch.watch import Watch
from tradewind.live.watch.watchdog import LongMoment, LoopLag, Watchdog
from tradewind.store.journal import Unit
from tradewind.store.memory import MemoryJournal
from tradewind.store.records import Lease

if TYPE_CHECKING:
    from simulation.bars.world import World

ANSWER_S = 0.02
"""How long a strategy takes that does nothing wrong."""


class EngineLoop(VirtualLoop):
    """Virtual time on which threads take as long as they are said to, and nobody waits for them."""

    def __init__(self) -> None:
        super().__init__()
        self.took_s = 0.0

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Do the work now; the answer comes when the thread is through."""
        del executor
        future: asyncio.Future[Any] = self.create_future()
        self.took_s = 0.0
        try:
            answer, error = func(*args), None
        except Exception as raised:  # noqa: BLE001 - a thread hands on whatever is raised
            answer, error = None, raised

        def told() -> None:
            if not future.done():
                future.set_result(answer) if error is None else future.set_exception(error)

        self.call_later(ANSWER_S + self.took_s, told)
        return future


class Noted(Decider):
    """Asks a strategy, and notes which of its faults struck, and what was in doubt."""

    def __init__(self, life: Life, key: SlotKey, decider: Decider) -> None:
        super().__init__(decider.pipeline, decider.window)
        self._life = life
        self._world = life.world
        self._key = key

    def row(self, *, veto: str = "") -> PlanRow:
        """Return the plan's newest row."""
        self._world.asked = self._key
        if self._life.engine is not None and self._life.engine.doubts:
            self._world.truth.doubted.add(self._key)
        try:
            return super().row(veto=veto)
        finally:
            self._world.asked = None


class Scribe:
    """A recorder that shows the truth what was written down."""

    def __init__(self, life: Life, inner: Any) -> None:
        self._life = life
        self._inner = inner

    def record(self, step: Step, rows: Sequence[PlanRow | None], engine: Engine) -> None:
        """Keep what one moment did."""
        self._life.writing = (step, tuple(rows))
        self._inner.record(step, rows, engine)

    def close(self, reason: str, now_ms: int) -> None:
        """Keep why and when the session ended."""
        self._inner.close(reason, now_ms)


class HauntedJournal(MemoryJournal):
    """A journal whose process can be killed just before or after every commit."""

    def __init__(self, life: Life) -> None:
        super().__init__(life.world.disk)
        self._life = life

    @contextmanager
    def begin(self, lease: Lease | None) -> Iterator[Unit]:  # type: ignore[override]
        """Open a unit of work."""
        life = self._life
        with super().begin(lease) as unit:
            yield unit
            life.may_die()
        if lease is not None:
            life.committed()
            life.may_die()


class Life:
    """
    One process.

    Args:
        world: The world.
        number: Counts its processes.
    """

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.number = number
        self.fate = Fate()
        self.began_s = world.loop.time()
        self.skew_ms = 0
        if world.weather.strikes("clock_skewed", max(0.3, world.weather.intensity)):
            self.skew_ms = world.random.randint(-1_500, 1_500)
        self.session: opening.Session | None = None
        self.watch: Watch | None = None
        self.writing: tuple[Step, tuple[PlanRow | None, ...]] | None = None
        self.events: list[tuple[int, str, Any]] = []
        self.ended = False
        self.is_dead = False
        context = contextvars.copy_context()
        context.run(PROCESS.set, self.fate)
        self.task = context.run(world.loop.create_task, self._live())

    @property
    def engine(self) -> Engine | None:
        """The engine, once it is there."""
        return self.session.engine if self.session is not None else None

    @property
    def is_up(self) -> bool:
        """Whether it trades."""
        return self.session is not None and not self.ended and not self.is_dead

    # life and death

    async def _live(self) -> None:
        world = self.world
        world.is_starting = True
        try:
            self._open()
        except (TradewindError, OSError) as error:
            world.refused(self, error)
            return
        except Killed:
            return
        except Exception as error:  # noqa: BLE001 - what a start must not raise
            world.truth.violate("start", f"a start raised {type(error).__name__}: {error}")
            world.refused(self, error)
            return
        finally:
            world.is_starting = False
        assert self.engine is not None
        looking = asyncio.get_running_loop().create_task(self._look())
        try:
            reason = await self.engine.run()
        except Killed:
            return
        except Exception as error:  # noqa: BLE001 - what a session must not end with
            world.truth.violate("session", f"it ended with {type(error).__name__}: {error}")
            reason = "failed"
        looking.cancel()
        self._gone()
        world.stopped(self, reason)

    def _open(self) -> None:
        world = self.world
        begun = world.loop.time()
        clock = VenueClock(lambda: int((world.loop.time() - begun) * 1e9) + 10**12, world.now_ms() + self.skew_ms)
        with patch.multiple(opening, cast=lambda *_: world.cast, build_source=lambda *_: world.exchange):
            session = opening.open_paper(
                Request(strategies=world.strategies),
                world.settings,
                world.catalog,
                clock=clock,
                chance=SeededChance(self.number),
                emit=self._hear,
                journal=HauntedJournal(self),
                ask=self._ask,
            )
        engine = session.engine
        engine._recorder = Scribe(self, engine._recorder)
        for seat in engine.seats:
            seat.decider = Noted(self, seat.key, seat.decider)
        dogs: list[Watchdog] = [
            LoopLag(),
            LongMoment(engine=engine),
            MarketSilence(feed=engine.feed, most_s=world.settings.live.stale_seconds),
        ]
        self.watch = Watch(engine, dogs, clock=clock)
        self.session = session
        world.truth.began(self)

    def _gone(self) -> None:
        self.ended = True
        if self.session is not None:
            self.session.close()
        self.world.exchange.hang_up()

    def may_die(self) -> None:
        """Pass a point at which the process can be killed."""
        if self.is_dead:
            raise Killed
        if self.session is not None and self.world.weather.strikes("killed_in_commit", self.world.deadliness):
            self.kill()
            raise Killed

    def kill(self) -> None:
        """Kill -9."""
        self.is_dead = True
        # What it had scheduled is kept back for ever: only when all is over is it let go, to end in order.
        self.fate.frozen = True
        self._gone()
        self.world.died()

    def committed(self) -> None:
        """Take note that what was to be written is durable."""
        if self.writing is not None:
            (step, rows), self.writing = self.writing, None
            self.world.truth.take(self, step, rows)

    # what it does

    def _hear(self, kind: str, *, time_ms: int, **facts: Any) -> None:
        self.events.append((time_ms, kind, facts.get("note") or facts.get("why") or facts.get("name") or ""))
        self.world.truth.heard(self, kind, facts)

    async def _ask(self, call: Callable[[], Any]) -> Any:
        world = self.world
        until = world.weather.until.get("history_slow", -1.0)
        slow = until > world.loop.time()
        try:
            await asyncio.sleep(world.random.uniform(1.0, 40.0) if slow else world.random.uniform(0.03, 0.3))
        except asyncio.CancelledError:
            world.exchange.unheard(call)
            raise
        return call()

    async def _look(self) -> None:
        assert self.watch is not None
        while True:
            await asyncio.sleep(1.0)
            self.watch.look()
            self.world.truth.looked(self)

    async def seat_anew(self) -> None:
        """Let the strategies that were left out sit down again, as a person does."""
        engine = self.engine
        assert engine is not None
        async with engine.turn:
            for name in dict.fromkeys(seat.key.name for seat in engine.seats if seat.quarantine):
                pipeline = next(one.pipeline for one in self.world.cast.players if one.name == name)
                on_each = {symbol: pipeline.on(symbol) for symbol in engine.feed.names}
                await engine.swap(name, on_each, Handover.ADOPT, slot=name)
