"""Look after a database: what state it is in, and bring its schema up to date."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
from sqlalchemy import Connection, func, insert, select, text

from tradewind.errors import StoreError
from tradewind.store.accounts import Session
from tradewind.store.address import Address
from tradewind.store.backup import back_up
from tradewind.store.faults import RESTORE_HINT
from tradewind.store.fields import values_of
from tradewind.store.files import HEAD, schema_error
from tradewind.store.integrity import problems_of, row_counts
from tradewind.store.opening import Store, alone, connect, create_tables
from tradewind.store.records import ZERO, Lease
from tradewind.store.restore import leases, refuse_running
from tradewind.store.rows import TABLES
from tradewind.store.schema import migrate, revision_of


@attrs.frozen(kw_only=True)
class Condition:
    """
    The state of a database.

    Args:
        place: Where it is, without a password.
        engine: Kind and version of the database.
        revision: Revision of its schema; empty for no tables.
        expected: The revision that this version of Tradewind needs.
        rows: Number of rows by table.
        newest_session_ms: When the newest session began, UTC milliseconds; None without any.
        leases: Who writes, by account.
        problems: What is wrong; empty for a good one.
        hints: What to do about it.
    """

    place: str
    engine: str
    revision: str
    expected: str = HEAD
    rows: Mapping[str, int] = attrs.field(factory=dict)
    newest_session_ms: int | None = None
    leases: tuple[Lease, ...] = ()
    problems: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return attrs.asdict(self)


@attrs.frozen(kw_only=True)
class Upgraded:
    """
    A schema that was brought up to date.

    Args:
        place: Where it is.
        was: Revision before; empty for no tables.
        now: Revision after.
        backup: The backup that was made first; None when there was nothing to lose.
    """

    place: str
    was: str
    now: str
    backup: Path | None


def check(place: Address) -> Condition:
    """
    Return the state of a database: reachable, ours, whole, up to date, and it takes a write (which is undone).

    Raises:
        StoreError: TW-B001 when it cannot be reached.
        UsageError: TW-B004 when it is not ours.
    """
    if place.path is not None and not place.path.exists():
        missing = StoreError(f"there is no database at {place} yet.", code="TW-B001")
        return Condition(
            place=place.shown,
            engine="",
            revision="",
            problems=(missing.message,),
            hints=("A backtest or `tradewind db upgrade` makes it.",),
        )
    try:
        with connect(place) as store:
            return _examined(store)
    except StoreError as error:
        if error.code != "TW-B003":
            raise
        return Condition(place=place.shown, engine="", revision="", problems=(error.message,), hints=(error.hint,))


def _examined(store: Store) -> Condition:
    with store.snapshot() as connection:
        found = revision_of(connection, store.shown)
        condition = Condition(place=store.shown, engine=_version(connection), revision=found or "")
        if found != HEAD:
            error = schema_error(found, store.shown)
            return attrs.evolve(condition, problems=(error.message,), hints=(error.hint,))
        problems = problems_of(connection)
        if problems:
            return attrs.evolve(condition, problems=problems, hints=(RESTORE_HINT,))
        newest = connection.execute(select(func.max(TABLES[Session].c.start_time))).scalar_one()
        condition = attrs.evolve(
            condition, rows=row_counts(connection), newest_session_ms=newest, leases=leases(connection)
        )
    try:
        _try_a_write(store)
    except StoreError as error:
        return attrs.evolve(condition, problems=(error.message,), hints=(error.hint,) if error.hint else ())
    return condition


class _Undone(Exception):  # noqa: N818  # no error: the way out of a transaction that is not to last
    """The trial write has worked and is undone."""


def _try_a_write(store: Store) -> None:
    session = Session(strategy_name="check", symbol="", mode="backtest", initial_balance=ZERO, start_time=0)
    try:
        with store.transaction() as connection:
            connection.execute(insert(TABLES[Session]), values_of(session))
            raise _Undone
    except _Undone:
        return


def _version(connection: Connection) -> str:
    if connection.dialect.name == "postgresql":
        return f"PostgreSQL {connection.execute(text('SHOW server_version')).scalar_one()}"
    return f"SQLite {connection.execute(select(func.sqlite_version())).scalar_one()}"


def upgrade(place: Address, backup: Path, *, now_ms: int) -> Upgraded:
    """
    Give a database the schema that this version needs; what was in it is backed up first.

    Args:
        place: The database.
        backup: Where the backup goes.
        now_ms: The wall clock, UTC milliseconds.

    Raises:
        UsageError: TW-B002 when its schema is newer, TW-B009 when an engine runs.
        StoreError: When the database or PostgreSQL's programs refuse; then nothing has changed.
    """
    with connect(place) as store:
        with store.snapshot() as connection:
            found = revision_of(connection, store.shown)
            held = leases(connection)
        if found is None:
            create_tables(store)
            return Upgraded(place=store.shown, was="", now=HEAD, backup=None)
        if found == HEAD:
            return Upgraded(place=store.shown, was=found, now=found, backup=None)
        if found > HEAD:
            raise schema_error(found, store.shown)
        refuse_running(held, now_ms=now_ms)
        back_up(store, backup)
        with store.transaction() as connection:
            alone(connection)
            migrate(connection)
        return Upgraded(place=store.shown, was=found, now=HEAD, backup=backup)
