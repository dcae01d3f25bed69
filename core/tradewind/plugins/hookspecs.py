"""
Every hook of Tradewind, on one screen.

Hooks declare, notify and look up. They never compute, and none is called per bar.
The module that holds a plugin's hook implementations must not import numpy, pandas or a
vendor library: records name implementations by path, and they are imported when used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pluggy import HookspecMarker

from tradewind import PROJECT
from tradewind.plugins.specs import (
    CommandSpec,
    DataSourceSpec,
    ExecutorSpec,
    HealthCheckSpec,
    IndicatorSpec,
    PanelSpec,
    RiskPolicySpec,
    ServiceSpec,
    StrategySpec,
)

hookspec = HookspecMarker(PROJECT)


@hookspec
def tradewind_data_sources() -> Iterable[DataSourceSpec]:  # type: ignore[empty-body]  # a specification
    """
    Offer sources of bars or series.

    Called once when the catalogue is built. Return records only. If it raises, the plugin is
    marked broken and nothing else changes::

        @hookimpl
        def tradewind_data_sources():
            yield DataSourceSpec(name="my-feed", summary="…", factory="my_feed.source:MyFeed")
    """


@hookspec
def tradewind_indicators() -> Iterable[IndicatorSpec]:  # type: ignore[empty-body]  # a specification
    """
    Offer indicators.

    Called once when the catalogue is built. Return records only. If it raises, the plugin is
    marked broken and nothing else changes::

        @hookimpl
        def tradewind_indicators():
            yield IndicatorSpec(name="my-line", summary="…", outputs=("my_line",), factory="my.line:Line")
    """


@hookspec
def tradewind_strategies() -> Iterable[StrategySpec]:  # type: ignore[empty-body]  # a specification
    """
    Offer strategies.

    Called once when the catalogue is built. Return records only. If it raises, the plugin is
    marked broken and nothing else changes::

        @hookimpl
        def tradewind_strategies():
            yield StrategySpec(name="my-idea", summary="…", factory="my_idea.strategy:MyIdea")
    """


@hookspec
def tradewind_risk_policies() -> Iterable[RiskPolicySpec]:  # type: ignore[empty-body]  # a specification
    """
    Offer risk policies.

    Called once when the catalogue is built. Return records only. If it raises, the plugin is
    marked broken and nothing else changes::

        @hookimpl
        def tradewind_risk_policies():
            yield RiskPolicySpec(name="my-cap", summary="…", factory="my_cap.policy:MyCap")
    """


@hookspec
def tradewind_executors() -> Iterable[ExecutorSpec]:  # type: ignore[empty-body]  # a specification
    """
    Offer executors.

    Called once when the catalogue is built. Return records only. If it raises, the plugin is
    marked broken and nothing else changes::

        @hookimpl
        def tradewind_executors():
            yield ExecutorSpec(name="my-venue", summary="…", factory="my_venue.executor:Executor")
    """


@hookspec
def tradewind_services() -> Iterable[ServiceSpec]:  # type: ignore[empty-body]  # a specification
    """
    Offer services that run beside the engine.

    Called once when the catalogue is built. Return records only. If it raises, the plugin is
    marked broken and nothing else changes::

        @hookimpl
        def tradewind_services():
            yield ServiceSpec(name="my-board", summary="…", factory="my_board.service:Board")
    """


@hookspec
def tradewind_commands() -> Iterable[CommandSpec]:  # type: ignore[empty-body]  # a specification
    """
    Offer commands of the command line.

    Called once when the catalogue is built. Return records only; the click command is imported
    when it is run. If it raises, the plugin is marked broken and nothing else changes::

        @hookimpl
        def tradewind_commands():
            yield CommandSpec(name="my-task", summary="…", factory="my_task.command:my_task")
    """


@hookspec
def tradewind_health_checks() -> Iterable[HealthCheckSpec]:  # type: ignore[empty-body]  # a specification
    """
    Offer checks for `tradewind health`.

    Called once when the catalogue is built. Return records only. If it raises, the plugin is
    marked broken and nothing else changes::

        @hookimpl
        def tradewind_health_checks():
            yield HealthCheckSpec(name="my-host", summary="…", factory="my_feed.health:reachable")
    """


@hookspec
def tradewind_panels() -> Iterable[PanelSpec]:  # type: ignore[empty-body]  # a specification
    """
    Offer panels of the dashboard.

    Called once when the catalogue is built. Return records only: a panel is data, which the
    dashboard shows as text or draws; no script of a plugin runs in a browser. If it raises, the
    plugin is marked broken and nothing else changes::

        @hookimpl
        def tradewind_panels():
            yield PanelSpec(name="my-rows", summary="…", title="…", columns=("a", "b"), factory="my.rows:Rows")
    """


@hookspec(firstresult=True)
def tradewind_secret(name: str) -> str | None:
    """
    Look up a secret, such as an API key.

    Called when a component asks for a secret that the settings name. The first answer that is
    not None is taken. If it raises, the next plugin is asked::

        @hookimpl
        def tradewind_secret(name):
            return my_keyring.get(name)
    """


@hookspec
def tradewind_event(event: Mapping[str, Any]) -> None:
    """
    Observe what happened.

    Called from a queue, one event at a time, after the fact: nothing done here can delay or
    change an order. `event` has at least `kind` and `time` (UTC milliseconds). If it raises,
    the error is logged once for this plugin and the other observers still see the event::

        @hookimpl
        def tradewind_event(event):
            if event["kind"] == "run_finished":
                print(event["id"])
    """
