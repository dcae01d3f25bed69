"""
The catalogue: every indicator this distribution offers, by name.

Pure data, one module per category; importing it loads neither numpy nor pandas.
"""

from __future__ import annotations

from types import ModuleType
from typing import Final

import attrs

from tradewind_pandas_ta.catalogue import momentum, overlap, own, trend, volatility
from tradewind_pandas_ta.entry import Entry


def _entries(*modules: ModuleType) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for module in modules:
        place = module.__name__.rpartition(".")[2]
        for entry in module.ENTRIES:
            found[entry.name] = attrs.evolve(entry, category=entry.category or place, module=entry.module or place)
    return found


CATALOGUE: Final = _entries(trend, momentum, overlap, volatility, own)
"""Every entry by name."""
