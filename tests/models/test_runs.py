"""Whole runs on models: what a model had seen is left out, what it may not say is not traded, live as in a backtest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from models.test_gate import market
from tradewind.api import Bars, ModelError, ModelRegistry, Need, Result, backtest
from tradewind.backtest.report import text_report
from tradewind.cli.main import cli
from tradewind.config.schema import Settings
from tradewind.live.gate import check_models
from tradewind_onnx.practice import PracticeModel

ROWS = 3_000
BARS = market(ROWS)
END = pd.Timestamp(int(BARS.time[-1]), unit="ms", tz="UTC").isoformat()


def moment(row: int) -> str:
    return pd.Timestamp(int(BARS.time[row]), unit="ms", tz="UTC").isoformat()


def run(folder: Path, strategy: str = "ml_basic", bars: Bars = BARS, **made: Any) -> Result:
    model = PracticeModel(data_end=END, strength=0.5, **made).write(folder / "m")
    return backtest(
        strategy,
        bars,
        settings={"strategies": {"ml_basic": {"model": str(model)}}, "certificate": {"enabled": False}, "risk": []},
    )


def test_a_model_that_is_proven_and_saw_none_of_it_trades(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert len(result.trades) > 20
    assert result.start == pd.Timestamp(moment(0))
    assert not result.in_sample


def test_bars_that_the_model_had_seen_are_left_out_of_every_figure(tmp_path: Path) -> None:
    result = run(tmp_path, seen_until=moment(2_000))
    assert result.start == pd.Timestamp(moment(2_000))
    assert len(result.equity) == ROWS - 2_000
    assert (result.trades["entry_time"] >= pd.Timestamp(moment(2_000))).all()
    later = BARS.close[-1] / BARS.open[2_000] - 1.0
    assert result.metrics["buy_and_hold"] == pytest.approx(later)
    assert any("left out" in line for line in result.warnings)
    assert "left out" in text_report(result)


def test_what_is_left_of_a_run_trades_as_it_would_have_without_the_mark(tmp_path: Path) -> None:
    marked = run(tmp_path / "a", seen_until=moment(2_000)).trades
    plain = run(tmp_path / "b").trades
    clean = plain[plain["entry_time"] > pd.Timestamp(moment(2_100))]
    both = marked[marked["entry_time"] > pd.Timestamp(moment(2_100))]
    assert len(both)
    assert set(both["entry_time"]) & set(clean["entry_time"])


def test_a_run_over_what_the_model_had_seen_has_no_headline(tmp_path: Path) -> None:
    close = pd.Timestamp(END) + pd.Timedelta(4, unit="h")
    result = run(tmp_path, seen_until=close.isoformat())
    assert result.in_sample
    assert len(result.trades) == 0
    report = text_report(result)
    assert "IN-SAMPLE" in report
    assert "total return" not in report
    assert "Total return" not in report
    again = Result.from_json(result.to_json())
    assert again.in_sample
    assert json.loads(result.to_json())["in_sample"] is True


def test_fills_on_finer_bars_begin_with_the_clean_ones_too(tmp_path: Path) -> None:
    model = PracticeModel(data_end=END, strength=0.5, timeframe="8h", seen_until=moment(2_000)).write(tmp_path / "m")
    result = backtest(
        "ml_basic",
        BARS,
        settings={
            "timeframe": "8h",
            "strategies": {"ml_basic": {"model": str(model)}},
            "certificate": {"enabled": False},
        },
    )
    assert result.start == pd.Timestamp(moment(2_000))
    assert len(result.equity) == ROWS - 2_000


def test_an_unproven_model_opens_no_trade_and_the_report_says_so(tmp_path: Path) -> None:
    result = run(tmp_path, proven=False)
    assert len(result.trades) == 0
    assert "has not passed its gate" in text_report(result)


def test_a_model_run_keeps_its_certificate(tmp_path: Path) -> None:
    model = PracticeModel(data_end=END, strength=0.5).write(tmp_path / "m")
    result = backtest("ml_basic", BARS.rows(0, 1_800), settings={"strategies": {"ml_basic": {"model": str(model)}}})
    assert result.certificate is not None
    assert result.certificate.status != "failed", result.certificate.words


def test_an_indicator_reads_a_series_as_known_at_each_close(tmp_path: Path) -> None:
    from tradewind.api import SENTIMENT_COLUMNS, indicator
    from tradewind.pipeline.features import features
    from tradewind.plugins.catalog import load_catalog

    folder = PracticeModel(kind="sentiment", data_end=END).write(tmp_path / "m")
    rng = np.random.default_rng(2)
    days = pd.date_range("2019-12-01", periods=600, freq="D", tz="UTC")
    series = pd.DataFrame({name: rng.normal(0.0, 0.1, 600) for name in SENTIMENT_COLUMNS}, index=days)
    series["known_at"] = days + pd.Timedelta(26, unit="h")
    catalog = load_catalog()

    def lookup(name: str, params: Any) -> Any:
        entry = catalog.get("indicators", name)
        return entry.spec, entry.build(params)

    need = Need("onnx", {"model": str(folder), "kind": "sentiment"}, series="sentiment")
    told = features(BARS.rows(0, 600), [need], lookup, series={"sentiment": series})
    joined = series["sentiment_score"].to_numpy()
    close = BARS.rows(0, 600).index + pd.Timedelta(4, unit="h")
    known = np.searchsorted(pd.DatetimeIndex(series["known_at"]), close, side="right") - 1
    plain = indicator("onnx", model=str(PracticeModel(data_end=END).write(tmp_path / "p"))).compute(
        BARS.rows(0, 600).to_frame()
    )
    np.testing.assert_allclose(told["mu"].iloc[119:], plain["mu"].iloc[119:] + 0.01 * joined[known[119:]], atol=3e-7)


@pytest.mark.parametrize(
    "settings",
    [
        {"strategies": {"ml_basic": {"allow_unproven_model": True}}},
        {"indicators": {"onnx": {"allow_unproven": True}}},
    ],
)
def test_real_money_refuses_models_that_have_proven_nothing(settings: dict[str, Any]) -> None:
    check_models(Settings())
    with pytest.raises(ModelError) as caught:
        check_models(Settings(**settings))
    assert caught.value.code == "TW-M009"


@pytest.fixture
def staged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Stand in a folder with the sample's data and a staged model that has proven nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRADEWIND_MARKET_DATA", raising=False)
    model = PracticeModel(proven=False, strength=0.5)
    content = model.model_file()
    return ModelRegistry(Path("ml")).stage(model.card(content), {"model.onnx": content}, now_ms=1_000_000).name


def told(*words: str) -> str:
    outcome = CliRunner().invoke(cli, list(words))
    assert outcome.exit_code == 0, (outcome.output, outcome.exception)
    return outcome.output


def test_the_flag_lets_an_unproven_model_trade_in_a_backtest(staged: str) -> None:
    words = ("backtest", "ml_basic", "--no-db", "--no-certificate", "--source", "sample")
    assert "has not passed its gate" in told(*words)
    assert "has not passed its gate" not in told(*words, "--allow-unproven-model")


def test_the_flag_lets_an_unproven_model_trade_on_paper(staged: str) -> None:
    words = ("run", "ml_basic", "--days", "20", "--no-db", "--json", "--source", "sample")
    outcome = CliRunner().invoke(cli, [*words, "--allow-unproven-model"])
    assert outcome.exit_code == 0, outcome.output
    summary = json.loads(outcome.stdout)
    assert summary["total_trades"] > 0
    assert summary["mode"] == "paper"
