"""The course of a drill: an exchange, a session on it, a script of faults, and the exchange's ledger as the judge."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from tradewind.cli.context import Context
from tradewind.errors import StoreError

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.cli.drill_stage import Session, Venue
    from tradewind.live.review.judge import Judge

HEAL_S: Final = 130.0
"""Within this time after the last fault the books must be exact again (G10, and a look)."""
START_S: Final = 180.0
"""How long the session may take to open its books, seconds."""
_SOURCE: Final = "synthetic"


@attrs.frozen(kw_only=True)
class Course:
    """
    What is drilled, and how.

    Args:
        strategy: Who trades.
        script: The script of faults.
        days: For how long, market time.
        seed: Of market and faults.
        start: First moment, ISO 8601; None for the exchange's own choice.
        timeframe: Of the strategy's bars.
        speed: Market seconds in a second.
    """

    strategy: str
    script: Path
    days: float
    seed: int
    start: str | None
    timeframe: str
    speed: float


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


def drilled(context: Context, course: Course, folder: Path) -> Drilled:
    """
    Run a drill and return what it came to.

    Args:
        context: The command's settings and plugins.
        course: What is drilled, and how.
        folder: Where logs and database lie.
    """
    from tradewind.cli.drill_stage import venue
    from tradewind.live.review.judge import Judge

    common = [*_globals(context), "--set", f"state_dir={folder}", "--set", f"logs.folder={folder / 'logs'}"]
    common += ["--set", f"database_url={folder / 'tradewind.db'}"]
    settings = context.settings
    source = _SOURCE if settings.source == "sample" else settings.source
    market = [
        "--source",
        source,
        "--speed",
        f"{course.speed:g}",
        "--seed",
        str(course.seed),
        "--faults",
        str(course.script),
    ]
    market += [word for symbol in settings.symbols for word in ("--symbol", symbol)]
    market += ["--start", course.start] if course.start else []
    judge = Judge(course.speed)
    with venue(folder, common, market) as place:
        session = place.trade(course.strategy, ["--timeframe", course.timeframe])
        try:
            _wait_for_start(session, folder)
            troubles = _watch(place, session, judge, course)
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
        strategy=course.strategy,
        days=course.days,
        seed=course.seed,
        speed=course.speed,
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


def _watch(place: Venue, session: Session, judge: Judge, course: Course) -> list[str]:
    """Follow the exchange's ledger until the drill's time is over; return why it ended before."""
    from tradewind.cli.progress import progress

    begun_ms = place.ask("/_clock")["market_ms"]
    until_ms = begun_ms + int(course.days * 86_400_000)
    seen, now_ms = 0, begun_ms
    with progress(f"{course.strategy} has a bad day", until_ms - begun_ms) as done:
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
    from tradewind.live.review.judge import book_differences

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
    from tradewind.live.review.judge import book_differences

    _, now_ms = _read(place, judge, place.seen[-1] if place.seen else 0)
    judge.finish(now_ms * 1000)
    return book_differences(_ledger(folder), _balances(place))


def _ledger(folder: Path) -> dict[str, Decimal]:
    return _from_journal(folder, lambda journal, account: journal.ledger_sums(account)) or {}


def _halts(folder: Path) -> tuple[str, ...]:
    from tradewind.live.control.commands import PREFIX

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
