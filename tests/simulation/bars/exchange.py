"""A source of bars that streams and has history, both of them unreliable."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from simulation.bars.garbling import as_item, garbled, unfinished
from simulation.bars.kinds import GARBLED
from simulation.bars.ticker import MINUTE
from tradewind.errors import VenueError
from tradewind.live.feed.moment import Candle
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe

if TYPE_CHECKING:
    from simulation.bars.world import World

LAG_MS: Final = 300
"""So long after its close a bar is in the exchange's history."""


class Closed(Exception):  # noqa: N818 - libraries of sockets call theirs so
    """A connection that was closed, as a library of sockets tells: neither ours nor the system's error."""


class Connection:
    """One open stream: what is on its way, and since when it has been quiet."""

    def __init__(self) -> None:
        self.queue: deque[Any] = deque()
        self.news = asyncio.Event()
        self.is_deaf = False

    def push(self, item: Any) -> None:
        """Let something arrive."""
        if not self.is_deaf:
            self.queue.append(item)
            self.news.set()

    async def items(self) -> AsyncIterator[Any]:
        """Yield what arrives; raise what is an error."""
        while True:
            while self.queue:
                item = self.queue.popleft()
                if item is None:
                    return
                if isinstance(item, Exception):
                    raise item
                yield item
            self.news.clear()
            await self.news.wait()


class Exchange:
    """
    The source under which the real feed works.

    Args:
        world: The world.
        tells_quiet: It says for how long nothing has been heard.
    """

    def __init__(self, world: World, *, tells_quiet: bool) -> None:
        self.world = world
        self.connections: list[Connection] = []
        self.heard_s: float | None = None
        self.refused_until = -1.0
        self.unsure: set[tuple[str, int]] = set()
        """Bars of which history did not tell what the exchange has."""
        self._lying: set[tuple[str, int]] = set()
        self._tells_quiet = tells_quiet
        self._unheard = False

    # the face of a source

    def instruments(self) -> Sequence[Instrument]:
        """Return the pairs."""
        return [Instrument(symbol=name) for name in self.world.symbols]

    def quiet_s(self) -> float | None:
        """Return for how many seconds nothing has been heard; None when that is not told."""
        return self.silence_s() if self._tells_quiet and self.heard_s is not None else None

    def silence_s(self) -> float:
        """Return for how many seconds nothing has been heard."""
        now = self.world.loop.time()
        if any(not connection.is_deaf for connection in self.connections):
            self.heard_s = now
        return 0.0 if self.heard_s is None else now - self.heard_s

    async def stream(self, instruments: Sequence[Instrument], timeframe: Timeframe) -> AsyncIterator[Any]:
        """Yield bars as they close, and worse."""
        world = self.world
        del instruments, timeframe
        self.heard_s = world.loop.time()
        await asyncio.sleep(world.random.uniform(0.02, 0.4))
        if world.loop.time() < self.refused_until:
            raise OSError("connection refused")
        self.silence_s()
        connection = Connection()
        connection.is_deaf = world.weather.strikes("unsubscribed")
        self.connections.append(connection)
        try:
            async for item in connection.items():
                yield item
        finally:
            self.silence_s()
            if connection in self.connections:
                self.connections.remove(connection)

    def bars(
        self, instrument: Instrument, timeframe: Timeframe, start: pd.Timestamp, end: pd.Timestamp
    ) -> pd.DataFrame:
        """Return history."""
        first, last = start.value // 1_000_000, end.value // 1_000_000
        place = (instrument.symbol, first)
        alone = timeframe.ms == MINUTE == last - first and not self.world.is_starting
        self._fail(place)
        found = self.world.ticker.history(instrument.symbol, timeframe, first, last)
        frame = found.to_frame()
        if not alone or not len(found):
            return frame
        weather = self.world.weather
        lag = LAG_MS + (int(weather.random.uniform(1_000, 6_000)) if weather.strikes("history_lags") else 0)
        if self.world.now_ms() < first + MINUTE + lag:
            self.unsure.add(place)
            return frame.iloc[:0]
        # Garbled once: who looks again sees what is there.
        if place not in self._lying and weather.strikes("history_garbled"):
            self._lying.add(place)
            kind = weather.random.choice(("not_a_number", "zero", "spike", "wick", "wrong_order"))
            # Two that err in the same way by chance could not be told from two that are right.
            wrong = garbled(kind, self.world.ticker.bars[instrument.symbol][first], weather.random, factor=7.0)
            frame = pd.DataFrame(
                {name: [float(wrong[name])] for name in ("open", "high", "low", "close", "volume")}, index=frame.index
            )
        return frame

    def unheard(self, call: Callable[[], Any]) -> None:
        """Take note of an answer that nobody waited for."""
        self._unheard = True
        with suppress(TimeoutError):
            call()
        self._unheard = False

    def _fail(self, place: tuple[str, int]) -> None:
        weather = self.world.weather
        if self._unheard:
            self.unsure.add(place)
            raise TimeoutError
        if weather.until.get("history_down", -1.0) > self.world.loop.time():
            self.unsure.add(place)
            raise weather.random.choice(
                (VenueError("no answer", code="TW-V001"), ConnectionResetError("reset"), TimeoutError("timed out"))
            )
        if weather.strikes("history_raises"):
            self.unsure.add(place)
            raise weather.random.choice((KeyError("data"), RuntimeError("a plugin's fault"), ValueError("no json")))

    # what happens

    def told(self, opened: int) -> None:
        """Let the bars of a minute that just closed be on their way."""
        for name in self.world.symbols:
            candle = self.world.ticker.bars[name].get(opened)
            if candle is not None:
                self._send(name, candle)

    def _send(self, name: str, candle: Candle) -> None:
        weather = self.world.weather
        delay = weather.random.uniform(0.05, 0.6)
        if weather.strikes("late"):
            delay = weather.random.uniform(1.0, 40.0)
        for kind in GARBLED:
            if weather.strikes(kind, weather.intensity / 3):
                self._arrive(weather.random.uniform(0.02, 0.5), (name, garbled(kind, candle, weather.random)))
                if weather.random.random() < 0.5:
                    return
        if weather.strikes("missing"):
            return
        self._arrive(delay, self._item(name, candle))
        if weather.strikes("duplicate"):
            self._arrive(delay + weather.random.uniform(0.0, 90.0), self._item(name, candle))
        if weather.strikes("revised", weather.intensity / 8):
            self.world.loop.later(weather.random.uniform(3.0, 200.0), self._revise, name, candle.time)
        if weather.strikes("revised_later", weather.intensity / 4):
            self.world.loop.later(weather.random.uniform(30.0, 600.0), self.world.ticker.revise, name, candle.time)

    def _revise(self, name: str, opened: int) -> None:
        self._arrive(0.0, self._item(name, self.world.ticker.revise(name, opened)))

    def begin(self, opened: int) -> None:
        """Let a minute begin: one of its bars may be told before it ends."""
        weather = self.world.weather
        for name in self.world.symbols:
            if weather.strikes("unfinished", weather.intensity / 2):
                before = self.world.ticker.bars[name].get(opened - MINUTE)
                if before is not None:
                    wrong = unfinished(before, opened, weather.random)
                    self._arrive(weather.random.uniform(5.0, 50.0), (name, wrong))

    def _item(self, name: str, candle: Candle) -> tuple[str, Any]:
        return name, as_item(candle, self.world.form)

    def _arrive(self, delay: float, item: Any) -> None:
        for connection in tuple(self.connections):
            self.world.loop.later(delay, connection.push, item)

    def strike(self, kind: str) -> None:
        """Let something happen to every connection that is open."""
        self.silence_s()
        random = self.world.weather.random
        ends: dict[str, Any] = {
            "broken": random.choice(
                (OSError("connection reset"), Closed("no close frame"), VenueError("gone", code="TW-V001"))
            ),
            "ended": None,
        }
        for connection in tuple(self.connections):
            if kind in ends:
                connection.is_deaf = False
                connection.push(ends[kind])
            else:
                connection.is_deaf = True
        if kind == "broken":
            self.refused_until = self.world.loop.time() + random.uniform(0.0, 40.0)

    def hang_up(self) -> None:
        """Forget every connection: their process is gone."""
        self.connections.clear()
        self.heard_s = None
