"""Payloads of the venue: recorded ones and the samples of its documentation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tradewind.api import Secret

SPEED = 300.0
START = "2024-03-01"


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Any]]:
    """Run the local exchange in a process of its own and tell where it is, with its keys."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TRADEWIND_")}
    options = {
        "--source": "synthetic", "--symbol": "BTCUSDT", "--timeframe": "1m", "--start": START, "--speed": str(SPEED),
        "--port": "0", "--control-port": "0", "--seconds": "3600",
    }  # fmt: skip
    words = [word for option in options.items() for word in option]
    command = [sys.executable, "-m", "tradewind", "sandbox", *words, "--json"]
    folder = tmp_path_factory.mktemp("sandbox")
    with subprocess.Popen(command, cwd=folder, env=clean, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = process.stdout.readline()
        assert told, "the sandbox did not start"
        yield json.loads(told)
        process.terminate()
        process.wait(20)


@pytest.fixture
def settings(sandbox: Mapping[str, Any]) -> dict[str, Any]:
    """What points the plugin at the local exchange."""
    return {"place": "custom", "rest_url": sandbox["base_url"], "speed": sandbox["speed"]}


@pytest.fixture(params=["hmac", "ed25519"])
def secrets(request: pytest.FixtureRequest, sandbox: Mapping[str, Any]) -> dict[str, Secret]:
    """A key of either kind."""
    if request.param == "hmac":
        return {"api_key": Secret(sandbox["api_key"]), "api_secret": Secret(sandbox["api_secret"])}
    names = {"api_key": "ed25519_api_key", "private_key": "ed25519_private_key"}
    return {name: Secret(sandbox[given]) for name, given in names.items()}


@pytest.fixture
def payload() -> Callable[[str], str]:
    """Read a payload's text; the test is skipped where there are none."""
    folder = os.environ.get("TRADEWIND_MARKET_DATA", "")
    if not folder:
        pytest.skip("needs recorded payloads: set TRADEWIND_MARKET_DATA to the folder of real market data")
    return lambda name: (Path(folder) / "binance-payloads" / name).read_text(encoding="utf-8")
