"""The page of the database's tables."""

from __future__ import annotations

from typing import Final

from generator.docstring import cell, code, joined, table
from sqlalchemy import CheckConstraint, Column, Table, UniqueConstraint
from sqlalchemy.dialects import postgresql, sqlite

from tradewind.store.files import HEAD
from tradewind.store.tables import METADATA

_HEAD: Final = f"""# Tables

The tables of the database, schema {HEAD}. How to look after it: [Databases and backups](../how-to/database.md); why it is as
it is: [decision 13](../decisions/0013-one-store-two-databases.md).

Times are whole milliseconds, UTC. Amounts of money and of coins are exact decimals: `NUMERIC` on PostgreSQL, text of digits on
SQLite. Ratios are floating point. JSON is `JSONB` on PostgreSQL. Rows of orders and money are written by the engine alone; read
them with any tool, change none by hand.
"""

_GROUPS: Final = (
    (
        "Sessions and what they leave behind",
        (
            "trading_sessions",
            "trades",
            "positions",
            "account_history",
            "performance_metrics",
            "strategy_executions",
        ),
    ),
    (
        "The journal of the live engine",
        (
            "account_lease",
            "chain",
            "attempt",
            "order_fact",
            "fill",
            "ledger",
            "bar_decision",
            "halt",
            "checkpoint",
            "foreign_order",
            "foreign_transfer",
        ),
    ),
)


def page() -> str:
    """Return the page as Markdown."""
    named = [name for _, names in _GROUPS for name in names]
    if sorted(named) != sorted(METADATA.tables):
        raise LookupError("docs/generator/tables.py and the code name other tables")
    lines = [_HEAD]
    for title, names in _GROUPS:
        lines += [f"## {title}", ""]
        for name in names:
            lines += _table(METADATA.tables[name])
    return joined(lines)


def _table(found: Table) -> list[str]:
    comment = found.comment or ""
    lines = [f"### `{found.name}`", "", f"{comment[:1].upper()}{comment[1:]}.", ""]
    lines += [*table(("column", "SQLite", "PostgreSQL", "meaning"), [_column(column) for column in found.columns]), ""]
    rules = sorted(_rules(found))
    return [*lines, *(f"- {rule}" for rule in rules), ""]


def _column(column: Column[object]) -> tuple[str, ...]:
    empty = " or nothing" if column.nullable else ""
    kinds = [code(str(column.type.compile(module.dialect()))) for module in (sqlite, postgresql)]
    meaning = column.comment or "given by the database"
    return (code(column.name), *kinds, cell(f"{meaning}{empty}"))


def _rules(found: Table) -> list[str]:
    rules = [f"key: {_names(found.primary_key.columns)}"]
    for constraint in found.constraints:
        if isinstance(constraint, UniqueConstraint):
            rules.append(f"once: {_names(constraint.columns)}")
        elif isinstance(constraint, CheckConstraint):
            rules.append(f"must hold: {code(str(constraint.sqltext))}")
    for key in found.foreign_keys:
        rules.append(f"refers: {code(key.parent.name)} to {code(key.target_fullname)}")
    for index in found.indexes:
        where = index.dialect_options["sqlite"]["where"]
        word = "once" if index.unique else "indexed"
        rules.append(f"{word}: {_names(index.columns)}{'' if where is None else f' where {code(str(where))}'}")
    return rules


def _names(columns: object) -> str:
    return ", ".join(code(column.name) for column in columns)  # type: ignore[attr-defined]  # any collection of columns
