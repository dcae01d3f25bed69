"""`tradewind db`: exit codes, words, JSON; and the database behind `tradewind backtest`."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cli.terminal import Tradewind, runner
from store import samples
from store.samples import ACCOUNT
from store.test_schema import filled
from tradewind.cli.options import now_ms
from tradewind.store.opening import connect, open_store
from tradewind.store.schema import migrate
from tradewind.store.sql_journal import SqlJournal

PLACE = Path(".tradewind/tradewind.db")


@pytest.fixture
def tradewind(capsys: pytest.CaptureFixture[str]) -> Tradewind:
    return runner(capsys)


@pytest.mark.smoke
def test_a_database_is_made_checked_backed_up_verified_and_restored(tradewind: Tradewind) -> None:
    made = tradewind("db", "upgrade")
    assert (made.code, "is 0002 now, it was none" in made.out) == (0, True)
    assert "is 0002 already" in tradewind("db", "upgrade").out
    filled(str(PLACE))
    checked = tradewind("db", "check")
    assert checked.code == 0
    assert "The database is good" in checked.out
    assert "trades 1" in checked.out
    copied = tradewind("db", "backup", "--json")
    facts = json.loads(copied.out)
    assert (copied.code, facts["rows"]["trades"], facts["problems"]) == (0, 1, [])
    assert json.loads(tradewind("db", "verify", "--json").out) == facts
    PLACE.unlink()
    restored = tradewind("db", "restore", facts["file"])
    assert (restored.code, "kept" in restored.out) == (0, False)
    again = tradewind("db", "restore", facts["file"])
    assert (again.code, again.err.startswith("TW-B009")) == (2, True)
    forced = json.loads(tradewind("db", "restore", facts["file"], "--force", "--json").out)
    assert (forced["revision"], Path(forced["kept"]).exists()) == ("0002", True)


def test_a_check_leaves_with_1_for_what_is_wrong(tradewind: Tradewind) -> None:
    none = tradewind("db", "check")
    assert (none.code, "no database" in none.out, "db upgrade" in none.err) == (1, True, True)
    filled(str(PLACE))
    with connect(PLACE) as store, store.transaction() as connection:
        migrate(connection, "0001")
    older = tradewind("db", "check", "--json")
    assert (older.code, json.loads(older.out)["revision"]) == (1, "0001")
    upgraded = tradewind("db", "upgrade")
    assert (upgraded.code, "it was 0001" in upgraded.out, "backup" in upgraded.out) == (0, True, True)
    assert tradewind("db", "check").code == 0


def test_what_cannot_be_reached_leaves_with_3_and_what_is_not_ours_with_2(
    tradewind: Tradewind, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgres://me:canary-3321@/x?host={tmp_path}")
    unreachable = tradewind("db", "check")
    assert (unreachable.code, unreachable.err.startswith("TW-B001")) == (3, True)
    assert "canary" not in unreachable.all
    monkeypatch.setenv("DATABASE_URL", "mysql://me:canary-3322@host/x")
    assert (tradewind("db", "check").code, "canary" in tradewind("db", "backup").all) == (2, False)
    with sqlite3.connect("theirs.db") as connection:
        connection.execute("CREATE TABLE songs (name)")
    connection.close()
    monkeypatch.setenv("DATABASE_URL", "theirs.db")
    theirs = tradewind("db", "check")
    assert (theirs.code, theirs.err.startswith("TW-B004")) == (2, True)


def test_a_damaged_backup_leaves_with_1(tradewind: Tradewind) -> None:
    filled(str(PLACE))
    file = Path(json.loads(tradewind("db", "backup", "my.db", "--json").out)["file"])
    content = bytearray(file.read_bytes())
    content[-9] ^= 1
    file.write_bytes(content)
    found = tradewind("db", "verify", "my.db")
    assert (found.code, "checksum" in found.out) == (1, True)
    refused = tradewind("db", "restore", "my.db", "--force")
    assert (refused.code, refused.err.startswith("TW-B008")) == (2, True)
    lonely = tradewind("db", "verify")
    assert (lonely.code, "no backup" in lonely.err) == (2, True)


def test_a_running_engine_is_named(tradewind: Tradewind) -> None:
    journal = SqlJournal(open_store(PLACE))
    journal.acquire_lease(ACCOUNT, samples.owner(pid=4321), now_ms=now_ms())
    journal.close()
    tradewind("db", "backup", "my.db")
    refused = tradewind("db", "restore", "my.db", "--force")
    assert (refused.code, "process 4321 on here" in refused.err) == (2, True)
    assert "process 4321 on here" in tradewind("db", "check").out


def test_a_backtest_is_in_the_database_unless_told_not_to(tradewind: Tradewind) -> None:
    plain = ("backtest", "adaptive", "--no-certificate", "--days", "200")
    assert tradewind(*plain, "--no-db").code == 0
    assert not PLACE.exists()
    done = tradewind(*plain)
    assert (done.code, "TW-B" in done.all) == (0, False)
    counts = json.loads(tradewind("db", "check", "--json").out)["rows"]
    assert (counts["trading_sessions"], counts["performance_metrics"]) == (1, 1)
    assert counts["trades"] > 0
    assert counts["account_history"] > 500


def test_a_backtest_whose_database_fails_still_prints_its_result(
    tradewind: Tradewind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "folder.db")
    Path("folder.db").mkdir()
    done = tradewind("backtest", "adaptive", "--no-certificate", "--days", "200", "--json", "-")
    assert (done.code, "TW-B011" in done.err) == (0, True)
    assert json.loads(done.out)["strategy"] == "adaptive"


def test_help_loads_no_database_library() -> None:
    code = (
        "import sys, click\nfrom tradewind.cli.main import main\n"
        "try: main(['db', '--help'])\nexcept SystemExit: pass\n"
        "print(sorted({'sqlalchemy', 'numpy', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=200)
    assert done.stdout.splitlines()[-1] == "[]"
