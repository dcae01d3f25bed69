"""Commands that are left in the database, for engines that do not answer."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from tradewind.live.control.commands import WAITING, Command, CommandLog, holder_lives, on_behalf, standing
from tradewind.live.control.control import STOPS_REMAIN
from tradewind.live.control.outcome import Outcome
from tradewind.live.control.socket import user_name
from tradewind.store.accounts import Session
from tradewind.store.journal import Journal
from tradewind.store.opening import Store
from tradewind.store.queries import newest_sessions
from tradewind.store.sql_journal import SqlJournal


def leave_word(store: Store, request: Mapping[str, Any], accounts: Sequence[str], *, now_ms: int) -> list[Outcome]:
    """
    Leave a command in the database for sessions whose engine does not answer.

    Args:
        store: The database, open for writing.
        request: What is asked: `verb` and its arguments.
        accounts: Names, or how they begin; none means the newest session, or all whose process lives.
        now_ms: The wall clock, UTC milliseconds.
    """
    journal = SqlJournal(store)
    with store.snapshot() as connection:
        rows = newest_sessions(connection)
    if accounts:
        rows = tuple(row for row in rows if any(row.account_fp.startswith(name) for name in accounts))
    else:
        alive = tuple(row for row in rows if row.ended_ms is None and _lives(journal, row))
        rows = alive or rows[:1]
    return [_left(journal, row, request, now_ms) for row in rows]


def _last_bar(journal: Journal, row: Session) -> int:
    """Return the last market bar that was written down, UTC milliseconds; 0 when there is none."""
    saved = journal.checkpoint(row.id)
    return 0 if saved is None else saved.bar_open_ms


def _lives(journal: Journal, row: Session) -> bool:
    return holder_lives(journal.lease_of(row.account_fp)) is not False


def _left(journal: Journal, row: Session, request: Mapping[str, Any], now_ms: int) -> Outcome:
    verb, log = str(request["verb"]), CommandLog(journal, row.account_fp)
    by = on_behalf(f"{user_name(os.getuid())} (process {os.getpid()})", request)
    runs = row.ended_ms is None and _lives(journal, row)
    outcome = Outcome(account=row.account_fp, verb=verb, heard=False)
    command = Command(verb=verb, by=by, via="database", asked_ms=now_ms, bar_ms=_last_bar(journal, row))
    if verb == "resume":
        return _resumed(log, journal, row, str(request["breaker"]), by, now_ms, runs=runs)
    if verb not in WAITING:
        return attrs.evolve(
            outcome, code="TW-L008", text=f"No engine answers for {row.account_fp}: {verb} needs one that does."
        )
    if verb == "pause":
        log.pause(command)
    if not runs and verb != "pause":
        told = _of_the_dead(journal, row, verb, outcome)
        if told is not None:
            return told
    log.ask(command)
    where = f"session {row.id} of {row.account_fp}"
    if runs:
        text = (
            f"The engine of {where} does not answer, though its process lives. The {verb} is written in the database: "
            "the engine reads it as soon as it comes to itself, and at its next start."
        )
        if verb == "stop":
            text += f" {STOPS_REMAIN}"
        return attrs.evolve(outcome, text=text)
    text = f"No engine is running for {where}. The {verb} is written in the database: it holds at the next start."
    return attrs.evolve(outcome, done=verb == "pause", text=text)


def _of_the_dead(journal: Journal, row: Session, verb: str, outcome: Outcome) -> Outcome | None:
    """Return what there is to say of a session that does not run, None when word must be left."""
    held = journal.positions(row.id)
    chains = journal.open_chains(row.account_fp) if row.at_venue else ()
    ended = f"ended: {row.end_reason}" if row.ended_ms is not None else "was cut off: its process is gone"
    if verb == "stop":
        text = f"Nothing to stop: session {row.id} {ended}. Stops of open positions remain at the exchange."
        return attrs.evolve(outcome, done=True, text=text)
    if not held and not chains:
        text = f"Nothing to close: session {row.id} {ended}, and nothing is open in its books."
        return attrs.evolve(outcome, done=True, text=text)
    return None


def _resumed(
    log: CommandLog, journal: Journal, row: Session, breaker: str, by: str, now_ms: int, *, runs: bool
) -> Outcome:
    outcome = Outcome(account=row.account_fp, verb="resume", heard=False)
    if runs:
        text = "The engine does not answer, though its process lives: a breaker is cleared only by one that answers."
        return attrs.evolve(outcome, code="TW-L008", text=text)
    cleared = log.clear(breaker, by, now_ms)
    command = Command(
        verb="resume", by=by, via="database", asked_ms=now_ms, done_ms=now_ms, bar_ms=_last_bar(journal, row),
        arguments={"breaker": breaker},
        answer="cleared" if cleared else "it did not stand",
    )  # fmt: skip
    log.note(command)
    words = f"{breaker} is cleared" if cleared else f"{breaker} did not stand"
    left = ", ".join(halt.breaker for halt in standing(journal, row.account_fp))
    rest = f"still halted by {left}" if left else "nothing halts the next start"
    return attrs.evolve(outcome, done=True, text=f"{words}; {rest}.")
