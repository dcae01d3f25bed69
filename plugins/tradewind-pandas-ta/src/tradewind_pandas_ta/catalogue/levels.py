"""Prices that stand for a bar, and lines to hold a price against."""

from __future__ import annotations

from typing import Final

from tradewind_pandas_ta.entry import HLC, OHLC, OWN, SOURCE, Entry, choice, factor, length, window

_LEVELS: Final = ("s1", "s2", "s3", "s4", "r1", "r2", "r3", "r4")

ENTRIES: Final = (
    Entry(
        "hilo",
        "Gann's high-low activator: the line the close is held against, and the side: 1 above, -1 below.",
        ("hilo", "hilo_direction"),
        lambda p: max(p.high_length, p.low_length),
        (
            window("high_length", 13, 1, "length of the average of highs"),
            window("low_length", 21, 1, "length of the average of lows"),
        ),
        inputs=HLC,
        origin=OWN,
    ),
    Entry("hl2", "Mean of high and low.", ("hl2",), lambda _: 0, inputs=("high", "low")),
    Entry("hlc3", "Mean of high, low and close.", ("hlc3",), lambda _: 0, inputs=HLC),
    Entry(
        "ichimoku",
        "Ichimoku's lines as they stand at each bar; the lagging span, which looks ahead, is left out.",
        ("ichimoku_tenkan", "ichimoku_kijun", "ichimoku_senkou_a", "ichimoku_senkou_b"),
        lambda p: max(p.tenkan, p.kijun, p.senkou) + p.kijun - 2,
        (
            window("tenkan", 9, doc="bars of the conversion line"),
            window("kijun", 26, doc="bars of the base line, and of the displacement"),
            window("senkou", 52, doc="bars of the second span"),
        ),
        inputs=("high", "low"),
    ),
    Entry(
        "linreg",
        "Regression of the source on time: the line's end, its slope, intercept, angle, or next value.",
        ("linreg",),
        lambda p: p.length - 1,
        (
            length(14),
            choice("mode", "line", ("line", "slope", "intercept", "angle", "forecast"), "which of these"),
            SOURCE,
        ),
    ),
    Entry(
        "midpoint",
        "Middle of the source's range in the window.",
        ("midpoint",),
        lambda p: p.length - 1,
        (length(2), SOURCE),
    ),
    Entry(
        "midprice",
        "Middle of highest high and lowest low.",
        ("midprice",),
        lambda p: p.length - 1,
        (length(2),),
        inputs=("high", "low"),
    ),
    Entry("ohlc4", "Mean of the four prices.", ("ohlc4",), lambda _: 0, inputs=OHLC),
    Entry(
        "pivots",
        "Pivot of each bar with four supports and resistances, for the bars after it.",
        ("pivot", *_LEVELS),
        lambda _: 0,
        (choice("method", "traditional", ("traditional", "classic", "woodie", "camarilla"), "whose levels"),),
        inputs=HLC,
        origin=OWN,
    ),
    Entry(
        "pivots_demark",
        "DeMark's pivot of each bar with one support and resistance, for the bars after it.",
        ("pivot", "s1", "r1"),
        lambda _: 0,
        inputs=OHLC,
        origin=OWN,
    ),
    Entry(
        "pivots_fibonacci",
        "Pivot of each bar with three levels in Fibonacci's ratios, for the bars after it.",
        ("pivot", "s1", "s2", "s3", "r1", "r2", "r3"),
        lambda _: 0,
        inputs=HLC,
        origin=OWN,
    ),
    Entry(
        "supertrend",
        "SuperTrend: an ATR stop line, and the side it is on: 1 long, -1 short.",
        ("supertrend", "supertrend_direction"),
        lambda p: p.length,
        (length(7, 2, "window of the ATR"), factor("multiplier", 3.0, 0.01, doc="distance in ATRs")),
        inputs=HLC,
    ),
    Entry("wcp", "Close counted twice, with high and low.", ("wcp",), lambda _: 0, inputs=HLC),
)
