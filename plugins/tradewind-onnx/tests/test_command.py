"""`tradewind models`: what it lists, refuses and changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tradewind.api import ModelError, ModelRegistry
from tradewind_onnx.command import models
from tradewind_onnx.practice import PracticeModel


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def stage(at_ms: int, *, proven: bool = True) -> str:
    model = PracticeModel(proven=proven)
    content = model.model_file()
    return ModelRegistry(Path("ml")).stage(model.card(content), {"model.onnx": content}, now_ms=at_ms).name


def run(*words: str) -> Result:
    return CliRunner().invoke(models, list(words))


def test_an_empty_registry_is_said_to_be_empty() -> None:
    outcome = run("list")
    assert (outcome.exit_code, outcome.stdout) == (0, "")
    assert "no models in ml" in outcome.stderr


def test_lists_every_model_with_its_state() -> None:
    names = [stage(1_000_000, proven=False), stage(2_000_000), stage(3_000_000)]
    assert run("promote", "BTCUSDT", "price", names[1]).exit_code == 0
    rows = json.loads(run("list", "--json").stdout)
    assert [(row["stamp"], row["state"]) for row in rows] == list(zip(names, ("staged", "live", "proven"), strict=True))
    assert all(name in run("list").stdout for name in names)


def test_validates_a_proven_model_with_0_and_another_with_1() -> None:
    folder = Path("ml/BTCUSDT/price") / stage(1_000_000)
    alone = run("validate", str(folder))
    assert alone.exit_code == 0
    assert alone.stdout.splitlines()[-1] == "1 of 1 have passed their gate. All may trade."
    other = Path("ml/BTCUSDT/price") / stage(2_000_000, proven=False)
    outcome = run("validate", "--json")
    assert outcome.exit_code == 1
    assert [row["verdict"] for row in json.loads(outcome.stdout)] == ["proven", "not proven"]
    last = run("validate").stdout.splitlines()[-1]
    assert last.startswith("1 of 2 have passed their gate. The others open no trade")
    last = run("validate", str(other)).stdout.splitlines()[-1]
    assert last.startswith("0 of 1 have passed their gate. They open no trade")
    (other / "model.onnx").write_bytes(b"torn")
    outcome = run("validate", str(other))
    assert outcome.exit_code == 1
    assert "TW-M003" in outcome.stdout


def test_promotes_the_newest_and_rolls_back() -> None:
    first, second = stage(1_000_000), stage(2_000_000)
    run("promote", "BTCUSDT", "price", first, "--reason", "the first")
    assert second in run("promote", "BTCUSDT", "price").stdout
    assert first in run("rollback", "BTCUSDT", "price").stdout
    lines = run("log", "BTCUSDT", "price").stdout.splitlines()
    assert [line.split()[1:3] for line in lines] == [["promote", first], ["promote", second], ["rollback", first]]
    assert "the first" in lines[0]
    assert run("log", "BTCUSDT", "price", "--at", "2000-01-01").stdout == ""


def test_refuses_to_promote_what_has_not_passed_its_gate() -> None:
    stage(1_000_000, proven=False)
    outcome = run("promote", "BTCUSDT", "price")
    assert isinstance(outcome.exception, ModelError)
    assert outcome.exception.code == "TW-M009"
    assert ModelRegistry(Path("ml")).live("BTCUSDT", "price") == ""


def test_refuses_to_promote_a_damaged_file() -> None:
    folder = Path("ml/BTCUSDT/price") / stage(1_000_000)
    (folder / "model.onnx").write_bytes(b"torn")
    outcome = run("promote", "BTCUSDT", "price")
    assert isinstance(outcome.exception, ModelError)
    assert outcome.exception.code == "TW-M003"


def test_refuses_to_roll_back_nothing() -> None:
    outcome = run("rollback", "BTCUSDT", "price")
    assert isinstance(outcome.exception, ModelError)
    assert outcome.exception.code == "TW-M001"
