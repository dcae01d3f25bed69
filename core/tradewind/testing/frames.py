"""The frames that strategies and policies are tried on: a market, and the features they ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tradewind.errors import PluginError
from tradewind.model.bars import Bars
from tradewind.pipeline.features import features
from tradewind.pipeline.memo import Memo
from tradewind.plugins.catalog import Catalog
from tradewind.plugins.protocols import Need
from tradewind.plugins.specs import DataSourceSpec, IndicatorSpec, canonical
from tradewind.sentiment.features import sentiment_features
from tradewind.sentiment.loading import SENTIMENT
from tradewind.sentiment.series import SentimentSeries
from tradewind.testing.failures import ContractFailure

_DAY_MS = 86_400_000


def frame_for(
    bars: Bars, needs: Sequence[Need], catalog: Catalog, *, seed: int, without_optional: bool = False
) -> pd.DataFrame:
    """
    Return the bars with the features that are needed; series are seeded noise with daily values.

    Args:
        bars: The bars.
        needs: What is needed.
        catalog: Where indicators are looked up.
        seed: Seed of the series.
        without_optional: Leave out the series that are optional.

    Raises:
        ContractFailure: When an indicator that is needed is not on offer.
    """

    def lookup(name: str, params: Mapping[str, Any]) -> tuple[IndicatorSpec, Any]:
        try:
            entry = catalog.get("indicators", name)
        except PluginError as error:
            raise ContractFailure(f"it needs the indicator {name!r}: {error}") from error
        record = entry.spec
        if not isinstance(record, IndicatorSpec):
            raise ContractFailure(f"{entry.qualified} is no indicator.")
        return record, entry.build(params)

    joined = [need for need in needs if need.kind == "series" or need.series]
    wanted = [need for need in joined if not (without_optional and need.optional)]
    series = {need.series or need.name: _series(bars, need, catalog, seed) for need in wanted}
    return features(bars, needs, lookup, series=series, memo=Memo(limit=0))


def _series(bars: Bars, need: Need, catalog: Catalog, seed: int) -> pd.DataFrame | SentimentSeries:
    """Return daily values from a week before the bars on, each known a day after its event; sentiment from longer."""
    first, last = int(bars.time[0]), int(bars.time[-1])
    if canonical(need.series or need.name) == SENTIMENT:
        return SentimentSeries(sentiment_features(_moods(first - first % _DAY_MS, last, seed)))
    start = first - first % _DAY_MS - 7 * _DAY_MS
    events = np.arange(start, last + _DAY_MS, _DAY_MS, dtype=np.int64)
    columns = _series_columns(need, catalog)
    # drawn day by day, so that a longer history has the same beginning
    values = np.array([np.random.default_rng([seed, int(day)]).normal(0.0, 1.0, len(columns)) for day in events])
    index = pd.DatetimeIndex(events.astype("datetime64[ms]"), tz="UTC")
    frame = pd.DataFrame(values, columns=list(columns), index=index)
    frame["known_at"] = index + pd.Timedelta(1, unit="D")
    return frame


def _moods(first: int, last: int, seed: int) -> pd.DataFrame:
    """Return daily scores in [-1, 1] from 200 days before the bars on, silent for eight days of every fifty."""
    every = np.arange(first - 200 * _DAY_MS, last + _DAY_MS, _DAY_MS, dtype=np.int64) // _DAY_MS
    days = every[every % 50 < 42]
    values = [float(np.random.default_rng([seed, int(day)]).normal(0.05, 0.1)) for day in days]
    index = pd.DatetimeIndex((days * _DAY_MS).astype("datetime64[ms]"), tz="UTC")
    return pd.DataFrame({"mean": np.clip(values, -1.0, 1.0)}, index=index)


def _series_columns(need: Need, catalog: Catalog) -> tuple[str, ...]:
    try:
        record = catalog.get("data_sources", need.name).spec
    except PluginError:
        record = None
    if isinstance(record, DataSourceSpec) and record.columns:
        return record.columns
    return (need.name,) if isinstance(need.columns, str) else tuple(need.columns) or (need.name,)
