"""Services that run beside a session: started before it, told of everything, stopped after it, never in its way."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from tradewind.config.redaction import redact
from tradewind.errors import TradewindError
from tradewind.live.alerts.alert import Alert
from tradewind.live.alerts.alerting import ALERT, Alerting
from tradewind.live.clock import Clock
from tradewind.live.control.status import Facts
from tradewind.live.engine import Emit, Engine, Told
from tradewind.live.feed.feed import ReplayFeed
from tradewind.live.watch.pulse import PULSE, Tally, pulse_of
from tradewind.plugins.services import Service

if TYPE_CHECKING:
    from tradewind.live.orders.desk import OrderDesk

_LOG: Final = logging.getLogger(__name__)

PULSE_S: Final = 5.0
"""How often services hear where the session stands."""
START_S: Final = 20.0
"""How long a service may take to start."""
STOP_S: Final = 10.0
"""How long it may take to stop."""
SLOW_S: Final = 0.25
"""A service that takes longer over one event is told nothing more: it would hold up the session."""
_MOST_EVENTS: Final = 10_000


class Companions:
    """
    The services beside one session: a context in which they run.

    What happens is put into a queue and handed to them between two steps of the loop, one event at a time: a
    service that raises, hangs or dawdles is left out, and no order waits for it.

    Args:
        services: By name, not yet started.
        emit: Tells observers.
        clock: The machine's clock.
        say: Tells people at the terminal.
        pulse_s: How often services hear where the session stands, seconds.
    """

    def __init__(
        self, services: Mapping[str, Service], emit: Emit, *, clock: Clock, say: Callable[[str], None],
        pulse_s: float = PULSE_S,
    ) -> None:  # fmt: skip
        self._services = dict(services)
        self._emit = emit
        self._clock = clock
        self._say = say
        self._pulse_s = pulse_s
        self._alerting = Alerting()
        self._tally = Tally()
        self._watched: tuple[Engine, Facts, OrderDesk | None] | None = None
        self._waiting: deque[Mapping[str, Any]] = deque(maxlen=_MOST_EVENTS)
        self._news: asyncio.Event | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._running: dict[str, Service] = {}
        self._lags_s: list[float] = []
        self.dropped = 0
        """Events that no service was told of: they came faster than services take them."""

    def watch(self, engine: Engine, facts: Facts, desk: OrderDesk | None = None) -> None:
        """Name the session that pulses tell of."""
        self._watched = (engine, facts, desk)
        if desk is not None:
            self._tally.at_desk()

    # what happens

    def emit(self, kind: str, *, time_ms: int, **facts: Any) -> None:
        """Tell observers and services of an event, and of the alert that it deserves; never waits, never raises."""
        self._emit(kind, time_ms=time_ms, **facts)
        self._queue(kind, time_ms, facts)
        try:
            self._tally.event(kind, time_ms, facts)
            alert = self._alerting.hear(kind, time_ms, facts)
        except Exception:  # noqa: BLE001  # what cannot be told must not stop what is done
            _LOG.exception("the event %s could not be put into words", kind)
            return
        if alert is not None:
            self._tell(alert, time_ms)

    def listen(self, tell: Callable[[Told], None]) -> Callable[[Told], None]:
        """Return what takes in each moment of the session and tells it on."""

        def both(told: Told) -> None:
            try:
                self.moment(told)
            except Exception:  # noqa: BLE001  # what is counted must not stop what is done
                _LOG.exception("a moment could not be taken in")
            tell(told)

        return both

    def moment(self, told: Told) -> None:
        """Take in one moment of the session."""
        self._tally.moment(told, self._watched[0] if self._watched is not None else None)
        for seat, row in zip(told.seats, told.rows, strict=True):
            if row is None or "no_opinion" not in row.plan.conditions:
                continue
            bits = int(row.plan.bits[0])
            held = {name for place, name in enumerate(row.plan.conditions) if bits >> place & 1}
            time_ms = told.step.moment.close_ms
            alert = self._alerting.hear_opinion(f"{seat.strategy} on {seat.key.symbol}", held, time_ms)
            if alert is not None:
                self._tell(alert, time_ms)

    def _tell(self, alert: Alert, time_ms: int) -> None:
        facts = {**alert.facts(), "session": self._name(), "replay": self._is_replay()}
        self._emit(ALERT, time_ms=time_ms, **facts)
        self._queue(ALERT, time_ms, facts)

    def _name(self) -> str:
        if self._watched is None:
            return ""
        engine, facts, _ = self._watched
        names = ", ".join(dict.fromkeys(seat.strategy for seat in engine.seats))
        return f"{facts.mode} {names} on {', '.join(engine.feed.names)}"

    def _is_replay(self) -> bool:
        return self._watched is not None and isinstance(self._watched[0].feed, ReplayFeed)

    def _queue(self, kind: str, time_ms: int, facts: Mapping[str, Any]) -> None:
        if not self._services:
            return
        self.dropped += len(self._waiting) == _MOST_EVENTS
        self._waiting.append({**facts, "kind": kind, "time": time_ms})
        if self._news is not None:
            self._news.set()

    # beside the session

    async def __aenter__(self) -> Self:
        if not self._services:
            return self
        self._news = asyncio.Event()
        try:
            for name, service in self._services.items():
                await self._start(name, service)
        except BaseException:
            await self._stop_all()
            raise
        self._tasks = [asyncio.create_task(self._deliver()), asyncio.create_task(self._beat())]
        if self._waiting:
            self._news.set()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._tasks = []
        with suppress(Exception):  # a session that failed may not be able to say where it stands
            self._beat_once()
        self._hand_out()
        await self._stop_all()

    async def _start(self, name: str, service: Service) -> None:
        try:
            await asyncio.wait_for(service.start(), START_S)
        except TradewindError:
            # What the settings say wrongly is mended before anything is traded.
            raise
        except Exception as error:  # noqa: BLE001  # whatever a service raises, the session goes on without it
            words = redact(f"{type(error).__name__}: {error}".rstrip(": "))
            _LOG.warning("the service %s did not start: %s", name, words)
            self._say(f"Note: the service {name} did not start and is left out ({words}).")
            return
        self._running[name] = service

    async def _stop_all(self) -> None:
        async def stop(name: str, service: Service) -> None:
            try:
                await asyncio.wait_for(service.stop(), STOP_S)
            except Exception as error:  # noqa: BLE001  # the session has ended: nothing waits for it
                _LOG.warning("the service %s did not stop: %s", name, redact(f"{type(error).__name__}: {error}"))

        await asyncio.gather(*(stop(name, service) for name, service in self._services.items()))
        self._running.clear()

    async def _deliver(self) -> None:
        while self._news is not None:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                self._hand_out(most=50)
                await asyncio.sleep(0)

    def _hand_out(self, most: int = _MOST_EVENTS) -> None:
        for _ in range(min(most, len(self._waiting))):
            event = self._waiting.popleft()
            for name, service in list(self._running.items()):
                begun = self._clock.monotonic_ns()
                try:
                    service.notify(event)
                except Exception:  # noqa: BLE001  # whatever a service raises is its own affair
                    _LOG.exception("the service %s raised when it was told of %s", name, event["kind"])
                took_s = (self._clock.monotonic_ns() - begun) / 1e9
                if took_s > SLOW_S:
                    del self._running[name]
                    words = f"the service {name} took {took_s:.1f} s over one event and is told nothing more"
                    _LOG.warning(words)
                    self._say(f"Note: {words}.")

    async def _beat(self) -> None:
        while True:
            try:
                self._beat_once()
            except Exception:  # noqa: BLE001  # the next one may succeed
                _LOG.exception("where the session stands could not be told")
            begun = self._clock.monotonic_ns()
            await self._clock.sleep(self._pulse_s)
            self._lags_s.append(max(0.0, (self._clock.monotonic_ns() - begun) / 1e9 - self._pulse_s))

    def _beat_once(self) -> None:
        if self._watched is None:
            return
        engine, facts, desk = self._watched
        lags_s, self._lags_s = self._lags_s, []
        pulse = pulse_of(
            engine, facts, self._tally, now_ms=self._clock.now_ms(), desk=desk, lags_s=lags_s,
            queues={"services": len(self._waiting), "dropped": self.dropped},
        )  # fmt: skip
        self._queue(PULSE, pulse["time_ms"], pulse)
