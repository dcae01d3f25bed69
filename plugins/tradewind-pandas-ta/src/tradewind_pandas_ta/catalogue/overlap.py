"""Moving averages of every kind."""

from __future__ import annotations

from math import isqrt
from typing import Final

from tradewind_pandas_ta.entry import OWN, SOURCE, VENDOR, Entry, Param, below, factor, length, window

_ASCENDING: Final = Param("ascending", True, doc="the newest bar weighs most")

ENTRIES: Final = (
    Entry(
        "alligator",
        "Williams' alligator: three smoothed averages, not displaced.",
        ("alligator_jaw", "alligator_teeth", "alligator_lips"),
        lambda p: max(p.jaw, p.teeth, p.lips) - 1,
        (
            window("jaw", 13, 1, "length of the jaw"),
            window("teeth", 8, 1, "length of the teeth"),
            window("lips", 5, 1, "length of the lips"),
            SOURCE,
        ),
    ),
    Entry(
        "alma",
        "Arnaud Legoux' average: weights of a bell curve.",
        ("alma",),
        lambda p: p.length - 1,
        (
            length(9),
            factor("sigma", 6.0, 0.01, doc="narrowness of the bell"),
            factor("center", 0.85, 0.0, 1.0, "place of its top in the window, 1 is the newest bar"),
            SOURCE,
        ),
        origin=VENDOR,
    ),
    Entry("dema", "Double exponential average.", ("dema",), lambda p: 2 * p.length - 2, (length(10), SOURCE)),
    Entry(
        "ema",
        "Exponential average, seeded by the first simple one.",
        ("ema",),
        lambda p: p.length - 1,
        (length(10, 1), SOURCE),
    ),
    Entry(
        "fwma",
        "Average with Fibonacci weights.",
        ("fwma",),
        lambda p: p.length - 1,
        (Param("length", 10, low=2, high=70, doc="bars in the window"), _ASCENDING, SOURCE),
        origin=OWN,
    ),
    Entry(
        "hma",
        "Hull's average.",
        ("hma",),
        lambda p: p.length + isqrt(p.length) - 2,
        (length(10), SOURCE),
    ),
    Entry(
        "hwma",
        "Holt and Winters' average with level, speed and acceleration.",
        ("hwma",),
        lambda _: 0,
        (
            factor("level", 0.2, 0.001, 0.999, "smoothing of the level"),
            factor("speed", 0.1, 0.001, 0.999, "smoothing of the speed"),
            factor("acceleration", 0.1, 0.001, 0.999, "smoothing of the acceleration"),
            SOURCE,
        ),
        origin=VENDOR,
    ),
    Entry(
        "jma",
        "An adaptive average after Jurik.",
        ("jma",),
        lambda p: p.length - 1,
        (length(7, 3), factor("phase", 0.0, -100.0, 100.0, "overshoot against lag"), SOURCE),
        origin=VENDOR,
    ),
    Entry(
        "kama",
        "Kaufman's adaptive average: the efficiency ratio sets its speed.",
        ("kama",),
        lambda p: p.length,
        (
            length(10),
            window("fast", 2, 1, "length of the EMA it is in a straight move"),
            window("slow", 30, 2, "length of the EMA it is in noise"),
            SOURCE,
        ),
        rules=(below("fast", "slow"),),
        origin=OWN,
    ),
    Entry(
        "mama",
        "Ehlers' MESA adaptive average and its follower.",
        ("mama", "fama"),
        lambda _: 32,
        (
            factor("fast_limit", 0.5, 0.01, 0.99, "greatest smoothing factor"),
            factor("slow_limit", 0.05, 0.01, 0.99, "least smoothing factor"),
            SOURCE,
        ),
    ),
    Entry(
        "mcgd",
        "McGinley's dynamic: an average that speeds up when the price runs away from it.",
        ("mcgd",),
        lambda p: p.length - 1,
        (length(10, 1), factor("c", 1.0, 0.01, 1.0, "0.6 follows closer, 1 is the original"), SOURCE),
        origin=OWN,
    ),
    Entry(
        "pwma",
        "Average with weights of Pascal's triangle.",
        ("pwma",),
        lambda p: p.length - 1,
        (Param("length", 10, low=2, high=60, doc="bars in the window"), SOURCE),
        origin=OWN,
    ),
    Entry(
        "rma",
        "Wilder's average: alpha 1/length, seeded by the first simple one.",
        ("rma",),
        lambda p: p.length - 1,
        (length(10, 1), SOURCE),
    ),
    Entry(
        "sinwma",
        "Average with weights of half a sine.",
        ("sinwma",),
        lambda p: p.length - 1,
        (length(14), SOURCE),
        origin=OWN,
    ),
    Entry("sma", "Simple average.", ("sma",), lambda p: p.length - 1, (length(10, 1), SOURCE)),
    Entry(
        "smma",
        "Smoothed average: Wilder's by its other name.",
        ("smma",),
        lambda p: p.length - 1,
        (length(7, 1), SOURCE),
    ),
    Entry(
        "ssf",
        "Ehlers' super smoother with two poles.",
        ("ssf",),
        lambda p: p.length - 1,
        (length(20), SOURCE),
        origin=VENDOR,
    ),
    Entry(
        "ssf3",
        "Ehlers' super smoother with three poles.",
        ("ssf3",),
        lambda p: p.length - 1,
        (length(20, 3), SOURCE),
        origin=VENDOR,
    ),
    Entry(
        "swma",
        "Average with weights of a symmetric triangle.",
        ("swma",),
        lambda p: p.length - 1,
        (length(10), SOURCE),
        origin=OWN,
    ),
    Entry(
        "t3",
        "Tillson's T3.",
        ("t3",),
        lambda p: 6 * (p.length - 1),
        (length(10), factor("a", 0.7, 0.0, 1.0, "volume factor"), SOURCE),
    ),
    Entry("tema", "Triple exponential average.", ("tema",), lambda p: 3 * p.length - 3, (length(10), SOURCE)),
    Entry("trima", "Triangular average.", ("trima",), lambda p: p.length - 1, (length(10), SOURCE)),
    Entry(
        "vidya",
        "Chande's variable average: the size of the CMO sets its speed.",
        ("vidya",),
        lambda p: p.length,
        (length(14), SOURCE),
        origin=OWN,
    ),
    Entry(
        "wma", "Average with weights that rise by one a bar.", ("wma",), lambda p: p.length - 1, (length(10), SOURCE)
    ),
    Entry(
        "zlma",
        "Exponential average of the price less its lag.",
        ("zlma",),
        lambda p: p.length - 1 + (p.length - 1) // 2,
        (length(10), SOURCE),
    ),
)
