"""Observers and secret givers are isolated: a slow or broken one changes nothing."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pluggy
import pytest

from tradewind import PROJECT, hookimpl
from tradewind.plugins import hookspecs
from tradewind.plugins.events import EventQueue
from tradewind.plugins.secrets import ask_secret


def manager_of(**plugins: Any) -> pluggy.PluginManager:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    for name, implementation in plugins.items():
        manager.register(SimpleNamespace(**{implementation.__name__: hookimpl(implementation)}), name=name)
    return manager


def test_every_observer_sees_every_event_in_order_although_one_raises(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[int] = []

    def tradewind_event(event: Any) -> None:
        seen.append(event["number"])

    def broken(event: Any) -> None:
        raise RuntimeError("observer is broken")

    broken.__name__ = "tradewind_event"
    with EventQueue(manager_of(bad=broken, good=tradewind_event)) as events:
        for number in range(100):
            events.emit("tick", time_ms=number, number=number)
    assert seen == list(range(100))
    assert caplog.text.count("observer bad raised") == 1


def test_a_stuck_observer_never_delays_the_emitter() -> None:
    release = threading.Event()

    def tradewind_event(event: Any) -> None:
        release.wait(10)

    events = EventQueue(manager_of(stuck=tradewind_event), capacity=5)
    with events:
        for number in range(50):
            events.emit("tick", time_ms=number)
        assert events.dropped >= 44
        release.set()


def test_events_cannot_be_changed_by_an_observer() -> None:
    errors: list[str] = []

    def tradewind_event(event: Any) -> None:
        try:
            event["kind"] = "other"
        except TypeError as error:
            errors.append(str(error))

    with EventQueue(manager_of(one=tradewind_event)) as events:
        events.emit("tick", time_ms=0)
    assert len(errors) == 1


def test_the_first_plugin_that_knows_a_secret_answers_and_a_broken_one_is_passed_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(name: str) -> str:
        raise RuntimeError("the-secret-itself")

    def silent(name: str) -> None:
        return None

    def knows(name: str) -> str:
        return f"value of {name}"

    for implementation in (broken, silent, knows):
        implementation.__name__ = "tradewind_secret"
    manager = manager_of(a=broken, b=silent, c=knows)
    assert ask_secret(manager, "key") == "value of key"
    assert "the-secret-itself" not in caplog.text
    assert ask_secret(manager_of(b=silent), "key") is None
