"""A session at a venue on this machine: its figures, and what people hear of it."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from alerts.receiver import webhook
from metrics_service.test_session import free_port

TRADEWIND = (sys.executable, "-m", "tradewind")
SANDBOX = (
    "sandbox",
    "--source",
    "synthetic",
    "--timeframe",
    "1m",
    "--symbol",
    "BTCUSDT",
    "--speed",
    "60",
    "--port",
    "0",
)


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    log = (folder / f"{arguments[0]}.out").open("w+")
    with log, subprocess.Popen([*TRADEWIND, *arguments], cwd=folder, stdout=log, stderr=log, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=60)


def until(holds: Callable[[], object], process: subprocess.Popen[str], folder: Path, seconds: float = 200.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        said = [path.read_text() for path in folder.glob("*.out")]
        assert process.poll() is None, said
        assert time.monotonic() < deadline, said
        time.sleep(0.2)


def figures(port: int) -> dict[str, float]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return {}
    return {
        f"{sample.name}{sorted(sample.labels.values()) or ''}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.critical
def test_a_venues_session_is_scraped_and_a_pause_is_heard_of_at_once(tmp_path: Path) -> None:
    with ExitStack() as stack:
        hook, port = stack.enter_context(webhook()), free_port()
        (tmp_path / "tradewind.toml").write_text(
            f'[services.alerts]\nlevel = "info"\nper_minute = 600\n[services.metrics]\nport = {port}\n'
        )
        secrets = tmp_path / ".secrets.toml"
        secrets.write_text(f'[services.alerts]\nfirst_url = "{hook.url}"\n')
        secrets.chmod(0o600)
        exchange = stack.enter_context(running(tmp_path, *SANDBOX, "--control-port", "0"))
        until((tmp_path / ".tradewind" / "sandbox.json").exists, exchange, tmp_path)
        session = stack.enter_context(running(tmp_path, "run", "adaptive", "--profile", "sandbox", "--timeframe", "1m"))
        until(lambda: figures(port).get("tradewind_bars_total", 0.0) >= 1.0, session, tmp_path)
        found = figures(port)
        assert "tradewind_api_weight_used" in found
        assert found["tradewind_equity_quote"] > 0.0
        assert "tradewind_queue_length['desk']" in found
        assert found["tradewind_unprotected_seconds_total"] == 0.0
        paused = subprocess.run([*TRADEWIND, "pause"], cwd=tmp_path, capture_output=True, text=True, timeout=100)
        assert paused.returncode == 0, paused.stderr
        until(lambda: "Halted: OPERATOR" in hook.text, session, tmp_path, seconds=30.0)
        until(lambda: figures(port).get("tradewind_halted['OPERATOR']") == 1.0, session, tmp_path, seconds=60.0)
        stopped = subprocess.run([*TRADEWIND, "stop"], cwd=tmp_path, capture_output=True, text=True, timeout=100)
        assert stopped.returncode == 0, stopped.stderr
        assert session.wait(timeout=100) == 0
        assert "The session ended" in hook.text
        assert figures(port) == {}
