"""Records as rows of SQLAlchemy's tables and back."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Insert, Table, Update, bindparam, insert, update

from tradewind.store.fields import TABLE_NAMES
from tradewind.store.tables import METADATA

TABLES: Final[Mapping[type, Table]] = {kind: METADATA.tables[name] for kind, name in TABLE_NAMES.items()}
"""The table of each record."""


def record_of[R](kind: type[R], row: Any) -> R:
    """Return the record of a row that has all columns of its table."""
    return kind(**row._mapping)  # noqa: SLF001  # a public attribute of SQLAlchemy's rows


@functools.cache
def insertion(table: Table) -> Insert:
    """Return the statement that adds a row: to make it anew takes as long as to carry it out."""
    return insert(table)


@functools.cache
def change(table: Table, keys: tuple[str, ...]) -> Update:
    """Return the statement that writes over the row with these keys, whose values are called `its_…`."""
    return update(table).where(*(table.c[name] == bindparam(f"its_{name}") for name in keys))
