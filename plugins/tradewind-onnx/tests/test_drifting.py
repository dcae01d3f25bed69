"""Drift that is remembered is what it would be if nothing were, to the last bit."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from tradewind.api import DRIFT_REACH, ModelCard, drift_index, drift_inputs, drift_profile
from tradewind_onnx import drifting
from tradewind_onnx.drifting import DriftMemory
from tradewind_onnx.practice import PracticeModel

ROWS = 1_500
BAR_MS = 14_400_000
Bars = dict[str, Any]


def walk(rows: int = ROWS, seed: int = 1) -> Bars:
    rng = np.random.default_rng(seed)
    # calm first and wild later: the index moves
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, rows) * np.linspace(1.0, 3.0, rows) ** 2))
    spread = np.abs(rng.normal(0.0, 0.004, rows)) + 1e-4
    return {
        "time": BAR_MS * np.arange(rows, dtype=np.int64),
        "close": close,
        "high": close * (1.0 + spread),
        "low": close * (1.0 - spread),
        "volume": rng.lognormal(3.0, 0.5, rows),
    }


def part(bars: Bars, start: int, stop: int) -> Bars:
    return {name: values[start:stop] for name, values in bars.items()}


def inputs_of(bars: Bars) -> dict[str, Any]:
    return drift_inputs(*(bars[name] for name in ("close", "high", "low", "volume")))


@pytest.fixture(scope="module")
def card() -> ModelCard:
    profiles = {name: drift_profile(values) for name, values in inputs_of(walk(800, seed=9)).items()}
    model = PracticeModel()
    return attrs.evolve(model.card(model.model_file()), inputs=profiles)


def plain(card: ModelCard, bars: Bars) -> Any:
    return drift_index(inputs_of(bars), card.inputs)


def test_bar_by_bar_it_is_that_of_the_whole_history(card: ModelCard) -> None:
    bars, memory = walk(), DriftMemory()
    whole = plain(card, bars)
    assert np.isfinite(whole).sum() == ROWS - DRIFT_REACH + 1
    for stop in range(900, ROWS + 1, 7):
        told = memory.index(card, part(bars, stop - 800, stop))
        np.testing.assert_array_equal(told[DRIFT_REACH - 1 :], whole[stop - 800 + DRIFT_REACH - 1 : stop])
        assert np.isnan(told[: DRIFT_REACH - 1]).all()


def _changed(bars: Bars, row: int, value: float) -> Bars:
    close = bars["close"].copy()
    close[row] = value
    return {**bars, "close": close}


@pytest.mark.parametrize(
    "after",
    [
        part(walk(), 0, 900),
        part(walk(), 600, ROWS),
        part(walk(), 100, 1_400),
        _changed(walk(), 1_000, 12.0),
        _changed(walk(), 3, 12.0),
        _changed(walk(), 1_100, np.nan),
        walk(seed=2),
        {**walk(), "time": walk()["time"] + 5_000 * BAR_MS},
        {**walk(), "time": walk()["time"] - 5_000 * BAR_MS},
        part(walk(), 0, 0),
        part(walk(), 0, 300),
    ],
    ids=[
        "its beginning", "its end", "its middle", "a changed bar", "a changed first bar", "a hole", "another market",
        "later", "earlier", "nothing", "too little",
    ],
)  # fmt: skip
def test_after_another_history_it_is_what_it_is_alone(after: Bars, card: ModelCard) -> None:
    memory = DriftMemory()
    memory.index(card, walk())
    np.testing.assert_array_equal(memory.index(card, after), plain(card, after))
    np.testing.assert_array_equal(memory.index(card, walk()), plain(card, walk()))


def test_models_of_other_ranges_are_told_apart(card: ModelCard) -> None:
    other = attrs.evolve(card, inputs={name: drift_profile(values) for name, values in inputs_of(walk(seed=5)).items()})
    memory = DriftMemory()
    memory.index(card, walk())
    np.testing.assert_array_equal(memory.index(other, walk()), plain(other, walk()))


def test_a_new_bar_costs_the_bars_that_it_depends_on_alone(card: ModelCard, monkeypatch: pytest.MonkeyPatch) -> None:
    bars, memory, looked_at = walk(), DriftMemory(), list[int]()

    def counted(close: Any, *others: Any) -> Any:
        looked_at.append(len(close))
        return drift_inputs(close, *others)

    monkeypatch.setattr(drifting, "drift_inputs", counted)
    for stop in (1_400, 1_401, 1_401):
        memory.index(card, part(bars, stop - 1_400, stop))
    assert looked_at == [1_400, DRIFT_REACH]
