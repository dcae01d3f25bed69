"""Training, for real and tiny: repeatable, resumable, exported without loss, judged on what it has not seen."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from models.test_gate import market
from tradewind.api import ModelError, TradewindError
from tradewind_train import tensorflow
from tradewind_train.checkpoint import Checkpoint, load_checkpoint
from tradewind_train.command import train
from tradewind_train.dataset import make_dataset
from tradewind_train.fitting import Batches
from tradewind_train.settings import TrainConfig

TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Train in a process of its own; TensorFlow is in the group `train`, which the suite installs."""
    assert importlib.util.find_spec("tensorflow"), "the suite needs the group train: nox -s tests"
    folder = tmp_path_factory.mktemp("training")
    done = subprocess.run(
        [sys.executable, "-m", "models.train_for_real", str(folder)],
        cwd=TESTS,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told | {"stderr": done.stderr}


def test_a_stopped_training_goes_on_to_the_very_file_of_one_that_was_not(found: dict[str, Any]) -> None:
    assert found["checkpoint_left"] is True
    assert found["same_file"] is True
    assert found["checkpoint_removed"] is True


def test_what_the_library_says_of_processors_stays_with_it(found: dict[str, Any]) -> None:
    assert found["stderr"] == ""


def test_a_stopped_training_leaves_no_model(found: dict[str, Any]) -> None:
    assert found["no_half_model"] is True


@pytest.mark.parametrize("arch", ["cnn_lstm", "transformer"])
@pytest.mark.parametrize("kind", ["price", "sentiment"])
def test_the_exported_file_says_what_keras_says(found: dict[str, Any], arch: str, kind: str) -> None:
    assert found[f"parity {arch} {kind}"] < 1e-5


def test_the_card_is_complete_and_the_model_loads(found: dict[str, Any]) -> None:
    card = found["card"]
    assert found["files"] == ["card.json", "model.keras", "model.onnx"]
    assert found["loads"] is True
    assert (card["symbol"], card["kind"], card["sequence_length"], card["has_sentiment"]) == (
        "BTCUSDT", "price", 120, False,
    )  # fmt: skip
    assert set(card["ranges"]) == {"train", "validation", "test"}
    assert card["ranges"]["train"][1] < card["ranges"]["validation"][0] < card["seen_until"] < card["ranges"]["test"][0]
    assert card["training_params"]["seed"] == 7
    assert {check["name"] for check in card["gate"]} == {
        "information_coefficient", "profit_factor_after_costs", "beats_persistence", "time_budget",
        "batch_equals_single",
    }  # fmt: skip
    assert card["evaluation_results"]["batch_difference"] <= 1e-6
    assert card["after_cost"]["strategy"] == "ml_basic"
    assert set(card["inputs"]) == {"return", "range", "volume"}
    assert set(card["packages"]) >= {"tradewind", "tensorflow", "keras", "onnxruntime", "python"}
    assert len(card["golden"]["window"]) == 120


def test_a_network_on_noise_does_not_pass_its_gate(found: dict[str, Any]) -> None:
    assert not all(check["passed"] for check in found["card"]["gate"])


def test_without_tensorflow_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tensorflow, "find_spec", lambda name: None)
    outcome = CliRunner().invoke(train, ["BTCUSDT"])
    assert isinstance(outcome.exception, ModelError)
    assert outcome.exception.code == "TW-M008"
    assert "--group train" in outcome.exception.hint
    assert list(tmp_path.iterdir()) == []


def test_listing_the_plugin_loads_no_tensorflow() -> None:
    modules = "tradewind_train.command, tradewind_train.dataset, tradewind_train.judging"
    code = f"import sys, {modules}; print({{'tensorflow', 'keras'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_lists_and_backtests_load_no_tensorflow(tmp_path: Path) -> None:
    code = """
import sys
from click.testing import CliRunner
from tradewind.cli.main import cli
for words in (["--help"], ["plugins", "list"], ["backtest", "ml_basic", "--no-db", "--no-certificate", "--days", "30"]):
    outcome = CliRunner().invoke(cli, words)
    assert outcome.exit_code == 0, outcome.output
print({"tensorflow", "keras"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip().splitlines()[-1] == "set()"


def test_a_stop_by_hand_says_how_to_go_on_and_adds_no_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tradewind_train import making

    def stopped(task: Any, data: Any, path: Path, *args: Any, **kwargs: Any) -> None:
        path.parent.mkdir(parents=True)
        path.touch()
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRADEWIND_MARKET_DATA", raising=False)
    monkeypatch.setattr(making, "make", stopped)
    outcome = CliRunner().invoke(train, ["BTCUSDT", "--source", "sample"])
    assert outcome.exit_code == 1
    assert "go on with --resume" in outcome.output
    assert not (tmp_path / "ml").exists()


@pytest.mark.parametrize(
    ("words", "proven", "live"),
    [
        ((), True, True),
        ((), False, False),
        (("--stage",), True, False),
        (("--schedule", "30"), True, False),
        (("--schedule", "30", "--auto-promote"), True, True),
        (("--schedule", "30", "--auto-promote"), False, False),
    ],
)
def test_a_model_becomes_live_when_it_is_proven_and_nobody_keeps_it_back(
    words: tuple[str, ...], proven: bool, live: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tradewind.api import ModelRegistry
    from tradewind_onnx.practice import PracticeModel
    from tradewind_train import history, making

    def made(task: Any, data: Any, path: Path, settings: Any, *, now_ms: int, **kwargs: Any) -> making.Made:
        model = PracticeModel(proven=proven)
        content = model.model_file()
        card = model.card(content)
        folder = ModelRegistry(task.config.folder).stage(card, {"model.onnx": content}, now_ms=now_ms)
        return making.Made(card=card, folder=folder)

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRADEWIND_MARKET_DATA", raising=False)
    monkeypatch.setattr(making, "make", made)
    monkeypatch.setattr(history, "bars_are_made_up", lambda *asked: False)
    outcome = CliRunner().invoke(train, ["BTCUSDT", "--source", "sample", *words])
    assert outcome.exit_code == 0, outcome.exception
    registry = ModelRegistry(Path("ml"))
    (stamp,) = registry.stamps("BTCUSDT", "price")
    assert registry.live("BTCUSDT", "price") == (stamp if live else "")
    assert ("Live from" in outcome.output) == live


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("BTCUSDT", "--force-sentiment", "--force-price-only"), "TW-U008"),
        (("BTCUSDT", "--auto-promote"), "TW-U008"),
        (("BTCUSDT", "--start", "2020-01-01", "--days", "9"), "TW-U008"),
        (("../../x",), "TW-U001"),
        (("BTCUSDT", "--timeframe", "1M"), "TW-S004"),
        (("BTCUSDT", "--horizon", "0"), "TW-S004"),
        (("BTCUSDT", "--epochs", "-1"), "TW-S004"),
        (("NOSUCHUSDT",), "TW-D001"),
        (("BTCUSDT", "--days", "30"), "TW-M007"),
        (("BTCUSDT", "--start", "2024-02-01", "--end", "2024-01-01"), "TW-U003"),
    ],
)
def test_wrong_usage_is_refused_with_its_code_before_anything_is_learned(
    words: tuple[str, ...], code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRADEWIND_MARKET_DATA", raising=False)
    outcome = CliRunner().invoke(train, [*words, "--source", "sample"])
    assert isinstance(outcome.exception, TradewindError), outcome.output
    assert outcome.exception.code == code
    assert not (tmp_path / "ml").exists()


def test_a_schedule_does_nothing_while_the_newest_model_is_young(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import attrs

    from tradewind.api import ModelRegistry
    from tradewind_onnx.practice import PracticeModel
    from tradewind_train import command

    monkeypatch.chdir(tmp_path)
    model = PracticeModel()
    content = model.model_file()
    card = attrs.evolve(model.card(content), training_date="2026-01-01T00:00:00+00:00")
    ModelRegistry(Path("ml")).stage(card, {"model.onnx": content}, now_ms=1_000_000)
    monkeypatch.setattr(command, "now_ms", lambda: 1_768_000_000_000)
    outcome = CliRunner().invoke(train, ["BTCUSDT", "--force-price-only", "--schedule", "30"])
    assert outcome.exit_code == 0, outcome.exception
    assert "there is nothing to do" in outcome.output
    monkeypatch.setattr(command, "now_ms", lambda: 1_770_000_000_000)
    monkeypatch.setattr(tensorflow, "find_spec", lambda name: None)
    assert isinstance(
        CliRunner().invoke(train, ["BTCUSDT", "--force-price-only", "--schedule", "30"]).exception, ModelError
    )


def test_a_history_of_unknown_sentiment_is_too_little_to_train_on() -> None:
    from tradewind.api import MODEL_KINDS

    bars = market(2_600)
    sentiment = bars.to_frame()[[]].assign(**dict.fromkeys(MODEL_KINDS["sentiment"][5:], np.nan))
    with pytest.raises(ModelError) as caught:
        make_dataset(bars, "sentiment", 12, sentiment)
    assert caught.value.code == "TW-M007"


def checkpoint(told: dict[str, Any]) -> Checkpoint:
    return Checkpoint(
        told=told,
        epoch=3,
        best_epoch=2,
        losses=[(1.0, 2.0)],
        best={"dense/kernel": np.ones((2, 3), dtype=np.float32)},
        state=[np.arange(4), np.zeros(())],
    )


def test_a_checkpoint_survives_writing_and_reading(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "one.npz"
    made = checkpoint({"seed": 7})
    made.save(path)
    read = load_checkpoint(path, {"seed": 7})
    assert (read.told, read.epoch, read.best_epoch, read.losses) == (made.told, 3, 2, [(1.0, 2.0)])
    np.testing.assert_array_equal(read.best["dense/kernel"], made.best["dense/kernel"])
    assert [list(np.atleast_1d(each)) for each in read.state] == [[0, 1, 2, 3], [0.0]]


@pytest.mark.parametrize("spoil", ["missing", "torn", "pickled", "another"])
def test_a_training_cannot_be_gone_on_with_from_something_else(tmp_path: Path, spoil: str) -> None:
    path, told = tmp_path / "one.npz", {"seed": 7}
    if spoil != "missing":
        checkpoint(told).save(path)
    if spoil == "torn":
        path.write_bytes(path.read_bytes()[:200])
    if spoil == "pickled":
        np.savez(path, manifest=np.array([{"told": told}], dtype=object))
    with pytest.raises(ModelError) as caught:
        load_checkpoint(path, {"seed": 8} if spoil == "another" else told)
    assert caught.value.code == "TW-M010"


@pytest.mark.parametrize("changes", [{"arch": "mlp"}, {"timeframe": "1M"}, {"threads": 0}, {"learning_rate": 0.0}])
def test_settings_out_of_range_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(TradewindError) as caught:
        TrainConfig(**changes)
    assert caught.value.code in {"TW-S004", "TW-U002"}


def test_the_first_pass_estimates_without_the_building_of_the_graph() -> None:
    moments = iter([0.0, 9.0, 9.1, 9.2, 9.3, 9.4])
    batches = Batches(lambda: next(moments))
    for _ in range(5):
        batches.done()
    assert batches.seconds == pytest.approx(0.5)
