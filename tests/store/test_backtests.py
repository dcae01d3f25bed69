"""Backtests in the database: all of a run or nothing of it, and never at the cost of the result."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from store import samples
from tradewind.api import Result
from tradewind.backtest.desk import Request, compute
from tradewind.config.schema import CertificateSettings, Settings
from tradewind.plugins.catalog import load_catalog
from tradewind.store.accounts import AccountPoint, Execution, Performance, Position, Session, Trade
from tradewind.store.address import address
from tradewind.store.backtests import Rows, exact, record, store_backtest
from tradewind.store.bulk import bulk_transaction
from tradewind.store.opening import open_store
from tradewind.store.plain import plain_transaction
from tradewind.store.rows import TABLES, record_of
from tradewind.store.upkeep import check


@pytest.fixture(scope="module")
def result() -> Result:
    settings = Settings(certificate=CertificateSettings(enabled=False))
    return compute(Request(strategy="adaptive", certificate=False), settings, load_catalog(), now_ms=0)


def stored(place: str, kind: type[Any]) -> list[Any]:
    table = TABLES[kind]
    with open_store(place, mode="read") as store, store.snapshot() as connection:
        return [record_of(kind, row) for row in connection.execute(select(table).order_by(table.c.id))]


def test_a_run_is_stored_with_everything_that_it_left_behind(place: str, result: Result) -> None:
    session_id = record(result, address(place), now_ms=77)
    (session,) = stored(place, Session)
    assert (session.id, session.mode, session.result_id) == (session_id, "backtest", result.id)
    assert (session.start_time, session.ended_ms) == (result.start.value // 10**6, result.end.value // 10**6)
    assert (session.config_hash, session.detail["result"]) == (result.inputs.settings_hash, result.hash)
    trades = stored(place, Trade)
    assert [float(trade.pnl) for trade in trades] == result.trades["pnl"].tolist()
    assert [trade.exit_reason for trade in trades] == result.trades["exit_reason"].tolist()
    assert [trade.entry_time for trade in trades] == [at.value // 10**6 for at in result.trades["entry_time"]]
    assert len(stored(place, Position)) == len(result.positions)
    (performance,) = stored(place, Performance)
    assert performance.total_return == result.metrics["total_return"]
    assert (performance.total_trades, performance.computed_ms) == (len(trades), 77)
    assert performance.figures["sortino_ratio"] == result.metrics["sortino_ratio"]
    executions = stored(place, Execution)
    assert len(executions) == len(result.decisions)
    assert {one.signal_type for one in executions} <= {"enter_long", "enter_short"}
    assert [one.bits for one in executions] == result.decisions["bits"].tolist()


def test_the_curve_is_thinned_and_keeps_its_deepest_fall_and_its_end(place: str, result: Result) -> None:
    record(result, address(place), now_ms=0)
    points = stored(place, AccountPoint)
    assert 1_500 < len(points) <= 2_002 < len(result.equity)
    assert max(point.drawdown for point in points) == result.equity["drawdown"].max()
    assert float(points[-1].equity) == result.equity["equity"].iloc[-1]
    assert points[0].timestamp == result.equity.index[0].value // 10**6


def test_a_run_that_is_repeated_is_stored_once(place: str, result: Result) -> None:
    first = record(result, address(place), now_ms=1)
    assert record(result, address(place), now_ms=2) == first
    assert len(stored(place, Session)) == 1


def test_both_ways_of_writing_leave_the_same_rows(tmp_path: Path) -> None:
    places = tmp_path / "plain.db", tmp_path / "bulk.db"
    ways: list[AbstractContextManager[Rows]] = [plain_transaction(places[0]), bulk_transaction(address(places[1]))]
    for opened in ways:
        with opened as rows:
            number = rows.add(samples.session(initial_balance=samples.D("1.50"), ended_ms=None))
            rows.add_all([samples.trade(number, pnl=samples.D("-0.000000010")), samples.trade(number, pnl_pct=None)])
            rows.add_all([samples.position(number, stop_price=None), samples.position(number)])
            rows.add_all([samples.execution(number, indicators={"a": 1.5, "b": None, "ü": "x"})])
            rows.add_all([])
            assert rows.sessions_of("") == [(number, samples.session().detail)]
    dumps = [dump(place) for place in places]
    assert dumps[0] == dumps[1]
    assert "'-0.00000001'" in dumps[0]


def dump(path: Path) -> str:
    connection = sqlite3.connect(path)
    text = "\n".join(line for line in connection.iterdump() if line.startswith("INSERT"))
    connection.close()
    return text


KILLED = """
import os, signal, sys
sys.path[:0] = {paths!r}
from store import samples
from tradewind.store import backtests
from tradewind.store.address import address

class Killed:
    def __init__(self, rows): self.rows = rows
    def sessions_of(self, result_id): return []
    def add(self, record): return self.rows.add(record)
    def add_all(self, records):
        self.rows.add_all(records)
        if records: os.kill(os.getpid(), signal.SIGKILL)

def write(result, rows, now_ms):
    rows = Killed(rows)
    number = rows.add(samples.session())
    rows.add_all([samples.trade(number)] * 500)

backtests._write = write
backtests.record(None, address({place!r}), now_ms=0)
"""


def test_a_run_that_is_killed_while_it_is_written_leaves_nothing(place: str, result: Result) -> None:
    record(result, address(place), now_ms=1)
    before = check(address(place)).rows
    code = KILLED.format(paths=[str(Path(__file__).parents[1])], place=place)
    done = subprocess.run([sys.executable, "-c", code], timeout=200, stderr=subprocess.PIPE)
    assert done.returncode == -signal.SIGKILL, done.stderr
    found = check(address(place))
    assert (found.problems, found.rows) == ((), before)


@pytest.mark.parametrize("broken", ["folder", "words", "older", "server"])
def test_a_database_that_fails_is_a_warning(broken: str, result: Result, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    settings = Settings(database_url=str(path))
    if broken == "folder":
        path.mkdir()
    elif broken == "words":
        path.write_text("words " * 1000)
    elif broken == "older":
        open_store(path).close()
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.close()
    else:
        settings = Settings(database_url=f"postgres://me:canary@/x?host={tmp_path}")
    warning = store_backtest(result, settings, now_ms=0)
    assert warning.startswith("TW-B011 ")
    assert "canary" not in warning


def test_a_usual_run_is_stored_without_loading_sqlalchemy(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tradewind.store.plain import plain_transaction\n"
        "from tradewind.store import backtests\n"
        "with plain_transaction(Path('a.db')) as rows: rows.sessions_of('x')\n"
        "print(sorted({'sqlalchemy', 'alembic', 'psycopg'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=200)
    assert (done.stdout, done.stderr) == ("[]\n", "")
    assert (tmp_path / "a.db").stat().st_mode & 0o777 == 0o600


def test_a_number_is_stored_as_it_was_printed() -> None:
    assert [str(exact(value)) for value in (0.1, 1e-7, 48630.45)] == ["0.1", "1E-7", "48630.45"]
