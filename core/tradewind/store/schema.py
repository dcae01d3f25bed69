"""The version of the schema: what this code needs, what a database has, and the way from one to the other."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from tradewind.errors import StoreError
from tradewind.store.files import APPLICATION_ID, HEAD, MIGRATIONS, check_tables


def revision_of(connection: Connection, shown: str = "the database") -> str | None:
    """
    Return the revision of a database's schema; None when it has no tables at all.

    Raises:
        UsageError: TW-B004 when it holds tables that are not ours.
    """
    if not check_tables(set(inspect(connection).get_table_names()), shown):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


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
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID:d}")
