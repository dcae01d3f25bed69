"""Moments and ranks of a window."""

from __future__ import annotations

from typing import Final

from tradewind_pandas_ta.entry import OWN, SOURCE, VENDOR, Entry, Param, factor, length

_DDOF: Final = Param("ddof", 0, low=0, high=1, doc="0 for the deviation of the population, 1 for that of a sample")

ENTRIES: Final = (
    Entry(
        "entropy",
        "Shannon's entropy of the window.",
        ("entropy",),
        lambda p: 2 * p.length - 2,
        (length(10), factor("base", 2.0, 1.01, doc="base of the logarithm"), SOURCE),
        neutral=0.0,
        origin=VENDOR,
    ),
    Entry(
        "kurtosis",
        "Excess kurtosis of the window.",
        ("kurtosis",),
        lambda p: p.length - 1,
        (length(30, 4), SOURCE),
        neutral=0.0,
        origin=OWN,
    ),
    Entry("mad", "Mean absolute deviation of the window.", ("mad",), lambda p: p.length - 1, (length(30), SOURCE)),
    Entry("median", "Median of the window.", ("median",), lambda p: p.length - 1, (length(30), SOURCE), origin=VENDOR),
    Entry(
        "quantile",
        "Quantile of the window, interpolated.",
        ("quantile",),
        lambda p: p.length - 1,
        (length(30), factor("q", 0.5, 0.001, 0.999, "share of the window below it"), SOURCE),
        origin=VENDOR,
    ),
    Entry(
        "skew",
        "Skewness of the window.",
        ("skew",),
        lambda p: p.length - 1,
        (length(30, 3), SOURCE),
        neutral=0.0,
        origin=OWN,
    ),
    Entry(
        "stdev",
        "Standard deviation of the window.",
        ("stdev",),
        lambda p: p.length - 1,
        (length(30), _DDOF, SOURCE),
    ),
    Entry("variance", "Variance of the window.", ("variance",), lambda p: p.length - 1, (length(30), _DDOF, SOURCE)),
    Entry(
        "zscore",
        "Distance from the mean of the window in deviations.",
        ("zscore",),
        lambda p: p.length - 1,
        (length(30), factor("std", 1.0, 0.01, 100.0, "deviations that make one unit"), _DDOF, SOURCE),
        neutral=0.0,
        origin=OWN,
    ),
)
