"""The strategies' process is started before the engine loads anything heavy, and never left behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tradewind.live.worker.launch import Early

FIRST = """
import sys
from tradewind.live.worker import launch

def begun():
    print(sorted({"numpy", "pandas", "numba", "sqlalchemy"} & set(sys.modules)))
    sys.exit(0)

launch.launch = begun
from tradewind.cli.main import main
main(["run", *sys.argv[1:]])
"""


@pytest.mark.parametrize("words", [("--live-trading", "--i-understand-the-risks"), ("--set", 'executor="binance"')])
def test_it_starts_before_anything_heavy_is_loaded(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIRST, *words], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def test_on_paper_none_is_started(tmp_path: Path) -> None:
    words = ("--days", "2", "--no-db")
    done = subprocess.run(
        [sys.executable, "-c", FIRST, *words], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, "[]" in done.stdout) == (0, False), done.stderr
    assert "The session ended" in done.stdout


def test_one_that_nobody_took_is_ended() -> None:
    with Early() as apart:
        apart.begin()
        apart.begin()
        process = apart._process
    assert process is not None
    assert process.returncode is not None


def test_who_takes_it_has_it() -> None:
    with Early() as apart:
        apart.begin()
        process = apart.take()
    try:
        assert process.poll() is None
    finally:
        with process:
            process.kill()
