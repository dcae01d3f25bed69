"""When a model has an opinion, which one, and what stands there when it has none."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tradewind.api import OPINION_CODES, ModelError, ModelRegistry, SettingsError, read_card
from tradewind_onnx import indicator as module
from tradewind_onnx.indicator import OnnxIndicator
from tradewind_onnx.model import Model
from tradewind_onnx.practice import PracticeModel
from tradewind_onnx.settings import OnnxConfig

ROWS = 400
BAR = pd.Timedelta(4, unit="h")
START = pd.Timestamp("2024-01-01", tz="UTC")


def walk(rows: int = ROWS, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, rows)))
    first = np.concatenate([[100.0], close[:-1]])
    spread = np.abs(rng.normal(0.0, 0.002, rows)) + 1e-4
    columns = {
        "open": first,
        "high": np.maximum(first, close) * (1.0 + spread),
        "low": np.minimum(first, close) * (1.0 - spread),
        "close": close,
        "volume": rng.lognormal(3.0, 0.5, rows),
    }
    return pd.DataFrame(columns, index=pd.date_range(START, periods=rows, freq=BAR, name="open_time"))


def asked(folder: Path, **settings: Any) -> OnnxIndicator:
    return OnnxIndicator(OnnxConfig(model=str(folder), **settings))


def states(answer: pd.DataFrame) -> list[int]:
    return sorted(set(answer["state"].dropna().astype(int)))


def day(row: int) -> str:
    return (START + row * BAR).isoformat()


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    module._MEMORY.clear()
    module._DRIFT.clear()


@pytest.fixture
def practice(tmp_path: Path) -> Path:
    return PracticeModel().write(tmp_path / "practice")


def test_answers_with_the_model_and_a_calibrated_chance(practice: Path) -> None:
    bars = walk()
    answer = asked(practice).compute(bars)
    close = bars["close"]
    expected = (0.1 * np.log(close / close.shift(10))).iloc[119:]
    np.testing.assert_allclose(answer["mu"].iloc[119:], expected, atol=2e-7)
    np.testing.assert_allclose(answer["sigma"].iloc[119:], np.exp(-4.0), rtol=1e-6)
    chance = 0.5 + 0.1 * np.minimum(np.abs(expected) / np.exp(-4.0), 3.0) / 3.0
    np.testing.assert_allclose(answer["confidence"].iloc[119:], chance, atol=1e-6)
    assert answer.iloc[:119].isna().all(axis=None)
    assert states(answer) == [OPINION_CODES["opinion"]]


def test_a_batch_equals_single_windows(practice: Path) -> None:
    bars = walk()
    whole = asked(practice, batch=64).compute(bars)
    for row in (119, 200, ROWS - 1):
        module._MEMORY.clear()
        alone = asked(practice).compute(bars.iloc[row - 119 : row + 1])
        assert abs(alone["mu"].iloc[-1] - whole["mu"].iloc[row]) <= 1e-6


def test_several_threads_answer_what_one_does(practice: Path) -> None:
    bars = walk(1_500)
    one = asked(practice).compute(bars)
    module._MEMORY.clear()
    pd.testing.assert_frame_equal(one, asked(practice, threads=2).compute(bars))


def counting(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    asked_for: list[int] = []
    answer = Model.answer

    def counted(self: Model, windows: Any) -> Any:
        asked_for.append(len(windows))
        return answer(self, windows)

    monkeypatch.setattr(Model, "answer", counted)
    return asked_for


def test_the_next_bar_costs_one_window(practice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bars, count = walk(), counting(monkeypatch)
    live = asked(practice)
    live.compute(bars.iloc[:300])
    live.compute(bars.iloc[:301])
    forgetful = live.compute(bars.iloc[100:302])
    assert count == [181, 1, 1]
    module._MEMORY.clear()
    pd.testing.assert_frame_equal(forgetful, asked(practice).compute(bars.iloc[100:302]))


def test_a_changed_bar_is_asked_anew(practice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bars, count = walk(), counting(monkeypatch)
    asked(practice).compute(bars)
    other = bars.copy()
    other.iloc[250, other.columns.get_loc("close")] *= 1.01
    answer = asked(practice).compute(other)
    assert count == [281, 120]
    module._MEMORY.clear()
    pd.testing.assert_frame_equal(answer, asked(practice).compute(other))


def test_bars_up_to_the_end_of_what_it_saw_are_in_sample(tmp_path: Path) -> None:
    folder = PracticeModel(seen_until=day(200)).write(tmp_path / "m")
    answer = asked(folder).compute(walk())
    assert (answer["state"].iloc[119:200] == OPINION_CODES["in_sample"]).all()
    assert (answer["state"].iloc[200:] == OPINION_CODES["opinion"]).all()
    assert answer[["mu", "sigma", "confidence"]].iloc[:200].isna().all(axis=None)


def test_an_old_model_has_no_opinion(tmp_path: Path) -> None:
    folder = PracticeModel(data_end=day(150)).write(tmp_path / "m")
    answer = asked(folder, expiry_days=10.0).compute(walk())
    fresh = 150 + 60
    assert (answer["state"].iloc[119:fresh] == OPINION_CODES["opinion"]).all()
    assert (answer["state"].iloc[fresh:] == OPINION_CODES["expired"]).all()
    assert states(asked(folder, expiry_days=0.0).compute(walk())) == [OPINION_CODES["opinion"]]


def test_an_unproven_model_has_no_opinion_unless_it_is_allowed(tmp_path: Path) -> None:
    folder = PracticeModel(proven=False).write(tmp_path / "m")
    answer = asked(folder).compute(walk())
    assert states(answer) == [OPINION_CODES["unproven"]]
    assert answer["mu"].isna().all()
    assert states(asked(folder, allow_unproven=True).compute(walk())) == [OPINION_CODES["opinion"]]


def test_a_market_unlike_the_one_it_learned_gets_no_opinion(tmp_path: Path) -> None:
    import attrs

    from tradewind.api import InputProfile

    content = PracticeModel().model_file()
    strange = InputProfile(edges=(5.0,), shares=(0.01, 0.99))
    card = attrs.evolve(PracticeModel().card(content), inputs={"return": strange})
    folder = PracticeModel().write(tmp_path / "m")
    (folder / "card.json").write_text(card.to_json())
    bars = walk(800)
    answer = asked(folder).compute(bars)
    assert (answer["state"].iloc[620:] == OPINION_CODES["drift"]).all()
    assert (answer["state"].iloc[119:600] == OPINION_CODES["opinion"]).all()
    assert states(asked(folder, drift_limit=0.0).compute(bars)) == [OPINION_CODES["opinion"]]


def test_an_answer_that_takes_too_long_is_none(practice: Path) -> None:
    answer = asked(practice, budget_ms=1e-6).compute(walk())
    assert states(answer) == [OPINION_CODES["late"]]
    assert answer["mu"].isna().all()


def test_a_runtime_that_fails_is_no_opinion_there_alone(practice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bars = walk()
    run = Model.run

    def failing(self: Model, windows: Any) -> Any:
        if len(windows) == 16 and windows[0, -1, 0] == np.float32(bars["close"].iloc[119]):
            raise RuntimeError("out of memory")
        return run(self, windows)

    live = asked(practice)
    live.compute(bars.iloc[:120])
    module._MEMORY.clear()
    monkeypatch.setattr(Model, "run", failing)
    answer = live.compute(bars)
    assert (answer["state"].iloc[119:135] == OPINION_CODES["error"]).all()
    assert answer["mu"].iloc[119:135].isna().all()
    assert (answer["state"].iloc[135:] == OPINION_CODES["opinion"]).all()


def with_sentiment(bars: pd.DataFrame) -> pd.DataFrame:
    from tradewind.api import MODEL_KINDS

    rng = np.random.default_rng(3)
    return bars.assign(**{name: rng.normal(0.0, 0.1, len(bars)) for name in MODEL_KINDS["sentiment"][5:]})


def test_a_sentiment_model_reads_the_features_beside_the_bars(tmp_path: Path) -> None:
    folder = PracticeModel(kind="sentiment").write(tmp_path / "m")
    bars = with_sentiment(walk())
    answer = asked(folder, kind="sentiment").compute(bars)
    close = bars["close"]
    expected = 0.1 * np.log(close / close.shift(10)) + 0.01 * bars["sentiment_score"]
    np.testing.assert_allclose(answer["mu"].iloc[119:], expected.iloc[119:], atol=3e-7)


def test_windows_with_an_unknown_input_are_no_opinion(tmp_path: Path) -> None:
    folder = PracticeModel(kind="sentiment").write(tmp_path / "m")
    bars = with_sentiment(walk())
    bars.iloc[150, bars.columns.get_loc("sentiment_ma_7")] = np.nan
    state = asked(folder, kind="sentiment").compute(bars)["state"]
    assert (state.iloc[150:270] == OPINION_CODES["inputs_unknown"]).all()
    assert (state.iloc[119:150] == OPINION_CODES["opinion"]).all()
    assert (state.iloc[270:] == OPINION_CODES["opinion"]).all()


def test_without_the_features_a_sentiment_model_is_refused(tmp_path: Path) -> None:
    folder = PracticeModel(kind="sentiment").write(tmp_path / "m")
    with pytest.raises(ModelError) as caught:
        asked(folder, kind="sentiment").compute(walk())
    assert caught.value.code == "TW-M005"


@pytest.mark.parametrize(
    ("made", "settings"),
    [
        ({"symbol": "ETHUSDT"}, {}),
        ({"kind": "sentiment"}, {}),
        ({"timeframe": "1h"}, {}),
        ({"horizon": 24}, {"horizon": 12}),
    ],
)
def test_a_model_for_something_else_is_refused(tmp_path: Path, made: dict[str, Any], settings: dict[str, Any]) -> None:
    folder = PracticeModel(**made).write(tmp_path / "m")
    with pytest.raises(ModelError) as caught:
        asked(folder, **settings).compute(walk())
    assert caught.value.code == "TW-M005"


@pytest.mark.parametrize("settings", [{"symbol": "../x"}, {"kind": "prices"}, {"threads": 0}, {"expiry_days": -1.0}])
def test_settings_out_of_range_are_refused(settings: dict[str, Any]) -> None:
    from tradewind.api import TradewindError

    with pytest.raises(TradewindError) as caught:
        OnnxConfig(**settings)
    assert caught.value.code in {"TW-S004", "TW-U001"}
    assert isinstance(caught.value, SettingsError) or caught.value.code == "TW-U001"


def staged(root: Path, at_ms: int, **made: Any) -> str:
    model = PracticeModel(**made)
    content = model.model_file()
    return ModelRegistry(root).stage(model.card(content), {"model.onnx": content}, now_ms=at_ms).name


def test_each_bar_is_answered_by_the_model_that_was_live_at_its_close(tmp_path: Path) -> None:
    root, registry = tmp_path / "ml", ModelRegistry(tmp_path / "ml")
    first = staged(root, 1_000, strength=0.1)
    second = staged(root, 2_000, strength=0.2)
    moment = int((START + 200 * BAR).value // 1_000_000)
    registry.promote("BTCUSDT", "price", first, now_ms=moment)
    registry.promote("BTCUSDT", "price", second, now_ms=moment + int(50 * BAR.total_seconds() * 1000))
    registry.rollback("BTCUSDT", "price", now_ms=moment + int(100 * BAR.total_seconds() * 1000))
    bars = walk()
    answer = OnnxIndicator(OnnxConfig(folder=str(root))).compute(bars)
    share = np.where((np.arange(ROWS) >= 250) & (np.arange(ROWS) < 300), 0.2, 0.1)
    expected = share * np.log(bars["close"] / bars["close"].shift(10))
    np.testing.assert_allclose(answer["mu"].iloc[119:], expected.iloc[119:], atol=3e-7)


def test_a_running_engine_takes_a_promotion_at_the_next_bar(tmp_path: Path) -> None:
    root, registry = tmp_path / "ml", ModelRegistry(tmp_path / "ml")
    name = staged(root, 1_000)
    live, bars = OnnxIndicator(OnnxConfig(folder=str(root))), walk()
    assert states(live.compute(bars.iloc[:200])) == [OPINION_CODES["no_model"]]
    registry.promote("BTCUSDT", "price", name, now_ms=int((START + 200 * BAR).value // 1_000_000))
    registry.rollback("BTCUSDT", "price", now_ms=int((START + 250 * BAR).value // 1_000_000))
    state = live.compute(bars)["state"]
    assert (state.iloc[119:250] == OPINION_CODES["opinion"]).all()
    assert (state.iloc[250:] == OPINION_CODES["no_model"]).all()


def test_a_staged_model_answers_only_when_unproven_ones_may(tmp_path: Path) -> None:
    staged(tmp_path / "ml", 1_000, proven=False)
    config = OnnxConfig(folder=str(tmp_path / "ml"))
    assert states(OnnxIndicator(config).compute(walk())) == [OPINION_CODES["unproven"]]
    allowed = OnnxConfig(folder=str(tmp_path / "ml"), allow_unproven=True)
    assert states(OnnxIndicator(allowed).compute(walk())) == [OPINION_CODES["opinion"]]


def test_without_any_model_there_is_no_opinion_and_no_error(tmp_path: Path) -> None:
    answer = OnnxIndicator(OnnxConfig(folder=str(tmp_path / "none"))).compute(walk())
    assert states(answer) == [OPINION_CODES["no_model"]]


def test_a_model_that_breaks_under_a_running_engine_is_no_opinion(
    practice: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bars, live = walk(), asked(practice)
    live.compute(bars.iloc[:200])
    (practice / "model.onnx").write_bytes(b"torn")
    answer = live.compute(bars)
    assert states(answer) == [OPINION_CODES["error"]]
    assert answer["mu"].isna().all()
    assert "TW-M003" in caplog.text


def test_a_model_that_is_broken_at_the_start_is_an_error(practice: Path) -> None:
    (practice / "model.onnx").write_bytes(b"torn")
    with pytest.raises(ModelError) as caught:
        asked(practice).compute(walk())
    assert caught.value.code == "TW-M003"


def test_a_card_taken_from_the_registry_is_the_one_that_was_put_in(tmp_path: Path) -> None:
    name = staged(tmp_path / "ml", 5_000)
    card = read_card(tmp_path / "ml" / "BTCUSDT" / "price" / name)
    assert card == PracticeModel().card(PracticeModel().model_file())
    shutil.rmtree(tmp_path / "ml")
