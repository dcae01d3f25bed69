"""Indicators of Tradewind's own: the regime detector and what the shipped strategies ask for."""

from __future__ import annotations

from typing import Any, Final

from tradewind_pandas_ta.entry import HLC, OWN, SOURCE, Entry, below, factor, length, window


def _regime(p: Any) -> int:
    return int(max(2 * p.adx_length - 1, p.er_length, p.atr_length + p.volr_window - 1))


ENTRIES: Final = (
    Entry(
        "er",
        "Efficiency ratio: net move over the sum of moves, from 0 to 1.",
        ("er",),
        lambda p: p.length,
        (length(10), SOURCE),
        category="momentum",
    ),
    Entry(
        "previous_high",
        "Highest high of the bars before this one.",
        ("previous_high",),
        lambda p: p.length,
        (length(20, 1),),
        inputs=("high",),
        category="overlap",
        origin=OWN,
    ),
    Entry(
        "previous_low",
        "Lowest low of the bars before this one.",
        ("previous_low",),
        lambda p: p.length,
        (length(20, 1),),
        inputs=("low",),
        category="overlap",
        origin=OWN,
    ),
    Entry(
        "regime",
        "Market regime with hysteresis: 0 ranging, 1 trending, 2 volatile.",
        ("regime", "adx", "er", "volr"),
        _regime,
        (
            window("adx_length", 14, doc="window of the ADX"),
            factor("adx_threshold", 25.0, 0.0, 100.0, "trending from this ADX on"),
            window("er_length", 30, doc="window of the efficiency ratio"),
            factor("er_threshold", 0.35, 0.0, 1.0, "trending from this efficiency ratio on"),
            window("atr_length", 14, 1, "window of the ATR"),
            window("volr_window", 100, doc="window of the median of ATR/close"),
            factor("volr_threshold", 1.5, 0.0, 1000.0, "volatile above this ratio of ATR/close to its median"),
            window("confirm", 3, 1, "bars in a row that a new label takes to hold"),
        ),
        inputs=HLC,
        category="trend",
        origin=OWN,
    ),
    Entry(
        "squeeze",
        "1 where the Bollinger bandwidth was low against its own history within the last bars, else 0.",
        ("squeeze",),
        lambda p: p.length + p.window + p.within - 3,
        (
            length(20, doc="bars in the Bollinger bands"),
            factor("std", 2.0, 0.0, 100.0, "half width of the bands in deviations"),
            window("window", 120, doc="bars the bandwidth is ranked among"),
            factor("quantile", 0.35, 0.0, 1.0, "low is at or below this quantile of them"),
            window("within", 10, 1, "bars, this one included, of which one must be low"),
        ),
        category="volatility",
        origin=OWN,
    ),
    Entry(
        "volr",
        "Volatility ratio: ATR/close over its rolling median.",
        ("volr",),
        lambda p: p.length + p.window - 1,
        (length(14, 1, "window of the ATR"), window("window", 100, doc="window of the median")),
        inputs=HLC,
        neutral=1.0,
        category="volatility",
        origin=OWN,
    ),
    Entry(
        "crossover",
        "1 where a fast moving average crosses above a slow one, -1 where below, else 0.",
        ("crossover",),
        lambda p: p.slow,
        (
            window("fast", 12, doc="length of the fast EMA"),
            window("slow", 26, doc="length of the slow EMA"),
            SOURCE,
        ),
        rules=(below("fast", "slow"),),
        category="trend",
        origin=OWN,
    ),
)
