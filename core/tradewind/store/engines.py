"""Engines with the settings that durability depends on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import QueuePool

from tradewind.store.files import BUSY_MS, link

WRITES: Final = "tradewind_writes"
"""The option of a connection that will write."""


def sqlite_engine(path: Path, *, read_only: bool) -> Engine:
    """
    Return an engine on a file of SQLite.

    A writer has one connection, usable from the thread that first used it. It begins with BEGIN
    IMMEDIATE: two writers wait for each other at the start of a transaction, never in its middle.
    """
    size: dict[str, Any] = {} if read_only else {"pool_size": 1, "max_overflow": 0, "pool_timeout": BUSY_MS / 1000}
    engine = create_engine(
        "sqlite+pysqlite://",
        creator=lambda: link(path, read_only=read_only, anywhere=read_only),
        # With a creator the address looks like memory, for which another pool would be taken.
        poolclass=QueuePool,
        hide_parameters=True,
        **size,
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN")

    return engine


def postgresql_engine(url: URL, *, read_only: bool, pool_size: int) -> Engine:
    """
    Return an engine on a server of PostgreSQL.

    Connections are pooled and tried before use. A writer that falls silent inside a transaction,
    or waits too long for another one, is cut off by the server, so that its successor can go on.
    """
    options = {
        "timezone": "UTC",
        "lock_timeout": f"{BUSY_MS}",
        "idle_in_transaction_session_timeout": "10000",
        "synchronous_commit": "on",
    } | ({"default_transaction_read_only": "on"} if read_only else {})
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=2,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "connect_timeout": 15,
            "application_name": "tradewind",
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        },
    )
