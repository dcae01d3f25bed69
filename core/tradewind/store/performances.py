"""Sessions with their figures, across accounts: what `tradewind performance` shows."""

from __future__ import annotations

from sqlalchemy import Connection, select

from tradewind.store.accounts import TRADING, Performance, Session
from tradewind.store.rows import TABLES, record_of

_SESSIONS = TABLES[Session]
_FIGURES = TABLES[Performance]


def newest_sessions(
    connection: Connection, *, modes: tuple[str, ...] = TRADING, limit: int = 20
) -> list[tuple[Session, Performance | None]]:
    """
    Return the newest sessions, newest first, each with the figures of its whole time when there are any.

    Args:
        connection: A connection of `Store.snapshot`.
        modes: Which of `MODES`.
        limit: At most so many.
    """
    wanted = select(_SESSIONS).where(_SESSIONS.c.mode.in_(modes)).order_by(_SESSIONS.c.id.desc()).limit(limit)
    sessions = [record_of(Session, row) for row in connection.execute(wanted)]
    ids = [session.id for session in sessions]
    found = connection.execute(select(_FIGURES).where(_FIGURES.c.session_id.in_(ids), _FIGURES.c.period == "all"))
    figures = {row.session_id: record_of(Performance, row) for row in found}
    return [(session, figures.get(session.id)) for session in sessions]
