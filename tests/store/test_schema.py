"""The schema: migrations both ways with rows in them, and what a start refuses."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError

from store import samples
from store.samples import ACCOUNT
from store.script import script
from tradewind.errors import StoreError, TradewindError, UsageError
from tradewind.store.accounts import Session, Trade
from tradewind.store.fields import NAMES, TABLE_NAMES, values_of
from tradewind.store.files import APPLICATION_ID, HEAD, MIGRATIONS, SCRIPT
from tradewind.store.opening import connect, open_store
from tradewind.store.plain import plain_transaction
from tradewind.store.records import OrderFact
from tradewind.store.rows import TABLES
from tradewind.store.schema import migrate, revision_of
from tradewind.store.sql_journal import SqlJournal
from tradewind.store.tables import METADATA


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return str(tmp_path / "empty.db")
    return str(request.getfixturevalue("empty_url"))


def filled(place: str) -> int:
    """Write a row of every kind; return the session's id."""
    journal = SqlJournal(open_store(place))
    lease = journal.acquire_lease(ACCOUNT, samples.owner(), now_ms=1)
    with journal.begin(lease) as unit:
        session = unit.add_session(samples.session())
        chain = unit.add_chain(samples.chain(session.id))
        unit.add_attempt(samples.attempt(chain.id))
        unit.save_fact(samples.fact(chain.id, terminal=True, status="filled"))
        unit.add_fill(samples.fill(chain.id))
        unit.post(samples.entry())
        unit.add_decision(samples.decision(session.id))
        unit.add_trade(samples.trade(session.id, chain_id=chain.id))
        unit.add_position(samples.position(session.id, chain_id=chain.id))
        unit.add_execution(samples.execution(session.id))
    journal.close()
    return session.id


def differences(place: str) -> list[Any]:
    with connect(place) as store, store.snapshot() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, METADATA))


def test_the_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_migrations_make_what_the_tables_say(empty: str) -> None:
    with connect(empty) as store, store.transaction() as connection:
        migrate(connection)
    assert differences(empty) == []


def test_the_script_of_an_empty_file_is_what_the_migrations_make() -> None:
    assert plainly(SCRIPT.read_text()) == plainly(script()), "run: python tests/store/script.py"


def plainly(text: str) -> list[list[str]]:
    """Return statements and their lines sorted: a copied table has its constraints and indexes in any order."""
    return sorted(sorted(line.strip(" \t,") for line in statement.splitlines()) for statement in text.split(";\n\n"))


def test_a_record_has_the_columns_of_its_table() -> None:
    assert {kind: tuple(TABLES[kind].c.keys()) for kind in TABLE_NAMES} == NAMES
    assert set(TABLE_NAMES.values()) == set(METADATA.tables)


def test_rows_survive_the_way_down_and_up_again(empty: str) -> None:
    session_id = filled(empty)
    with connect(empty) as store:
        with store.transaction() as connection:
            migrate(connection, "0001")
        with store.snapshot() as connection:
            names = set(inspect(connection).get_table_names())
            assert revision_of(connection) == "0001"
            assert connection.execute(text("SELECT symbol, side FROM trades")).all() == [("BTCUSDT", "long")]
        assert not names & {"chain", "fill", "ledger", "account_lease"}
        with store.transaction() as connection:
            migrate(connection)
    assert differences(empty) == []
    journal = SqlJournal(open_store(empty, mode="engine"))
    assert journal.session(session_id) == samples.session(id=session_id)
    (trade,), (position,) = journal.trades(session_id), journal.positions(session_id)
    assert (trade, position) == (samples.trade(session_id, id=trade.id), samples.position(session_id, id=position.id))
    assert journal.chains(ACCOUNT) == ()
    journal.close()


def test_the_way_down_leaves_nothing_and_leads_up_again(empty: str) -> None:
    filled(empty)
    with connect(empty) as store:
        with store.transaction() as connection:
            migrate(connection, "base")
        with store.snapshot() as connection:
            assert inspect(connection).get_table_names() == ["alembic_version"]
    open_store(empty).close()
    assert differences(empty) == []


def test_a_migration_that_is_broken_off_changes_nothing(empty: str) -> None:
    filled(empty)
    with pytest.raises(KeyboardInterrupt), connect(empty) as store, store.transaction() as connection:  # noqa: PT012
        migrate(connection, "base")
        raise KeyboardInterrupt
    assert differences(empty) == []
    with open_store(empty, mode="read") as store, store.snapshot() as connection:
        assert len(connection.execute(select(TABLES[Trade])).all()) == 1


@pytest.mark.parametrize(
    ("revision", "word", "remedy"), [("0001", "older", "tradewind db upgrade"), ("9999", "newer", "Install the newer")]
)
def test_a_start_refuses_another_schema(empty: str, revision: str, word: str, remedy: str) -> None:
    filled(empty)
    with connect(empty) as store, store.transaction() as connection:
        if revision < HEAD:
            migrate(connection, revision)
        else:
            connection.execute(text("UPDATE alembic_version SET version_num = :number"), {"number": revision})
    for mode in ("engine", "write", "read"):
        with pytest.raises(UsageError, match=word) as refused:
            open_store(empty, mode=mode)
        assert (refused.value.code, refused.value.exit_code) == ("TW-B002", 2)
        assert remedy in refused.value.hint
    if "://" not in empty:
        with pytest.raises(UsageError, match=word), plain_transaction(Path(empty)) as file:
            file.add(samples.session())


def test_a_terminal_order_is_kept_by_the_database_itself(place: str) -> None:
    filled(place)
    table = TABLES[OrderFact]
    with open_store(place) as store:
        for statement in (update(table).values(status="canceled"), table.delete()):
            with pytest.raises(StoreError, match="terminal order"), store.transaction() as connection:
                connection.execute(statement)
        with store.snapshot() as connection:
            assert connection.execute(select(table.c.status)).scalars().all() == ["filled"]


def test_amounts_are_exact_and_floats_are_refused(place: str) -> None:
    tiny, huge = samples.D("0.000000000000000001"), samples.D("123456789012345678901234567890.12345678")
    table = TABLES[Trade]
    with open_store(place) as store:
        with store.transaction() as connection:
            session = connection.execute(insert(TABLES[Session]), values_of(samples.session()))
            number = session.inserted_primary_key
            assert number is not None
            connection.execute(insert(table), values_of(samples.trade(number[0], pnl=-huge, fees=tiny)))
        with store.snapshot() as connection:
            assert connection.execute(select(table.c.pnl, table.c.fees)).one() == (-huge, tiny)
        for wrong in (0.1, "0.1", samples.D("NaN")):
            with pytest.raises(StoreError, match="finite Decimal"), store.transaction() as connection:
                connection.execute(update(table).values(pnl=wrong))


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_json_is_jsonb_on_postgresql(place: str) -> None:
    filled(place)
    question = text("SELECT indicators ->> 'rsi' FROM strategy_executions WHERE indicators @> '{\"rsi\": 55.5}'")
    with open_store(place, mode="read") as store, store.snapshot() as connection:
        assert connection.execute(question).scalars().all() == ["55.5"]


def test_a_new_file_is_private_durable_and_marked(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        path = tmp_path / "state" / "inner" / "tradewind.db"
        with open_store(path, mode="engine") as store, store.transaction() as connection:
            connection.execute(text("DELETE FROM halt"))
            pragmas = ("journal_mode", "synchronous", "foreign_keys", "application_id", "user_version", "busy_timeout")
            found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas]
            rights = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    finally:
        os.umask(old)
    assert found == ["wal", 2, 1, APPLICATION_ID, int(HEAD), 2_000]
    assert set(rights.values()) == {0o600}
    assert {file.stat().st_mode & 0o777 for file in (path.parent, path.parent.parent)} == {0o700}


def test_rights_of_a_file_that_others_could_read_are_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    open_store(path).close()
    path.chmod(0o644)
    open_store(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_reader_cannot_write(place: str) -> None:
    with (
        open_store(place, mode="read") as store,
        pytest.raises(StoreError, match=r"read-?only"),
        store.transaction() as connection,
    ):
        connection.execute(insert(TABLES[Session]), values_of(samples.session()))


def test_readers_work_beside_a_writer_and_see_what_is_committed(place: str) -> None:
    with open_store(place) as writer, open_store(place, mode="read") as reader:
        with writer.transaction() as connection:
            connection.execute(insert(TABLES[Session]), values_of(samples.session()))
            with reader.snapshot() as other:
                assert other.execute(select(TABLES[Session].c.id)).all() == []
        with ThreadPoolExecutor(2) as pool, reader.snapshot() as other:
            assert len(other.execute(select(TABLES[Session].c.id)).all()) == 1
            assert pool.submit(_count, reader).result() == 1


def _count(store: Any) -> int:
    with store.snapshot() as connection:
        return len(connection.execute(select(TABLES[Session].c.id)).all())


def test_a_second_writer_waits_and_is_then_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    open_store(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with open_store(path) as store, pytest.raises(StoreError, match="locked") as refused, store.transaction():
        pass
    other.close()
    assert (refused.value.code, refused.value.exit_code) == ("TW-B005", 3)


def damaged(path: Path) -> None:
    """Overwrite a page in the middle of a file of SQLite."""
    filled(str(path))
    with path.open("r+b") as file:
        file.seek(4096 * 20)
        file.write(b"\xff" * 4096)


def test_an_engine_does_not_start_on_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    damaged(path)
    with pytest.raises(StoreError) as refused:
        open_store(path, mode="engine")
    assert refused.value.code == "TW-B003"
    assert "db restore" in refused.value.hint


def test_files_of_others_are_left_as_they_are(tmp_path: Path) -> None:
    words, theirs, marked = tmp_path / "words.db", tmp_path / "theirs.db", tmp_path / "marked.db"
    words.write_text("these are words, not a database, and they are long enough to be read as a header " * 20)
    for path, statement in ((theirs, "CREATE TABLE songs (name)"), (marked, "PRAGMA application_id = 7")):
        connection = sqlite3.connect(path)
        connection.execute(statement)
        connection.commit()
        connection.close()
    for path in (words, theirs, marked):
        before = path.read_bytes()
        for opened in (open_store, plain_transaction):
            with pytest.raises(UsageError) as refused, opened(path):
                pass
            assert (refused.value.code, path.read_bytes()) == ("TW-B004", before), path


def test_a_reader_needs_a_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no database") as refused:
        open_store(tmp_path / "none.db", mode="read")
    assert refused.value.code == "TW-B001"
    assert list(tmp_path.glob("none*")) == []


def test_a_folder_that_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TradewindError) as refused:
        open_store(tmp_path / "file" / "a.db")
    assert refused.value.code == "TW-B001"


def test_two_programs_that_make_the_tables_at_once_make_one_set(empty: str) -> None:
    code = f"from tradewind.store.opening import open_store; open_store({empty!r}).close()"
    running = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=200)[1] for process in running] == ["", ""]
    assert differences(empty) == []


def test_a_server_that_does_not_answer_is_told_without_the_password(tmp_path: Path) -> None:
    place = f"postgres://me:canary-4711@/x?host={tmp_path}&sslpassword=canary-4712"
    with pytest.raises(StoreError, match="cannot be reached") as refused:
        open_store(place)
    assert (refused.value.code, "canary" in str(refused.value)) == ("TW-B001", False)


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_a_broken_connection_is_replaced(place: str) -> None:
    with open_store(place) as store:
        with store.snapshot() as connection:
            own = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with open_store(place) as other, other.snapshot() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
        with store.snapshot() as connection:
            assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != own


def test_migrations_speak_of_a_refusal_in_our_words(tmp_path: Path) -> None:
    with (
        connect(tmp_path / "a.db") as store,
        pytest.raises(StoreError, match="could not be changed"),
        store.transaction() as connection,
    ):
        migrate(connection, "7777")
    with pytest.raises(DBAPIError), connect(tmp_path / "b.db") as store, store.engine.connect() as plain:
        plain.exec_driver_sql("SELECT nothing")
