"""Records as rows and back: a record's fields are the columns of its table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

import attrs
from sqlalchemy import Table

from tradewind.store import accounts, records
from tradewind.store.tables import accounts as account_tables
from tradewind.store.tables import books, decisions, orders, sessions

TABLES: Final[Mapping[type, Table]] = {
    records.Lease: sessions.LEASE,
    records.Checkpoint: sessions.CHECKPOINT,
    records.Chain: orders.CHAIN,
    records.Attempt: orders.ATTEMPT,
    records.OrderFact: orders.ORDER_FACT,
    records.ForeignOrder: orders.FOREIGN_ORDER,
    records.Fill: books.FILL,
    records.LedgerEntry: books.LEDGER,
    records.ForeignTransfer: books.FOREIGN_TRANSFER,
    records.BarDecision: decisions.BAR_DECISION,
    records.Halt: decisions.HALT,
    accounts.Session: sessions.SESSION,
    accounts.Execution: decisions.EXECUTION,
    accounts.Trade: account_tables.TRADE,
    accounts.Position: account_tables.POSITION,
    accounts.AccountPoint: account_tables.ACCOUNT_HISTORY,
    accounts.Performance: account_tables.PERFORMANCE,
}
"""The table of each record."""

_NAMES: Final = {record: tuple(field.name for field in attrs.fields(record)) for record in TABLES}


def values_of(record: Any) -> dict[str, Any]:
    """Return a record's row; an id that the database is to give is left out."""
    values = {name: getattr(record, name) for name in _NAMES[type(record)]}
    if values.get("id") == 0:
        del values["id"]
    return {
        name: value.value if isinstance(value, Enum) else dict(value) if isinstance(value, Mapping) else value
        for name, value in values.items()
    }


def record_of[R](kind: type[R], row: Any) -> R:
    """Return the record of a row that has all columns of its table."""
    return kind(**row._mapping)  # noqa: SLF001  # a public attribute of SQLAlchemy's rows
