"""What repeats itself."""

from __future__ import annotations

from typing import Final

from tradewind_pandas_ta.entry import OWN, SOURCE, VENDOR, Entry, length, window

ENTRIES: Final = (
    Entry(
        "ebsw",
        "Ehlers' even better sinewave, -1 to 1.",
        ("ebsw",),
        lambda p: p.length - 1,
        (length(40, 5, "longest period that passes"), window("bars", 10, 1, "period of the smoother"), SOURCE),
        neutral=0.0,
        origin=VENDOR,
    ),
    Entry(
        "reflex",
        "Ehlers' reflex: the smoothed price against a line through its past, in deviations.",
        ("reflex",),
        lambda p: p.length,
        (length(20), window("smooth", 20, doc="critical period of the smoother"), SOURCE),
        origin=OWN,
    ),
)
