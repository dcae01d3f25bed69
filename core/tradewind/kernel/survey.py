"""How far the equity of a finished run fell, and how much of it was in the market."""

from __future__ import annotations

from typing import Any, Final

from tradewind.kernel.compile import kernel
from tradewind.kernel.sums import total

HAIR: Final = 1e-9
"""Values this share above where a fall counts are divided to be sure; all others are told apart by comparing."""

BLOCK: Final = 64
"""Rows are first looked at in blocks of this many: in most of them there is neither a peak nor a deeper fall."""


@kernel
def touches(values: Any, near: float, below: float) -> bool:
    """Tell whether a value is not below `near`, or not above `below`; counted, so that several are compared at once."""
    count = 0
    for i in range(values.shape[0]):
        count += 1 if (values[i] >= near) | (values[i] <= below) else 0
    return count > 0


@kernel
def survey(found: Any, time: Any, equity: Any, start: float, bar_ms: int, none: float) -> None:
    """
    Write how deep and how long the equity of a run was below its peak.

    Args:
        found: Written: `depth`, `lasted` and `longest` of a `FIGURES` record.
        time: Bar opens, ms UTC.
        equity: At the bars' closes, quote units.
        start: Equity before the first bar, above 0.
        bar_ms: Length of a bar.
        none: A fall below this share of the peak is rounding.
    """
    bars = time.shape[0]
    peak = start
    near = start * (1.0 - HAIR)
    most = 0.0
    below = near
    edge = -1
    stamp = time[0] - bar_ms
    most_stamp = stamp
    most_open = False
    most_lasted = 0
    span = 0
    i = 0
    while i <= bars:
        if i % BLOCK == 0 and i < bars and not touches(equity[i : i + BLOCK], near, below):
            i = min(i + BLOCK, bars)
            continue
        at_peak = i == bars
        if not at_peak:
            value = equity[i]
            if value > peak:
                peak = value
                near = peak * (1.0 - HAIR)
                below = peak * (1.0 - most) * (1.0 + HAIR)
            if value >= near or value <= below:
                fall = 1.0 - value / peak
                at_peak = fall <= none
                if fall > most:
                    most = fall
                    below = peak * (1.0 - most) * (1.0 + HAIR)
                    if not at_peak:
                        most_stamp = stamp
                        most_open = True
        if at_peak:
            now = time[min(i, bars - 1)]
            if most_open:
                most_lasted = now - most_stamp
                most_open = False
            if i - edge > 1 and now - stamp > span:
                span = now - stamp
            edge = i
            stamp = now
        i += 1
    found["depth"] = most
    found["lasted"] = most_lasted
    found["longest"] = span


@kernel
def presence(found: Any, equity: Any, exposure: Any, ratio: Any) -> None:
    """
    Write how long and how much of the equity of a run was in the market.

    Args:
        found: Written: `held` and `exposed` of a `FIGURES` record.
        equity: At the bars' closes, quote units.
        exposure: Notional at the closes.
        ratio: Written: exposure over equity without sign, 0 where equity is not above 0.
    """
    held = 0
    for start in range(0, equity.shape[0], BLOCK):
        totals, worths = equity[start : start + BLOCK], exposure[start : start + BLOCK]
        shares = ratio[start : start + BLOCK]
        busy = 0
        for i in range(totals.shape[0]):
            busy += 1 if worths[i] != 0.0 else 0
            shares[i] = 0.0
        # Without branches, so that several bars are divided at once.
        for i in range(totals.shape[0] if busy > 0 else 0):
            share = abs(worths[i] / totals[i])
            shares[i] = share if totals[i] > 0.0 else 0.0
        held += busy
    found["held"] = held
    found["exposed"] = total(ratio[: equity.shape[0]])
