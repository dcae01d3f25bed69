"""Questions of people who watch: newest rows first, bounded, over connections that only read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from tradewind.store.accounts import AccountPoint, Execution, Position, Session, Trade
from tradewind.store.records import Attempt, Halt, OrderFact
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
    connection: Connection, session_ids: Sequence[int], *, outcomes: Sequence[int], before_id: int | None, limit: int
) -> tuple[Execution, ...]:
    """
    Return rows of the decision ledger of sessions, the newest first.

    Args:
        connection: A connection of `Store.snapshot`.
        session_ids: The sessions.
        outcomes: Only those with one of these codes; none for all.
        before_id: Only rows before this one, to page on; None from the newest.
        limit: At most so many.
    """
    table = TABLES[Execution]
    statement = select(table).where(table.c.session_id.in_(session_ids))
    if outcomes:
        statement = statement.where(table.c.outcome.in_(outcomes))
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


def newest_point(connection: Connection, session_ids: Sequence[int]) -> AccountPoint | None:
    """Return the newest point of the account's history; None when there is none."""
    table = TABLES[AccountPoint]
    statement = select(table).where(table.c.session_id.in_(session_ids)).order_by(table.c.id.desc()).limit(1)
    row = connection.execute(statement).first()
    return None if row is None else record_of(AccountPoint, row)


def halts_of(
    connection: Connection, account_fp: str, *, commands: str, only_commands: bool = False, limit: int
) -> tuple[Halt, ...]:
    """
    Return breakers that were raised on an account, or commands that were given, the newest first.

    Args:
        connection: A connection of `Store.snapshot`.
        account_fp: The account.
        commands: How the scopes of commands begin, which are kept among the halts.
        only_commands: Return those; breakers otherwise.
        limit: At most so many.
    """
    table: Any = TABLES[Halt]
    command = table.c.scope.startswith(commands, autoescape=True)
    chosen = (table.c.account_fp == account_fp) & (command if only_commands else ~command)
    rows = connection.execute(select(table).where(chosen).order_by(table.c.id.desc()).limit(limit))
    return tuple(record_of(Halt, row) for row in rows)


def orders_of(connection: Connection, account_fp: str, *, limit: int) -> tuple[tuple[OrderFact, Attempt | None], ...]:
    """Return an account's open orders, then its newest, the newest first, each with the request that made it."""
    table: Any = TABLES[OrderFact]
    statement = select(table).where(table.c.account_fp == account_fp)
    newest = (table.c.terminal, table.c.updated_ms.desc(), table.c.order_id.desc())
    rows = connection.execute(statement.order_by(*newest).limit(limit))
    facts = [record_of(OrderFact, row) for row in rows]
    asked = _attempts(connection, [fact.client_id for fact in facts])
    return tuple((fact, asked.get(fact.client_id)) for fact in facts)


def _attempts(connection: Connection, client_ids: Sequence[str]) -> dict[str, Attempt]:
    table: Any = TABLES[Attempt]
    rows = connection.execute(select(table).where(table.c.client_id.in_(client_ids)).order_by(table.c.id.desc()))
    return {one.client_id: one for one in (record_of(Attempt, row) for row in rows)}
