"""A sweep's trials are the runs that `simulate` and `backtest` make, to the last bit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bench.crossover import Crossover, market
from tradewind.api import Bars, Costs, Instrument, Limits, Plan, UsageError, backtest, simulate, sweep
from tradewind.backtest.trials import TrialLedger, trial_of
from tradewind.errors import SettingsError
from tradewind.metrics.significance import deflated_sharpe_ratio

NO_CERTIFICATE = {"certificate": {"enabled": False}}
HOURS = market(2_000, freq="1h")
NOW_MS = 1_750_000_000_000


def mean(values: Any, length: int) -> Any:
    return pd.Series(values).rolling(length).mean().to_numpy()


def cross(bars: pd.DataFrame, fast: int, slow: int, stop: float = 0.03) -> Plan | None:
    if fast >= slow:
        return None
    close = bars["close"].to_numpy()
    up = mean(close, fast) > mean(close, slow)
    enter = up & ~np.concatenate(([False], up[:-1]))
    ladder: dict[str, Any] = {"tp_r": [1.0, 2.0], "tp_frac": [0.3, 0.4]}
    return Plan.from_arrays(bars.index, enter=enter.astype(np.int8), exit_long=~up, stop_dist=stop * close, **ladder)


GRID: dict[str, Sequence[Any]] = {"fast": [5, 10, 40], "slow": [20, 40, 90], "stop": [0.01, 0.05]}


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("close_at_end", [False, True])
def test_a_functions_trials_are_what_simulate_makes_of_its_plans(threads: int, close_at_end: bool) -> None:
    rules: dict[str, Any] = {"limits": Limits.open(), "costs": Costs(taker_fee="0.002"), "initial_balance": 5_000.0}
    found = sweep(cross, HOURS, GRID, threads=threads, close_at_end=close_at_end, **rules)
    assert len(found) == 18
    assert found.count == 14
    for trial in found:
        plan = cross(HOURS, **trial.params)
        if plan is None:
            assert set(trial.metrics.values()) == {None}
            continue
        alone = simulate(HOURS, plan, close_at_end=close_at_end, **rules)
        assert dict(trial.metrics) == alone.metrics
        again = found.result(trial.index)
        assert again.hash == alone.hash
        assert again.metrics == alone.metrics


def test_a_thousand_trades_in_one_trial_find_room() -> None:
    def busy(bars: pd.DataFrame, every: int) -> Plan:
        row = np.arange(len(bars))
        return Plan.from_arrays(
            bars.index,
            enter=(row % every == 0).astype(np.int8),
            exit_long=row % every == every - 1,
            stop_dist=0.01 * bars["close"].to_numpy(),
            tp_r=[0.1, 0.2, 0.3],
            tp_frac=[0.2, 0.2, 0.2],
        )

    long = market(20_000, freq="1h")
    found = sweep(busy, long, {"every": [2, 3, 400, 4]}, limits=Limits.open(), costs=Costs.free(), threads=1)
    for trial in found:
        alone = simulate(long, busy(long, **trial.params), limits=Limits.open(), costs=Costs.free())
        assert dict(trial.metrics) == alone.metrics
    assert int(found[0].metrics["total_trades"] or 0) > 30_000


def test_bars_are_handed_on_as_they_were_given() -> None:
    seen: list[object] = []

    def plan(bars: Any, level: float) -> Plan:
        seen.append(bars)
        return Plan.from_arrays(bars.time, enter=(bars.close > level).astype(np.int8))

    bars = Bars.from_frame(HOURS)
    sweep(plan, bars, [{"level": 20_000.0}, {"level": 21_000.0}], threads=1)
    assert all(one is bars for one in seen)


def test_a_strategys_trials_are_its_backtests() -> None:
    grid = {"fast": [5, 20], "slow": [40, 90]}
    found = sweep(Crossover, HOURS, grid, settings={**NO_CERTIFICATE, "risk": []})
    for trial in found:
        alone = backtest(Crossover(**trial.params), HOURS, settings={**NO_CERTIFICATE, "risk": []})
        assert dict(trial.metrics) == alone.metrics
        assert found.result(trial.index).hash == alone.hash


def test_settings_of_a_catalogue_strategy_and_of_the_account_are_varied() -> None:
    bars = market(1_500, freq="4h")
    grid = {"stop_atr": [2.0, 3.0], "limits.max_position": [0.05, 0.2], "costs.slippage": [0.0, 0.002]}
    found = sweep("adaptive", bars, grid, settings=NO_CERTIFICATE)
    for trial in found:
        settings = {
            **NO_CERTIFICATE,
            "strategies": {"adaptive": {"stop_atr": trial.params["stop_atr"]}},
            "limits": {"max_position": trial.params["limits.max_position"]},
            "costs": {"slippage": trial.params["costs.slippage"]},
        }
        alone = backtest("adaptive", bars, settings=settings)
        assert dict(trial.metrics) == alone.metrics
        again = found.result(trial.index)
        assert again.hash == alone.hash
        assert again.id == alone.id


def test_several_symbols_share_cash_in_every_trial() -> None:
    book = {"BTCUSDT": market(800, freq="1h"), "ETHUSDT": market(800, seed=2, freq="1h")}
    found = sweep(Crossover, book, {"fast": [5, 9]}, settings={**NO_CERTIFICATE, "risk": []})
    for trial in found:
        alone = backtest(Crossover(**trial.params), book, settings={**NO_CERTIFICATE, "risk": []})
        assert dict(trial.metrics) == alone.metrics
    plans = sweep(lambda bars, fast: {name: cross(one, fast, 50) for name, one in bars.items()}, book, {"fast": [5, 9]})
    for trial in plans:
        alone = simulate(book, {name: cross(one, trial.params["fast"], 50) for name, one in book.items()})  # type: ignore[misc]  # no None here
        assert dict(trial.metrics) == alone.metrics


def test_the_table_has_a_row_per_trial_with_parameters_and_figures() -> None:
    found = sweep(cross, HOURS, GRID)
    table = found.table
    assert list(table.columns[:3]) == ["fast", "slow", "stop"]
    assert table["fast"].tolist() == [trial.params["fast"] for trial in found]
    shown = [None if pd.isna(value) else value for value in table["sharpe_ratio"]]
    assert [trial.metrics["sharpe_ratio"] for trial in found] == shown


def test_the_best_is_the_largest_figure_and_of_risks_the_smallest() -> None:
    found = sweep(cross, HOURS, GRID)
    table = found.table
    assert found.best().index == table["sharpe_ratio"].idxmax()
    assert found.best("sharpe").index == found.best("sharpe_ratio").index
    assert found.best("max_drawdown").index == table["max_drawdown"].idxmin()
    with pytest.raises(UsageError, match="no figure 'sharp_ratio'") as told:
        found.best("sharp_ratio")
    assert "sharpe_ratio" in told.value.hint


def test_sharpe_ratios_are_deflated_for_the_number_of_trials() -> None:
    found = sweep(cross, HOURS, GRID)
    best = found.best()
    ratios = [one.metrics["sharpe_ratio"] for one in found]
    per_day = [ratio / np.sqrt(365.0) for ratio in ratios if ratio is not None]
    result = found.result(best.index)
    daily = result.equity["equity"].resample("1D").last().to_numpy()
    returns = np.concatenate(([daily[0] / 10_000.0], daily[1:] / daily[:-1])) - 1.0
    expected = deflated_sharpe_ratio(returns, found.count, float(np.var(per_day, ddof=1)))
    assert best.deflated_sharpe_ratio == pytest.approx(expected, rel=1e-9)
    assert expected is not None
    probable = result.metrics["probabilistic_sharpe_ratio"]
    assert probable is not None
    assert expected < probable


def test_a_sweep_of_n_trials_counts_n_times_in_the_ledger(tmp_path: Path) -> None:
    ledger = TrialLedger(tmp_path)
    found = sweep(Crossover, HOURS, {"fast": [5, 9], "slow": [40, 60]}, settings={**NO_CERTIFICATE, "risk": []})
    trials = found.trials(now_ms=NOW_MS)
    ledger.enter_all(trials)
    assert [trial_of(found.result(place), now_ms=NOW_MS) for place in range(4)] == trials
    assert ledger.standing(trials[0], found[0].metrics).trials == 4
    ledger.enter_all(found.trials(now_ms=NOW_MS))
    standing = ledger.standing(trials[2], found[2].metrics)
    assert standing.trials == 4
    assert standing.deflated_sharpe_ratio == pytest.approx(found[2].deflated_sharpe_ratio)


def test_plans_of_functions_are_trials_of_one_window() -> None:
    trials = sweep(cross, HOURS, {"fast": [5, 9], "slow": [40]}).trials(now_ms=NOW_MS)
    assert len({trial.trial for trial in trials}) == 2
    assert len({trial.window for trial in trials}) == 1


def test_settings_that_do_not_go_together_are_left_out_and_one_misspelt_stops() -> None:
    bars = market(1_200, freq="4h")
    grid = {"stop_min": [0.01, 0.08], "stop_max": [0.05, 0.1]}
    found = sweep("adaptive", bars, grid, settings=NO_CERTIFICATE)
    assert found.done == (True, True, False, True)
    assert found[2].metrics["sharpe_ratio"] is None
    with pytest.raises(SettingsError):
        found.result(2)
    with pytest.raises(SettingsError, match="stop_min"):
        sweep("adaptive", bars, {"stop_min": [0.2], "stop_max": [0.1]}, settings=NO_CERTIFICATE)
    with pytest.raises(SettingsError, match="stop_artist") as told:
        sweep("adaptive", bars, {"stop_artist": [1.0]}, settings=NO_CERTIFICATE)
    assert told.value.code == "TW-S002"


@pytest.mark.parametrize(
    ("strategy", "grid", "said"),
    [
        (cross, {}, "no trials"),
        (cross, {"fast": []}, "no trials"),
        (cross, {"fast": 5}, "expected several values"),
        (cross, [{"fast": 5}, {"slow": 5}], "trial 1"),
        (Crossover, {"quick": [5]}, "cannot be made with quick=5"),
        (Crossover(), {"fast": [5]}, "made already"),
        (Crossover, {"fast": [5], "symbols": [["ETHUSDT"]]}, "cannot be made with"),
        (Crossover, {"source.kind": [1]}, "source.kind cannot be varied"),
    ],
)
def test_grids_that_cannot_be_used_are_refused_in_words(strategy: Any, grid: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said) as told:
        sweep(strategy, HOURS, grid, settings=NO_CERTIFICATE)
    assert told.value.code == "TW-U008"


def test_an_error_in_a_trial_names_its_parameters() -> None:
    def fails(bars: pd.DataFrame, divisor: int) -> Plan:
        return Plan.from_arrays(bars.index, enter=np.zeros(len(bars), dtype=np.int8), max_bars=10 // divisor)

    with pytest.raises(ZeroDivisionError) as told:
        sweep(fails, HOURS, {"divisor": [2, 1, 0]}, threads=2)
    assert told.value.__notes__ == ["in the trial divisor=0"]


def test_progress_counts_every_trial() -> None:
    told: list[int] = []
    sweep(cross, HOURS, GRID, progress=told.append)
    assert sum(told) == 18


def test_a_class_in_a_file_is_varied_by_its_parameters(tmp_path: Path) -> None:
    path = tmp_path / "idea.py"
    path.write_text(
        "import numpy as np\n"
        "from tradewind.api import Signals\n\n\n"
        "class Idea:\n"
        "    timeframe = '1h'\n"
        "    warmup = 10\n\n"
        "    def __init__(self, every=10):\n"
        "        self.every = every\n\n"
        "    def signals(self, frame):\n"
        "        row = np.arange(len(frame))\n"
        "        return Signals.from_arrays(frame.index, enter=(row % self.every == 0).astype(np.int8),\n"
        "                                   exit_long=row % self.every == 5)\n"
    )
    found = sweep(f"{path}:Idea", HOURS, {"every": [7, 30]}, settings={**NO_CERTIFICATE, "risk": []})
    assert int(found[0].metrics["total_trades"] or 0) > int(found[1].metrics["total_trades"] or 0) > 0
    assert found.result(1).metrics == dict(found[1].metrics)
    assert len({found.result(place).id for place in (0, 1)}) == 2


def test_pairs_keep_their_own_rules() -> None:
    coarse = Instrument(symbol="ETHUSDT", lot_step="0.1", tick_size="1")
    found = sweep(cross, HOURS, {"fast": [5], "slow": [40]}, instrument=coarse)
    alone = simulate(HOURS, cross(HOURS, 5, 40), instrument=coarse)  # type: ignore[arg-type]  # not None here
    assert dict(found[0].metrics) == alone.metrics
    assert found.result(0).symbols == alone.symbols
