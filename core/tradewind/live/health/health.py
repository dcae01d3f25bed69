"""How sessions fare: engine, data, clock, database and halts, each with what it means and what to do."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from tradewind.backtest.tables import iso_time
from tradewind.errors import LiveError, TradewindError
from tradewind.live.breakers import BREAKERS
from tradewind.live.control.commands import PREFIX, CommandLog, holder_lives, standing
from tradewind.live.control.socket import ask, sockets
from tradewind.live.health.findings import Finding, bad, good, warning
from tradewind.store.accounts import Session
from tradewind.store.address import Address
from tradewind.store.journal import Journal
from tradewind.store.opening import Store
from tradewind.store.queries import newest_sessions
from tradewind.store.sql_journal import SqlJournal
from tradewind.store.upkeep import check

SILENT_MS: Final = 60_000
"""A live engine that has shown no life for this long counts as dead (R6 renews every five seconds)."""
LATE_MS: Final = 60_000
"""How long after it is due a bar may be missing before that is a warning."""
CLOCK_MS: Final = 250
"""The venue's clock must be known this well."""
FULL_BYTES: Final = 200_000_000
"""Less free space than this stops entries."""
SCARCE_BYTES: Final = 1_000_000_000
_RUN: Final = "Start it again with the same command: `tradewind run …` goes on where it stopped."


@attrs.frozen(kw_only=True)
class Running:
    """
    The sessions that answer, and those that do not.

    Args:
        statuses: What each says of itself, with its `positions` list under `held`.
        silent: Names of those that listen and do not answer, and why.
    """

    statuses: tuple[dict[str, Any], ...] = ()
    silent: Mapping[str, str] = attrs.field(factory=dict)


def running(state_dir: Path) -> Running:
    """Ask every session of a state folder how it stands."""
    found, silent = [], {}
    for path in sockets(state_dir):
        try:
            status = _answer(path, "status")["status"]
            found.append({**status, "held": _answer(path, "positions")["positions"]})
        except LiveError as error:
            silent[path.stem] = error.message
    return Running(statuses=tuple(found), silent=silent)


def _answer(path: Path, verb: str) -> dict[str, Any]:
    *_, last = ask(path, {"verb": verb}, wait_s=5.0)
    if last["ok"] is not True:
        raise LiveError(str(last.get("message", "it refused")), code="TW-L014")
    return last


def engine_findings(now: Running, journal: Journal | None, rows: Sequence[Session], now_ms: int) -> list[Finding]:
    """Tell which sessions live, which do not answer, and which were cut off."""
    found = [_alive(status) for status in now.statuses]
    found += [
        bad(
            "engine", f"{name}: {why}", "It may be computing: ask again. Else end its process; stops rest at the venue."
        )
        for name, why in now.silent.items()
    ]
    heard = {status["account"] for status in now.statuses} | set(now.silent)
    for place, row in enumerate(rows):
        if journal is not None and row.account_fp not in heard and row.ended_ms is None:
            # Of paper sessions that were cut off only the newest still matters to somebody.
            found += _unheard(journal, row, now_ms) if place == 0 or row.at_venue else []
    return found or [good("engine", "no session is running")]


def _alive(status: Mapping[str, Any]) -> Finding:
    names = ", ".join(dict.fromkeys(status["strategies"].values()))
    text = (
        f"{status['mode']} session of {names} on {', '.join(status['symbols'])} answers (process "
        f"{status['machine']['pid']}): {status['bars']} bars, {status['positions']} open, "
        f"equity {status['equity']:,.2f}"
    )
    return good("engine", text)


def _unheard(journal: Journal, row: Session, now_ms: int) -> list[Finding]:
    lease = journal.lease_of(row.account_fp)
    where = f"{row.mode} session {row.id} ({row.strategy_name} on {row.symbol})"
    lives = holder_lives(lease)
    if lives is False:
        text = f"{where} was cut off: its process is gone and nobody watches what it left open"
        return [bad("engine", text, _RUN)] if row.mode == "live" else [warning("engine", text, _RUN)]
    if lives is None and lease is not None:
        age_s = max(0, now_ms - lease.heartbeat_ms) // 1000
        text = f"{where} runs on {lease.host}, its last sign of life is {age_s} s old"
        return [good("engine", text)] if age_s * 1000 < SILENT_MS else [bad("engine", text, f"Look at {lease.host}.")]
    return [
        bad("engine", f"{where} lives and does not listen", "It starts or ends just now, or its socket was removed.")
    ]


def watch_findings(now: Running) -> list[Finding]:
    """Tell what the watchdogs of each session see, and what to do about it."""
    found = []
    for status in now.statuses:
        for name, trouble in status.get("troubles", {}).items():
            tell = bad if trouble["stops_entries"] else warning
            effect = "; no entries while it lasts" if trouble["stops_entries"] else ""
            found.append(tell("watch", f"{name}: {trouble['text']}{effect}", trouble["todo"]))
    return found


def data_findings(now: Running) -> list[Finding]:
    """Tell how fresh the bars of each session are."""
    return [_freshness(status) for status in now.statuses]


def _freshness(status: Mapping[str, Any]) -> Finding:
    symbols, bar_ms = ", ".join(status["symbols"]), status["market_bar_ms"]
    if status["replay"]:
        return good("data", f"{symbols}: a replay of history, now at {status['last_bar'] or 'its start'}")
    if not status["last_bar_ms"]:
        return good("data", f"{symbols}: the first bar of {status['market_bars']} has not closed yet")
    late_ms = status["feed_time_ms"] - (status["last_bar_ms"] + 2 * bar_ms)
    # where a venue of practice goes fast, a wait of seconds is hours of its market
    patience_ms = int(LATE_MS * status["rate"])
    text = f"{symbols}: the last bar of {status['market_bars']} opened {status['last_bar']}"
    if late_ms <= patience_ms:
        return good("data", text)
    text += f"; the next one is {late_ms // 1000} s overdue: nothing is decided until bars come"
    todo = "The stream is opened anew by itself. Look at the connection and at the venue's status page."
    return warning("data", text, todo) if late_ms < bar_ms + patience_ms else bad("data", text, todo)


def sentiment_findings(now: Running) -> list[Finding]:
    """Tell how fresh the sentiment is that sessions decide on; nothing for those that ask for none."""
    found = []
    for status in now.statuses:
        for symbol, mood in status.get("sentiment", {}).items():
            age = "" if mood["age_hours"] is None else f", {mood['age_hours']:.0f} hours after its day"
            text = f"{symbol}: {mood['state']}{age}"
            todo = "Strategies go on without it. The log says why; look at the source's host and at sentiment.sources."
            fine = mood["state"] == "fresh" or status["replay"]
            found.append(good("sentiment", text) if fine else warning("sentiment", text, todo))
    return found


def clock_findings(now: Running) -> list[Finding]:
    """Tell how well each session knows the venue's time."""
    found = []
    for status in now.statuses:
        if status["replay"] or status["mode"] == "paper":
            continue
        error_ms = status["clock_error_ms"]
        text = f"the venue's time is known to {error_ms} ms"
        todo = (
            "Let the machine's clock be kept by NTP, and look at the connection: requests are refused when it is off."
        )
        found.append(good("clock", text) if error_ms <= CLOCK_MS else warning("clock", text, todo))
    return found or [good("clock", "nothing depends on the venue's clock: no session at a venue is running")]


def database_findings(place: Address, state_dir: Path) -> list[Finding]:
    """Tell whether the database is reachable, whole, up to date and takes writes, and whether the disk has room."""
    return [*_database(place), _disk(place.path.parent if place.path is not None else state_dir)]


def _database(place: Address) -> list[Finding]:
    if place.path is not None and not place.path.exists():
        return [good("database", f"there is none at {place} yet; the first session makes it")]
    try:
        condition = check(place)
    except TradewindError as error:
        return [bad("database", error.message, error.hint or "Nothing can be written down: entries stop.")]
    todo = " ".join(condition.hints) or "See `tradewind db check`."
    problems = [bad("database", problem, todo) for problem in condition.problems]
    return problems or [
        good("database", f"{condition.place} is whole, up to date ({condition.revision}), takes writes")
    ]


def _disk(folder: Path) -> Finding:
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    free = shutil.disk_usage(there).free
    text = f"{free / 1e9:,.1f} GB are free where {folder} lies"
    if free < FULL_BYTES:
        return bad(
            "disk", f"{text}: entries stop below {FULL_BYTES / 1e6:.0f} MB", "Free space; stops stay as they are."
        )
    if free < SCARCE_BYTES:
        return warning("disk", text, "Free space before it runs out: what cannot be written down is not sent.")
    return good("disk", text)


def halt_findings(journal: Journal, rows: Sequence[Session], now: Running) -> list[Finding]:
    """Tell what stops entries, why, and what clears it."""
    heard = {status["account"] for status in now.statuses}
    found = []
    for row in [one for place, one in enumerate(rows) if place == 0 or one.account_fp in heard or one.at_venue]:
        found += [_halt(row, halt.breaker, halt.scope, halt.detail, halt.raised_ms) for halt in
                  standing(journal, row.account_fp)]  # fmt: skip
        for command in CommandLog(journal, row.account_fp).waiting():
            text = f"{row.account_fp}: {command.verb}, asked for by {command.by}, waits for the engine"
            found.append(warning("halts", text, "It is carried out when the engine starts or comes to itself."))
    known = {name for row in rows for name in [row.account_fp]}
    for status in now.statuses:
        if status["account"] not in known:
            found += [_halt(None, name, "account", "", status["time_ms"]) for name in status["halts"]]
        found += [
            bad(
                "halts", f"{slot} is not asked any more: {why}", "Exchange its strategy (`tradewind swap`), or mend it."
            )
            for slot, why in status["quarantined"].items()
        ]
    return found or [good("halts", "nothing stops entries")]


def _halt(row: Session | None, name: str, scope: str, detail: str, raised_ms: int) -> Finding:
    breaker = BREAKERS.get(name)
    why = detail or (breaker.summary if breaker is not None else name)
    where = "" if scope == "account" else f" on {scope.removeprefix(PREFIX)}"
    text = f"{name}{where} since {iso_time(raised_ms)}: {why}; no entries, stops stay"
    if row is not None:
        text = f"{row.account_fp[:16]}: {text}"
    if breaker is not None and breaker.clears_itself:
        return warning("halts", text, "It clears itself when its cause has passed.")
    if name == "DAILY_LOSS":
        return warning(
            "halts", text, "On paper it clears at 00:00 UTC. Earlier: `tradewind resume --breaker DAILY_LOSS`."
        )
    return warning("halts", text, f"When you have seen to its cause: `tradewind resume --breaker {name}`.")


def books_of(store: Store) -> tuple[Journal, tuple[Session, ...]]:
    """Return the journal of a database and the newest session of each account, the newest first."""
    with store.snapshot() as connection:
        rows = newest_sessions(connection)
    return SqlJournal(store), rows
