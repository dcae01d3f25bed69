"""Whether the bars of a run were made up, whatever the source calls itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from tradewind.backtest.history import History
from tradewind.backtest.source import SAMPLE
from tradewind.cache.sample import SAMPLES, sample_path
from tradewind.model.bars import Bars
from tradewind.plugins.catalog import Catalog
from tradewind.plugins.specs import canonical

_SYNTHETIC: Final = frozenset({SAMPLE, "synthetic"})

_FIELDS: Final = ("open", "high", "low", "close", "volume")


def made_up(source: str, histories: Mapping[str, History], catalog: Catalog) -> bool:
    """
    Return whether the bars of a run are made up.

    They are when the source makes markets, and also when they are the embedded sample's: the
    source `files` finds it in `data/`, where it bears the name of a real pair.

    Args:
        source: The source's name, as the settings have it.
        histories: The bars of the run by symbol.
        catalog: What the loaded plugins offer.
    """
    plain = source.rpartition(":")[2] if ".py:" not in source else source
    return canonical(plain) in _SYNTHETIC or any(_of_sample(*item, catalog) for item in histories.items())


def _of_sample(symbol: str, history: History, catalog: Catalog) -> bool:
    names = [name for name in SAMPLES if name.startswith(f"{symbol}_")]
    if not names or "files" not in catalog.names("data_sources") or not len(history.bars):
        return False
    source = catalog.build("data_sources", "files", {"path": [str(sample_path(name)) for name in names]})
    bars = history.bars
    if not any(length.nests_in(bars.timeframe) for length in source.available(symbol)):
        return False
    first, end = (pd.Timestamp(t, unit="ms", tz="UTC") for t in (bars.time[0], bars.time[-1] + bars.timeframe.ms))
    sample = Bars.from_frame(source.bars(history.instrument, bars.timeframe, first, end), bars.timeframe)
    _, here, there = np.intersect1d(bars.time, sample.time, assume_unique=True, return_indices=True)
    # No market repeats five numbers of a made-up bar: a single one that does was copied from it.
    return bool(np.logical_and.reduce([getattr(bars, f)[here] == getattr(sample, f)[there] for f in _FIELDS]).any())
