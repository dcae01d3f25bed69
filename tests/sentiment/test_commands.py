"""Sentiment on the command line: fetched once, listed, checked, and never a traceback whatever a host does."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.terminal import Said, Tradewind, runner
from sentiment.hosts import Host, Say, always, scores, senticrypt

STRATEGY = """
import numpy as np
from tradewind.api import SENTIMENT_COLUMNS, Need, Signals

class Mood:
    warmup = 50
    timeframe = "4h"

    def needs(self):
        return [Need("sentiment", kind="series", columns={name: name for name in SENTIMENT_COLUMNS}, optional=True)]

    def signals(self, frame):
        up = (frame["sentiment_score"] > frame["sentiment_ma_7"]).to_numpy()
        return Signals.from_arrays(
            frame.index, enter=up.astype(np.int8), exit_long=~up, stop_dist=0.05 * frame["close"].to_numpy()
        )
"""
BACKTEST = (
    "backtest", "mood.py:Mood", "--source", "sample", "--start", "2023-01-01", "--end", "2023-04-01",
    "--json", "result.json",
)  # fmt: skip
FETCH = ("data", "series", "BTCUSDT", "--source", "senticrypt")


@pytest.fixture
def tradewind(capsys: pytest.CaptureFixture[str]) -> Tradewind:
    return runner(capsys)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    for name in list(os.environ):
        if name.startswith("TRADEWIND_") and name != "TRADEWIND_MARKET_DATA":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    running = Host(senticrypt(scores("2022-06-01", 310)))
    (tmp_path / "mood.py").write_text(STRATEGY)
    settings(tmp_path, running.url)
    yield running
    if running.runs:
        running.close()


def settings(folder: Path, url: str, more: str = "") -> None:
    (folder / "tradewind.toml").write_text(
        f'risk = []\n[sources.senticrypt]\nurl = "{url}"\ntries = 1\ntimeout = 0.5\nper_minute = 6000.0\n'
        f'[sentiment]\nsources = ["senticrypt"]\n{more}'
    )


def result(said: Said) -> dict[str, Any]:
    assert said.code == 0, said.all
    assert "Traceback" not in said.all
    found: dict[str, Any] = json.loads(Path("result.json").read_text())
    return found


def test_a_backtest_fetches_sentiment_once_and_needs_no_host_for_the_second(tradewind: Tradewind, host: Host) -> None:
    first = result(tradewind(*BACKTEST))
    asked = len(host.asked)
    host.close()
    second = result(tradewind(*BACKTEST))
    assert first["id"] == second["id"]
    assert asked == 1
    assert any(name == "BTCUSDT sentiment" for name in first["inputs"]["data"])
    assert first["certificate"]["status"] == "passed", first["certificate"]["words"]


@pytest.mark.parametrize(
    ("say", "code"),
    [
        (Say("<html></html>"), "TW-D015"),
        (Say("[{"), "TW-D015"),
        (Say('[{"date": "2023-01-01", "mean": NaN}]'), "TW-D015"),
        (Say("", status=500), "TW-D014"),
        (Say("", status=429), "TW-D014"),
        (Say("", status=302, headers={"Location": "https://elsewhere.example/"}), "TW-D015"),
        (Say("[]", slow_s=0.05), "TW-D014"),
    ],
    ids=["a page", "cut off", "NaN", "500", "429", "another host", "a byte now and then"],
)
def test_whatever_a_host_says_a_backtest_goes_on_without_and_tells_why(
    tradewind: Tradewind, host: Host, say: Say, code: str
) -> None:
    host.answer = always(say)
    found = result(tradewind(*BACKTEST, "--no-certificate"))
    assert found["metrics"]["total_trades"] == 0
    lines = [line for line in found["warnings"] if "senticrypt" in line or "sentiment" in line]
    assert any(code in line for line in lines)
    assert any("absent on 100%" in line for line in lines)


def test_the_archive_is_filled_listed_checked_and_cleared(tradewind: Tradewind, host: Host, tmp_path: Path) -> None:
    assert ": 310 values fetched, 310 archived\n" in tradewind(*FETCH).out
    assert ": 0 values fetched, 310 archived\n" in tradewind(*FETCH).out
    assert len(host.asked) == 1
    changed = [one | {"mean": 0.5} if one["date"] == "2022-07-01" else one for one in scores("2022-06-01", 310)]
    host.answer = senticrypt(changed)
    refreshed = json.loads(tradewind(*FETCH, "--refresh", "--json").out)["series"][0]
    assert (refreshed["fetched"], refreshed["rows"], refreshed["corrections"]) == (1, 311, 1)
    assert refreshed["origin"] == f"{host.url}/v2"
    assert "311 values, 1 of them corrections" in tradewind("data", "list").out
    assert "311 values of series" in tradewind("data", "status").out
    assert tradewind("data", "check").code == 0
    file = next(tmp_path.glob("data/cache/senticrypt-*/BTCUSDT/series/*.parquet"))
    file.write_bytes(b"PAR1")
    checked = tradewind("data", "check")
    assert (checked.code, "is damaged" in checked.out) == (1, True)
    assert "moved aside" in tradewind("data", "repair").out
    assert ": 310 values fetched, 310 archived\n" in tradewind(*FETCH).out
    assert "1 histories removed" in tradewind("data", "clear", "--all", "--yes").out
    assert tradewind("data", "list").err == "Nothing is cached.\n"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("data", "series", "ETHUSDT", "--source", "senticrypt"), "TW-D001"),
        (("data", "series", "BTCUSDT", "--source", "synthetic"), "TW-P005"),
        (("data", "series", "BTCUSDT", "--source", "senticrypt-files"), "TW-U008"),
        (("data", "series", "BTCUSDT", "--source", "cryptocompare"), "TW-D016"),
        (("data", "series", "../x", "--source", "senticrypt"), "TW-U001"),
        ((*FETCH, "--start", "2023-01-01", "--end", "2022-01-01"), "TW-U003"),
    ],
)
def test_what_cannot_be_fetched_is_told_by_its_code(
    tradewind: Tradewind, host: Host, arguments: tuple[str, ...], code: str
) -> None:
    said = tradewind(*arguments)
    assert said.code == 2
    assert code in said.err
    assert "Traceback" not in said.all
    assert host.asked == []


def test_a_key_that_others_can_read_is_refused(tradewind: Tradewind, host: Host, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("k")
    key.chmod(0o644)
    settings(tmp_path, host.url, f'[sources.cryptocompare]\napi_key_file = "{key}"\nurl = "{host.url}"\n')
    arguments = ("data", "series", "BTCUSDT", "--source", "cryptocompare", "--start", "2024-01-01")
    assert "TW-S007" in tradewind(*arguments).err
    key.chmod(0o600)
    host.answer = always(Say("", status=401))
    said = tradewind(*arguments)
    assert "TW-D016" in said.err
    assert host.headers[-1]["Authorization"] == "Apikey k"


def test_recorded_sentiment_is_used_offline_where_bars_come_from_files(
    tradewind: Tradewind, host: Host, tmp_path: Path, market_data: Path
) -> None:
    (tmp_path / "tradewind.toml").unlink()
    host.close()
    found = result(
        tradewind("backtest", "mood.py:Mood", "--source", "files", "--timeframe", "1d", "--days", "365",
                  "--json", "result.json", "--set", f"market_data={market_data}")
    )  # fmt: skip
    assert found["metrics"]["total_trades"] > 10
    assert any("absent on 13%" in line for line in found["warnings"])
