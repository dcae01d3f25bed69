"""Records as rows of SQLAlchemy's tables and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Table

from tradewind.store.fields import TABLE_NAMES
from tradewind.store.tables import METADATA

TABLES: Final[Mapping[type, Table]] = {kind: METADATA.tables[name] for kind, name in TABLE_NAMES.items()}
"""The table of each record."""


def record_of[R](kind: type[R], row: Any) -> R:
    """Return the record of a row that has all columns of its table."""
    return kind(**row._mapping)  # noqa: SLF001  # a public attribute of SQLAlchemy's rows
