"""What `tradewind train` makes, and of which history: both kinds of model where there is sentiment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from models.test_gate import market
from tradewind.api import DataError, ModelError, ModelRegistry
from tradewind.cli.main import cli
from tradewind_onnx.practice import PracticeModel
from tradewind_train import making

BARS = market(2_600)


@attrs.define
class Maker:
    """Stands in for the fit of a network; adds a proven model of the kind that is asked for."""

    asked: list[tuple[str, str, bool, int]] = attrs.field(factory=list)
    stops_at: str = ""

    def __call__(self, task: Any, data: Any, path: Path, settings: Any, *, now_ms: int, **told: Any) -> making.Made:
        self.asked.append((task.kind, settings.source, told["resume"], len(data.bars)))
        if task.kind == self.stops_at:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            raise KeyboardInterrupt
        path.unlink(missing_ok=True)
        model = PracticeModel(kind=task.kind)
        content = model.model_file()
        card = attrs.evolve(model.card(content), training_date=pd.Timestamp(now_ms, unit="ms", tz="UTC").isoformat())
        folder = ModelRegistry(task.config.folder).stage(card, {"model.onnx": content}, now_ms=now_ms)
        return making.Made(card=card, folder=folder)

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, *_ in self.asked]


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Maker:
    """Stand in an empty folder, with bars and scores of their days in the folder of market data."""
    work, data = tmp_path / "work", tmp_path / "history"
    work.mkdir()
    data.mkdir()
    BARS.to_frame().rename_axis("open_time").to_csv(data / "BTCUSDT_4h.csv")
    days = pd.date_range(BARS.index[0].normalize() - pd.Timedelta(220, unit="D"), BARS.index[-1], freq="D")
    mean = np.random.default_rng(4).normal(0.05, 0.1, len(days)).clip(-1, 1).round(4)
    scores = pd.DataFrame({"date": days.strftime("%Y-%m-%d"), "mean": mean})
    scores.assign(score1=mean, score2=mean, score3=mean).to_csv(data / "senticrypt-daily.csv", index=False)
    made = Maker()
    monkeypatch.chdir(work)
    monkeypatch.setenv("TRADEWIND_MARKET_DATA", str(data))
    monkeypatch.setattr(making, "make", made)
    return made


def told(*words: str) -> Result:
    return CliRunner().invoke(cli, ["train", "BTCUSDT", *words], catch_exceptions=True)


def without_scores() -> None:
    (Path.cwd().parent / "history" / "senticrypt-daily.csv").unlink()


def test_without_a_flag_both_models_are_made_of_the_files_that_are_there(maker: Maker) -> None:
    outcome = told()
    assert outcome.exit_code == 0, outcome.output
    assert maker.asked == [("price", "files", False, 2_600), ("sentiment", "files", False, 2_600)]
    registry = ModelRegistry(Path("ml"))
    assert registry.live("BTCUSDT", "price")
    assert registry.live("BTCUSDT", "sentiment")


@pytest.mark.parametrize(("flag", "kind"), [("--force-sentiment", "sentiment"), ("--force-price-only", "price")])
@pytest.mark.parametrize("words", [(), ("--source", "files")])
def test_a_flag_makes_one_model_whether_or_not_the_source_is_named(
    flag: str, kind: str, words: tuple[str, ...], maker: Maker
) -> None:
    outcome = told(flag, *words)
    assert outcome.exit_code == 0, outcome.output
    assert maker.kinds == [kind]


def test_without_sentiment_the_price_model_is_made_and_a_word_says_why_it_stands_alone(maker: Maker) -> None:
    without_scores()
    outcome = told()
    assert outcome.exit_code == 0, outcome.output
    assert maker.kinds == ["price"]
    assert "There is no sentiment model of it: there is no sentiment for BTCUSDT: senticrypt-files" in outcome.output


def test_sentiment_that_is_demanded_and_not_there_is_an_error(maker: Maker) -> None:
    without_scores()
    outcome = CliRunner().invoke(cli, ["train", "BTCUSDT", "--force-sentiment"], standalone_mode=False)
    error = outcome.exception
    assert isinstance(error, DataError)
    assert (error.code, maker.kinds) == ("TW-D002", [])


def test_a_model_of_made_up_bars_never_becomes_live(maker: Maker) -> None:
    outcome = told("--source", "sample")
    assert outcome.exit_code == 0, outcome.output
    assert "SYNTHETIC bars" in outcome.output
    assert maker.kinds == ["price"]
    assert ModelRegistry(Path("ml")).live("BTCUSDT", "price") == ""


def test_a_stop_amid_the_second_model_goes_on_with_the_second_alone(maker: Maker) -> None:
    maker.stops_at = "sentiment"
    assert told().exit_code == 1
    maker.stops_at = ""
    maker.asked.clear()
    assert told("--resume").exit_code == 0
    assert [(kind, resume) for kind, _, resume, _ in maker.asked] == [("sentiment", True)]


def test_a_stop_amid_the_first_model_goes_on_with_it_and_makes_the_second(maker: Maker) -> None:
    maker.stops_at = "price"
    assert told().exit_code == 1
    maker.stops_at = ""
    maker.asked.clear()
    assert told("--resume").exit_code == 0
    assert [(kind, resume) for kind, _, resume, _ in maker.asked] == [("price", True), ("sentiment", False)]


def test_each_kind_has_its_own_schedule(maker: Maker) -> None:
    assert told("--force-price-only").exit_code == 0
    maker.asked.clear()
    outcome = told("--schedule", "30")
    assert outcome.exit_code == 0, outcome.output
    assert maker.kinds == ["sentiment"]


def test_where_there_are_no_bars_the_remedy_names_another_source(
    maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nothing").mkdir()
    monkeypatch.setenv("TRADEWIND_MARKET_DATA", str(tmp_path / "nothing"))
    outcome = CliRunner().invoke(cli, ["train", "BTCUSDT"], standalone_mode=False)
    assert isinstance(outcome.exception, DataError)
    assert outcome.exception.code == "TW-D001"
    assert "--source binance" in outcome.exception.hint
    assert not isinstance(outcome.exception, ModelError)
