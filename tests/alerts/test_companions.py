"""Services beside a session: told of everything in order, and never in its way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from tradewind.errors import SettingsError
from tradewind.live.alerts.alert import Severity
from tradewind.live.clock import system_clock
from tradewind.live.control.status import Facts
from tradewind.live.engine import Engine
from tradewind.live.session.companions import Companions
from tradewind.model.timeframe import Timeframe

FACTS = Facts(name="paper-1", session_id=3, mode="paper", started_ms=1)


class Listener:
    def __init__(self) -> None:
        self.told: list[Mapping[str, Any]] = []
        self.life: list[str] = []

    async def start(self) -> None:
        self.life.append("started")

    async def stop(self) -> None:
        self.life.append("stopped")

    def notify(self, event: Mapping[str, Any]) -> None:
        self.told.append(event)

    def kinds(self) -> list[str]:
        return [event["kind"] for event in self.told if event["kind"] != "pulse"]


class Faulty(Listener):
    def __init__(self, *, start: Exception | None = None, raises: bool = False, slow_s: float = 0.0) -> None:
        super().__init__()
        self._start, self._raises, self._slow_s = start, raises, slow_s

    async def start(self) -> None:
        if self._start is not None:
            raise self._start
        await super().start()

    def notify(self, event: Mapping[str, Any]) -> None:
        super().notify(event)
        time.sleep(self._slow_s)
        if self._raises:
            raise RuntimeError("no")


def engine() -> Engine:
    clock = system_clock()
    feed = SimpleNamespace(clock=clock, market=Timeframe("1m"), names=("BTCUSDT",), reopened=2)
    account = SimpleNamespace(positions=tuple, halts=lambda: ("OPERATOR",))
    figures = SimpleNamespace(equity=9_900.0, pnl=-100.0, fees=1.0, bars=5)
    seats = (SimpleNamespace(strategy="mine", quarantine=""),)
    found = SimpleNamespace(feed=feed, account=account, figures=figures, seats=seats, last_bar_ms=0, took_ms=[])
    return cast("Engine", found)


def beside(
    *services: Listener, act: Callable[[Companions], Awaitable[None]], pulse_s: float = 60.0
) -> tuple[list[str], list[tuple[str, dict[str, Any]]]]:
    """Run companions, and return what was said at the terminal and what observers were told."""
    said: list[str] = []
    observed: list[tuple[str, dict[str, Any]]] = []

    def emit(kind: str, *, time_ms: int, **facts: Any) -> None:
        observed.append((kind, facts))

    async def life() -> None:
        named = {f"service-{place}": service for place, service in enumerate(services)}
        companions = Companions(named, emit, clock=system_clock(), say=said.append, pulse_s=pulse_s)
        companions.watch(engine(), FACTS)
        companions.emit("before", time_ms=1)
        async with companions:
            await act(companions)

    asyncio.run(life())
    return said, observed


async def one_halt(companions: Companions) -> None:
    companions.emit("halted", time_ms=2, breaker="DRAWDOWN")
    await asyncio.sleep(0.01)


def test_services_hear_events_in_order_and_the_alert_after_its_event() -> None:
    listener = Listener()
    _, observed = beside(listener, act=one_halt)
    assert listener.kinds() == ["before", "halted", "alert"]
    assert [kind for kind, _ in observed] == ["before", "halted", "alert"]
    alert = next(event for event in listener.told if event["kind"] == "alert")
    assert alert["severity"] == Severity.CRITICAL.value
    assert alert["session"] == "paper mine on BTCUSDT"
    assert listener.life == ["started", "stopped"]


def test_one_that_raises_is_told_on_and_others_hear_all() -> None:
    faulty, listener = Faulty(raises=True), Listener()
    beside(faulty, listener, act=one_halt)
    assert faulty.kinds() == listener.kinds() == ["before", "halted", "alert"]


def test_one_that_dawdles_is_told_nothing_more() -> None:
    slow, listener = Faulty(slow_s=0.3), Listener()
    said, _ = beside(slow, listener, act=one_halt)
    assert len(slow.told) == 1
    assert listener.kinds() == ["before", "halted", "alert"]
    assert any("told nothing more" in text for text in said)


def test_one_that_does_not_start_is_left_out_and_people_are_told() -> None:
    dead, listener = Faulty(start=OSError("the port is taken")), Listener()
    said, _ = beside(dead, listener, act=one_halt)
    assert dead.told == []
    assert listener.kinds() == ["before", "halted", "alert"]
    assert any("service-0 did not start" in text and "the port is taken" in text for text in said)


def test_settings_that_cannot_be_used_stop_the_start_and_what_was_started() -> None:
    listener = Listener()
    wrong = Faulty(start=SettingsError("no such scheme.", code="TW-S004"))
    with pytest.raises(SettingsError):
        beside(listener, wrong, act=one_halt)
    assert listener.life == ["started", "stopped"]


def test_the_session_is_never_waited_for_by_what_it_tells() -> None:
    async def many(companions: Companions) -> None:
        begun = time.perf_counter()
        for number in range(2_000):
            companions.emit("feed_note", time_ms=number, note="a note")
        took.append(time.perf_counter() - begun)

    took: list[float] = []
    hanging = Faulty(slow_s=0.3)
    beside(hanging, act=many)
    # Waiting for the service would take 2,000 times its 0.3 seconds.
    assert took[0] < 10.0


def test_the_pulse_tells_where_the_session_stands_and_once_more_at_its_end() -> None:
    async def wait(companions: Companions) -> None:
        await asyncio.sleep(0.1)

    listener = Listener()
    beside(listener, act=wait, pulse_s=0.02)
    pulses = [event for event in listener.told if event["kind"] == "pulse"]
    assert len(pulses) >= 2
    last = pulses[-1]
    assert (last["equity"], last["halts"], last["reconnects"]["bars"]) == (9_900.0, ["OPERATOR"], 2)
    assert last["session_id"] == 3


def test_without_services_observers_still_hear_of_alerts() -> None:
    _, observed = beside(act=one_halt)
    assert [kind for kind, _ in observed] == ["before", "halted", "alert"]


def test_a_model_that_falls_silent_in_a_session_is_told_once() -> None:
    def at(close_ms: int, bits: int) -> Any:
        empty = np.zeros(0, dtype=[("outcome", "i4")])
        step = SimpleNamespace(
            decided=empty, settled=empty, trades=(), moment=SimpleNamespace(close_ms=close_ms)
        )  # fmt: skip
        plan = SimpleNamespace(conditions=("long", "no_opinion", "drift"), bits=np.array([bits]))
        seat = SimpleNamespace(strategy="ml", key=SimpleNamespace(symbol="BTCUSDT"))
        return SimpleNamespace(step=step, seats=(seat, seat), rows=(SimpleNamespace(plan=plan), None))

    async def moments(companions: Companions) -> None:
        listen = companions.listen(passed_on.append)
        for close_ms, bits in ((1_000, 1), (2_000, 6), (3_000, 6), (4_000, 1)):
            listen(at(close_ms, bits))

    passed_on: list[Any] = []
    _, observed = beside(act=moments)
    titles = [facts["title"] for kind, facts in observed if kind == "alert"]
    assert titles == ["The model of ml on BTCUSDT is silent", "The model of ml on BTCUSDT has an opinion again"]
    assert len(passed_on) == 4
