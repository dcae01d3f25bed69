"""One transaction of many rows on any database, through SQLAlchemy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, insert, select

from tradewind.store.accounts import Session
from tradewind.store.address import Address
from tradewind.store.fields import values_of
from tradewind.store.opening import open_store
from tradewind.store.rows import TABLES


class BulkRows:
    """
    The database inside one transaction.

    Args:
        connection: Its connection; the transaction is open.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, record: Any) -> int:
        """Add a row; return its id."""
        key = self._connection.execute(insert(TABLES[type(record)]), values_of(record)).inserted_primary_key
        return 0 if key is None else int(key[0])

    def add_all(self, records: Sequence[Any]) -> None:
        """Add rows of one table."""
        if records:
            self._connection.execute(insert(TABLES[type(records[0])]), [values_of(record) for record in records])

    def sessions_of(self, result_id: str) -> list[tuple[int, Any]]:
        """Return id and detail of every session of a stored result."""
        table = TABLES[Session].c
        question = select(table.id, table.detail).where(table.result_id == result_id).order_by(table.id)
        return [(int(number), detail) for number, detail in self._connection.execute(question)]


@contextmanager
def bulk_transaction(place: Address) -> Iterator[BulkRows]:
    """Give the database; what is written is durable when the block ends, and undone when it raises."""
    with open_store(place, pool_size=1) as store, store.transaction() as connection:
        yield BulkRows(connection)
