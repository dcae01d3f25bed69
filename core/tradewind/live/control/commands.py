"""
What people asked of a session, as rows of the journal: who, when, what, and what came of it.

A command is a row among the halts with the scope `command:VERB`. While it stands, it waits to be carried
out; the engine looks for such rows when it starts and every second while it runs, so that a command can be
left in the database when the engine does not answer.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from typing import Any, Final

import attrs

from tradewind.live.orders.lease import boot_id
from tradewind.live.position.operator import OPERATOR
from tradewind.store.journal import Journal, Unit
from tradewind.store.records import Halt, Lease

PREFIX: Final = "command:"
"""How the scopes of commands begin."""

LONGEST_ASKER: Final = 80
"""Letters that are kept of whom a process asks for."""

WAITING: Final = ("pause", "stop", "flatten")
"""Verbs that may be left in the database."""


@attrs.frozen(kw_only=True)
class Command:
    """
    One thing that a person asked of a session.

    Args:
        id: Its row.
        verb: What was asked.
        by: Who asked, as far as the machine knows.
        via: Which way it came: `socket`, `database`, `file`, or `process` for what needed no engine.
        asked_ms: When, by the wall clock, UTC milliseconds.
        bar_ms: The last market bar that had been carried out then, UTC milliseconds; 0 before the first.
        arguments: What more was asked.
        done_ms: When it was carried out or refused; None while it waits.
        answer: What came of it.
    """

    id: int = 0
    verb: str
    by: str
    via: str
    asked_ms: int
    bar_ms: int = 0
    arguments: Mapping[str, Any] = attrs.field(factory=dict)
    done_ms: int | None = None
    answer: str = ""


class CommandLog:
    """
    The commands of one account.

    Args:
        journal: The journal; it is written to without a lease, as everybody may.
        account_fp: The account.
    """

    def __init__(self, journal: Journal, account_fp: str) -> None:
        self._journal = journal
        self._account_fp = account_fp

    def ask(self, command: Command) -> Command:
        """Write a command down; one of its verb that waits already is returned instead."""
        with self._journal.begin(None) as unit:
            return command_of(unit.raise_halt(self._row(command)))

    def settle(self, command: Command, answer: str, now_ms: int) -> None:
        """Write down what came of a command."""
        with self._journal.begin(None) as unit:
            unit.clear_halt(command.id, cleared_ms=now_ms, cleared_by=answer)

    def hand_over(self, waiting: Command, taken: Command, *, done: bool) -> Command:
        """
        Take a command that was left here: its row ends, and one begins that says after which bar it was taken.

        Args:
            waiting: The row that was left.
            taken: What the engine makes of it.
            done: It is carried out with that.
        """
        with self._journal.begin(None) as unit:
            unit.clear_halt(waiting.id, cleared_ms=taken.asked_ms, cleared_by="handed to the engine")
            row = unit.raise_halt(self._row(taken))
            if done:
                unit.clear_halt(row.id, cleared_ms=taken.asked_ms, cleared_by=taken.answer)
        return command_of(row)

    def note(self, command: Command) -> None:
        """Write a command down that has been carried out already."""
        with self._journal.begin(None) as unit:
            row = unit.raise_halt(self._row(command))
            unit.clear_halt(row.id, cleared_ms=command.done_ms or command.asked_ms, cleared_by=command.answer)

    def pause(self, command: Command) -> None:
        """Write a pause down as the standing halt that it is."""
        with self._journal.begin(None) as unit:
            detail = f"paused by {command.by}"
            unit.raise_halt(
                Halt(
                    account_fp=self._account_fp,
                    scope="account",
                    breaker=OPERATOR,
                    detail=detail,
                    raised_ms=command.asked_ms,
                )
            )

    def clear(self, breaker: str, by: str, now_ms: int) -> bool:
        """Clear the account's halts of a name, and a pause that waits to be read; return whether there was one."""
        waits = PREFIX + "pause" if breaker == OPERATOR else ""
        with self._journal.begin(None) as unit:
            found = [
                halt
                for halt in unit.active_halts(self._account_fp)
                if halt.scope == waits or (halt.breaker == breaker and not halt.scope.startswith(PREFIX))
            ]
            return sum(unit.clear_halt(halt.id, cleared_ms=now_ms, cleared_by=by) for halt in found) > 0

    def waiting(self) -> tuple[Command, ...]:
        """Return the commands that nobody has carried out yet, oldest first."""
        return tuple(
            command_of(halt) for halt in self._journal.active_halts(self._account_fp) if halt.scope.startswith(PREFIX)
        )

    def all(self) -> tuple[Command, ...]:
        """Return every command that ever was given, oldest first."""
        halts = self._journal.halts(self._account_fp)
        return tuple(command_of(halt) for halt in halts if halt.scope.startswith(PREFIX))

    def _row(self, command: Command) -> Halt:
        facts = {"by": command.by, "via": command.via, "bar_ms": command.bar_ms, "arguments": dict(command.arguments)}
        return Halt(
            account_fp=self._account_fp,
            scope=PREFIX + command.verb,
            breaker=OPERATOR,
            detail=json.dumps(facts, allow_nan=False),
            raised_ms=command.asked_ms,
        )


def on_behalf(by: str, request: Mapping[str, Any]) -> str:
    """Return who asked: the process that the machine knows, and whom it asks for, when it says so."""
    asker = request.get("asker")
    if not isinstance(asker, str) or not asker.strip():
        return by
    return f"{by}, for {''.join(letter for letter in asker if letter.isprintable())[:LONGEST_ASKER]}"


def standing(journal: Journal | Unit, account_fp: str) -> tuple[Halt, ...]:
    """Return the halts of an account that are up, commands left out."""
    return tuple(halt for halt in journal.active_halts(account_fp) if not halt.scope.startswith(PREFIX))


def command_of(halt: Halt) -> Command:
    """Return the command that a row among the halts is."""
    facts = json.loads(halt.detail)
    return Command(
        id=halt.id,
        verb=halt.scope.removeprefix(PREFIX),
        by=facts["by"],
        via=facts["via"],
        asked_ms=halt.raised_ms,
        bar_ms=facts["bar_ms"],
        arguments=facts["arguments"],
        done_ms=halt.cleared_ms,
        answer=halt.cleared_by,
    )


def holder_lives(lease: Lease | None) -> bool | None:
    """Tell whether the process that holds a lease lives; None when that cannot be known from this machine."""
    if lease is None or not lease.owner_uuid:
        return False
    if lease.host != socket.gethostname():
        return None
    if lease.boot_id and lease.boot_id != boot_id():
        return False
    try:
        os.kill(lease.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
