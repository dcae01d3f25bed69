"""Backups and restores, rehearsed: what was there comes back to the last row, and nothing is lost by mistake."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from sqlalchemy import insert, select, text

from store import samples
from store.samples import ACCOUNT, BAR
from store.test_schema import filled
from tradewind.errors import StoreError, UsageError
from tradewind.store import backup as backups
from tradewind.store.accounts import Session
from tradewind.store.address import Address, address
from tradewind.store.backup import back_up, sidecar, verify
from tradewind.store.fields import values_of
from tradewind.store.opening import connect, open_store
from tradewind.store.records import Lease
from tradewind.store.restore import restore
from tradewind.store.rows import TABLES
from tradewind.store.schema import migrate
from tradewind.store.sql_journal import SqlJournal
from tradewind.store.tables import METADATA
from tradewind.store.upkeep import check, upgrade

NOW = BAR + 10_000_000


@pytest.fixture(autouse=True)
def programs(request: pytest.FixtureRequest) -> None:
    if "postgresql" in request.node.name and not shutil.which("pg_dump"):
        pytest.skip("PostgreSQL's client programs are not installed here")


def contents(place: str) -> dict[str, list[Any]]:
    """Return every row of every table but the leases, which a restore gives back."""
    with open_store(place, mode="read") as store, store.snapshot() as connection:
        return {
            name: sorted(map(repr, connection.execute(select(table)).all()))
            for name, table in METADATA.tables.items()
            if name != "account_lease"
        }


def made(place: str, file: Path) -> backups.Verified:
    with open_store(place, mode="read") as store:
        return back_up(store, file)


def put_back(place: str, file: Path, **options: Any) -> Any:
    return restore(address(place), file, now_ms=NOW, stamp="then", folder=file.parent / "kept", **options)


@pytest.fixture
def file(tmp_path: Path, place: str) -> Path:
    """A good backup of a database with a row of every kind."""
    filled(place)
    return made(place, tmp_path / "backups" / f"good{'.dump' if '://' in place else '.db'}").file


def test_a_restore_brings_back_every_row(place: str, file: Path, new_place: Callable[[str], str]) -> None:
    before = contents(place)
    other = new_place("postgresql" if "://" in place else "sqlite")
    done = put_back(other, file)
    assert (contents(other), done.kept, done.revision) == (before, None, "0002")
    assert check(address(other)).problems == ()
    journal = SqlJournal(open_store(other, mode="engine"))
    lease = journal.acquire_lease(ACCOUNT, samples.owner("next"), now_ms=NOW)
    assert lease.epoch > 1
    journal.close()


def test_a_restore_keeps_what_was_there(place: str, file: Path) -> None:
    before = contents(place)
    with open_store(place) as store, store.transaction() as connection:
        connection.execute(insert(TABLES[Session]), values_of(samples.session(symbol="ETHUSDT")))
    later = contents(place)
    with pytest.raises(UsageError, match="rows") as refused:
        put_back(place, file)
    assert (refused.value.code, contents(place)) == ("TW-B009", later)
    done = put_back(place, file, force=True)
    assert contents(place) == before
    assert done.kept is not None
    assert verify(done.kept).problems == ()
    put_back(place, done.kept, force=True)
    assert contents(place) == later


def test_a_restore_makes_every_older_lease_worthless(place: str, file: Path) -> None:
    journal = SqlJournal(open_store(place))
    for name in ("two", "three"):
        lease = journal.acquire_lease(ACCOUNT, samples.owner(name), now_ms=1, holder_is_dead=True)
    journal.close()
    put_back(place, file, force=True)
    journal = SqlJournal(open_store(place))
    held = journal.lease_of(ACCOUNT)
    assert held is not None
    assert (held.epoch, held.owner_uuid) == (lease.epoch + 1, "")
    journal.close()


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_nothing_is_restored_under_a_running_engine(place: str, file: Path) -> None:
    journal = SqlJournal(open_store(place))
    lease = journal.acquire_lease(ACCOUNT, samples.owner("two"), now_ms=NOW - 5_000, holder_is_dead=True)
    with pytest.raises(UsageError, match="trades with this database") as refused:
        put_back(place, file, force=True)
    assert refused.value.code == "TW-B009"
    journal.release_lease(lease, now_ms=NOW - 4_000)
    journal.close()
    put_back(place, file, force=True)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_backup_has_its_checksum_beside_it_and_is_private(file: Path) -> None:
    assert {path.stat().st_mode & 0o777 for path in file.parent.iterdir()} == {0o600}
    assert {path.name for path in file.parent.iterdir()} == {file.name, f"{file.name}.sha256"}
    found = verify(file)
    assert sidecar(file).read_text() == f"{found.sha256}  {file.name}\n"
    assert (found.problems, found.rows["trades"], found.rows["ledger"]) == ((), 1, 1)
    assert found.size == file.stat().st_size


@pytest.mark.parametrize("where", [0.3, 0.9])
def test_a_flipped_byte_is_found_and_never_restored(place: str, file: Path, where: float) -> None:
    content = bytearray(file.read_bytes())
    content[int(len(content) * where)] ^= 0x40
    file.write_bytes(content)
    assert "checksum" in verify(file).problems[0]
    before = contents(place)
    with pytest.raises(UsageError, match="not good") as refused:
        put_back(place, file, force=True)
    assert (refused.value.code, contents(place)) == ("TW-B008", before)


def test_a_torn_or_lonely_backup_is_not_good(file: Path) -> None:
    content = file.read_bytes()
    sidecar(file).unlink()
    assert verify(file).problems == (f"{file.name}.sha256 is not there",)
    file.write_bytes(content[: len(content) // 2])
    assert len(verify(file).problems) == 2


def test_a_file_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    for name, content in (("words.db", b"words"), ("empty.db", b"")):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(UsageError) as refused:
            verify(path)
        assert refused.value.code == "TW-B008"
    with pytest.raises(UsageError):
        verify(tmp_path / "none.db")


def test_a_backup_of_the_other_kind_is_refused(
    place: str, file: Path, new_place: Callable[[str], str], request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("server")
    other = new_place("sqlite" if "://" in place else "postgresql")
    with pytest.raises(UsageError, match="is of") as refused:
        put_back(other, file, force=True)
    assert refused.value.code == "TW-B008"


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_backup_never_takes_the_place_of_a_file(place: str, file: Path) -> None:
    with pytest.raises(UsageError, match="exists already"):
        made(place, file)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_copy_that_is_not_good_gets_no_name(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(place)
    real = backups.look_at
    monkeypatch.setattr(backups, "look_at", lambda file: attrs.evolve(real(file), problems=("a page is torn",)))
    with pytest.raises(StoreError, match="a page is torn"):
        made(place, tmp_path / "new" / "one.db")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_backup_is_one_moment_of_a_busy_database(tmp_path: Path) -> None:
    place = tmp_path / "busy.db"
    filled(str(place))
    with open_store(place) as store, store.transaction() as connection:
        connection.execute(insert(TABLES[Session]), values_of(samples.session(symbol="ETHUSDT")))
        with open_store(place, mode="read") as reader:
            assert back_up(reader, tmp_path / "copy.db").rows["trading_sessions"] == 1


def test_a_damaged_file_is_kept_and_replaced(tmp_path: Path) -> None:
    place = tmp_path / "a.db"
    filled(str(place))
    before = contents(str(place))
    file = made(str(place), tmp_path / "good.db").file
    place.write_bytes(b"SQLite format 3\0" + b"\xff" * 9_000)
    with pytest.raises(UsageError, match="cannot be read") as refused:
        put_back(str(place), file)
    assert refused.value.code == "TW-B009"
    done = put_back(str(place), file, force=True)
    assert done.kept is not None
    assert done.kept.read_bytes().startswith(b"SQLite format 3\0\xff")
    assert contents(str(place)) == before


def test_a_restore_that_fails_leaves_the_old_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "a.db"
    filled(str(place))
    file = made(str(place), tmp_path / "good.db").file
    before = contents(str(place))

    def fail(*_: object) -> None:
        raise StoreError("no space", code="TW-B005")

    monkeypatch.setattr("tradewind.store.restore._set_leases", fail)
    with pytest.raises(StoreError, match="no space"):
        put_back(str(place), file, force=True)
    assert contents(str(place)) == before
    assert list(tmp_path.glob(".tmp-*")) == []


def test_an_upgrade_backs_up_first_and_keeps_every_row(place: str, tmp_path: Path) -> None:
    filled(place)
    with connect(place) as store, store.transaction() as connection:
        migrate(connection, "0001")
    found = check(address(place))
    assert (found.revision, "older" in found.problems[0]) == ("0001", True)
    assert "db upgrade" in found.hints[0]
    done = upgrade(address(place), tmp_path / "first", now_ms=NOW)
    assert (done.was, done.now, done.backup) == ("0001", "0002", tmp_path / "first")
    assert verify(tmp_path / "first").rows["trades"] == 1
    assert check(address(place)).rows["trades"] == 1
    again = upgrade(address(place), tmp_path / "second", now_ms=NOW)
    assert (again.was, again.backup) == ("0002", None)


def test_an_upgrade_waits_for_the_engine_to_stop(tmp_path: Path) -> None:
    place = tmp_path / "a.db"
    journal = SqlJournal(open_store(place))
    journal.acquire_lease(ACCOUNT, samples.owner(), now_ms=NOW)
    journal.close()
    with connect(place) as store, store.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(UsageError, match="trades with this database"):
        upgrade(Address(path=place), tmp_path / "b.db", now_ms=NOW + 1)


def test_an_upgrade_makes_the_tables_of_an_empty_database(tmp_path: Path) -> None:
    done = upgrade(Address(path=tmp_path / "a.db"), tmp_path / "b.db", now_ms=NOW)
    assert (done.was, done.now, done.backup) == ("", "0002", None)
    assert check(Address(path=tmp_path / "a.db")).problems == ()


def test_a_check_tells_what_is_wrong(tmp_path: Path) -> None:
    place = tmp_path / "a.db"
    assert "no database" in check(Address(path=place)).problems[0]
    assert not place.exists()
    filled(str(place))
    raw = sqlite3.connect(place)
    raw.execute("UPDATE ledger SET balance_after = '7'")
    raw.commit()
    assert check(Address(path=place)).problems == ("the ledger's balance of USDT is 7, the sum of its changes 1000.1",)
    raw.execute("UPDATE chain SET session_id = 999")
    raw.commit()
    raw.close()
    assert "refers to a row of trading_sessions" in check(Address(path=place)).problems[0]


def test_a_check_tries_a_write_and_leaves_none(place: str) -> None:
    assert check(address(place)).rows["trading_sessions"] == 0
    assert check(address(place)).rows["trading_sessions"] == 0
    found = check(address(place))
    assert (found.revision, found.problems) == ("0002", ())
    assert found.engine.startswith(("SQLite 3", "PostgreSQL"))


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_missing_programs_of_postgresql_are_told(place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match="pg_dump is not there") as refused:
        made(place, tmp_path / "a.dump")
    assert refused.value.code == "TW-B010"


def test_a_password_is_not_among_a_programs_arguments() -> None:
    from tradewind.store.dumps import _place

    place = address("postgres://me:canary@db/x?password=canary&sslmode=require")
    assert place.url is not None
    assert _place(place.url) == "postgresql://me@db/x?sslmode=require"


def test_leases_of_the_samples_are_leases(tmp_path: Path) -> None:
    journal = SqlJournal(open_store(tmp_path / "a.db"))
    lease = journal.acquire_lease(ACCOUNT, samples.owner(), now_ms=NOW)
    found = check(Address(path=tmp_path / "a.db")).leases
    assert found == (lease,)
    assert isinstance(found[0], Lease)
    journal.close()
