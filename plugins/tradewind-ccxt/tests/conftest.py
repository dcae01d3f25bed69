"""The local exchange, for a venue that ccxt speaks with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def running(folder: Path, speed: int) -> Iterator[Mapping[str, Any]]:
    """Run the local exchange in a process of its own and tell where it is, with its keys."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TRADEWIND_")}
    words = f"--source synthetic --symbol BTCUSDT --timeframe 1m --start 2024-03-01 --speed {speed} --seconds 3600"
    command = [
        sys.executable,
        "-m",
        "tradewind",
        "sandbox",
        *words.split(),
        "--port",
        "0",
        "--control-port",
        "0",
        "--json",
    ]
    with subprocess.Popen(command, cwd=folder, env=clean, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = process.stdout.readline()
        assert told, "the sandbox did not start"
        yield json.loads(told)
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Any]]:
    """Run the local exchange by the wall clock, as ccxt reads the venue's time once."""
    with running(tmp_path_factory.mktemp("sandbox"), 1) as told:
        yield told


@pytest.fixture(scope="session")
def fast_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Any]]:
    """Run the local exchange fast, for what needs no signature."""
    with running(tmp_path_factory.mktemp("sandbox"), 300) as told:
        yield told


@pytest.fixture
def settings(sandbox: Mapping[str, Any]) -> dict[str, Any]:
    """What points the plugin at the local exchange."""
    return {"exchange": "binance", "base_url": sandbox["base_url"], "poll": 0.1}
