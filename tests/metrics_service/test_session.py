"""A paper session is scraped while it trades; the board and the rules ask for figures that there are."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def session(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    (folder / "tradewind.toml").write_text(f"[services.metrics]\nport = {port}\n")
    command = [
        sys.executable, "-m", "tradewind", "run", "adaptive", "--days", "700", "--speed", "400000", "--no-db"
    ]  # fmt: skip
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=60)


def scrape(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:  # this machine
        return str(answer.read().decode())


def until(port: int, process: subprocess.Popen[str], bars: float) -> tuple[str, dict[str, float]]:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[0]
        try:
            text = scrape(port)
        except (urllib.error.URLError, ConnectionError):
            text = ""
        found = {
            sample.name: sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if not sample.labels
        }
        if found.get("tradewind_bars_total", 0.0) >= bars:
            return text, found
        time.sleep(0.2)
    raise AssertionError("no bar was ever counted")


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, float]]:
    folder, port = tmp_path_factory.mktemp("session"), free_port()
    with session(folder, port) as process:
        text, found = until(port, process, bars=20)
    with pytest.raises(urllib.error.URLError):
        scrape(port)
    return text, found


def test_a_session_that_trades_is_scraped(scraped: tuple[str, dict[str, float]]) -> None:
    text, found = scraped
    assert found["tradewind_equity_quote"] > 0.0
    assert 0.0 <= found["tradewind_drawdown_ratio"] < 1.0
    assert found["tradewind_decision_seconds_count"] >= 15.0
    assert found["tradewind_unprotected_seconds_total"] == 0.0
    assert 'mode="paper"' in text
    assert 'strategies="adaptive"' in text
    assert 'tradewind_positions{symbol="BTCUSDT"}' in text


@pytest.mark.parametrize("file", ["tradewind-board.json", "tradewind-rules.yml"])
def test_the_board_and_the_rules_ask_for_figures_that_there_are(
    file: str, scraped: tuple[str, dict[str, float]]
) -> None:
    text, _ = scraped
    known = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE)) | {
        sample.name for family in text_string_to_metric_families(text) for sample in family.samples
    }
    # Told by a venue alone.
    known |= {"tradewind_api_weight_used"}
    asked = set(re.findall(r"\b(?:tradewind|process)_[a-z_]+\b", (HOW_TO / file).read_text()))
    assert len(asked) > 4
    assert asked - known == set()


def test_the_board_is_one_that_grafana_reads() -> None:
    board = json.loads((HOW_TO / "tradewind-board.json").read_text())
    ids = [panel["id"] for panel in board["panels"]]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    assert len(set(places)) == len(places)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in board["panels"])
    assert {one["name"] for one in board["templating"]["list"]} == {"source", "instance"}
