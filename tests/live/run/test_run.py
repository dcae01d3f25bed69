"""`tradewind run`: on paper from an empty folder, resumed, refused in words."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.terminal import Tradewind


def rows(folder: Path, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / ".tradewind" / "tradewind.db") as connection:
        return connection.execute(statement).fetchall()


@pytest.mark.smoke
@pytest.mark.critical
def test_from_an_empty_folder_it_trades_the_sample_on_paper(tradewind: Tradewind, folder: Path) -> None:
    said = tradewind("run", "adaptive", "--days", "20")
    assert said.code == 0
    assert "PAPER - no real money moves" in said.out
    assert "entered long" in said.out
    assert "The session ended: the data ended." in said.out
    assert "Open positions" in said.out
    assert "synthetic" in said.out
    assert "tradewind backtest adaptive" in said.out
    assert rows(folder, "select mode, symbol, timeframe, end_reason from trading_sessions") == [
        ("paper", "BTCUSDT", "4h", "the data ended")
    ]
    (trades,) = rows(folder, "select count(*) from trades")[0]
    assert trades == 3
    assert rows(folder, "select count(*) from bar_decision") == [(120,)]
    assert rows(folder, "select count(*) from account_history") == [(120,)]
    assert rows(folder, "select total_trades from performance_metrics") == [(3,)]
    asked = rows(folder, "select signal_type, outcome from strategy_executions")
    assert ("enter_long", 1) in asked
    logs = folder / "logs"
    assert "entered long" in (logs / "trading.log").read_text()
    assert {json.loads(line)["level"] for line in (logs / "trading.jsonl").read_text().splitlines()} >= {"info"}
    assert stat.S_IMODE((logs / "trading.log").stat().st_mode) == 0o600


def test_json_is_alone_on_standard_output(tradewind: Tradewind) -> None:
    said = tradewind("run", "adaptive", "--paper-trading", "--days", "10", "--json", "--no-db")
    found = json.loads(said.out)
    assert found["mode"] == "paper"
    assert found["synthetic"] is True
    assert found["bars"] == 60
    assert {"total_pnl", "win_rate", "sharpe_ratio", "max_drawdown", "total_trades", "average_trade"} <= set(found)
    assert "PAPER" in said.err


def test_no_db_writes_nothing(tradewind: Tradewind, folder: Path) -> None:
    assert tradewind("run", "adaptive", "--days", "5", "--no-db").code == 0
    assert not (folder / ".tradewind" / "tradewind.db").exists()


def test_debug_prints_every_bar_with_its_conditions(tradewind: Tradewind) -> None:
    said = tradewind("run", "adaptive", "--days", "5", "--no-db", "--debug")
    lines = [line for line in said.out.splitlines() if " adaptive  " in line and ("no wish" in line or "enter" in line)]
    assert len(lines) >= 30
    assert "trending held" in said.out or "trending" in said.out


def test_balance_and_caps_are_those_of_the_flags(tradewind: Tradewind) -> None:
    said = tradewind(
        "run", "adaptive", "--days", "20", "--balance", "5000", "--max-position", "0.05", "--no-db", "--json"
    )
    assert json.loads(said.out)["final_equity"] == pytest.approx(5_000.0, rel=0.01)
    entry = next(line for line in said.err.splitlines() if "entered long" in line)
    quantity, price = entry.split("entered long ")[1].split(" at ")
    assert float(quantity) * float(price.split(", fee")[0].replace(",", "")) <= 0.0501 * 5_000.0


def test_several_strategies_share_an_account(tradewind: Tradewind, folder: Path) -> None:
    said = tradewind("run", "adaptive", "enhanced", "--days", "20")
    assert said.code == 0
    assert {name for (name,) in rows(folder, "select distinct slot from bar_decision")} == {"adaptive", "enhanced"}


def test_a_replay_that_was_told_to_its_end_begins_anew_and_says_so(tradewind: Tradewind, folder: Path) -> None:
    tradewind("run", "adaptive", "--days", "5")
    again = tradewind("run", "adaptive", "--days", "5")
    assert "this is a new one" in again.out
    assert rows(folder, "select count(*) from trading_sessions") == [(2,)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--live-trading",), ("TW-L001", "--i-understand-the-risks")),
        (("--i-understand-the-risks",), ("TW-L001", "--live-trading")),
        (("--paper-trading", "--live-trading", "--i-understand-the-risks"), ("TW-L001", "--paper-trading")),
        (("--live-trading", "--i-understand-the-risks"), ("TW-L006", "paper", "executor")),
        (("--balance", "5", "--initial-balance", "6"), ("TW-U008", "--balance")),
        (("--speed", "fast"), ("TW-U008", "max")),
        (("--days", "5", "--start", "2024-01-01"), ("TW-U008", "--start")),
        (("adaptive", "adaptive"), ("TW-U008", "more than once")),
        (("--source", "nowhere"), ("TW-P005", "nowhere")),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else value,
)
def test_what_cannot_be_is_refused_in_words(
    tradewind: Tradewind, folder: Path, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    said = tradewind("run", *(("adaptive",) if arguments[0].startswith("--") else ()), *arguments)
    assert said.code == 2
    assert [word for word in words if word not in said.all] == []
    assert "Traceback" not in said.all


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("TRADEWIND_")}


@contextmanager
def running(folder: Path, *, until: str, speed: str = "1500000") -> Iterator[subprocess.Popen[str]]:
    """Give a session in a process of its own that has printed a line with these words."""
    command = [sys.executable, "-m", "tradewind", "run", "adaptive", "--days", "40", "--speed", speed]
    with subprocess.Popen(command, cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert any(until in line for line in process.stdout)
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str], number: int) -> str:
    """Send a signal and return what the process still says."""
    process.send_signal(number)
    out, _ = process.communicate(timeout=200)
    assert process.returncode == 0
    return out


@pytest.mark.critical
def test_a_session_that_is_told_to_stop_goes_on_where_it_stopped(tradewind: Tradewind, folder: Path) -> None:
    with running(folder, until="enter") as process:
        rest = ended(process, signal.SIGTERM)
    assert "The session ended: stopped by SIGTERM." in rest
    before = rows(folder, "select count(*) from bar_decision")[0][0]
    assert isinstance(before, int)
    assert 0 < before < 240
    again = tradewind("run", "adaptive", "--days", "40", "--speed", "max")
    assert "Going on after" in again.out
    assert "The session ended: the data ended." in again.out
    assert rows(folder, "select count(*) from bar_decision") == [(240,)]
    assert rows(folder, "select count(distinct account_fp) from trading_sessions") == [(1,)]
    summary = again.out[again.out.index("The session ended") :]
    whole = tradewind("run", "adaptive", "--days", "40", "--no-db")
    assert whole.out[whole.out.index("The session ended") :] == summary


@pytest.mark.critical
def test_fresh_starts_anew(tradewind: Tradewind, folder: Path) -> None:
    with running(folder, until="enter") as process:
        ended(process, signal.SIGINT)
    said = tradewind("run", "adaptive", "--days", "40", "--fresh")
    assert "Going on after" not in said.out
    assert rows(folder, "select count(distinct account_fp) from trading_sessions") == [(2,)]


def test_two_sessions_of_the_same_settings_do_not_run_at_once(tradewind: Tradewind, folder: Path) -> None:
    with running(folder, until="adaptive on", speed="100000"):
        said = tradewind("run", "adaptive", "--days", "40")
    assert said.code == 75
    assert "TW-L007" in said.err


def test_performance_tells_of_the_newest_session(tradewind: Tradewind) -> None:
    ran = json.loads(tradewind("run", "adaptive", "--days", "20", "--json").out)
    said = tradewind("performance", "--json")
    (found,) = json.loads(said.out)
    for name in ("total_pnl", "win_rate", "sharpe_ratio", "max_drawdown", "total_trades", "average_trade"):
        assert found[name] == ran[name]
    assert (found["mode"], found["strategy"], found["symbols"]) == ("paper", "adaptive", ["BTCUSDT"])
    shown = tradewind("performance").out
    assert "Sharpe ratio" in shown
    assert "the data ended" in shown


def test_performance_of_nothing_says_how_to_begin(tradewind: Tradewind) -> None:
    said = tradewind("performance")
    assert said.code == 0
    assert "tradewind run adaptive" in said.err
    assert json.loads(tradewind("performance", "--json").out) == []
