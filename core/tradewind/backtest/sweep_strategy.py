"""A sweep over the settings of a strategy, and over those of limits, costs, policies and indicators."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cached_property
from threading import Lock
from typing import Any, Final

import attrs

from tradewind.backtest.assembly import assemble, indicator_lookup
from tradewind.backtest.clusters import clusters_of
from tradewind.backtest.desk import portable
from tradewind.backtest.history import History
from tradewind.backtest.inputs import Inputs, plain_value
from tradewind.backtest.result import Result, market_of
from tradewind.backtest.runner import Job, data_of, inputs_of, run_job
from tradewind.backtest.stage import Plans, Stage
from tradewind.backtest.strategy import ChosenStrategy, adopt_strategy, choose_strategy
from tradewind.backtest.sweep_grid import Params, words
from tradewind.backtest.trials import Span
from tradewind.config.layers import Layer, merged, nested
from tradewind.config.schema import Settings
from tradewind.errors import SettingsError, UsageError
from tradewind.metrics.summary import Market
from tradewind.model.costs import Costs
from tradewind.model.limits import Limits
from tradewind.pipeline.memo import data_key
from tradewind.plugins.catalog import Catalog
from tradewind.plugins.from_file import from_file
from tradewind.plugins.names import listed
from tradewind.plugins.specs import canonical
from tradewind.plugins.structure import structure

SWEPT: Final = ("costs", "indicators", "limits", "policies", "strategies")
"""The tables of settings that may be varied: all others choose the data or say where things lie."""

Choose = Callable[[Params, Settings], tuple[ChosenStrategy, Settings]]
"""Makes a strategy of its parameters, and returns it with the settings in which they stand."""


class StrategyVariants:
    """
    A strategy with varied settings.

    A name without dots is a parameter of the strategy, one with dots the path of a setting.

    Args:
        base: The job as it is without variation.
        choose: Makes the strategy of a trial.
        catalog: Where components are found.
    """

    def __init__(self, base: Job, choose: Choose, catalog: Catalog) -> None:
        # What tells the bars from others is worked out once, not in every trial.
        histories = {symbol: _keyed(history) for symbol, history in base.histories.items()}
        self.base = attrs.evolve(base, histories=histories)
        self.choose = choose
        self.catalog = catalog
        self.initial_balance = base.settings.initial_balance
        self.close_at_end = base.close_at_end
        self.notes = base.notes
        self.in_sample = base.in_sample
        self.bar_ms = next(iter(base.histories.values())).market_bars.timeframe.ms
        self._lookup = indicator_lookup(catalog, base.settings)
        self._stages: dict[tuple[Limits, Costs], Stage] = {}
        self._lock = Lock()

    @cached_property
    def markets(self) -> Mapping[str, Market]:
        """Prices by symbol."""
        return {symbol: market_of(history.run_bars) for symbol, history in self.base.histories.items()}

    @cached_property
    def span(self) -> Span:
        """What is looked at."""
        first = next(iter(self.base.histories.values()))
        length, bars = first.bars.timeframe, first.run_bars
        return Span(
            symbols=tuple(self.base.histories),
            timeframe=length.name,
            start_ms=int(bars.time[0]),
            end_ms=int(bars.time[-1]) + length.ms,
        )

    @cached_property
    def _plain(self) -> dict[str, Any]:
        plain: dict[str, Any] = plain_value(self.base.settings)
        return plain

    @cached_property
    def _data(self) -> dict[str, str]:
        return data_of(self.base)

    def job(self, params: Params) -> Job:
        """
        Return the job of a trial.

        Raises:
            SettingsError: When a setting is unknown or out of its range.
            UsageError: TW-U008 for a setting that cannot be varied, or no parameter of the strategy.
        """
        chosen, settings = self.choose(own_params(params), self._settings(params))
        assembly = assemble(chosen, settings, self.catalog)
        if settings.indicators == self.base.settings.indicators:
            assembly = attrs.evolve(assembly, pipeline=attrs.evolve(assembly.pipeline, lookup=self._lookup))
        if assembly.series:
            # what every trial joins is loaded once
            series = {name: self.base.assembly.series.get(name, own) for name, own in assembly.series.items()}
            pipeline = attrs.evolve(assembly.pipeline, series=series)
            assembly = attrs.evolve(assembly, pipeline=pipeline, series=series)
        request = dict(self.base.request)
        if "settings" in request:
            request["settings"] = portable(settings)
        return attrs.evolve(self.base, assembly=assembly, settings=settings, request=request)

    def at(self, params: Params) -> tuple[Stage, Plans] | None:
        """Return the stage and the plans of a trial; None when its settings do not go together."""
        try:
            job = self.job(params)
        except SettingsError as error:
            # A range or the order of two lengths: other trials of the grid may do. A misspelt name does for none.
            if error.code != "TW-S004":
                raise
            return None
        plans = {}
        for symbol, history in job.histories.items():
            plan = job.pipeline(symbol)(history.bars, history.key).plan
            whole = history.first_row == 0
            plans[(job.assembly.strategy.name, symbol)] = plan if whole else plan.rows(history.first_row, len(plan))
        return self._stage(job), plans

    def result(self, params: Params) -> Result:
        """Return what `backtest` makes of these settings."""
        return run_job(self.job(params))

    def inputs(self, params: Params) -> Inputs:
        """Return what a trial depends on."""
        return inputs_of(self.job(params), self._data)

    def _settings(self, params: Params) -> Settings:
        """Return the base's settings with those of dotted names in their place."""
        paths = {name: value for name, value in params.items() if "." in name}
        for name in paths:
            if name.split(".")[0] not in SWEPT:
                raise UsageError(
                    f"{name} cannot be varied: what can is below {listed(SWEPT)}.",
                    code="TW-U008",
                    hint="Run a sweep of its own for other data, symbols or timeframes.",
                )
        if not paths:
            return self.base.settings
        layers = [Layer(origin="", values=nested(name, value)) for name, value in paths.items()]
        return structure(merged([Layer(origin="", values=self._plain), *layers]), Settings, "")

    def _stage(self, job: Job) -> Stage:
        key = (job.assembly.pipeline.limits, job.settings.costs)
        with self._lock:
            if key not in self._stages:
                self._stages[key] = self._staged(*key)
            return self._stages[key]

    def _staged(self, limits: Limits, costs: Costs) -> Stage:
        histories = self.base.histories
        bars = {symbol: history.bars for symbol, history in histories.items()}
        plain = all(history.fine is None and history.first_row == 0 for history in histories.values())
        return Stage.of(
            bars,
            limits=limits,
            costs=costs,
            instrument={symbol: history.instrument for symbol, history in histories.items()},
            fine=None if plain else {symbol: history.market_bars for symbol, history in histories.items()},
            clusters=clusters_of(bars) if limits.max_correlated_risk < 1.0 else None,
        )


def own_params(params: Params) -> Params:
    """Return the parameters of the strategy itself: those whose names have no dots."""
    return {name: value for name, value in params.items() if "." not in name}


def _keyed(history: History) -> History:
    return history if history.key is not None else attrs.evolve(history, key=data_key(history.bars))


def chooser(strategy: Any, catalog: Catalog) -> Choose:
    """
    Return what makes the strategy of a trial.

    Args:
        strategy: A catalogue name, `path/file.py:Class`, a class, or an object, which has no parameters.
        catalog: Where a name is found.

    Raises:
        PluginError: TW-P009 when the file has no such class.
    """
    if not isinstance(strategy, str):
        return lambda own, settings: (_made(strategy, own), settings)
    loaded = from_file(strategy)
    if loaded is None:
        return lambda own, settings: _named(strategy, own, settings, catalog)

    def from_class(own: Params, settings: Settings) -> tuple[ChosenStrategy, Settings]:
        chosen = _made(loaded.found, own)
        return attrs.evolve(chosen, name=loaded.name, version=loaded.version), settings

    return from_class


def _named(name: str, own: Params, settings: Settings, catalog: Catalog) -> tuple[ChosenStrategy, Settings]:
    if own:
        key = canonical(catalog.get("strategies", name).name)
        values = {**settings.strategies.get(key, {}), **own}
        settings = attrs.evolve(settings, strategies={**settings.strategies, key: values})
    return choose_strategy(name, settings, catalog), settings


def _made(strategy: Any, own: Params) -> ChosenStrategy:
    if not own:
        return adopt_strategy(strategy)
    if not inspect.isclass(strategy):
        raise UsageError(
            f"the strategy was an object that is made already, so {words(own)} cannot be given to it.",
            code="TW-U008",
            hint="Give its class: every trial makes an object of its own.",
        )
    signature = inspect.signature(strategy)
    try:
        signature.bind(**own)
    except TypeError as error:
        raise UsageError(
            f"{strategy.__name__} cannot be made with {words(own)}: {error}.",
            code="TW-U008",
            hint=f"It is made with {strategy.__name__}{signature}.",
        ) from None
    return attrs.evolve(adopt_strategy(strategy(**own), strategy.__name__), settings=dict(own))
