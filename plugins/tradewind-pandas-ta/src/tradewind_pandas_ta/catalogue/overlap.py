"""Lines that are drawn over the price: averages and midpoints."""

from __future__ import annotations

from typing import Final

from tradewind_pandas_ta.entry import SOURCE, Entry, length

ENTRIES: Final = (
    Entry(
        "ema",
        "Exponential moving average, seeded by the first simple one.",
        ("ema",),
        lambda p: p.length - 1,
        (length(10), SOURCE),
    ),
    Entry("sma", "Simple moving average.", ("sma",), lambda p: p.length - 1, (length(10), SOURCE)),
)
