"""`tradewind config`: every effective value, where it came from, and every fault."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.terminal import Tradewind

FILE = """
symbols = ["BTCUSDT"]
[limits]
max_position = 0.07
[strategies.adaptive]
allow_short = false
[paper]
initial_balance = 500
"""


def test_show_prints_values_with_their_origin(
    tradewind: Tradewind, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "tradewind.toml").write_text(FILE)
    monkeypatch.setenv("TRADEWIND_LIMITS__MAX_DAILY_RISK", "0.02")
    said = tradewind("--profile", "paper", "config", "show", "--origin", "--json")
    rows = {row["setting"]: row for row in json.loads(said.out)}
    assert (rows["limits.max_position"]["value"], rows["limits.max_position"]["origin"]) == (0.07, "tradewind.toml")
    assert rows["limits.max_daily_risk"]["origin"] == "environment"
    assert rows["initial_balance"]["origin"] == "tradewind.toml [paper]"
    assert rows["limits.max_drawdown"] == {"setting": "limits.max_drawdown", "value": 0.2, "origin": "default"}
    assert rows["strategies.adaptive.allow_short"]["origin"] == "tradewind.toml"
    text = tradewind("config", "show", "--origin").out
    assert "max_position" in text
    assert "# tradewind.toml" in text


def test_settings_of_the_components_in_use_are_shown_too(tradewind: Tradewind) -> None:
    rows = {row["setting"] for row in json.loads(tradewind("config", "show", "--json").out)}
    assert any(setting.startswith("strategies.adaptive.") for setting in rows)


def test_a_secret_is_never_printed(tradewind: Tradewind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:canary-7361@localhost/x")
    for arguments in (("config", "show", "--origin"), ("config", "show", "--json")):
        said = tradewind(*arguments)
        assert said.code == 0
        assert "canary-7361" not in said.all
        assert "****" in said.out


def test_check_finds_nothing_wrong_with_good_settings(tradewind: Tradewind, folder: Path) -> None:
    (folder / "tradewind.toml").write_text(FILE)
    said = tradewind("config", "check")
    assert (said.code, said.out) == (0, "The settings are good.\n")


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("[strategies.adaptive]\nalow_short = true", "TW-S002", "Did you mean 'allow_short'?"),
        ('[strategies.adaptive]\nallow_short = "yes"', "TW-S003", "expected true or false"),
        ("[strategies.adaptve]\nallow_short = true", "TW-S002", "Did you mean 'adaptive'?"),
    ],
)
def test_check_finds_faults_in_components_settings(
    tradewind: Tradewind, folder: Path, text: str, code: str, words: str
) -> None:
    (folder / "tradewind.toml").write_text(text)
    said = tradewind("config", "check")
    assert said.code == 2
    assert code in said.out
    assert words in said.out
    rows = json.loads(tradewind("config", "check", "--json").out)
    assert rows[0]["code"] == code


@pytest.mark.parametrize(
    ("text", "code"),
    [('strategy = "adaptiv"', "TW-P005"), ('risk = ["atr-sizng"]', "TW-P005"), ('source = "fils"', "TW-P005")],
)
def test_check_finds_components_that_are_not_there(tradewind: Tradewind, folder: Path, text: str, code: str) -> None:
    (folder / "tradewind.toml").write_text(text)
    said = tradewind("config", "check")
    assert said.code == 2
    assert said.err.startswith(code)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--settings", "none.toml", "config", "show"), "TW-S001"),
        (("--settings", "settings.py", "config", "show"), "TW-S008"),
        (("--profile", "lve", "config", "show"), "TW-S005"),
    ],
)
def test_unreadable_settings_have_a_code(tradewind: Tradewind, arguments: tuple[str, ...], code: str) -> None:
    said = tradewind(*arguments)
    assert said.code == 2
    assert said.err.startswith(code)
    assert "Traceback" not in said.all


def test_a_traceback_is_shown_when_asked_for(tradewind: Tradewind) -> None:
    said = tradewind("--debug", "--settings", "none.toml", "config", "show")
    assert "Traceback" in said.err
    assert said.code == 2


def test_an_unknown_command_names_the_nearest(tradewind: Tradewind) -> None:
    said = tradewind("backtst")
    assert said.code == 2
    assert "backtest" in said.err
