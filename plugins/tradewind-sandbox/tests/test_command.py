"""`tradewind sandbox` says where it is, leaves a private file for others, and ends in order."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tradewind.api import Bars, SettingsError
from tradewind_sandbox.command import sandbox
from tradewind_sandbox.settings import config_from


@pytest.fixture
def run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    table_source: Callable[..., Any],
    make_walk: Callable[..., Bars],
) -> Callable[..., Result]:
    """Run the command in this process, on two days of made-up minutes, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    source = table_source({"BTCUSDT": make_walk(2880)})

    def invoke(*options: str, **settings: Any) -> Result:
        known = SimpleNamespace(symbols=("BTCUSDT",), state_dir=Path(".tradewind"), commands={"sandbox": settings})
        context = SimpleNamespace(settings=known, catalog=None, source=lambda _: source)
        ports = ("--port", "0", "--control-port", "0")
        return CliRunner().invoke(sandbox, [*ports, *options], obj=context)

    return invoke


def facts_of(folder: Path) -> dict[str, Any]:
    """Return the connection file, once it is there."""
    path = folder / ".tradewind" / "sandbox.json"
    for _ in range(1200):
        if path.is_file():
            found: dict[str, Any] = json.loads(path.read_text())
            return found | {"mode": path.stat().st_mode & 0o777}
        time.sleep(0.1)
    raise AssertionError("no connection file was written")


def ask(url: str, path: str, **headers: str) -> Any:
    link = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    try:
        link.request("GET", path, headers=headers)
        return json.load(link.getresponse())
    finally:
        link.close()


@pytest.mark.needs_others
def test_a_running_sandbox_is_found_by_its_private_file_and_ends_with_ctrl_c(
    tmp_path: Path, run: Callable[..., Result]
) -> None:
    command = [sys.executable, "-m", "tradewind", "sandbox", "--port", "0", "--control-port", "0", "--speed", "60"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRADEWIND_")}
    process = subprocess.Popen(
        [*command, "--symbol", "ETHUSDT", "--source", "synthetic", "--start", "2024-03-01"],
        cwd=tmp_path, env=kept, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        facts = facts_of(tmp_path)
        assert (facts["mode"], facts["symbols"], facts["pid"]) == (0o600, ["ETHUSDT"], process.pid)
        first = ask(facts["base_url"], "/api/v3/time")["serverTime"]
        clock = ask(facts["control_url"], "/_clock", Authorization=f"Bearer {facts['control_token']}")
        assert (clock["speed"], clock["time_ms"] >= first >= 1_709_251_200_000) == (60.0, True)
        taken = run("--port", facts["base_url"].rpartition(":")[2])
        assert "TW-U008 a port of the sandbox cannot be opened" in str(taken.exception)
        assert facts_of(tmp_path)["pid"] == process.pid
        process.send_signal(signal.SIGINT)
        printed, errors = process.communicate(timeout=100)
    finally:
        process.kill()
    assert (process.returncode, errors) == (0, "The sandbox has ended.\n")
    assert "Sandbox of ETHUSDT from 2024-03-01 00:00 UTC at 60 times the speed." in printed
    assert [facts[name] in printed for name in ("base_url", "api_key", "api_secret")] == [True] * 3
    assert "PRIVATE KEY" not in printed
    assert not (tmp_path / ".tradewind" / "sandbox.json").exists()


def test_it_ends_by_itself_and_prints_json(run: Callable[..., Result], tmp_path: Path) -> None:
    done = run("--seconds", "0.2", "--json", "--balance", "BTC=2")
    assert (done.exit_code, json.loads(done.stdout)["symbols"]) == (0, ["BTCUSDT"])
    assert done.stderr == "The sandbox has ended.\n"
    assert list((tmp_path / ".tradewind").iterdir()) == []


def test_the_end_of_the_history_is_said(run: Callable[..., Result]) -> None:
    done = run("--seconds", "0.8", "--start", "2024-06-02T23:59", "--speed", "600")
    assert (done.exit_code, "The history is over" in done.stderr) == (0, True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--replay", "nowhere"), "TW-U007 the folder 'nowhere' is not there"),
        (("--symbol", "NOSUCH"), "TW-D001 the source has no symbol 'NOSUCH'"),
        (("--symbol", "../x"), "TW-U001"),
        (("--speed", "-1"), "TW-S004 speed was -1.0"),
        (("--balance", "USDT=lots"), "TW-S004 balances.USDT was 'lots'"),
        (("--balance", "much"), "TW-U008 --balance was 'much'"),
        (("--start", "soon"), "TW-U008 --start was 'soon'"),
        (("--start", "1999-01-01"), "TW-D002 BTCUSDT has no bars from 1999-01-01 on"),
        (("--timeframe", "1x"), "TW-U002"),
        (("--faults", "nofile.toml"), "TW-U007 the fault script nofile.toml cannot be read"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(
    options: tuple[str, ...], words: str, run: Callable[..., Result]
) -> None:
    done = run(*options)
    assert (done.stdout, words in str(done.exception)) == ("", True), done.exception


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"colour": "red"}, "TW-S002 commands.sandbox has no setting colour"),
        ({"taker_fee": "-1"}, "TW-S004 taker_fee was '-1'"),
        ({"balances": ["USDT"]}, "TW-S003 a setting of commands.sandbox has the wrong type"),
        ({"port": 70_000}, "TW-S004 port was 70000"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        config_from(values)
    assert words in str(refused.value)


def test_settings_reach_the_sandbox() -> None:
    config = config_from({"symbols": ["BTCUSDT"], "steps": 8, "taker_fee": "0.0004", "ping_s": 3})
    assert (config.symbols, config.sandbox.market.steps, config.sockets.ping_s) == (("BTCUSDT",), 8, 3)
    assert config.sandbox.taker_fee == "0.0004"
