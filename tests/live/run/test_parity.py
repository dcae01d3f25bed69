"""`tradewind parity`: a paper session told again is equal to the last bit and cent, whatever people did to it."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from cli.terminal import Tradewind
from cli.test_control import running
from tradewind.live.control.socket import ask, sockets

STATE = Path(".tradewind")


def bars_done() -> int:
    (path,) = sockets(STATE)
    return int([*ask(path, {"verb": "status"})][-1]["status"]["bars"])


def after(bars: int) -> None:
    """Wait until so many more bars have been carried out."""
    until = bars_done() + bars
    while bars_done() < until:
        time.sleep(0.05)


@pytest.mark.critical
def test_a_session_that_people_have_meddled_with_is_told_again_bit_for_bit(tradewind: Tradewind, folder: Path) -> None:
    with running(folder) as process:
        after(60)
        assert tradewind("pause").code == 0
        after(20)
        assert tradewind("resume").code == 0
        after(40)
        assert tradewind("swap", "enhanced", "--policy", "close").code == 0
        after(60)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=200)
    assert tradewind("pause").code == 0
    assert tradewind("resume").code == 0
    assert tradewind("run", "adaptive", "--days", "90").code == 0
    with sqlite3.connect(STATE / "tradewind.db") as connection:
        blocked = "select count(*) from strategy_executions e join trading_sessions s on s.id = e.session_id"
        assert connection.execute(blocked + " where s.id = 2 and outcome = 12").fetchall() == [(0,)]
    said = tradewind("parity", "--json")
    found = json.loads(said.out)
    assert (found["differences"], found["revised"], found["parts"]) == ([], [], [])
    assert (said.code, found["equal"], found["decisions"], found["difference"]) == (0, True, 540, "0")
    with sqlite3.connect(STATE / "tradewind.db") as connection:
        connection.execute("update trades set exit_price = '1.5' where id = (select max(id) from trades)")
        connection.execute("update bar_decision set decision = 'hold' where decision not in ('hold', 'degraded')")
    spoilt = tradewind("parity", "1")
    assert (spoilt.code, "differs  " in spoilt.out, "hold, again" in spoilt.out) == (1, True, True)
    assert " fee " in spoilt.out


def test_other_settings_than_those_of_the_session_are_refused(tradewind: Tradewind) -> None:
    assert tradewind("run", "adaptive", "--days", "5").code == 0
    said = tradewind("parity", "--initial-balance", "77")
    assert (said.code, "initial_balance" in said.err, "TW-R003" in said.err) == (2, True, True)
    assert tradewind("parity").code == 0
