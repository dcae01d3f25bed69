"""One seed: a market, a source that cannot be relied on, strategies that fail, and a session that is killed."""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from random import Random
from typing import Any, Final

import attrs

from live.market import LOOSE, catalog
from simulation.bars.exchange import Exchange
from simulation.bars.garbling import FORMS
from simulation.bars.kinds import KINDS, MOODS
from simulation.bars.life import EngineLoop, Life
from simulation.bars.players import NAMES, cast_of
from simulation.bars.ticker import MINUTE, PRICES, Ticker
from simulation.bars.torn import tear_one
from simulation.bars.truth import Truth
from simulation.loop import PROCESS, LivelockError
from simulation.weather import Weather
from tradewind.config.schema import LiveSettings, Settings
from tradewind.live.position.account import SlotKey
from tradewind.model.limits import Limits
from tradewind.model.timeframe import Timeframe
from tradewind.store.disk import Disk

DAY_MS: Final = 86_400_000
BEGUN: Final = 1_600_041_600_000 // DAY_MS * DAY_MS
WARM: Final = 50
"""So many rows there are before the first session."""
CALM_ROWS: Final = 4
"""So many rows are traded after the last fault."""


@attrs.frozen(kw_only=True)
class Scene:
    """
    What happens in one seed.

    Args:
        seed: Where all chance comes from.
        minutes: How long things go wrong, minutes of the market.
        intensity: Chance of each fault, for one bar; None draws it.
        only: Limit to these kinds; None for all.
        strategies: How many strategies trade; 0 draws it.
    """

    seed: int
    minutes: int = 50
    intensity: float | None = None
    only: frozenset[str] | None = None
    strategies: int = 0


@attrs.frozen(kw_only=True)
class Outcome:
    """
    What a seed came to.

    Args:
        seed: The seed.
        violations: Promises that were broken, in words.
        faults: How often each kind happened.
        rows: Rows that were decided.
        entries: Entries that were sent.
        trades: Trades that were closed.
        lives: How many processes there were.
        halts: How often a breaker was raised.
        seen_s: How long after the market fell silent that was seen, seconds, each time.
        trace: The SHA-256 of everything that was decided.
    """

    seed: int
    violations: tuple[str, ...]
    faults: Counter[str]
    rows: int
    entries: int
    trades: int
    lives: int
    halts: int
    seen_s: tuple[float, ...]
    trace: str


class World:
    """
    The world of one seed.

    Args:
        scene: What happens.
        folder: Where locks lie.
    """

    def __init__(self, scene: Scene, folder: Path) -> None:
        self.scene = scene
        self.random = draw = Random(f"bars|{scene.seed}")  # noqa: S311 - repeatable on purpose
        self.loop = EngineLoop()
        self.disk = Disk()
        self.catalog = catalog()
        intensity = draw.choice([0.0, 0.005, 0.02, 0.05]) if scene.intensity is None else scene.intensity
        chance = Random(f"weather of bars|{scene.seed}")  # noqa: S311 - repeatable on purpose
        self.weather = Weather(chance, intensity, scene.only)
        self.deadliness = intensity / 6
        self.symbols = tuple(PRICES)[: draw.choice([1, 2, 2, 3])]
        self.strategies = NAMES[: draw.choice([1, 2, 3]) if not scene.strategies else scene.strategies]
        self.row_ms = draw.choice([1, 1, 3, 3, 5]) * MINUTE
        self.form = draw.choice(FORMS)
        self.mood = ""
        self.asked: SlotKey | None = None
        self.is_starting = False
        before = WARM * self.row_ms // MINUTE
        late_in_day = draw.random() < 0.5
        opens = BEGUN + (DAY_MS - draw.randint(5, scene.minutes) * MINUTE if late_in_day else 3 * 3_600_000)
        self.begun_ms = opens // self.row_ms * self.row_ms
        self.ticker = Ticker(
            Random(f"prices|{scene.seed}"),  # noqa: S311 - repeatable on purpose
            self.weather,
            self.symbols,
            self.begun_ms - before * MINUTE,
            draw.choice([0.001, 0.003, 0.006]),
        )
        for _ in range(before):
            self.ticker.close(faults=False)
        self.exchange = Exchange(self, tells_quiet=draw.random() < 0.75)
        self.timeframe = Timeframe(f"{self.row_ms // MINUTE}m")
        self.settings = self._settings(draw, folder)
        self.cast = cast_of(self, self.settings.limits, self.timeframe)
        self.truth = Truth(self)
        self.lives: list[Life] = []

    def _settings(self, draw: Random, folder: Path) -> Settings:
        tight = Limits(
            max_daily_risk=draw.choice([0.001, 0.01]),
            max_drawdown=draw.choice([0.0006, 0.002, 0.05]),
            base_risk_per_trade=0.0005,
            max_risk_per_trade=0.001,
            max_correlated_risk=1.0,
        )
        return Settings(
            risk=(),
            limits=draw.choice([LOOSE, tight]),
            symbols=self.symbols,
            timeframe=self.timeframe.name,
            source="simulated.py:Exchange",
            state_dir=folder,
            live=LiveSettings(fill_bars="1m"),
        )

    def now_ms(self) -> int:
        """Return the time as it really is, UTC milliseconds."""
        return self.begun_ms + 500 + round(self.loop.time() * 1000)

    def fault(self, kinds: Collection[str]) -> str:
        """Draw what whoever is asked now does wrong; empty for nothing."""
        key = self.asked
        if key is None:
            return ""
        for kind in kinds:
            if self.weather.strikes(kind, self.weather.intensity / 4):
                self.truth.struck(key, kind)
                return kind
        return ""

    # the story

    def run(self) -> Outcome:
        """Live the seed through."""
        self.loop.set_exception_handler(lambda loop, context: None)
        try:
            self.loop.run_until_complete(self._story())
        except LivelockError as error:
            self.truth.violate("livelock", str(error))
        finally:
            self._bury()
        truth = self.truth
        return Outcome(
            seed=self.scene.seed,
            violations=tuple(truth.violations),
            faults=self.weather.counts,
            rows=truth.rows,
            entries=truth.entries,
            trades=truth.trades,
            lives=len(self.lives),
            halts=truth.halts,
            seen_s=tuple(truth.seen_s),
            trace=hashlib.sha256("\n".join(truth.digest).encode()).hexdigest(),
        )

    async def _story(self) -> None:
        self._start()
        for _ in range(self.scene.minutes):
            await self._minute(faults=True)
        self._calm()
        for _ in range(CALM_ROWS * self.row_ms // MINUTE + 5):
            await self._minute(faults=False)
        life = self.lives[-1]
        if life.is_up and life.engine is not None:
            life.engine.stop("the end")
            await asyncio.sleep(30.0)
        self.truth.finish()

    async def _minute(self, *, faults: bool) -> None:
        self.exchange.begin(self.ticker.next_ms)
        if faults:
            self._weather()
        await asyncio.sleep((self.ticker.next_ms + MINUTE - self.now_ms()) / 1000.0)
        self.exchange.told(self.ticker.close(faults=faults))

    def _calm(self) -> None:
        self.weather.quiet = True
        self.weather.until.clear()
        self.exchange.refused_until = -1.0
        self.exchange.strike("broken")
        self.exchange.refused_until = -1.0
        self.mood = ""
        if not self.lives[-1].is_up:
            return
        engine = self.lives[-1].engine
        if engine is not None and any(seat.quarantine for seat in engine.seats):
            self._within(self.lives[-1], self.lives[-1].seat_anew())

    def _bury(self) -> None:
        """Let every task come to its end: what they still do is looked at by nobody."""
        self.truth.over = True
        self.weather.quiet = True
        for life in self.lives:
            self.loop.thaw(life.fate)
            if life.session is not None:
                life.session.close()
        tasks = [task for task in self.loop.tasks if not task.done()]
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(_ended(tasks))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())

    # what goes wrong, once a minute

    def _weather(self) -> None:
        weather = self.weather
        for kind in ("broken", "ended", "stalled"):
            if weather.strikes(kind):
                self.loop.later(weather.random.uniform(0.0, 60.0), self.exchange.strike, kind)
        for kind, least, most in (("history_down", 5.0, 100.0), ("history_slow", 30.0, 240.0)):
            if weather.strikes(kind):
                weather.until[kind] = self.loop.time() + weather.random.uniform(least, most)
        if "moody" in self.strategies:
            for kind in MOODS:
                if weather.strikes(kind):
                    self.mood = kind
                    self.loop.later(weather.random.uniform(60.0, 600.0), self._cheer)
        self._process_weather()

    def _cheer(self) -> None:
        self.mood = ""

    def _process_weather(self) -> None:
        life = self.lives[-1]
        if not life.is_up:
            return
        if self.weather.strikes("killed", self.weather.intensity / 2):
            self.loop.later(self.weather.random.uniform(0.0, 60.0), self._kill, life)
        elif self.weather.strikes("stopped", self.weather.intensity / 3) and life.engine is not None:
            life.engine.stop()

    def _kill(self, life: Life) -> None:
        if life.is_up:
            life.kill()

    def _start(self) -> None:
        self.lives.append(Life(self, len(self.lives)))

    def died(self) -> None:
        """Take note that a process is gone; another one starts after a while."""
        self.loop.later(self.weather.random.uniform(1.0, 240.0), self._start)

    def refused(self, life: Life, error: Exception) -> None:
        """Take note that a start was refused; a person tries again."""
        life.ended = True
        self.truth.digest.append(f"refused {type(error).__name__}")
        self.loop.later(self.weather.random.uniform(5.0, 40.0), self._start)

    def stopped(self, life: Life, reason: str) -> None:
        """Take note that a session ended."""
        if reason == "stopped":
            self.died()
        elif reason != "the end":
            self.truth.violate("session", f"life {life.number} ended: {reason}")

    def _within(self, life: Life, work: Any) -> None:
        context = contextvars.copy_context()
        context.run(PROCESS.set, life.fate)
        context.run(self.loop.create_task, work)


async def _ended(tasks: Iterable[asyncio.Task[Any]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)


def live(scene: Scene) -> Outcome:
    """Live one seed through; where nothing is left out, a file is torn as well (F27)."""
    with tempfile.TemporaryDirectory(prefix="tradewind-bars-") as folder:
        outcome = World(scene, Path(folder)).run()
    if scene.only is not None:
        return outcome
    torn, violations = tear_one(scene.seed)
    return attrs.evolve(outcome, faults=outcome.faults + torn, violations=(*outcome.violations, *violations))


__all__ = ["KINDS", "Outcome", "Scene", "World", "live"]
