"""The version of the schema: what this code needs, what a database has, and the way from one to the other."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from tradewind.errors import StoreError, TradewindError, UsageError

HEAD: Final = "0002"
"""The revision that this code works with; a test holds it to the newest migration."""

APPLICATION_ID: Final = 0x54574E44
"""Marks a SQLite file as ours: the letters TWND."""

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def revision_of(connection: Connection) -> str | None:
    """
    Return the revision of a database's schema; None when it has no tables at all.

    Raises:
        UsageError: TW-B004 when it holds tables that are not ours.
    """
    names = set(inspect(connection).get_table_names())
    if "alembic_version" in names and ("trading_sessions" in names or names == {"alembic_version"}):
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if names:
        raise UsageError(
            f"the database holds other tables than Tradewind's ({', '.join(sorted(names)[:5])}).",
            code="TW-B004",
            hint="Name a file or database of its own with `database_url`.",
        )
    return None


def schema_error(found: str | None, shown: str) -> TradewindError:
    """Return the error of a database whose schema is not the one this code needs."""
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


def migrate(connection: Connection, revision: str = HEAD) -> None:
    """
    Bring a database's schema to a revision, forward or back, in the connection's own transaction.

    Args:
        connection: A connection with a transaction open; the caller commits.
        revision: The revision, or `base` for no tables at all.

    Raises:
        StoreError: TW-B005 when the database refused.
    """
    from alembic import command  # 100 ms that only a new or an old database pays
    from alembic.config import Config  # the same
    from alembic.util import CommandError  # the same
    from sqlalchemy.exc import DBAPIError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    found = revision_of(connection)
    forward = revision != "base" and (found is None or found <= revision)
    try:
        (command.upgrade if forward else command.downgrade)(config, revision)
    except (CommandError, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise StoreError(f"the schema could not be changed: {cause}.", code="TW-B005") from error
    if connection.dialect.name == "sqlite":
        number = 0 if revision == "base" else int(revision)
        connection.exec_driver_sql(f"PRAGMA user_version = {number:d}")
