"""Open the database: nothing is read or written before it is known to be ours, whole and of the right schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from tradewind.errors import SettingsError, StoreError, TradewindError, UsageError
from tradewind.store.address import Address, address
from tradewind.store.engines import WRITES, postgresql_engine, sqlite_engine
from tradewind.store.faults import RESTORE_HINT, fault, translated
from tradewind.store.files import (
    APPLICATION_ID,
    HEAD,
    MAGIC,
    check_number,
    make_private,
    schema_error,
    statements,
    write_ahead,
)
from tradewind.store.integrity import problems_of_file
from tradewind.store.schema import migrate, revision_of

Mode = Literal["engine", "write", "read"]
"""
`engine` checks the whole file first and is for who trades; `write` is for one transaction of another
program; `read` cannot write.
"""

POOL_SIZE: Final = 5
PATIENT: Final = "60000"
"""How long who opens a store waits for another program that makes its tables, milliseconds."""
_PATIENTLY: Final = "PRAGMA busy_timeout = 60000"
_BRISKLY: Final = "PRAGMA busy_timeout = 2000"


class Store:
    """
    An open database.

    Args:
        address: Where it is.
        engine: Its connections.
    """

    def __init__(self, address: Address, engine: Engine) -> None:
        self.address = address
        self.engine = engine

    @property
    def shown(self) -> str:
        """Its place, without a password."""
        return self.address.shown

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """
        Give a connection whose writes are durable when the block ends, and undone when it raises.

        Raises:
            StoreError: TW-B005 when the database refuses, TW-B003 when it is damaged.
            JournalError: TW-B006 when a constraint forbids a row.
        """
        with translated(self.shown), self.engine.connect() as plain:
            connection = plain.execution_options(**{WRITES: True})
            with connection.begin():
                yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the database throughout."""
        with translated(self.shown), self.engine.connect() as plain:
            level = {"isolation_level": "REPEATABLE READ"} if self.dialect == "postgresql" else {}
            connection = plain.execution_options(**level)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_store(place: Address | Path | str, *, mode: Mode = "write", pool_size: int = POOL_SIZE) -> Store:
    """
    Open the database at a path or URL.

    An empty one is given its tables, unless it is opened to read.

    Args:
        place: A file, or a URL of SQLite or PostgreSQL.
        mode: What it is opened for.
        pool_size: Connections kept to a server.

    Raises:
        SettingsError: TW-S004 when the place is malformed.
        StoreError: TW-B001 when it cannot be reached, TW-B003 when it is damaged.
        UsageError: TW-B002 when its schema is another, TW-B004 when it is not ours.
    """
    store = connect(place, mode=mode, pool_size=pool_size)
    try:
        _ready(store, mode)
    except BaseException:
        store.close()
        raise
    return store


def connect(place: Address | Path | str, *, mode: Mode = "write", pool_size: int = POOL_SIZE) -> Store:
    """Return the database at a path or URL, reachable and ours, whatever its schema."""
    where = place if isinstance(place, Address) else address(place)
    store = Store(where, _engine(where, mode, pool_size))
    try:
        with store.snapshot() as connection:
            if where.path is not None:
                check_number(connection.exec_driver_sql("PRAGMA application_id").scalar_one(), where.path)
            else:
                connection.execute(text("SELECT 1"))
    except BaseException as error:
        store.close()
        cause = error.__cause__
        if where.path is None and isinstance(error, StoreError) and isinstance(cause, SQLAlchemyError):
            raise unreachable(cause, where) from cause
        if where.path is not None and isinstance(error, UsageError) and isinstance(cause, SQLAlchemyError):
            raise _headless(error, where.path) from cause
        raise
    return store


def _headless(error: UsageError, path: Path) -> TradewindError:
    """Return the error of a file that SQLite does not know: damaged when it still begins like one of its own."""
    with path.open("rb") as stream:
        if stream.read(len(MAGIC)) != MAGIC:
            return error
    return StoreError(f"{path} is damaged: its header cannot be read.", code="TW-B003", hint=RESTORE_HINT)


def unreachable(error: SQLAlchemyError, where: Address) -> StoreError:
    """Return the error of a server that cannot be reached, in the server's own words."""
    words = fault(error, where.shown).message.partition(" refused: ")[2] or str(error)
    return StoreError(
        f"{where.shown} cannot be reached: {words}",
        code="TW-B001",
        hint="Check that the server runs and that DATABASE_URL names user, host and database rightly.",
    )


def _engine(where: Address, mode: Mode, pool_size: int) -> Engine:
    read_only = mode == "read"
    if where.url is not None:
        try:
            return postgresql_engine(where.url, read_only=read_only, pool_size=pool_size)
        except ModuleNotFoundError as error:
            raise SettingsError(
                f"{where.shown} needs {error.name}, which is not installed.",
                code="TW-B001",
                hint='Install it: pip install "tradewind[postgres]"',
            ) from error
    if where.path is None:
        raise ValueError("an address needs a path or a URL")
    if read_only and not where.path.is_file():
        raise StoreError(
            f"there is no database at {where.shown}.",
            code="TW-B001",
            hint="A backtest or `tradewind db upgrade` makes it.",
        )
    if not read_only:
        make_private(where.path)
    return sqlite_engine(where.path, read_only=read_only)


def _ready(store: Store, mode: Mode) -> None:
    with store.snapshot() as connection:
        found = revision_of(connection, store.shown)
        if found == HEAD and mode == "engine" and store.dialect == "sqlite":
            problems = problems_of_file(connection)
            if problems:
                raise StoreError(
                    f"{store.shown} is damaged: {problems[0]}.",
                    code="TW-B003",
                    hint=RESTORE_HINT,
                    problems=problems,
                )
    if found is None and mode != "read":
        create_tables(store)
    elif found != HEAD:
        raise schema_error(found, store.shown)
    if mode != "read" and store.dialect == "sqlite":
        _write_ahead(store)


def _write_ahead(store: Store) -> None:
    """Turn the file's write-ahead log on; only now is the file known to be ours."""
    with translated(store.shown), store.engine.connect() as connection:
        raw = connection.connection.driver_connection
        if raw is not None:
            write_ahead(raw)


def create_tables(store: Store) -> None:
    """Give an empty database its tables; two programs that do so at once get one set."""
    with _patient(store), store.transaction() as connection:
        alone(connection)
        if revision_of(connection) is None:
            if store.dialect == "postgresql" or inspect(connection).get_table_names():
                migrate(connection)
            else:
                for statement in statements():
                    connection.exec_driver_sql(statement)


@contextmanager
def _patient(store: Store) -> Iterator[None]:
    """Let a file's connection wait longer than for a write: whoever makes all tables may take a while."""
    _tell(store, _PATIENTLY)
    try:
        yield
    finally:
        _tell(store, _BRISKLY)


def _tell(store: Store, pragma: str) -> None:
    if store.dialect == "sqlite":
        with translated(store.shown), store.engine.connect() as connection:
            raw = connection.connection.driver_connection
            if raw is not None:
                raw.execute(pragma)


def alone(connection: Connection) -> None:
    """Wait until nobody else changes the schema; SQLite writers are alone from the start."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT set_config('lock_timeout', :wait, true)"), {"wait": PATIENT})
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": APPLICATION_ID})
