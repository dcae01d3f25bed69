"""Many variants of a plan or a strategy over the same bars."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from tradewind.backtest.entry import installed_catalog, job_of, settings_of
from tradewind.backtest.fitting import BarsLike
from tradewind.backtest.simulate import SYMBOL
from tradewind.backtest.sweep_grid import Grid, Params, trials_of
from tradewind.backtest.sweep_outcome import Sweep
from tradewind.backtest.sweep_runs import processors, run_trials
from tradewind.backtest.sweep_strategy import StrategyVariants, chooser, own_params
from tradewind.backtest.sweep_unseen import unseen
from tradewind.backtest.sweep_variants import FunctionVariants, Variants
from tradewind.config.schema import Settings
from tradewind.errors import UsageError
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument
from tradewind.model.limits import Limits
from tradewind.pipeline.bar_strategy import BaseStrategy
from tradewind.plugins.catalog import Catalog


def sweep(
    strategy: Any,
    bars: BarsLike | Mapping[str, BarsLike],
    grid: Grid,
    *,
    settings: Settings | Mapping[str, Any] | None = None,
    instrument: Instrument | Mapping[str, Instrument] | None = None,
    costs: Costs | None = None,
    limits: Limits | None = None,
    initial_balance: float | None = None,
    close_at_end: bool = False,
    threads: int | None = None,
    catalog: Catalog | None = None,
    progress: Callable[[int], None] | None = None,
) -> Sweep:
    """
    Try every combination of parameters over the same bars.

    Args:
        strategy: A catalogue name, `path/file.py:Class` or a class, of which every trial makes one of its own; or a
            function that is called with `bars` as they were given and a trial's parameters by name, and returns a
            `Plan`, plans by symbol, or None for nothing to try. Threads call it at the same time.
        bars: A DataFrame indexed by open time (UTC) with open, high, low, close and volume, `Bars`, or one per symbol.
        grid: Values by name, all combinations of which are tried, or one mapping per trial. For a strategy a name
            without dots is a parameter of it, a name with dots the path of a setting such as `limits.max_position`.
        settings: Settings as for `backtest`.
        instrument: The pair or pairs.
        costs: Fees, slippage and spread; by default those of the settings.
        limits: Caps of the account; by default those of the settings.
        initial_balance: Balance at the start, quote units; by default that of the settings.
        close_at_end: Close what is open at the last close.
        threads: How many trials are carried out at once; by default as many as there are processors.
        catalog: Where components are found; by default all installed plugins.
        progress: Called now and then with how many more trials are done.

    Raises:
        TradewindError: With the code of what was wrong; what a trial raises names its parameters in a note.
    """
    trials = trials_of(grid)
    given = settings_of(settings)
    changed: dict[str, Any] = {"costs": costs, "limits": limits, "initial_balance": initial_balance}
    given = attrs.evolve(given, **{name: value for name, value in changed.items() if value is not None})
    variants: Variants
    if is_function(strategy):
        variants = _of_function(strategy, bars, given, instrument, close_at_end)
    else:
        found = catalog or installed_catalog()
        choose = chooser(strategy, found)
        first, _ = choose(own_params(trials[0]), given)
        job = job_of(first, bars, given, found, instrument=instrument, close_at_end=close_at_end)
        variants = StrategyVariants(unseen(job, choose, found, trials), choose, found)
    return sweep_of(variants, trials, threads=threads, progress=progress)


def _of_function(function: Any, bars: Any, given: Settings, instrument: Any, close_at_end: bool) -> FunctionVariants:
    return FunctionVariants(
        function,
        bars,
        dict(bars) if isinstance(bars, Mapping) else {_name_of(instrument): bars},
        limits=given.limits,
        costs=given.costs,
        instrument=instrument,
        initial_balance=given.initial_balance,
        close_at_end=close_at_end,
    )


def sweep_of(
    variants: Variants,
    trials: tuple[Params, ...],
    *,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Sweep:
    """
    Carry out trials of what is varied; the other arguments are those of `sweep`.

    Raises:
        UsageError: TW-U008 for a number of threads below 1.
        SettingsError: When no trial's settings go together, with the reason of the first.
    """
    if threads is not None and threads < 1:
        raise UsageError(f"threads was {threads}, expected at least 1.", code="TW-U008")
    done, columns = run_trials(variants, trials, threads=threads or processors(), told=progress)
    if not any(done):
        variants.result(trials[0])
    return Sweep(params=trials, done=done, columns=columns, variants=variants)


def is_function(strategy: Any) -> bool:
    """Tell whether a sweep varies a function that makes plans, and not a strategy."""
    kind = inspect.isclass(strategy) or isinstance(strategy, BaseStrategy | str)
    return not kind and callable(strategy) and not hasattr(strategy, "signals")


def _name_of(instrument: Any) -> str:
    if isinstance(instrument, Mapping) and len(instrument) == 1:
        return str(next(iter(instrument)))
    return instrument.symbol if isinstance(instrument, Instrument) else SYMBOL
