"""Shapes of bars."""

from __future__ import annotations

from typing import Any, Final

from tradewind_pandas_ta.entry import OHLC, OWN, Entry, Param, choice, factor, length

# fmt: off
PATTERNS: Final = (
    "2crows", "3blackcrows", "3inside", "3linestrike", "3outside", "3starsinsouth", "3whitesoldiers",
    "abandonedbaby", "advanceblock", "belthold", "breakaway", "closingmarubozu", "concealbabyswall",
    "counterattack", "darkcloudcover", "doji", "dojistar", "dragonflydoji", "engulfing", "eveningdojistar",
    "eveningstar", "gapsidesidewhite", "gravestonedoji", "hammer", "hangingman", "harami", "haramicross",
    "highwave", "hikkake", "hikkakemod", "homingpigeon", "identical3crows", "inneck", "invertedhammer",
    "kicking", "kickingbylength", "ladderbottom", "longleggeddoji", "longline", "marubozu", "matchinglow",
    "mathold", "morningdojistar", "morningstar", "onneck", "piercing", "rickshawman", "risefall3methods",
    "separatinglines", "shootingstar", "shortline", "spinningtop", "stalledpattern", "sticksandwich", "takuri",
    "tasukigap", "thrusting", "tristar", "unique3river", "upsidegap2crows", "xsidegap3methods",
)
# fmt: on
"""TA-Lib's candlestick patterns, without their CDL."""


def _pattern(p: Any) -> int:
    from tradewind_pandas_ta.compute.lookback import lookback

    return lookback(f"CDL{p.pattern.upper()}")


ENTRIES: Final = (
    Entry(
        "cdl_doji",
        "100 where the body is small against the average range, else 0.",
        ("cdl_doji",),
        lambda p: p.length - 1,
        (length(10), factor("percent", 10.0, 0.01, 100.0, "greatest body in percent of the range")),
        inputs=OHLC,
        origin=OWN,
    ),
    Entry(
        "cdl_inside",
        "100 where the bar lies inside the one before, else 0.",
        ("cdl_inside",),
        lambda _: 1,
        inputs=("high", "low"),
        origin=OWN,
    ),
    Entry(
        "cdl_pattern",
        "One of TA-Lib's candlestick patterns: 100 bullish, -100 bearish, 0 none; 200 and -200 when confirmed.",
        ("cdl_pattern",),
        _pattern,
        (choice("pattern", "engulfing", PATTERNS, "which pattern"),),
        inputs=OHLC,
    ),
    Entry(
        "cdl_z",
        "Distance of each price from its own mean in deviations.",
        ("z_open", "z_high", "z_low", "z_close"),
        lambda p: p.length - 1,
        (
            length(30),
            Param("ddof", 0, low=0, high=1, doc="0 for the deviation of the population, 1 for that of a sample"),
        ),
        inputs=OHLC,
        neutral=0.0,
        origin=OWN,
    ),
    Entry(
        "ha",
        "Heikin-Ashi bars.",
        ("ha_open", "ha_high", "ha_low", "ha_close"),
        lambda _: 0,
        inputs=OHLC,
    ),
)
