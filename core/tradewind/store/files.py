"""A file of SQLite: whose it is, who may read it, and how an empty one gets its tables."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Final
from urllib.parse import quote

from tradewind.cache.atomic import private_folder
from tradewind.errors import StoreError, UsageError

HEAD: Final = "0002"
"""The revision of the schema that this code works with; a test holds it to the newest migration."""

APPLICATION_ID: Final = 0x54574E44
"""Marks a file as ours: the letters TWND."""

MAGIC: Final = b"SQLite format 3\0"
"""How every file of SQLite begins."""

BUSY_MS: Final = 2_000
"""How long a writer waits for another one."""

MIGRATIONS: Final = Path(__file__).parent / "migrations"
SCRIPT: Final = MIGRATIONS / "sqlite.sql"
"""All tables at once, as the migrations leave them: an empty file needs no migration."""

WRITER_PRAGMAS: Final = ("PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON")


def link(path: Path, *, read_only: bool, anywhere: bool = False) -> sqlite3.Connection:
    """
    Return a connection to a file that exists, outside of any transaction.

    Args:
        path: The file.
        read_only: Nothing can be written.
        anywhere: Any thread may use it, one at a time.
    """
    place = f"file:{quote(str(path.absolute()))}?mode={'ro' if read_only else 'rw'}"
    connection = sqlite3.connect(
        place, uri=True, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=not anywhere
    )
    for pragma in ("PRAGMA query_only = ON",) if read_only else WRITER_PRAGMAS:
        connection.execute(pragma)
    return connection


def write_ahead(connection: sqlite3.Connection) -> None:
    """
    Turn the write-ahead log on, outside any transaction: readers and the writer stop waiting for each other.

    While another program has the file it stays as it is, which is as durable; the next one tries again.
    """
    with contextlib.suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode = WAL")


def make_private(path: Path) -> None:
    """
    Make the file if it is not there, for its owner alone; SQLite gives the files beside it the same rights.

    Raises:
        StoreError: TW-B001 when the folder or the file refuses.
    """
    try:
        private_folder(path.parent)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be opened: {error.strerror}.", code="TW-B001", hint="Check the folder's rights."
        ) from error


def check_number(number: int, path: Path) -> None:
    """
    Refuse a file that another program has marked as its own; 0 is marked by nobody.

    Raises:
        UsageError: TW-B004.
    """
    if number not in {0, APPLICATION_ID}:
        raise UsageError(
            f"{path} belongs to another program (application_id {number}).",
            code="TW-B004",
            hint="Name another file with `database_url`.",
        )


def check_tables(names: set[str], shown: str) -> bool:
    """
    Tell whether a database has our tables; one that has none at all has not.

    Raises:
        UsageError: TW-B004 when it has tables that are not ours.
    """
    ours = "alembic_version" in names and ("trading_sessions" in names or len(names) == 1)
    if names and not ours:
        raise UsageError(
            f"{shown} holds other tables than Tradewind's ({', '.join(sorted(names)[:5])}).",
            code="TW-B004",
            hint="Name a file or database of its own with `database_url`.",
        )
    return ours


def schema_error(found: str | None, shown: str) -> UsageError:
    """Return the error TW-B002 of a database whose schema is not the one this code needs."""
    if found is None:
        return UsageError(f"{shown} holds no tables yet.", code="TW-B002", hint="Run: tradewind db upgrade")
    if found > HEAD:
        return UsageError(
            f"the schema of {shown} is {found}, newer than this version of Tradewind, which knows {HEAD}.",
            code="TW-B002",
            hint="Install the newer Tradewind. `tradewind db upgrade` goes forward, never back.",
        )
    return UsageError(
        f"the schema of {shown} is {found}, older than {HEAD}, which this version of Tradewind needs.",
        code="TW-B002",
        hint="Run: tradewind db upgrade (it makes a backup first). Stops that rest at the venue stay there meanwhile.",
    )


def statements() -> tuple[str, ...]:
    """Return the statements that give an empty file its tables."""
    return tuple(SCRIPT.read_text(encoding="utf-8").split(";\n\n"))
