"""How far the price moves."""

from __future__ import annotations

from typing import Final

from tradewind_pandas_ta.entry import HLC, SOURCE, Entry, Param, factor, length

ENTRIES: Final = (
    Entry(
        "atr",
        "Average true range, Wilder's smoothing, price units.",
        ("atr",),
        lambda p: p.length,
        (length(14, 1),),
        inputs=HLC,
    ),
    Entry(
        "bbands",
        "Bollinger bands, their width in percent of the middle, and the source's place between them.",
        ("bb_lower", "bb_mid", "bb_upper", "bb_bandwidth", "bb_percent"),
        lambda p: p.length - 1,
        (
            length(20),
            factor("std", 2.0, 0.0, 100.0, "half width in deviations"),
            Param("ddof", 0, low=0, high=1, doc="0 for the deviation of the population, 1 for that of a sample"),
            SOURCE,
        ),
        neutral=(0.0, 0.0, 0.0, 0.0, 0.5),
    ),
    Entry(
        "donchian",
        "Highest high and lowest low of the last bars, this one included, and their middle.",
        ("dc_lower", "dc_mid", "dc_upper"),
        lambda p: p.length - 1,
        (length(20),),
        inputs=("high", "low"),
    ),
    Entry(
        "natr",
        "Average true range in percent of the close.",
        ("natr",),
        lambda p: p.length,
        (length(14, 1),),
        inputs=HLC,
    ),
)
