"""`tradewind init`: a settings file that works, from answers or flags; and what a shell completes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from cli.terminal import Tradewind
from tradewind.cli.init_text import Answers, settings_text
from tradewind.config.load import load_settings
from tradewind.config.secret import looks_secret

DATA = Path(__file__).parents[2] / "data"


def process(folder: Path, *arguments: str, answers: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tradewind", *arguments], cwd=folder, capture_output=True, text=True, timeout=200,
        input=answers, env=os.environ | environ,
    )  # fmt: skip


def test_what_it_writes_without_a_question_runs_at_once(folder: Path) -> None:
    made = process(folder, "init", "--yes")
    assert made.returncode == 0, made.stderr
    checked = process(folder, "config", "check")
    assert (checked.returncode, checked.stdout.strip()) == (0, "The settings are good.")
    run = process(folder, "run", "--days", "20", "--no-db", "--json")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["bars"] > 0


def test_flags_answer_and_history_of_ones_own_is_traded(folder: Path) -> None:
    made = process(
        folder, "init", "--yes", "--source", "files", "--market-data", str(DATA), "--strategy", "enhanced",
        "--symbol", "BTCUSDT", "--timeframe", "1d", "--balance", "2500", "--risk-per-trade", "0.01", "--metrics",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    settings = load_settings(environ={}).settings
    assert (settings.source, settings.strategy, settings.timeframe) == ("files", "enhanced", "1d")
    assert (settings.initial_balance, settings.limits.base_risk_per_trade) == (2500.0, 0.01)
    assert settings.services == {"metrics": {}}
    assert process(folder, "config", "check").returncode == 0
    run = process(folder, "backtest", "--days", "300", "--no-db", "--no-certificate", "--json", "-")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["timeframe"] == "1d"


def test_questions_are_asked_again_until_the_answer_can_be_used(folder: Path) -> None:
    answers = "nowhere\nsample\nadaptve\nadaptive\nBTCUSDT\n4x\n4h\n-1\n5000\n2\n0.01\nn\n"
    made = process(folder, "init", answers=answers)
    assert made.returncode == 0, made.stderr
    assert "Did you mean 'adaptive'?" in made.stdout + made.stderr
    assert "for 2% write 0.02" in made.stdout + made.stderr
    settings = load_settings(environ={}).settings
    assert (settings.timeframe, settings.initial_balance, settings.limits.base_risk_per_trade) == ("4h", 5000.0, 0.01)


def test_answers_that_end_early_write_nothing(folder: Path) -> None:
    ended = process(folder, "init", answers="sample\n")
    assert ended.returncode == 3
    assert list(folder.iterdir()) == []


def test_a_file_that_is_there_is_not_touched_without_being_told(tradewind: Tradewind, folder: Path) -> None:
    path = folder / "tradewind.toml"
    path.write_text("not even [ TOML")
    refused = tradewind("init", "--yes")
    assert refused.code == 2
    assert "--force" in refused.err
    assert path.read_text() == "not even [ TOML"
    assert tradewind("init", "--yes", "--force").code == 0
    assert path.with_name("tradewind.toml.bak").read_text() == "not even [ TOML"
    assert tradewind("config", "check").code == 0


@pytest.mark.parametrize(
    "flags",
    [
        ("--strategy", "adaptve"),
        ("--source", "nowhere"),
        ("--symbol", "../../x"),
        ("--timeframe", "1M"),
        ("--balance", "-5"),
        ("--risk-per-trade", "2"),
        ("--symbol", "ETHUSDT"),
        ("--market-data", "no-such-folder"),
        ("--output", "."),
    ],
)
def test_a_flag_that_cannot_be_used_writes_nothing(flags: tuple[str, str], tradewind: Tradewind, folder: Path) -> None:
    refused = tradewind("init", "--yes", *flags)
    assert refused.code == 2
    assert re.match(r"TW-[A-Z]\d{3} ", refused.err)
    assert list(folder.iterdir()) == []


def test_no_secret_is_in_it_and_where_they_belong_is(folder: Path) -> None:
    text = settings_text(Answers(source="binance", strategy="adaptive", symbols=("BTCUSDT",), metrics=True))
    plain = tomllib.loads(text)
    assert not [name for name, value in plain.items() if looks_secret(name, value)]
    assert ".secrets.toml" in text
    assert "chmod 600" in text


def test_a_folder_under_version_control_is_warned_about(tradewind: Tradewind, folder: Path) -> None:
    (folder / ".git").mkdir()
    assert ".gitignore" in tradewind("init", "--yes").out
    (folder / ".gitignore").write_text("*.pyc\n.secrets.toml\n")
    assert ".gitignore" not in tradewind("init", "--yes", "--force").out


@pytest.mark.parametrize("hard", ['a "quoted" \\ name.py:My', "ünï/çødé.py:Mine"])
def test_what_people_name_is_written_as_they_named_it(hard: str) -> None:
    text = settings_text(
        Answers(source="files", strategy=hard, symbols=("BTCUSDT", "ETHUSDT"), market_data=Path(hard), balance=1234.5)
    )
    found = tomllib.loads(text)
    assert (found["strategy"], found["market_data"]) == (hard, Path(hard).as_posix())
    assert (found["symbols"], found["initial_balance"]) == (["BTCUSDT", "ETHUSDT"], 1234.5)


# completion


def completed(folder: Path, *words: str) -> list[str]:
    done = process(
        folder, _TRADEWIND_COMPLETE="bash_complete", COMP_WORDS=" ".join(("tradewind", *words)),
        COMP_CWORD=str(len(words)),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("shell", "sign"), [("bash", "COMPREPLY"), ("zsh", "#compdef tradewind"), ("fish", "complete ")]
)
def test_each_shell_gets_its_script(shell: str, sign: str, tradewind: Tradewind) -> None:
    said = tradewind("completion", shell)
    assert said.code == 0
    assert sign in said.out
    assert "_TRADEWIND_COMPLETE" in said.out


def test_an_unknown_shell_is_refused(tradewind: Tradewind) -> None:
    assert tradewind("completion", "cmd").code == 2


def test_commands_and_options_are_completed(folder: Path) -> None:
    assert {"backtest"} <= set(completed(folder, "back"))
    assert "--paper-trading" in completed(folder, "run", "--pa")


def test_strategies_pairs_sources_and_bar_lengths_are_completed(folder: Path) -> None:
    (folder / "tradewind.toml").write_text('symbols = ["ETHUSDT"]\n')
    (folder / "data").mkdir()
    (folder / "data" / "SOLUSDT_4h.csv").write_text("")
    assert completed(folder, "run", "adap") == ["adaptive"]
    assert completed(folder, "backtest", "--symbol", "") == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]
    assert completed(folder, "backtest", "--symbol", "et") == ["ETHUSDT"]
    assert completed(folder, "backtest", "--timeframe", "1") == ["1m", "15m", "1h", "12h", "1d", "1w"]
    assert {"files", "sample"} <= set(completed(folder, "backtest", "--source", ""))


def test_a_settings_file_that_cannot_be_read_completes_without_a_word(folder: Path) -> None:
    (folder / "tradewind.toml").write_text("not even [ TOML")
    assert completed(folder, "backtest", "--symbol", "") == ["BTCUSDT"]


def test_completing_loads_nothing_heavy(folder: Path) -> None:
    script = (
        "import sys\n"
        "from tradewind.cli.main import main\n"
        "try:\n"
        "    main([])\n"
        "except SystemExit as left:\n"
        "    assert not left.code, left.code\n"
        "heavy = {'numpy', 'pandas', 'sqlalchemy', 'dynaconf', 'cattrs', 'numba', 'pyarrow', 'apprise', 'aiohttp'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    for words in ("tradewind run ", "tradewind backtest --symbol ", "tradewind ", "tradewind backtest --source "):
        environ = {"_TRADEWIND_COMPLETE": "zsh_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, timeout=60,
            env=os.environ | environ,
        )  # fmt: skip
        assert done.returncode == 0, (words, done.stderr)
        assert done.stdout.strip(), words
