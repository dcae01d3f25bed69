"""A session as a process of its own: what it tells people, whom it cannot reach, and what it never writes down."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from alerts.receiver import webhook

NOBODY = "json://127.0.0.1:9/canary-hook-path"


def settle(folder: Path, url: str, **settings: object) -> None:
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    (folder / "tradewind.toml").write_text(f"[services.alerts]\n{lines}")
    secrets = folder / ".secrets.toml"
    secrets.write_text(f'[services.alerts]\nfirst_url = "{url}"\n')
    secrets.chmod(0o600)


def trade(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tradewind", "run", "adaptive", "--days", "30", "--no-db", "--debug", *more]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=200)


def everything_written(folder: Path) -> str:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != ".secrets.toml"]
    return "\n".join(path.read_text(errors="replace") for path in files)


def test_a_session_tells_people_what_happens_and_writes_no_address_down(folder: Path) -> None:
    with webhook() as hook:
        settle(folder, hook.url, level="info", replays=True, per_minute=600)
        done = trade(folder)
        assert done.returncode == 0, done.stderr
        assert "A session began" in hook.text
        assert "The session ended" in hook.text
        assert "paper adaptive on BTCUSDT" in hook.text
        lines = [json.loads(line) for line in (folder / ".tradewind" / "alerts.jsonl").read_text().splitlines()]
        queued = {line["id"] for line in lines if line["what"] == "queued"}
        delivered = {name for line in lines if line["what"] == "delivered" for name in line["ids"]}
        assert queued == delivered != set()
    assert "canary" not in done.stdout + done.stderr
    assert "canary" not in everything_written(folder)


def test_a_receiver_that_is_dead_costs_a_session_its_farewell_alone(folder: Path) -> None:
    settle(folder, NOBODY, level="info", replays=True, drain_seconds=1.0)
    begun = time.monotonic()
    done = trade(folder, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["bars"] > 100
    assert time.monotonic() - begun < 100.0
    receipts = (folder / ".tradewind" / "alerts.jsonl").read_text()
    assert '"what": "queued"' in receipts
    assert '"what": "delivered"' not in receipts
    health = subprocess.run(
        [sys.executable, "-m", "tradewind", "health"], cwd=folder, capture_output=True, text=True, timeout=100
    )
    assert health.returncode == 2
    assert "reached nobody" in health.stdout
    assert "tradewind alerts test" in health.stdout


@pytest.mark.parametrize("url", ["telegrm://canary-token/1", "json://"])
def test_an_address_that_cannot_be_used_stops_the_start(folder: Path, url: str) -> None:
    settle(folder, url)
    done = trade(folder)
    assert done.returncode == 2
    assert "services.alerts.first_url" in done.stderr
    assert "canary" not in done.stdout + done.stderr
