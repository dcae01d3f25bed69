"""A walk chooses on one stretch, judges on the next, and joins what came of it to one account."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.crossover import Crossover, market
from tradewind.api import Result, UsageError, backtest
from tradewind.backtest.entry import installed_catalog, job_of, settings_of
from tradewind.backtest.strategy import adopt_strategy
from tradewind.backtest.sweep_grid import trials_of
from tradewind.backtest.sweep_strategy import chooser
from tradewind.backtest.walk_forward import Fold, WalkForward, folds, walk_forward

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
HOURS = market(120 * 24, freq="1h")
START_MS = int(HOURS.index[0].value // 1_000_000)
SETTINGS: dict[str, Any] = {"certificate": {"enabled": False}, "risk": []}
GRID = {"fast": [5, 9], "slow": [30, 50]}


def walked(metric: str = "sharpe", strategy: Any = Crossover, **limits: Any) -> WalkForward:
    settings, catalog = settings_of({**SETTINGS, "limits": limits}), installed_catalog()
    job = job_of(adopt_strategy(strategy), HOURS, settings, catalog)
    steps = folds(START_MS, START_MS + 120 * DAY_MS, train_ms=60 * DAY_MS, test_ms=25 * DAY_MS)
    return walk_forward(job, chooser(strategy, catalog), catalog, trials_of(GRID), steps, metric=metric)


def piece(params: Any, start_ms: int, end_ms: int, balance: float) -> Result:
    first = (start_ms - START_MS) // HOUR_MS
    last = (end_ms - START_MS) // HOUR_MS
    settings = {**SETTINGS, "initial_balance": balance}
    # The stretch begins after the warm-up, which a run over the bars alone spends waiting.
    bars = HOURS.iloc[max(0, first - Crossover.warmup) : last]
    return backtest(Crossover(**params), bars, settings=settings, close_at_end=True)


def test_each_stretch_is_a_backtest_of_its_own_with_what_the_last_one_left() -> None:
    walk = walked()
    balance = 10_000.0
    for step in walk.steps:
        assert step.chosen is not None
        assert step.result is not None
        assert step.chosen.index == step.sweep.best().index
        alone = piece(step.chosen.params, step.fold.test_ms, step.fold.end_ms, balance)
        assert alone.trades["pnl"].tolist() == step.result.trades["pnl"].tolist()
        assert alone.equity["equity"].iloc[-1] == step.result.equity["equity"].iloc[-1]
        balance = float(step.result.metrics["final_equity"] or 0.0)
    assert walk.metrics["final_equity"] == balance


def test_the_joined_account_has_the_trades_and_fees_of_all_stretches() -> None:
    walk = walked()
    results = [step.result for step in walk.steps if step.result is not None]
    assert walk.metrics["total_trades"] == sum(len(result.trades) for result in results)
    assert walk.metrics["fees"] == pytest.approx(sum(float(result.metrics["fees"] or 0.0) for result in results))
    grown = np.prod([1.0 + float(result.metrics["total_return"] or 0.0) for result in results])
    assert walk.metrics["total_return"] == pytest.approx(grown - 1.0)
    closed = sum(int(result.metrics["closed_positions"] or 0) for result in results)
    assert walk.metrics["closed_positions"] == closed
    assert walk.metrics["periods"] == 60


def test_what_is_reported_in_and_out_of_sample_is_the_mean_of_the_steps() -> None:
    walk = walked("total_return")
    inside = [step.chosen.metrics["total_return"] for step in walk.steps if step.chosen is not None]
    outside = [step.result.metrics["total_return"] for step in walk.steps if step.result is not None]
    assert walk.metric == "total_return"
    assert walk.in_sample == pytest.approx(np.mean(np.array(inside, dtype=np.float64)))
    assert walk.out_of_sample == pytest.approx(np.mean(np.array(outside, dtype=np.float64)))


def test_nothing_in_a_stretch_depends_on_what_comes_after_it() -> None:
    whole = walked()
    settings, catalog = settings_of(SETTINGS), installed_catalog()
    first = whole.steps[0]
    bars = HOURS.iloc[: (first.fold.end_ms - START_MS) // HOUR_MS]
    job = job_of(adopt_strategy(Crossover), bars, settings, catalog)
    short = walk_forward(job, chooser(Crossover, catalog), catalog, trials_of(GRID), [first.fold], metric="sharpe")
    step = short.steps[0]
    assert step.sweep.columns == first.sweep.columns
    assert step.result is not None
    assert first.result is not None
    assert step.result.hash == first.result.hash


class Idle(Crossover):
    """Never asks for anything."""

    def signals(self, frame: Any) -> Any:
        return super().signals(frame).replaced(enter=np.zeros(len(frame), dtype=np.int8))


def test_a_stretch_without_a_choice_is_not_traded() -> None:
    walk = walked(strategy=Idle)
    assert [step.chosen for step in walk.steps] == [None, None, None]
    assert walk.metrics["final_equity"] == 10_000.0
    assert walk.metrics["total_trades"] == 0
    assert walk.in_sample is None
    assert walk.out_of_sample is None


def test_all_trials_of_all_steps_are_looks_and_the_walk_is_one_more() -> None:
    entries = walked().trials(now_ms=START_MS)
    assert len(entries) == 3 * 4 + 1
    assert len({entry.trial for entry in entries}) == len(entries)
    assert len({entry.window for entry in entries}) == 4


@given(days=st.integers(2, 2_000), train=st.integers(1, 400), test=st.integers(1, 200), start=st.integers(0, 20_000))
def test_steps_are_judged_on_all_of_the_time_after_the_first_choice_once(
    days: int, train: int, test: int, start: int
) -> None:
    begin, end = start * DAY_MS, (start + days) * DAY_MS
    if days <= train:
        with pytest.raises(UsageError, match="one stretch to choose on"):
            folds(begin, end, train_ms=train * DAY_MS, test_ms=test * DAY_MS)
        return
    found = folds(begin, end, train_ms=train * DAY_MS, test_ms=test * DAY_MS)
    assert found[0] == Fold(train_ms=begin, test_ms=begin + train * DAY_MS, end_ms=found[0].end_ms)
    assert found[-1].end_ms == end
    assert [fold.end_ms for fold in found[:-1]] == [fold.test_ms for fold in found[1:]]
    assert {fold.test_ms - fold.train_ms for fold in found} == {train * DAY_MS}
    assert all(0 < fold.end_ms - fold.test_ms <= test * DAY_MS for fold in found)
