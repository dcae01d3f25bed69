"""Put a run's components together: strategy, risk policies and the indicators they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from tradewind import PROJECT, __version__
from tradewind.backtest.source import build_source
from tradewind.backtest.strategy import ChosenStrategy
from tradewind.config.schema import Settings
from tradewind.pipeline.decide import Lookup, Pipeline
from tradewind.pipeline.tighten import tighten_limits
from tradewind.plugins.catalog import Catalog, Entry
from tradewind.plugins.specs import IndicatorSpec, canonical
from tradewind.sentiment.loading import SeriesOf, series_for


@attrs.frozen(kw_only=True, eq=False)
class Assembly:
    """
    A pipeline and who made its parts.

    Args:
        strategy: The strategy.
        pipeline: Strategy, policies and indicators, ready to decide.
        entries: The catalogue entries that take part.
        series: The series that are needed, by name.
    """

    strategy: ChosenStrategy
    pipeline: Pipeline
    entries: tuple[Entry, ...]
    series: Mapping[str, SeriesOf] = attrs.field(factory=dict)

    def versions(self) -> dict[str, str]:
        """Return the version of every distribution that takes part, the core's included."""
        found = {entry.distribution: entry.version for entry in self.entries}
        return {PROJECT: __version__, "strategy": self.strategy.version, **dict(sorted(found.items()))}


def indicator_lookup(catalog: Catalog, settings: Settings) -> Lookup:
    """Return a function that finds an indicator by name and settings; each is built once."""
    built: dict[tuple[str, str], tuple[IndicatorSpec, Any]] = {}

    def lookup(name: str, params: Mapping[str, Any]) -> tuple[IndicatorSpec, Any]:
        key = (canonical(name), repr(sorted(params.items())))
        if key not in built:
            entry = catalog.get("indicators", name)
            values = {**settings.indicators.get(canonical(entry.name), {}), **params}
            built[key] = (entry.spec, entry.build(values))  # type: ignore[assignment]  # the kind's record class
        return built[key]

    return lookup


def assemble(strategy: ChosenStrategy, settings: Settings, catalog: Catalog) -> Assembly:
    """
    Build the policies that the settings name and join them with the strategy.

    Raises:
        PluginError: When a policy or an indicator is not on offer.
        SettingsError: When a component's settings are wrong.
    """
    entries = {name: catalog.get("risk_policies", name) for name in settings.risk}
    policies = {entry.name: entry.build(settings.policies.get(canonical(entry.name), {})) for entry in entries.values()}
    pipeline = Pipeline(
        name=strategy.name,
        strategy=strategy.strategy,
        policies=policies,
        lookup=indicator_lookup(catalog, settings),
        limits=tighten_limits(policies, settings.limits),
        warmup=strategy.warmup,
        max_gap_days=settings.max_gap,
    )
    needed = [catalog.get("indicators", need.name) for need in pipeline.needs() if need.kind == "indicator"]
    series = series_for(pipeline.needs(), settings, catalog, build_source)
    if series:
        pipeline = attrs.evolve(pipeline, series=series)
        names = {speaker.name for one in series.values() for speaker in one.speakers}
        needed += [catalog.get("data_sources", name) for name in sorted(names)]
    return Assembly(strategy=strategy, pipeline=pipeline, entries=(*entries.values(), *needed), series=series)
