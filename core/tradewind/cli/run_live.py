"""The way to real money: every condition in turn, each refusal with what to do about it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any

import click

from tradewind.backtest.source import build_source
from tradewind.cli.context import Context
from tradewind.cli.run_control import controlled
from tradewind.cli.run_lines import Lines
from tradewind.live import gate
from tradewind.live.clock import system_clock
from tradewind.live.departure import Departed, Departure
from tradewind.live.engine import Emit
from tradewind.live.logs import session_log
from tradewind.live.rng import SystemChance
from tradewind.live.session import Cast, Request, cast, load
from tradewind.live.venue_opening import Way, way_to
from tradewind.live.venue_session import open_venue
from tradewind.model.venue import Permissions
from tradewind.pipeline.certificate import Certificate
from tradewind.pipeline.certify import certify_all
from tradewind.plugins.events import EventQueue
from tradewind.plugins.lock import LOCK_FILE, Trust, fingerprint, read_lock, trust_of
from tradewind.store.journal import Journal


def pass_the_gate(context: Context, request: Request, *, skip_permission_check: bool) -> Way:
    """
    Pass every condition of trading with real money, and return the way to the venue.

    Raises:
        LiveError: TW-L001 to TW-L006 for the first condition that does not hold.
    """
    settings, catalog = context.settings, context.catalog
    way = way_to(settings, catalog)
    gate.check_executor(way.name, real_money=way.real_money, addresses=way.addresses)
    gate.check_plugins(untrusted(context))
    players = cast(request.strategies, settings, catalog)
    gate.check_certificates(certificates(players, request, context))
    for warning in gate.check_permissions(asyncio.run(_permissions(way)), skip=skip_permission_check):
        click.secho(f"Note: {warning}", fg="yellow", err=True)
    gate.check_alerts(asyncio.run(working_alerts(context)))
    _ask(settings.symbols, way.name)
    return way


def practice_way(context: Context) -> Way | None:
    """Return the way to the venue of practice that the settings name, None when they name none."""
    if context.settings.executor == "paper":
        return None
    way = way_to(context.settings, context.catalog)
    return way if way.addresses and all(map(gate.is_practice, way.addresses)) else None


def run_at(
    context: Context, way: Way, request: Request, journal: Journal, departure: Departure, *, live: bool, debug: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Run a session whose orders go to a venue."""
    settings, catalog = context.settings, context.catalog
    with session_log(settings.logs, debug=debug) as log, EventQueue(catalog.manager) as events:
        lines = Lines(as_json=as_json, debug=debug, log=log)
        emit = lines.listen(events.emit)
        asyncio.run(_run_at(context, way, request, journal, lines, emit, departure, live=live))


async def _run_at(
    context: Context, way: Way, request: Request, journal: Journal, lines: Lines, emit: Emit, departure: Departure,
    *, live: bool,
) -> None:  # fmt: skip
    settings, catalog = context.settings, context.catalog
    loop = asyncio.get_running_loop()
    opening = open_venue(
        way,
        cast(request.strategies, settings, catalog),
        request,
        settings,
        catalog,
        mode="live" if live else "paper",
        clock=system_clock(way.rate),
        chance=SystemChance(),
        journal=journal,
        emit=emit,
        tell=lines.moment,
    )
    session = await unless_told(opening, departure)
    departure.tell(lambda reason: loop.call_soon_threadsafe(session.engine.stop, reason))
    lines.at_venue(session, way, live=live)
    ear = controlled(
        context,
        session.engine,
        account=way.fingerprint,
        session_id=session.report.session_id,
        mode="live" if live else "paper",
        say=lines.say,
    )
    try:
        with ear as control:
            async with control:
                reason = await session.run()
    finally:
        departure.ending()
    lines.ended(session.engine, reason)
    lines.say("Stops that rest at the venue stay there.")
    lines.tell_json(session.engine, mode="live" if live else "practice", reason=reason)


async def unless_told[T](opening: Coroutine[Any, Any, T], departure: Departure) -> T:
    """
    Open something, and give it up in order when a signal comes meanwhile.

    Raises:
        Departed: A signal came.
    """
    loop = asyncio.get_running_loop()
    task = loop.create_task(opening)
    departure.tell(lambda reason: loop.call_soon_threadsafe(task.cancel, reason))
    try:
        return await task
    except asyncio.CancelledError:
        departure.ending()
        if departure.reason:
            raise Departed(departure.reason) from None
        raise


def untrusted(context: Context) -> Mapping[str, str]:
    """Return why each loaded plugin is not trusted with money; nothing for those that were agreed to."""
    agreed = read_lock(Path(LOCK_FILE))
    found = {row.distribution: trust_of(fingerprint(row.distribution), agreed) for row in context.catalog.plugins}
    return {name: trust.value for name, trust in found.items() if trust is not Trust.LOCKED}


def certificates(players: Cast, request: Request, context: Context) -> dict[str, Certificate | None]:
    """Return the look-ahead certificate of every strategy, made anew on the bars of every symbol before now."""
    settings = context.settings
    source = build_source(settings.source, settings, context.catalog)
    histories = load(request.window(settings.live.replay_days), players, settings, source)
    bars = {symbol: history.bars for symbol, history in histories.items()}
    wanted = settings.certificate
    return {
        one.strategy.name: certify_all(
            one.pipeline, bars, warmup=one.pipeline.warmup, cuts=wanted.cuts, seed=wanted.seed
        )
        for one in players.assemblies
    }


async def _permissions(way: Way) -> Permissions:
    executor = way.make()
    await executor.open()
    try:
        found: Permissions = await executor.permissions()
        return found
    finally:
        await executor.close()


async def working_alerts(context: Context) -> list[str]:
    """Return the services with a method `test_alert` that took a test message."""
    working = []
    for entry in context.catalog.entries("services"):
        values = context.settings.services.get(entry.name)
        if values is None:
            continue
        test = getattr(entry.build(values), "test_alert", None)
        if test is not None and await _passes(test):
            working.append(entry.name)
    return working


async def _passes(test: Any) -> bool:
    try:
        await test()
    except Exception:  # noqa: BLE001  # whatever a channel raises, it does not work
        return False
    return True


def _ask(symbols: tuple[str, ...], executor: str) -> None:
    """Let a person on a terminal type what is about to happen."""
    expected = gate.phrase_of(symbols, executor)
    if not sys.stdin.isatty():
        return
    click.secho(" LIVE - REAL MONEY ", fg="white", bg="red", bold=True)
    gate.check_phrase(click.prompt(f"Type '{expected}' to go on", default="", show_default=False), expected)
