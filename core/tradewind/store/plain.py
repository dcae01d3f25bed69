"""
One transaction on a file of SQLite, with nothing but Python's own library.

A backtest writes once and ends. Loading SQLAlchemy for that costs longer than many a backtest; the
rows are the same, and a test holds them to it. Who does more opens a `Store`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tradewind.store.faults import fault
from tradewind.store.fields import TABLE_NAMES, text_values
from tradewind.store.files import (
    HEAD,
    check_number,
    check_tables,
    link,
    make_private,
    schema_error,
    statements,
    write_ahead,
)


class PlainFile:
    """
    The file inside its one transaction.

    Args:
        connection: Its connection; the transaction is open.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, record: Any) -> int:
        """Add a row; return its id."""
        values = text_values(record)
        return int(self._connection.execute(_insert(type(record), values), values).lastrowid or 0)

    def add_all(self, records: Sequence[Any]) -> None:
        """Add rows of one table."""
        rows = [text_values(record) for record in records]
        if rows:
            self._connection.executemany(_insert(type(records[0]), rows[0]), rows)

    def sessions_of(self, result_id: str) -> list[tuple[int, Any]]:
        """Return id and detail of every session of a stored result."""
        question = "SELECT id, detail FROM trading_sessions WHERE result_id = ? ORDER BY id"
        return [(int(row[0]), json.loads(row[1])) for row in self._connection.execute(question, (result_id,))]


def _insert(kind: type, values: dict[str, Any]) -> str:
    # Table and columns are names of our own records; every value is bound.
    return f"INSERT INTO {TABLE_NAMES[kind]} ({', '.join(values)}) VALUES (:{', :'.join(values)})"  # noqa: S608


@contextmanager
def plain_transaction(path: Path) -> Iterator[PlainFile]:
    """
    Give the file at a path, made when it is not there; what is written is durable when the block ends.

    Raises:
        StoreError: TW-B001, TW-B003 or TW-B005 when the file refuses.
        UsageError: TW-B002 when its schema is another, TW-B004 when it is not ours.
    """
    make_private(path)
    try:
        with closing(link(path, read_only=False)) as connection:
            check_number(connection.execute("PRAGMA application_id").fetchone()[0], path)
            connection.execute("BEGIN IMMEDIATE")
            # Closing without COMMIT undoes everything.
            _prepare(connection, path)
            yield PlainFile(connection)
            connection.execute("COMMIT")
            write_ahead(connection)
    except sqlite3.Error as error:
        raise fault(error, str(path)) from error


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not check_tables(names, str(path)):
        for statement in statements():
            connection.execute(statement)
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if found != (HEAD,):
        raise schema_error(found[0] if found else None, str(path))
