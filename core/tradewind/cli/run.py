"""`tradewind run`: trade bar by bar, on paper unless everything is said that real money needs."""

from __future__ import annotations

import asyncio
import json
import os
import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import click

from tradewind.cli import completing
from tradewind.cli.context import Context, with_context
from tradewind.cli.options import moment, overrides, positive, run_options
from tradewind.errors import UsageError

if TYPE_CHECKING:
    from tradewind.live.control.control import Control
    from tradewind.live.paper.opening import Session
    from tradewind.live.session.companions import Companions
    from tradewind.live.session.departure import Departure
    from tradewind.live.session.session import Request
    from tradewind.live.venue.opening import Way
    from tradewind.live.worker.launch import Early
    from tradewind.store.journal import Journal

REHEARSAL: Final = "sandbox"
"""The profile whose venue is on this machine."""
RUN_KEYS: Final = (
    "symbols", "timeframe", "source", "initial_balance", "risk_per_trade", "max_risk_per_trade", "max_position",
    "assignments",
)  # fmt: skip


@click.command()
@click.argument("strategies", nargs=-1, metavar="[STRATEGY]...", shell_complete=completing.strategies)
@click.option("--paper-trading", is_flag=True, help="Trade on paper; the default, whatever keys there are.")
@click.option("--live-trading", is_flag=True, help="Trade with real money; needs --i-understand-the-risks too.")
@click.option("--i-understand-the-risks", is_flag=True, help="Say that real money can be lost.")
@click.option(
    "--skip-permission-check", is_flag=True, help="Start although the venue does not say what the key may do."
)
@click.option("--profile", metavar="NAME", help="Profile of the settings; sandbox leads to the sandbox that runs here.")
@run_options
@click.option("--balance", type=float, metavar="AMOUNT", help="The same as --initial-balance.")
@click.option("--start", metavar="DATE", help="Replay from here on, ISO 8601, UTC.")
@click.option("--end", metavar="DATE", help="End of a replay, ISO 8601, UTC; not part of it.")
@click.option("--days", type=float, metavar="N", help="Replay the last N days before the end.")
@click.option("--speed", metavar="X", default="max", help="Replay X times as fast as the market went; max by default.")
@click.option("--fresh", is_flag=True, help="Start anew instead of going on with the session of the same settings.")
@click.option(
    "--allow-unproven-model", is_flag=True, help="Ask models that have not passed their gate; never with real money."
)
@click.option("--no-db", is_flag=True, help="Write nothing to the database.")
@click.option("--json", "as_json", is_flag=True, help="End with a summary as JSON on standard output.")
@click.option("--debug", is_flag=True, help="Print every bar's decision, and tracebacks.")
@with_context
def run(context: Context, **options: Any) -> None:
    """
    Run each STRATEGY bar by bar, on paper unless real money is asked for in full.

    Without settings it replays the end of the embedded sample, which is synthetic: no keys, no network. A session
    that is started again with the same settings goes on where it stopped. Where the settings name an executor at a
    venue of practice (on this machine, or a testnet), orders go there.
    """
    from tradewind.live.session import loading
    from tradewind.live.session.departure import Departed, Departure
    from tradewind.live.worker.launch import Early

    loading.begin()
    with Departure(os._exit, time.monotonic_ns) as departure:
        try:
            with Early() as apart:
                _run(context, options, departure, apart)
        except (Departed, click.Abort):
            if not departure.reason:
                raise
            _unbegun(departure.reason, as_json=options["as_json"])
        finally:
            loading.done()


def _run(context: Context, options: dict[str, Any], departure: Departure, apart: Early) -> None:
    context.overrides = overrides(
        **{key: options[key] for key in RUN_KEYS} | _balance(options),
        allow_unproven_model=options["allow_unproven_model"],
    )
    context.profile = options["profile"] or context.profile
    told_live = options["live_trading"] and options["i_understand_the_risks"]
    if told_live or context.settings.executor != "paper":
        apart.begin()  # what decides has a process of its own at a venue: it loads while this one does
    from tradewind.live.gate import wants_live

    live = wants_live(
        paper=options["paper_trading"], live=options["live_trading"], understood=options["i_understand_the_risks"]
    )
    request = _request(context, options)
    if (live or context.settings.executor != "paper") and _run_at_venue(
        context, request, options, departure, apart, live=live
    ):
        return
    _run_paper(context, request, options, departure)


def _unbegun(reason: str, *, as_json: bool) -> None:
    """Say that a session was stopped before it could do anything; nothing heavy is imported for that."""
    click.echo(f"\nThe session ended: {reason} before it began. Nothing was traded.", err=as_json)
    if as_json:
        click.echo(json.dumps({"mode": None, "reason": reason, "bars": 0, "total_trades": 0, "final_equity": None}))


def _run_at_venue(
    context: Context, request: Request, options: dict[str, Any], departure: Departure, apart: Early, *, live: bool
) -> bool:
    """Run a session at the venue that the settings name; False when that takes real money and none was asked for."""
    from tradewind.cli.run_live import cast_apart, pass_the_gate, practice_way, run_at, untrusted
    from tradewind.live import gate

    # At the sandbox the flags of real money are rehearsed like all else; what they open is play money.
    live = live and context.profile != REHEARSAL
    if live:
        executor = context.settings.executor
        gate.check_executor(executor, real_money=executor != gate.PAPER, addresses=())
        gate.check_plugins(untrusted(context))
    with cast_apart(context, request, apart) as troupe:
        skip = options["skip_permission_check"]
        if live:
            way: Way | None = pass_the_gate(context, request, troupe, skip_permission_check=skip)
        else:
            way = practice_way(context)
        if way is not None:
            said = {"live": live, "debug": options["debug"], "as_json": options["as_json"]}
            run_at(context, way, request, troupe, _journal(context), departure, **said)
        return way is not None


def _run_paper(context: Context, request: Request, options: dict[str, Any], departure: Departure) -> None:
    from tradewind.cli.run_beside import companions_of, facts_of
    from tradewind.cli.run_control import another_here, controlled
    from tradewind.cli.run_lines import Lines
    from tradewind.config.load import refuse_unknown_tables
    from tradewind.live.clock import system_clock
    from tradewind.live.logs import session_log
    from tradewind.live.paper.opening import open_paper
    from tradewind.live.rng import SystemChance
    from tradewind.live.session import loading
    from tradewind.plugins.events import EventQueue

    settings = context.settings
    refuse_unknown_tables(settings, context.catalog)
    with session_log(settings.logs, debug=options["debug"]) as log, EventQueue(context.catalog.manager) as events:
        lines = Lines(as_json=options["as_json"], debug=options["debug"], log=log)
        beside = companions_of(context, lines, events.emit)
        # What is asked for while the session opens is done when it is open: what it has begun to write is ended.
        departure.ending()
        session = open_paper(
            request,
            settings,
            context.catalog,
            clock=system_clock(),
            chance=SystemChance(),
            emit=beside.emit,
            tell=beside.listen(lines.moment),
            journal=None if options["no_db"] else _journal(context),
            fresh=options["fresh"],
        )
        ear = controlled(
            context,
            session.engine,
            another=partial(another_here, context),
            account=session.account_fp,
            session_id=session.session_id,
            mode="paper",
            say=lines.say,
        )
        beside.watch(session.engine, facts_of(session.account_fp, session.session_id, "paper"))
        loading.done()
        with closing(session), ear as control:
            lines.opening(session)
            reason = asyncio.run(until_told(session, control, departure, beside))
            lines.ending(session, reason)


async def until_told(session: Session, control: Control, departure: Departure, beside: Companions) -> str:
    """Run the session and listen; SIGINT and SIGTERM end it in order, a second one within ten seconds at once."""
    loop = asyncio.get_running_loop()
    departure.tell(lambda reason: loop.call_soon_threadsafe(session.engine.stop, reason))
    try:
        async with beside, control:
            return await session.engine.run()
    finally:
        departure.ending()


def _journal(context: Context) -> Journal:
    from tradewind.cache.atomic import private_folder
    from tradewind.store.address import address_of
    from tradewind.store.opening import open_store
    from tradewind.store.sql_journal import SqlJournal

    private_folder(context.settings.state_dir)
    return SqlJournal(open_store(address_of(context.settings), mode="engine"))


def _balance(options: dict[str, Any]) -> dict[str, Any]:
    if options["balance"] is None:
        return {}
    if options["initial_balance"] is not None:
        raise UsageError("both --balance and --initial-balance were given, expected one of them.", code="TW-U008")
    return {"initial_balance": options["balance"]}


def _request(context: Context, options: dict[str, Any]) -> Request:
    from tradewind.live.session.session import Request

    if options["start"] is not None and options["days"] is not None:
        raise UsageError("both --start and --days were given, expected one of them.", code="TW-U008")
    return Request(
        strategies=options["strategies"] or (context.settings.strategy,),
        start_ms=moment(options["start"], "--start") if options["start"] is not None else None,
        end_ms=moment(options["end"], "--end") if options["end"] is not None else None,
        days=positive(options["days"], "--days") if options["days"] is not None else None,
        speed=_speed(options["speed"]),
    )


def _speed(text: str) -> float:
    if text == "max":
        return 0.0
    try:
        speed = float(text)
    except ValueError:
        speed = -1.0
    if not 0.0 <= speed < 1e9:
        raise UsageError(
            f"--speed was {text!r}, expected a number or max.",
            code="TW-U008",
            hint="1 is as fast as the market went, 3600 an hour in a second, max as fast as this machine can.",
        )
    return speed
