"""
The catalogue: every indicator this distribution offers, by name.

Pure data, one module per category; importing it loads neither numpy nor pandas.
"""

from __future__ import annotations

from types import ModuleType
from typing import Final

from tradewind_pandas_ta.catalogue import (
    candle,
    cycle,
    levels,
    momentum,
    oscillators,
    overlap,
    own,
    statistics,
    stochastics,
    trend,
    volatility,
    volume,
)
from tradewind_pandas_ta.entry import Entry

_CATEGORY: Final = {"oscillators": "momentum", "stochastics": "momentum", "levels": "overlap"}
"""The category of modules that are only a part of one."""


def _entries(*modules: ModuleType) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for module in modules:
        place = module.__name__.rpartition(".")[2]
        category = _CATEGORY.get(place, place)
        for entry in module.ENTRIES:
            entry.module, entry.category = place, entry.category or category
            found[entry.name] = entry
    return found


CATALOGUE: Final = _entries(
    trend, momentum, oscillators, stochastics, overlap, levels, volatility, volume, statistics, cycle, candle, own
)
"""Every entry by name."""
