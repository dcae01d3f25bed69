"""Searches over bars that a model had seen: they are left out and told, and where none is left there is no best."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from models.test_gate import market
from models.test_runs import BARS, END, ROWS, moment
from tradewind.api import ModelError, ModelRegistry, backtest, sweep
from tradewind.cli.main import cli
from tradewind_onnx.practice import PracticeModel

HURDLES = {"hurdle": [0.5, 1.0, 1.5]}


def settings(folder: Path, **made: Any) -> dict[str, Any]:
    model = PracticeModel(data_end=END, strength=0.5, **made).write(folder)
    return {"strategies": {"ml_basic": {"model": str(model)}}, "certificate": {"enabled": False}, "risk": []}


def test_every_trial_of_a_sweep_has_the_figures_of_its_backtest(tmp_path: Path) -> None:
    given = settings(tmp_path / "m", seen_until=moment(2_000))
    found = sweep("ml_basic", BARS, HURDLES, settings=given, threads=1)
    when = f"{moment(2_000)[:10]} {moment(2_000)[11:16]} UTC"
    note = f"The model had seen the bars before {when}: they are left out, and all figures begin there."
    assert found.notes == (note,)
    assert not found.in_sample
    for trial in found:
        own = {**given, "strategies": {"ml_basic": {**given["strategies"]["ml_basic"], **trial.params}}}
        alone = backtest("ml_basic", BARS, settings=own)
        assert dict(trial.metrics) == alone.metrics
        assert found.result(trial.index).start == alone.start == pd.Timestamp(moment(2_000))


def test_a_sweep_over_models_begins_after_what_any_of_them_had_seen(tmp_path: Path) -> None:
    given = settings(tmp_path / "early", seen_until=moment(1_500))
    late = PracticeModel(data_end=END, strength=0.4, seen_until=moment(2_200)).write(tmp_path / "late")
    early = given["strategies"]["ml_basic"]["model"]
    found = sweep("ml_basic", BARS, {"model": [early, str(late)]}, settings=given, threads=1)
    assert [found.result(index).start for index in (0, 1)] == [pd.Timestamp(moment(2_200))] * 2


def test_a_sweep_over_what_the_model_had_seen_has_no_best(tmp_path: Path) -> None:
    close = pd.Timestamp(END) + pd.Timedelta(4, unit="h")
    given = settings(tmp_path / "m", seen_until=close.isoformat())
    found = sweep("ml_basic", BARS, HURDLES, settings=given, threads=1)
    assert found.in_sample
    with pytest.raises(ModelError, match="IN-SAMPLE") as caught:
        found.best("total_return")
    assert caught.value.code == "TW-M012"


def test_a_sweep_without_a_model_says_nothing_of_it() -> None:
    found = sweep("adaptive", market(1_200), {"allow_short": [False]}, settings={"risk": []}, threads=1)
    assert (found.notes, found.in_sample) == ((), False)


@pytest.fixture
def searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with bars in files; the model that `model` puts there is the one that is asked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRADEWIND_MARKET_DATA", str(tmp_path / "history"))
    (tmp_path / "history").mkdir()
    BARS.to_frame().rename_axis("open_time").to_csv(tmp_path / "history" / "BTCUSDT_4h.csv")
    return tmp_path


def stage(seen_until: str) -> None:
    model = PracticeModel(data_end=END, strength=0.5, seen_until=seen_until)
    content = model.model_file()
    registry = ModelRegistry(Path("ml"))
    folder = registry.stage(model.card(content), {"model.onnx": content}, now_ms=1_000_000)
    registry.promote("BTCUSDT", "price", folder.name, now_ms=1_000_000)


def told(*words: str) -> Result:
    return CliRunner().invoke(
        cli, [*words, "--source", "files", "--set", "hurdle=0.5,1.0", "--set", "use_finer_bars=false"]
    )


def test_optimize_says_what_was_left_out(searched: Path) -> None:
    stage(moment(2_000))
    outcome = told("optimize", "ml_basic", "--metric", "total_return")
    assert outcome.exit_code == 0, outcome.output
    assert f"The model had seen the bars before {moment(2_000)[:10]}" in outcome.output
    assert f"{moment(2_000)[:10]} to" in outcome.stdout.splitlines()[0]
    found = json.loads(told("optimize", "ml_basic", "--metric", "total_return", "--json").stdout)
    assert found["start"] == moment(2_000)
    assert "left out" in found["notes"][0]


@pytest.mark.parametrize("command", ["optimize", "walk-forward"])
def test_a_search_over_what_the_model_had_seen_chooses_nothing(command: str, searched: Path) -> None:
    stage((pd.Timestamp(END) + pd.Timedelta(4, unit="h")).isoformat())
    outcome = told(command, "ml_basic")
    assert isinstance(outcome.exception, ModelError), outcome.output
    assert outcome.exception.code == "TW-M012"
    assert outcome.exception.message.startswith("IN-SAMPLE")
    assert "Sharpe" not in outcome.output


def test_a_walk_begins_after_what_the_model_had_seen(searched: Path) -> None:
    stage(moment(1_500))
    words = ("walk-forward", "ml_basic", "--metric", "total_return", "--train", "100", "--test", "50")
    found = json.loads(told(*words, "--json").stdout)
    assert found["steps"][0]["train_start"] == moment(1_500).replace("+00:00", "Z")
    assert "left out" in found["notes"][0]
    assert len(found["steps"]) == -(-((ROWS - 1_500) // 6 - 100) // 50)
    assert "left out" in told(*words).output
