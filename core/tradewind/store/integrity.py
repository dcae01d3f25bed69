"""Whether a database is whole: its pages, its references, its ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, func, inspect, select

from tradewind.store.sums import add_up
from tradewind.store.tables import METADATA
from tradewind.store.tables.books import LEDGER

_MOST: Final = 20
"""Problems told at once."""


def problems_of_file(connection: Connection) -> tuple[str, ...]:
    """Return what SQLite's own checks find wrong with pages, indexes, constraints and references."""
    rows = connection.exec_driver_sql(f"PRAGMA integrity_check({_MOST:d})").scalars().all()
    found = [str(row) for row in rows if row != "ok"]
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(_MOST)
    found += [f"row {row[1]} of {row[0]} refers to a row of {row[2]} that is not there" for row in broken]
    return tuple(found[:_MOST])


def problems_of_ledger(connection: Connection) -> tuple[str, ...]:
    """Return the assets whose newest balance is not the exact sum of all their changes."""
    table = LEDGER.c
    rows = connection.execute(
        select(table.account_fp, table.asset, table.delta, table.balance_after).order_by(table.id)
    ).yield_per(10_000)
    sums: dict[tuple[str, str], Decimal] = {}
    newest: dict[tuple[str, str], Decimal] = {}
    for account, asset, delta, balance in rows:
        add_up(sums, (account, asset), delta)
        newest[account, asset] = balance
    return tuple(
        f"the ledger's balance of {asset} is {newest[account, asset]}, the sum of its changes {total}"
        for (account, asset), total in sums.items()
        if newest[account, asset] != total
    )


def problems_of(connection: Connection) -> tuple[str, ...]:
    """Return everything that is wrong with a database, of the current schema or an older one."""
    file = problems_of_file(connection) if connection.dialect.name == "sqlite" else ()
    if file or not inspect(connection).has_table(LEDGER.name):
        return file
    return problems_of_ledger(connection)


def row_counts(connection: Connection) -> dict[str, int]:
    """Return the number of rows of every table of ours that is there."""
    there = inspect(connection).get_table_names()
    return {
        table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
        for table in sorted(METADATA.tables.values(), key=lambda table: table.name)
        if table.name in there
    }
