"""Series for strategies: built from settings, loaded when bars ask for them, told once when they fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import attrs
import pandas as pd

from tradewind.cache.clock import wall_clock_ms
from tradewind.config.schema import Settings
from tradewind.errors import PluginError
from tradewind.plugins.catalog import Catalog
from tradewind.plugins.protocols import Need
from tradewind.plugins.specs import DataSourceSpec, canonical
from tradewind.sentiment.by_symbol import SymbolSeries, plain_of, sentiment_of
from tradewind.sentiment.speaker import Speaker

SENTIMENT: Final = "sentiment"
"""The name of the series that is blended from the settings' sources."""
PRIMARY: Final = "senticrypt"
"""What speaks where the settings name no source of sentiment."""
RECORDED: Final = "-files"
"""How the sources are named that read what another one said from files."""

Build = Callable[[str, Settings, Catalog], Any]
"""Builds a data source by name, as `tradewind.backtest.source.build_source` does."""


@attrs.define(kw_only=True, eq=False)
class SeriesOf:
    """
    A series for every symbol, each loaded when it is first joined.

    Args:
        name: The need's name.
        speakers: Who is asked, the primary first.
        symbol: Stands in where no symbol is named.
        blended: Make the features of sentiment of them; else hand on the columns of the one speaker.
        optional: Go on without it when there is nothing.
        refresh_s: Seconds between two looks of a session.
        clock: Tells the time, UTC milliseconds.
    """

    name: str
    speakers: Sequence[Speaker]
    symbol: str
    blended: bool
    optional: bool
    refresh_s: float
    clock: Callable[[], int] = wall_clock_ms
    _made: dict[tuple[str, bool], SymbolSeries] = attrs.field(factory=dict, init=False)

    def of(self, symbol: str, *, watched: bool = False) -> SymbolSeries:
        """Return the series of one symbol; a watched one is looked after while its bars are those of today."""
        key = (symbol, watched)
        if key not in self._made:
            self._made[key] = SymbolSeries(
                name=self.name,
                symbol=symbol,
                speakers=self.speakers,
                make=sentiment_of if self.blended else plain_of,
                optional=self.optional,
                watched=watched,
                refresh_s=self.refresh_s,
                clock=self.clock,
            )
        return self._made[key]

    def joined(self, bars: Any) -> pd.DataFrame | None:
        """Return the columns for bars of the settings' first symbol."""
        return self.of(self.symbol).joined(bars)

    @property
    def troubles(self) -> Mapping[str, str]:
        """Why speakers have no answer, by their names."""
        return {speaker.name: trouble for speaker in self.speakers for trouble in speaker.troubles.values() if trouble}


def series_for(
    needs: Iterable[Need],
    settings: Settings,
    catalog: Catalog,
    build: Build,
    *,
    clock: Callable[[], int] = wall_clock_ms,
) -> dict[str, SeriesOf]:  # fmt: skip
    """
    Return a series for every one that is needed, by canonical name; nothing is loaded yet.

    `sentiment` is blended from `sentiment.sources`; any other name is that of a data source.

    Raises:
        PluginError: When a source that the settings name, or that must be there, is not on offer.
        SettingsError: When its settings are wrong.
    """
    wanted: dict[str, bool] = {}
    for need in needs:
        for name in [need.name] if need.kind == "series" else [need.series] if need.series else []:
            wanted[canonical(name)] = wanted.get(canonical(name), True) and need.optional
    found = {}
    for name, optional in wanted.items():
        if name == SENTIMENT:
            names = sentiment_sources(settings, catalog)
        else:
            names = (name,) if _offers(catalog, name) or not optional else ()
        speakers = [_speaker(one, settings, catalog, build, clock) for one in names]
        found[name] = SeriesOf(
            name=name,
            speakers=speakers,
            symbol=settings.symbols[0],
            blended=name == SENTIMENT,
            optional=optional,
            refresh_s=settings.sentiment.refresh_minutes * 60.0,
            clock=clock,
        )
    return found


def sentiment_sources(settings: Settings, catalog: Catalog) -> tuple[str, ...]:
    """
    Return who speaks, the primary first.

    Where the settings name nobody, it is SentiCrypt: itself where bars come from a network, what was
    recorded of it where they come from files, and nobody where bars are made up.
    """
    if settings.sentiment.sources:
        return settings.sentiment.sources
    try:
        bars = catalog.get("data_sources", settings.source).spec
    except PluginError:
        return ()
    if getattr(bars, "needs_network", False):
        name = PRIMARY
    elif canonical(settings.source) == "files":
        name = f"{PRIMARY}{RECORDED}"
    else:
        return ()
    return (name,) if _offers(catalog, name) else ()


def _offers(catalog: Catalog, name: str) -> bool:
    return any(canonical(entry.name) == canonical(name) for entry in catalog.entries("data_sources"))


def _speaker(name: str, settings: Settings, catalog: Catalog, build: Build, clock: Callable[[], int]) -> Speaker:
    spec = catalog.get("data_sources", name).spec
    if not isinstance(spec, DataSourceSpec) or "series" not in spec.provides:
        raise PluginError(
            f"the data source {name!r} has no series.",
            code="TW-P005",
            hint="`tradewind plugins list` shows what there is; sentiment.sources names sources of series.",
        )
    source = build(name, settings, catalog)
    if spec.needs_network:
        # It loads Parquet, which a run on prices alone has no use for.
        from tradewind.sentiment.archived import ArchivedSource

        source = ArchivedSource.of(source, spec.name, settings.cache_dir, clock=clock)
    return Speaker(name=spec.name, source=source, reliability=settings.sentiment.weight(name))
