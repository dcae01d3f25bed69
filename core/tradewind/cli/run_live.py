"""The way to real money: every condition in turn, each refusal with what to do about it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from tradewind.backtest.source import build_source
from tradewind.cli.context import Context
from tradewind.cli.run_beside import companions_of, facts_of
from tradewind.cli.run_control import controlled
from tradewind.cli.run_lines import Lines
from tradewind.live import gate
from tradewind.live.clock import system_clock
from tradewind.live.logs import session_log
from tradewind.live.rng import SystemChance
from tradewind.live.session import loading
from tradewind.live.session.companions import Companions
from tradewind.live.session.departure import Departed, Departure
from tradewind.live.session.services import try_alerts
from tradewind.live.session.session import Request, load
from tradewind.live.venue.opening import Way, way_to
from tradewind.live.venue.session import VenueSession, open_venue
from tradewind.live.worker.launch import Early
from tradewind.live.worker.remote import Troupe
from tradewind.model.venue import Permissions
from tradewind.pipeline.certificate import Certificate
from tradewind.plugins.discovery import find_candidates
from tradewind.plugins.events import EventQueue
from tradewind.plugins.lock import LOCK_FILE, Trust, fingerprint, read_lock, trust_of
from tradewind.store.journal import Journal


@contextmanager
def cast_apart(context: Context, request: Request, apart: Early) -> Iterator[Troupe]:
    """
    Give the strategies in a process of their own, and load here only the plugins that are needed beside them.

    While that process loads its libraries and the strategies, this one loads what the journal needs.

    Args:
        context: The command's settings and catalogue.
        request: What the session was asked for.
        apart: Their process, which may have been started already.

    Raises:
        TradewindError: When they cannot be built.
    """
    settings = context.settings
    process = apart.take()
    with ThreadPoolExecutor(1, thread_name_prefix="tradewind-troupe") as asking:
        coming = asking.submit(Troupe, settings, request.strategies, launched=process)
        try:
            import_module("tradewind.store.sql_journal")
            troupe = coming.result()
        except BaseException:
            process.kill()  # whoever waits for its answer waits no longer
            raise
    try:
        context.keep_out(troupe.kept_out)
        yield troupe
    finally:
        troupe.close()
        context.keep_out(())


def pass_the_gate(context: Context, request: Request, troupe: Troupe, *, skip_permission_check: bool) -> Way:
    """
    Pass every condition of trading with real money, and return the way to the venue.

    Raises:
        LiveError: TW-L001 to TW-L006 for the first condition that does not hold.
    """
    settings, catalog = context.settings, context.catalog
    way = way_to(settings, catalog)
    gate.check_executor(way.name, real_money=way.real_money, addresses=way.addresses)
    gate.check_certificates(certificates(troupe, request, context))
    for warning in gate.check_permissions(asyncio.run(_permissions(way)), skip=skip_permission_check):
        click.secho(f"Note: {warning}", fg="yellow", err=True)
    tested = asyncio.run(try_alerts(settings, catalog))
    gate.check_alerts(tested.working, tested.failed)
    for note in tested.notes:
        click.secho(f"Note: {note}", fg="yellow", err=True)
    _ask(settings.symbols, way.name)
    return way


def practice_way(context: Context) -> Way | None:
    """Return the way to the venue of practice that the settings name, None when they name none."""
    if context.settings.executor == "paper":
        return None
    way = way_to(context.settings, context.catalog)
    return way if way.addresses and all(map(gate.is_practice, way.addresses)) else None


def run_at(
    context: Context, way: Way, request: Request, troupe: Troupe, journal: Journal, departure: Departure,
    *, live: bool, debug: bool, as_json: bool,
) -> None:  # fmt: skip
    """Run a session whose orders go to a venue."""
    settings, catalog = context.settings, context.catalog
    with session_log(settings.logs, debug=debug) as log, EventQueue(catalog.manager) as events:
        lines = Lines(as_json=as_json, debug=debug, log=log)
        beside = companions_of(context, lines, events.emit)
        asyncio.run(_run_at(context, way, request, troupe, journal, lines, beside, departure, live=live))


def _mode(live: bool) -> str:
    return "live" if live else "practice"


async def _run_at(
    context: Context, way: Way, request: Request, troupe: Troupe, journal: Journal, lines: Lines, beside: Companions,
    departure: Departure, *, live: bool,
) -> None:  # fmt: skip
    async with beside:
        reason, session = await _trade(context, way, request, troupe, journal, lines, beside, departure, live=live)
    lines.ended(session.engine, reason)
    lines.say("Stops that rest at the venue stay there.")
    lines.tell_json(session.engine, mode=_mode(live), reason=reason)


async def _trade(
    context: Context, way: Way, request: Request, troupe: Troupe, journal: Journal, lines: Lines, beside: Companions,
    departure: Departure, *, live: bool,
) -> tuple[str, VenueSession]:  # fmt: skip
    loop = asyncio.get_running_loop()
    opening = open_venue(
        way,
        troupe.players,
        request,
        context.settings,
        context.catalog,
        mode=_mode(live),
        clock=system_clock(way.rate),
        chance=SystemChance(),
        journal=journal,
        emit=beside.emit,
        tell=beside.listen(lines.moment),
    )
    session = await unless_told(opening, departure)
    loading.done()
    departure.tell(lambda reason: loop.call_soon_threadsafe(session.engine.stop, reason))
    lines.at_venue(session, way, live=live)
    mode = _mode(live)
    beside.watch(session.engine, facts_of(way.fingerprint, session.report.session_id, mode), session.desk)
    ear = controlled(
        context,
        session.engine,
        another=troupe.another,
        account=way.fingerprint,
        session_id=session.report.session_id,
        mode=mode,
        say=lines.say,
    )
    try:
        with ear as control:
            async with control:
                reason = await session.run()
    finally:
        departure.ending()
    return reason, session


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
    """
    Return why each plugin that may be loaded is not trusted with money; nothing for those that were agreed to.

    None is imported for it.
    """
    agreed, plugins = read_lock(Path(LOCK_FILE)), context.settings.plugins
    installed = [one.distribution for one in find_candidates() if plugins.lets_in(one.distribution)]
    found = {name: trust_of(fingerprint(name), agreed) for name in installed}
    return {name: trust.value for name, trust in found.items() if trust is not Trust.LOCKED}


def certificates(troupe: Troupe, request: Request, context: Context) -> dict[str, Certificate | None]:
    """Return the look-ahead certificate of every strategy, made anew on the bars of every symbol before now."""
    settings, players = context.settings, troupe.players
    source = build_source(settings.source, settings, context.catalog)
    histories = load(request.window(settings.live.replay_days), players, settings, source)
    bars = {symbol: history.bars for symbol, history in histories.items()}
    cuts, seed = settings.certificate.cuts, settings.certificate.seed
    pairs = zip(troupe.names, players.names, strict=True)
    return {name: troupe.certify(asked_for, bars, cuts=cuts, seed=seed) for asked_for, name in pairs}


async def _permissions(way: Way) -> Permissions:
    executor = way.make()
    await executor.open()
    try:
        found: Permissions = await executor.permissions()
        return found
    finally:
        await executor.close()


def _ask(symbols: tuple[str, ...], executor: str) -> None:
    """Let a person on a terminal type what is about to happen."""
    expected = gate.phrase_of(symbols, executor)
    if not sys.stdin.isatty():
        return
    click.secho(" LIVE - REAL MONEY ", fg="white", bg="red", bold=True)
    gate.check_phrase(click.prompt(f"Type '{expected}' to go on", default="", show_default=False), expected)
