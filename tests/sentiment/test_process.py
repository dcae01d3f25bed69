"""A session in a process of its own whose source of sentiment is switched off midway: it falls back and trades on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import attrs
import pandas as pd
import pytest

from models.test_gate import market
from sentiment.hosts import Host, recorded_scores, scores, senticrypt
from tradewind.api import ModelRegistry
from tradewind_onnx.practice import PracticeModel

REAL = os.environ.get("TRADEWIND_MARKET_DATA", "")
BARS = market(1_600)
START, OFF, END = "2020-06-25", "2020-06-28", "2020-08-25"
SETTINGS = """
source = "files"
risk = []
[sentiment]
sources = ["senticrypt"]
[sources.files]
path = "history"
[sources.senticrypt]
url = "{url}"
tries = 1
timeout = 1.0
per_minute = 6000.0
"""


@attrs.frozen
class Told:
    """What the process said: its exit code, its lines, and those of its log."""

    code: int
    lines: list[str]
    log: list[str]

    def states(self) -> list[tuple[pd.Timestamp, str]]:
        """Every change of the sentiment's state, with its time."""
        found = [re.match(r"(\S+)  sentiment state: .* state (\w+)", line) for line in self.lines]
        return [(pd.Timestamp(one[1]), one[2]) for one in found if one]

    def bars(self) -> dict[pd.Timestamp, str]:
        """What was decided, by bar."""
        found = [re.match(r"(\S+Z)  BTCUSDT ml_with_sentiment  (.*held.*)", line) for line in self.lines]
        return {pd.Timestamp(one[1]): one[2] for one in found if one}

    def entries(self) -> list[pd.Timestamp]:
        """When it entered."""
        return [pd.Timestamp(line.split()[0]) for line in self.lines if " entered long " in line]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Run it, and switch the host off after three days: the session has asked for a month, and asks again then."""
    folder = tmp_path_factory.mktemp("session")
    (folder / "history").mkdir()
    BARS.to_frame().rename_axis("open_time").to_csv(folder / "history" / "BTCUSDT_4h.csv")
    for kind in ("price", "sentiment"):
        model = PracticeModel(kind=kind, strength=0.5)
        content = model.model_file()
        registry = ModelRegistry(folder / "ml")
        stamp = registry.stage(model.card(content), {"model.onnx": content}, now_ms=1_000_000).name
        registry.promote("BTCUSDT", kind, stamp, now_ms=1_000_000)
    host = Host(senticrypt(recorded_scores(Path(REAL)) if REAL else scores("2019-06-01", 700)))
    (folder / "tradewind.toml").write_text(SETTINGS.format(url=host.url))
    command = [
        sys.executable, "-m", "tradewind", "run", "ml_with_sentiment", "--start", START, "--end", END,
        "--speed", "1000000", "--debug",
    ]  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRADEWIND_")}
    lines: list[str] = []
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line.rstrip())
                if host.runs and line.startswith(OFF):
                    host.close()
        finally:
            process.kill()
            if host.runs:
                host.close()
    return Told(process.returncode, lines, (folder / "logs" / "trading.log").read_text("utf-8").splitlines())


def test_the_session_runs_to_its_end(told: Told) -> None:
    assert told.code == 0, told.lines[-20:]
    assert "The session ended: the data ended." in told.lines
    bars = told.bars()
    assert max(bars) == pd.Timestamp(END, tz="UTC") - pd.Timedelta(4, unit="h")
    assert not [line for line in told.lines if "Traceback" in line]


def test_sentiment_is_fresh_while_the_host_answers_then_stale_then_absent(told: Told) -> None:
    states = told.states()
    assert [state for _, state in states] == ["fresh", "stale", "absent"]
    assert states[1][0] > pd.Timestamp(OFF, tz="UTC")
    assert states[2][0] - states[1][0] == pd.Timedelta(36, unit="h")


def test_the_loss_is_told_once_and_by_its_code(told: Told) -> None:
    lost = [line for line in told.log if "has no answer for BTCUSDT" in line]
    assert len(lost) == 1, lost
    assert "senticrypt has no answer for BTCUSDT: TW-D014" in lost[0]


def test_the_price_model_takes_over_when_it_is_stale_and_trades(told: Told) -> None:
    (_, _), (stale, _), (_, _) = told.states()
    # two bars in a row make a change between the models
    settled = stale + pd.Timedelta(8, unit="h")
    held = {time: words.partition(" held")[0] for time, words in told.bars().items()}
    assert not [
        time for time, words in held.items() if time < stale - pd.Timedelta(4, unit="h") and "fallback" in words
    ]
    later = [words for time, words in held.items() if time > settled]
    assert len(later) > 100
    assert all("fallback" in words for words in later)
    assert not [words for words in later if "no_opinion" in words]
    assert len([time for time in told.entries() if time > settled]) > 3
