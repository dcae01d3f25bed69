"""One pass over closed bars: which can be traded on, and the average true range that stops and sizes refer to."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from tradewind.kernel.compile import kernel
from tradewind.kernel.layout import AFTER_GAP, MASKED

LENGTH: Final = 14
INF: Final = np.inf

REACHED: Final = np.dtype(
    [
        ("value", "f8"),
        ("total", "f8"),
        ("last_close", "f8"),
        ("seen", "i8"),
        ("expected", "i8"),
        ("gap", "i8"),
    ],
    align=True,
)
"""
One record: where a scan of bars stands. `value` is the ATR, NaN before its seed, `total` the true ranges summed up
for that; `seen` counts the bars that are not masked, `expected` is the open of the next one without a gap, and `gap`
is 1 after a masked bar.
"""


@kernel
def is_good(open_: float, high: float, low: float, close: float, volume: float) -> bool:
    """Tell whether a bar can be traded on: finite, positive, open and close inside [low, high]."""
    return (
        low > 0.0 and high < INF and low <= open_ and low <= close and high >= open_ and high >= close
        and volume >= 0.0 and volume < INF
    )  # fmt: skip


@kernel
def scan(
    time: Any, open_: Any, high: Any, low: Any, close: Any, volume: Any, bar_ms: int, flags: Any, atr: Any,
    reached: Any, start: int, stop: int,
) -> None:  # fmt: skip
    """
    Write the flags (T3, T4) and the ATR14 of the bars from `start` to before `stop`.

    It can stop after any bar and go on later: every split gives the same bits.

    The ATR follows TA-Lib: true ranges from the second bar on, their mean over the first 14 as the seed,
    Wilder's smoothing afterwards. Masked bars are skipped: they repeat the value before them.

    Args:
        time: Bar opens, ms.
        open_: First prices.
        high: Highest prices.
        low: Lowest prices.
        close: Last prices.
        volume: Base-asset volume.
        bar_ms: Length of a bar.
        flags: Written: `MASKED` and `AFTER_GAP` per bar.
        atr: Written: price units, NaN before the seed.
        reached: One `REACHED` record: where the bars before `start` led to; written.
        start: The first bar to look at; at 0 everything begins.
        stop: The bar before which to stop.
    """
    kept = 1.0 - 1.0 / LENGTH
    value = np.nan
    total = 0.0
    seen = 0
    last_close = 0.0
    expected = time[0] if stop > 0 else 0
    gap = False
    one = reached[0]
    if start > 0:
        value, total, last_close = one["value"], one["total"], one["last_close"]
        seen, expected, gap = one["seen"], one["expected"], one["gap"] != 0
    for bar in range(start, stop):
        # Without a sign, so that no place is looked at for being counted from the end.
        i = np.uint64(bar)
        h = high[i]
        lo = low[i]
        flag = 0
        if gap or time[i] != expected:
            flag = AFTER_GAP
        expected = time[i] + bar_ms
        if not is_good(open_[i], h, lo, close[i], volume[i]):
            flags[i] = flag | MASKED
            atr[i] = value
            gap = True
            continue
        gap = False
        flags[i] = flag
        if seen > 0:
            top = h if h > last_close else last_close
            bottom = lo if lo < last_close else last_close
            if seen > LENGTH:
                value = value * kept + (top - bottom) / LENGTH
            else:
                total += top - bottom
                if seen == LENGTH:
                    value = total / LENGTH
        seen += 1
        last_close = close[i]
        atr[i] = value
    one["value"], one["total"], one["last_close"] = value, total, last_close
    one["seen"], one["expected"], one["gap"] = seen, expected, 1 if gap else 0
