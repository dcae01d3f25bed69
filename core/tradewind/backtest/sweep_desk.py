"""From a request to a chosen trial that is stored: what `tradewind optimize` does, as functions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs

from tradewind.backtest.desk import Request, job_of_request
from tradewind.backtest.library import Library
from tradewind.backtest.result import Result
from tradewind.backtest.runner import Job
from tradewind.backtest.sweep import sweep_of
from tradewind.backtest.sweep_grid import Params
from tradewind.backtest.sweep_outcome import Sweep, SweepTrial, metric_name, nothing_unseen
from tradewind.backtest.sweep_strategy import Choose, StrategyVariants, chooser, own_params
from tradewind.backtest.sweep_unseen import unseen
from tradewind.backtest.trials import Standing, TrialLedger
from tradewind.config.schema import Settings
from tradewind.plugins.catalog import Catalog


@attrs.frozen(kw_only=True, eq=False)
class Optimized:
    """
    A finished search.

    Args:
        sweep: All trials.
        metric: The figure that chose.
        best: The trial chosen.
        standing: What it is worth after all looks at its window, this search among them.
        result: Its full result.
        path: Where the result is stored.
    """

    sweep: Sweep
    metric: str
    best: SweepTrial
    standing: Standing
    result: Result
    path: Path


def prepared(
    request: Request, settings: Settings, catalog: Catalog, trials: tuple[Params, ...], *, now_ms: int
) -> tuple[Job, Choose]:
    """
    Load the bars of a request and return the job that is varied and what makes its strategies.

    The job's own strategy is that of the first trial, so that a class that needs parameters can be made. It
    begins after the last bar that a trial's model had seen.

    Raises:
        ModelError: TW-M012 when that leaves no bar.
    """
    choose = chooser(request.strategy, catalog)
    first, _ = choose(own_params(trials[0]), settings)
    job = job_of_request(request, settings, catalog, now_ms=now_ms, chosen=first)
    job = unseen(job, choose, catalog, trials)
    if job.in_sample:
        raise nothing_unseen(job.notes)
    return job, choose


def optimize(
    request: Request,
    settings: Settings,
    catalog: Catalog,
    trials: tuple[Params, ...],
    *,
    metric: str,
    now_ms: int,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Optimized:
    """
    Carry out all trials, enter them in the ledger, and store the result of the best.

    Args:
        request: The strategy and the window.
        settings: The settings in force.
        catalog: What the loaded plugins offer.
        trials: The parameters of each trial.
        metric: The figure that chooses.
        now_ms: The wall clock, UTC milliseconds, for the trial ledger alone.
        threads: How many trials are carried out at once.
        progress: Takes how many more trials are done.

    Raises:
        TradewindError: With the code of what was wrong.
    """
    job, choose = prepared(request, settings, catalog, trials, now_ms=now_ms)
    found = sweep_of(StrategyVariants(job, choose, catalog), trials, threads=threads, progress=progress)
    best = found.best(metric)
    ledger = TrialLedger(settings.state_dir)
    entries = found.trials(now_ms=now_ms)
    ledger.enter_all(entries)
    standing = ledger.standing(entries[sum(found.done[: best.index])], best.metrics)
    result = attrs.evolve(found.result(best.index), trials=attrs.asdict(standing))
    return Optimized(
        sweep=found,
        metric=metric_name(metric, found.columns),
        best=best,
        standing=standing,
        result=result,
        path=Library(settings.state_dir).save(result),
    )
