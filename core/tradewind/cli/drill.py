"""`tradewind drill`: a bad day for a strategy, at an exchange on this machine that keeps the truth."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import click

from tradewind.cli import completing
from tradewind.cli.context import Context, with_context
from tradewind.cli.options import overrides, positive, run_options
from tradewind.errors import StoreError, UsageError

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.cli.drill_stage import Session, Venue
    from tradewind.live.judge import Judge

BARS: Final = 60
"""Bars of the strategy that a drill lasts when no number of days is asked for."""
BAR_S: Final = 1.0
"""How long a bar takes, seconds: time for a network that answers slowly or not at all."""
HEAL_S: Final = 130.0
"""Within this time after the last fault the books must be exact again (G10, and a look)."""
START_S: Final = 180.0
"""How long the session may take to open its books, seconds."""
_SOURCE: Final = "synthetic"


@attrs.frozen(kw_only=True)
class Drilled:
    """
    What a drill came to.

    Args:
        strategy: Who was drilled.
        days: For how long, market time.
        seed: Of market and faults.
        speed: Market seconds in a second.
        entries: Positions that were opened.
        open_now: Those that were still open at the end.
        protected_s: Time with a position and a stop, market seconds.
        bare_s: Time with a position and no stop, seconds of the network.
        longest_bare_s: The longest of these moments.
        healed_s: How long it took after the last fault until the books were exact; None when they never were.
        faults: How often each kind was injected.
        halts: Breakers that were raised.
        violations: Promises that were broken, in words.
    """

    strategy: str
    days: float
    seed: int
    speed: float
    entries: int
    open_now: int
    protected_s: float
    bare_s: float
    longest_bare_s: float
    healed_s: float | None
    faults: dict[str, int]
    halts: tuple[str, ...]
    violations: tuple[str, ...]


@click.command()
@click.argument("strategy", shell_complete=completing.strategies)
@click.option("--faults", "script", type=click.Path(path_type=Path), help="Fault script; one of ours by default.")
@click.option("--days", type=float, metavar="N", help="How long, market time; 60 bars of the strategy by default.")
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Seed of market and faults.")
@click.option("--start", metavar="DATE", help="First moment, ISO 8601, UTC; 30 days before the end by default.")
@click.option("--keep", type=click.Path(path_type=Path), help="Keep logs and database in this folder.")
@run_options
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def drill(context: Context, strategy: str, **options: Any) -> None:
    """
    Let STRATEGY trade at an exchange on this machine while a script of faults goes on.

    What happened is judged by the exchange's own ledger: oversold, entered twice, without a stop for longer than
    5 seconds, books that are not exact to the last unit. Exit code 1 when a promise was broken. A bar takes a second.
    """
    from tradewind.cli.run import RUN_KEYS

    context.overrides = overrides(**{key: options[key] for key in RUN_KEYS})
    script = options["script"] or Path(__file__).parent.parent / "live" / "bad_day.toml"
    if not script.is_file():
        raise UsageError(f"there is no file {script}.", code="TW-U007", hint="Name a fault script with --faults.")
    timeframe, bar_s = _timeframe(context, strategy)
    days = positive(options["days"], "--days") if options["days"] is not None else BARS * bar_s / 86_400
    plan = _Plan(
        strategy=strategy, script=script, days=days, seed=options["seed"], start=options["start"], timeframe=timeframe,
        speed=bar_s / BAR_S,
    )  # fmt: skip
    if options["keep"] is not None:
        options["keep"].mkdir(parents=True, exist_ok=True)
        found = _drilled(context, plan, options["keep"].absolute())
    else:
        with tempfile.TemporaryDirectory(prefix="tradewind-drill-") as name:
            found = _drilled(context, plan, Path(name))
    if options["as_json"]:
        click.echo(json.dumps(attrs.asdict(found), indent=2))
    else:
        _print(found)
    sys.exit(1 if found.violations else 0)


@attrs.frozen(kw_only=True)
class _Plan:
    """What is drilled, and how."""

    strategy: str
    script: Path
    days: float
    seed: int
    start: str | None
    timeframe: str
    speed: float


def _timeframe(context: Context, strategy: str) -> tuple[str, float]:
    from tradewind.backtest.strategy import choose_strategy
    from tradewind.model.timeframe import Timeframe

    name = context.settings.timeframe or choose_strategy(strategy, context.settings, context.catalog).timeframe
    return name, Timeframe(name).ms / 1000.0


def _drilled(context: Context, plan: _Plan, folder: Path) -> Drilled:
    from tradewind.cli.drill_stage import venue
    from tradewind.live.judge import Judge

    common = [*_globals(context), "--set", f"state_dir={folder}", "--set", f"logs.folder={folder / 'logs'}"]
    common += ["--set", f"database_url={folder / 'tradewind.db'}"]
    settings = context.settings
    source = _SOURCE if settings.source == "sample" else settings.source
    market = ["--source", source, "--speed", f"{plan.speed:g}", "--seed", str(plan.seed), "--faults", str(plan.script)]
    market += [word for symbol in settings.symbols for word in ("--symbol", symbol)]
    market += ["--start", plan.start] if plan.start else []
    judge = Judge(plan.speed)
    with venue(folder, common, market) as place:
        session = place.trade(plan.strategy, ["--timeframe", plan.timeframe])
        try:
            _wait_for_start(session, folder)
            troubles = _watch(place, session, judge, plan)
            injected = dict(place.ask("/_faults")["injected"])
            place.ask("/_faults", method="DELETE")
            healed = None if troubles else _heal(place, session, folder)
            place.ask("/_clock", {"speed": 0}, "POST")
            time.sleep(2.0)
        finally:
            code = session.end()
        differences = _judge_books(place, folder, judge)
        if code != 0 and not troubles:
            troubles = [f"the session ended with exit code {code}: {session.last_words()}"]
    return Drilled(
        strategy=plan.strategy,
        days=plan.days,
        seed=plan.seed,
        speed=plan.speed,
        entries=judge.entries,
        open_now=judge.open_now,
        protected_s=round(judge.protected_s, 1),
        bare_s=round(judge.bare_s, 3),
        longest_bare_s=round(judge.longest_bare_s, 3),
        healed_s=healed,
        faults={name: count for name, count in sorted(injected.items()) if count},
        halts=_halts(folder),
        violations=(*troubles, *judge.violations, *differences),
    )


def _globals(context: Context) -> list[str]:
    """Return the options before the command that lead to the same settings."""
    words = ["--settings", str(context.settings_file.absolute())] if context.settings_file is not None else []
    for assignment in context.assignments:
        words += ["--set", assignment]
    for layer in context.overrides:
        words += [word for path, value in _flat(layer.values) for word in ("--set", f"{path}={_text(value)}")]
    return words


def _flat(values: Any, before: str = "") -> list[tuple[str, Any]]:
    found = []
    for name, value in values.items():
        # Symbols and source are the market's affair; the session is told them by the sandbox.
        if not before and name in ("symbols", "source", "timeframe"):
            continue
        found += _flat(value, f"{before}{name}.") if isinstance(value, dict) else [(f"{before}{name}", value)]
    return found


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool | list | tuple | str) else str(value)


def _wait_for_start(session: Session, folder: Path) -> None:
    """Wait until the session has opened its books: the drill lasts from then on, however slow the machine is."""
    deadline = time.monotonic() + START_S
    while session.code is None and time.monotonic() < deadline and not _ledger(folder):
        time.sleep(0.5)


def _watch(place: Venue, session: Session, judge: Judge, plan: _Plan) -> list[str]:
    """Follow the exchange's ledger until the drill's time is over; return why it ended before."""
    from tradewind.cli.progress import progress

    begun_ms = place.ask("/_clock")["market_ms"]
    until_ms = begun_ms + int(plan.days * 86_400_000)
    seen, now_ms = 0, begun_ms
    with progress(f"{plan.strategy} has a bad day", until_ms - begun_ms) as done:
        while now_ms < until_ms:
            time.sleep(0.5)
            seen, later_ms = _read(place, judge, seen)
            done(max(0, later_ms - now_ms))
            now_ms = later_ms
            if session.code is not None:
                return [f"the session ended with exit code {session.code}: {session.last_words()}"]
            if place.ask("/_clock")["over"]:
                break
    place.seen.append(seen)
    return []


def _read(place: Venue, judge: Judge, seen: int) -> tuple[int, int]:
    truth = place.ask(f"/_truth?since={seen}")
    judge.take(truth["entries"])
    return seen + len(truth["entries"]), int(truth["time_ms"])


def _heal(place: Venue, session: Session, folder: Path) -> float | None:
    """Wait until the books are exact; return how long it took, None when they never were."""
    from tradewind.live.judge import book_differences

    begun = time.monotonic()
    while time.monotonic() - begun < HEAL_S and session.code is None:
        if not book_differences(_ledger(folder), _balances(place)):
            return round(time.monotonic() - begun, 1)
        time.sleep(0.5)
    return None


def _balances(place: Venue) -> dict[str, tuple[int, int]]:
    found = place.ask(f"/_truth?since={10**12}")["balances"]["main"]
    return {asset: (int(free), int(locked)) for asset, (free, locked) in found.items()}


def _judge_books(place: Venue, folder: Path, judge: Judge) -> list[str]:
    """Take the rest of the exchange's ledger, and compare the session's with its balances."""
    from tradewind.live.judge import book_differences

    _, now_ms = _read(place, judge, place.seen[-1] if place.seen else 0)
    judge.finish(now_ms * 1000)
    return book_differences(_ledger(folder), _balances(place))


def _ledger(folder: Path) -> dict[str, Decimal]:
    return _from_journal(folder, lambda journal, account: journal.ledger_sums(account)) or {}


def _halts(folder: Path) -> tuple[str, ...]:
    from tradewind.live.commands import PREFIX

    halts: Sequence[Any] = _from_journal(folder, lambda journal, account: journal.halts(account)) or ()
    return tuple(f"{one.breaker}: {one.detail}" for one in halts if not one.scope.startswith(PREFIX))


def _from_journal(folder: Path, question: Callable[[Any, str], Any]) -> Any:
    """Ask the session's journal; None while there is none."""
    from tradewind.store.opening import open_store
    from tradewind.store.queries import newest_sessions
    from tradewind.store.sql_journal import SqlJournal

    path = folder / "tradewind.db"
    if not path.is_file():
        return None
    try:
        with open_store(path, mode="read", pool_size=1) as store:
            with store.snapshot() as connection:
                newest = newest_sessions(connection, limit=1)
            return question(SqlJournal(store), newest[0].account_fp) if newest else None
    except StoreError:
        # It is being made, or locked for longer than a look takes.
        return None


def _print(found: Drilled) -> None:
    bars = f"{found.days:g} days at {found.speed:g} times the speed, seed {found.seed}"
    healed = "never" if found.healed_s is None else f"within {found.healed_s:g} s of the last fault"
    rows = {
        "drilled": f"{found.strategy}, {bars}",
        "entries": f"{found.entries}, {found.open_now} still open",
        "protected": f"{found.protected_s:,.0f} s of the market",
        "unprotected": f"{found.bare_s:.3f} s of the network, the longest moment {found.longest_bare_s:.3f} s",
        "books exact": healed,
        "faults": ", ".join(f"{name} {count}" for name, count in found.faults.items()) or "none",
        "halts": "; ".join(found.halts) or "none",
    }
    for name, value in rows.items():
        click.echo(f"{name:<13}{value}")
    for violation in found.violations:
        click.secho(f"VIOLATION    {violation}", fg="red")
    click.echo("A promise was broken." if found.violations else "Every promise was kept, by the exchange's own ledger.")
