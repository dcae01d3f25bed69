"""`tradewind pause|resume|swap|flatten|stop|health` against a session in a process of its own, and without one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from cli.terminal import Tradewind
from tradewind.errors import LiveError
from tradewind.live.control.socket import ask, sockets

PATIENCE_S = 90.0


def carries_out_bars(state: Path) -> bool:
    """Tell whether a session listens and has its start behind it, the loading of compiled code included."""
    for path in sockets(state):
        with suppress(LiveError):
            return bool([*ask(path, {"verb": "status"})][-1]["status"]["bars"])
    return False


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Give a session in a process of its own that listens; a bar of four hours takes a tenth of a second."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRADEWIND_")}
    command = [sys.executable, "-m", "tradewind", "run", "adaptive", "--days", "90", "--speed", "144000", *arguments]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not carries_out_bars(folder / ".tradewind"):
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield process
        finally:
            process.kill()


@pytest.mark.critical
def test_a_person_pauses_looks_swaps_and_closes_everything(tradewind: Tradewind, folder: Path) -> None:
    with running(folder) as process:
        assert "Entries are paused" in tradewind("pause").out
        seen = tradewind("health", "--detailed", "--positions", "--json")
        found = json.loads(seen.out)
        assert (seen.code, found["level"]) == (1, "warning")
        halts = [one for one in found["findings"] if one["area"] == "halts"]
        assert [("OPERATOR" in one["text"], one["todo"]) for one in halts] == [
            (True, "When you have seen to its cause: `tradewind resume --breaker OPERATOR`.")
        ]
        assert found["sessions"][0]["machine"]["pid"] == process.pid
        assert [one["symbol"] for one in found["positions"]] == ["BTCUSDT"]
        assert "entries are taken again" in tradewind("resume").out
        planned = tradewind("swap", "enhanced", "--plan")
        assert (planned.code, "adaptive -> enhanced" in planned.out) == (0, True)
        refused = tradewind("swap", "elsewhere.py:Mine")
        assert (refused.code, "TW-L010" in refused.out) == (2, True)
        flat = tradewind("flatten", "--json")
        (outcome,) = json.loads(flat.out)
        assert (flat.code, outcome["done"], outcome["heard"]) == (0, True, True)
        rest, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
        assert "The session ended: flattened." in rest
    again = tradewind("flatten")
    assert (again.code, "Nothing to close" in again.out) == (0, True)


@pytest.mark.critical
def test_stop_says_that_stops_remain_and_a_second_one_has_nothing_to_do(tradewind: Tradewind, folder: Path) -> None:
    with running(folder) as process:
        said = tradewind("stop")
        assert (said.code, "stops remain at the exchange" in said.out) == (0, True)
        process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
    again = tradewind("stop")
    assert (again.code, "Nothing to stop" in again.out) == (0, True)


@pytest.mark.critical
def test_an_engine_that_does_not_answer_finds_the_command_in_the_database(tradewind: Tradewind, folder: Path) -> None:
    with running(folder) as process:
        process.send_signal(signal.SIGSTOP)
        said = tradewind("stop")
        assert said.code == 1
        assert "The stop is written in the database" in said.out
        assert tradewind("health").code == 2
        process.send_signal(signal.SIGCONT)
        rest, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
        assert "The database asks for it: stop" in rest


def test_where_nothing_ever_ran_there_is_nobody_to_speak_to(tradewind: Tradewind) -> None:
    for verb in ("pause", "stop", "flatten", "resume"):
        said = tradewind(verb)
        assert (said.code, "TW-L008" in said.err, "Traceback" in said.all) == (2, True, False)
    assert tradewind("resume", "--breaker", "NONE").code == 2


def test_health_of_an_empty_folder_is_good(tradewind: Tradewind) -> None:
    said = tradewind("health", "--positions")
    assert (said.code, "All is well." in said.out) == (0, True)
