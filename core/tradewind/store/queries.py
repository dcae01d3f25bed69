"""Questions across sessions: what was decided on a bar, and where an outcome occurred."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select

from tradewind.store.accounts import Execution, Session
from tradewind.store.records import BarDecision
from tradewind.store.rows import TABLES, record_of

_TABLE = TABLES[Execution]


def executions_at(
    connection: Connection, symbol: str, bar_open_ms: int, *, session_id: int | None = None
) -> tuple[Execution, ...]:
    """
    Return what every slot decided for a symbol on one bar, oldest session first.

    Args:
        connection: A connection of `Store.snapshot`.
        symbol: The pair.
        bar_open_ms: Open of the bar, UTC milliseconds.
        session_id: Only this session.
    """
    return _records(connection, on_bar(symbol, bar_open_ms, session_id=session_id))


def newest_sessions(connection: Connection, *, limit: int = 20) -> tuple[Session, ...]:
    """
    Return the newest session of each account that was traded on, on paper or live, the newest first.

    Args:
        connection: A connection of `Store.snapshot`.
        limit: At most so many.
    """
    table = TABLES[Session]
    newest = (
        select(func.max(table.c.id))
        .where(table.c.account_fp != "", table.c.mode != "backtest")
        .group_by(table.c.account_fp)
    )
    statement = select(table).where(table.c.id.in_(newest)).order_by(table.c.id.desc()).limit(limit)
    return tuple(record_of(Session, row) for row in connection.execute(statement))


def on_bar(symbol: str, bar_open_ms: int, *, session_id: int | None = None) -> Select[Any]:
    """Return the statement behind `executions_at`; it reads by symbol and bar."""
    statement = select(_TABLE).where(_TABLE.c.symbol == symbol, _TABLE.c.bar_open_ms == bar_open_ms)
    if session_id is not None:
        statement = statement.where(_TABLE.c.session_id == session_id)
    return statement.order_by(_TABLE.c.session_id, _TABLE.c.id)


def decisions_at(connection: Connection, account_fp: str, symbol: str, bar_open_ms: int) -> tuple[BarDecision, ...]:
    """
    Return how every slot of an account decided a bar of a symbol, by slot.

    Args:
        connection: A connection of `Store.snapshot`.
        account_fp: The account.
        symbol: The pair.
        bar_open_ms: Open of the bar, UTC milliseconds.
    """
    table = TABLES[BarDecision]
    statement = select(table).where(
        table.c.account_fp == account_fp, table.c.symbol == symbol, table.c.bar_open_ms == bar_open_ms
    )
    return tuple(record_of(BarDecision, row) for row in connection.execute(statement.order_by(table.c.slot)))


def decisions_of(
    connection: Connection, account_fp: str, session_ids: Sequence[int]
) -> tuple[tuple[BarDecision, ...], tuple[Execution, ...]]:
    """
    Return how every bar of an account was decided, and the decision ledger of its sessions, by bar.

    Args:
        connection: A connection of `Store.snapshot`.
        account_fp: The account.
        session_ids: Its sessions.
    """
    bars = TABLES[BarDecision]
    decided = select(bars).where(bars.c.account_fp == account_fp).order_by(bars.c.bar_open_ms)
    ledger = select(_TABLE).where(_TABLE.c.session_id.in_(session_ids)).order_by(_TABLE.c.bar_open_ms, _TABLE.c.id)
    return tuple(record_of(BarDecision, row) for row in connection.execute(decided)), _records(connection, ledger)


def decided_span(connection: Connection, account_fp: str, symbol: str) -> tuple[int, int] | None:
    """Return the first and the last bar of a symbol that an account decided (opens, UTC ms); None for none."""
    table = TABLES[BarDecision]
    first, last = connection.execute(
        select(func.min(table.c.bar_open_ms), func.max(table.c.bar_open_ms)).where(
            table.c.account_fp == account_fp, table.c.symbol == symbol
        )
    ).one()
    return None if first is None else (int(first), int(last))


def executions_with(
    connection: Connection, outcome: int, *, start_ms: int = 0, end_ms: int = 2**62, limit: int = 1000
) -> tuple[Execution, ...]:
    """
    Return the newest decisions with an outcome, newest first.

    Args:
        connection: A connection of `Store.snapshot`.
        outcome: Code of `tradewind.model.decisions.OUTCOMES`.
        start_ms: First bar, UTC milliseconds.
        end_ms: End, UTC milliseconds; not part of it.
        limit: At most so many.
    """
    return _records(connection, with_outcome(outcome, start_ms=start_ms, end_ms=end_ms, limit=limit))


def with_outcome(outcome: int, *, start_ms: int = 0, end_ms: int = 2**62, limit: int = 1000) -> Select[Any]:
    """Return the statement behind `executions_with`; it reads by outcome and bar."""
    bars = (_TABLE.c.bar_open_ms >= start_ms) & (_TABLE.c.bar_open_ms < end_ms)
    return select(_TABLE).where(_TABLE.c.outcome == outcome, bars).order_by(_TABLE.c.bar_open_ms.desc()).limit(limit)


def _records(connection: Connection, statement: Select[Any]) -> tuple[Execution, ...]:
    return tuple(record_of(Execution, row) for row in connection.execute(statement))
