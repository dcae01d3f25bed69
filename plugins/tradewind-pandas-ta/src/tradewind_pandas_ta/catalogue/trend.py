"""Whether there is a trend, and where it stands."""

from __future__ import annotations

from typing import Final

from tradewind_pandas_ta.entry import HLC, Entry, length

ENTRIES: Final = (
    Entry(
        "adx",
        "Average directional movement with its two directional indicators.",
        ("adx", "plus_di", "minus_di"),
        lambda p: 2 * p.length - 1,
        (length(14),),
        inputs=HLC,
    ),
)
