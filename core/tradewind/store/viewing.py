"""Questions of people who watch: newest rows first, bounded, over connections that only read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from tradewind.store.accounts import AccountPoint, Execution, Position, Session, Trade
from tradewind.store.records import Halt
from tradewind.store.rows import TABLES, record_of


def session_of(connection: Connection, session_id: int) -> Session | None:
    """Return a session's row; None when there is none."""
    table = TABLES[Session]
    row = connection.execute(select(table).where(table.c.id == session_id)).first()
    return None if row is None else record_of(Session, row)


def sessions_of(connection: Connection, account_fp: str) -> tuple[Session, ...]:
    """Return every session of an account, the oldest first."""
    table = TABLES[Session]
    statement = select(table).where(table.c.account_fp == account_fp).order_by(table.c.id)
    return tuple(record_of(Session, row) for row in connection.execute(statement))


def trades_of(connection: Connection, session_ids: Sequence[int], *, limit: int) -> tuple[Trade, ...]:
    """Return the newest closed trades of sessions, the newest first."""
    table = TABLES[Trade]
    statement = select(table).where(table.c.session_id.in_(session_ids)).order_by(table.c.id.desc()).limit(limit)
    return tuple(record_of(Trade, row) for row in connection.execute(statement))


def positions_of(connection: Connection, session_ids: Sequence[int]) -> tuple[Position, ...]:
    """Return what is open of sessions, as they wrote it down last."""
    table = TABLES[Position]
    statement = select(table).where(table.c.session_id.in_(session_ids)).order_by(table.c.id)
    return tuple(record_of(Position, row) for row in connection.execute(statement))


def decisions_seen(
    connection: Connection, session_ids: Sequence[int], *, outcome: int | None, before_id: int | None, limit: int
) -> tuple[Execution, ...]:
    """
    Return rows of the decision ledger of sessions, the newest first.

    Args:
        connection: A connection of `Store.snapshot`.
        session_ids: The sessions.
        outcome: Only those with this code; None for all.
        before_id: Only rows before this one, to page on; None from the newest.
        limit: At most so many.
    """
    table = TABLES[Execution]
    statement = select(table).where(table.c.session_id.in_(session_ids))
    if outcome is not None:
        statement = statement.where(table.c.outcome == outcome)
    if before_id is not None:
        statement = statement.where(table.c.id < before_id)
    rows = connection.execute(statement.order_by(table.c.id.desc()).limit(limit))
    return tuple(record_of(Execution, row) for row in rows)


def equity_of(
    connection: Connection, session_ids: Sequence[int], *, after_ms: int = -1, limit: int
) -> tuple[AccountPoint, ...]:
    """
    Return points of the account's history, the oldest first: all after a moment, or evenly chosen ones.

    Args:
        connection: A connection of `Store.snapshot`.
        session_ids: The sessions.
        after_ms: Only later points, UTC milliseconds.
        limit: At most about so many; the newest is always among them.
    """
    table = TABLES[AccountPoint]
    chosen = table.c.session_id.in_(session_ids) & (table.c.timestamp > after_ms)
    number, newest = connection.execute(select(func.count(), func.max(table.c.id)).where(chosen)).one()
    statement = select(table).where(chosen)
    if number > limit:
        every = -(-number // limit)
        statement = statement.where(table.c.id % every == newest % every)
    rows = connection.execute(statement.order_by(table.c.timestamp, table.c.id))
    return tuple(record_of(AccountPoint, row) for row in rows)


def halts_of(connection: Connection, account_fp: str, *, limit: int) -> tuple[Halt, ...]:
    """Return breakers and commands of an account, the newest first."""
    table: Any = TABLES[Halt]
    statement = select(table).where(table.c.account_fp == account_fp).order_by(table.c.id.desc()).limit(limit)
    return tuple(record_of(Halt, row) for row in connection.execute(statement))
