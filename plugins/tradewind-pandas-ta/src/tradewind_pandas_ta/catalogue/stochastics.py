"""Where the price, or another line, stands in its range."""

from __future__ import annotations

from typing import Final

from tradewind_pandas_ta.entry import HLC, OWN, SOURCE, Entry, below, factor, length, window

_FAST_BELOW_SLOW: Final = (below("fast", "slow"),)

ENTRIES: Final = (
    Entry(
        "kdj",
        "Stochastic with a third line: k, d and 3k - 2d.",
        ("kdj_k", "kdj_d", "kdj_j"),
        lambda p: p.length + 2 * p.signal - 3,
        (length(9), window("signal", 3, 1, "smoothing of k and of d")),
        inputs=HLC,
    ),
    Entry(
        "stc",
        "Schaff's trend cycle: two stochastics over a MACD, 0 to 100; with both inner lines.",
        ("stc", "stc_macd", "stc_stoch"),
        lambda p: p.slow - 1 + 2 * (p.length - 1),
        (
            length(10, doc="bars of the two stochastics"),
            window("fast", 12, doc="length of the fast EMA"),
            window("slow", 26, doc="length of the slow EMA"),
            factor("factor", 0.5, 0.001, 1.0, "smoothing of the stochastics"),
            SOURCE,
        ),
        rules=_FAST_BELOW_SLOW,
        origin=OWN,
    ),
    Entry(
        "stoch",
        "Slow stochastic: k, d and their difference, 0 to 100.",
        ("stoch_k", "stoch_d", "stoch_hist"),
        lambda p: p.k + p.smooth + p.d - 3,
        (
            window("k", 14, 1, "bars of the range"),
            window("d", 3, 1, "smoothing of d"),
            window("smooth", 3, 1, "smoothing of k"),
        ),
        inputs=HLC,
    ),
    Entry(
        "stoch_momentum",
        "Blau's stochastic momentum index, -100 to 100.",
        ("stoch_momentum", "stoch_momentum_signal"),
        lambda p: p.length + p.slow + p.fast + p.signal - 4,
        (
            length(13),
            window("fast", 2, doc="second smoothing"),
            window("slow", 25, doc="first smoothing"),
            window("signal", 9, 2, "length of the signal"),
        ),
        inputs=HLC,
    ),
    Entry(
        "stochf",
        "Fast stochastic: k and d, 0 to 100.",
        ("stochf_k", "stochf_d"),
        lambda p: p.k + p.d - 2,
        (window("k", 14, 1, "bars of the range"), window("d", 3, 1, "smoothing of d")),
        inputs=HLC,
    ),
    Entry(
        "stochrsi",
        "Stochastic of the RSI: k and d, 0 to 100.",
        ("stochrsi_k", "stochrsi_d"),
        lambda p: p.rsi_length + p.length + p.k + p.d - 3,
        (
            length(14, 1, "bars of the range"),
            window("rsi_length", 14, doc="length of the RSI"),
            window("k", 3, 1, "smoothing of k"),
            window("d", 3, 1, "smoothing of d"),
            SOURCE,
        ),
    ),
)
