"""How fast and how evenly the price moves."""

from __future__ import annotations

from typing import Final

from tradewind_pandas_ta.entry import SOURCE, Entry, below, length, window

ENTRIES: Final = (
    Entry(
        "macd",
        "Moving average convergence divergence.",
        ("macd", "macd_signal", "macd_hist"),
        lambda p: p.slow + p.signal - 2,
        (
            window("fast", 12, doc="length of the fast EMA"),
            window("slow", 26, doc="length of the slow EMA"),
            window("signal", 9, 1, "length of the EMA of their difference"),
            SOURCE,
        ),
        rules=(below("fast", "slow"),),
    ),
    Entry(
        "rsi",
        "Relative strength index, Wilder's smoothing; 0 in a market that never moved.",
        ("rsi",),
        lambda p: p.length,
        (length(14), SOURCE),
    ),
)
