"""One pass over the equity and the exposure of finished runs: how far they fell, and how much was in the market."""

from __future__ import annotations

from typing import Any, Final

from tradewind.kernel.compile import kernel

HAIR: Final = 1e-9
"""Values this share above where a fall counts are divided to be sure; all others are told apart by comparing."""


@kernel
def survey(
    time: Any, equity: Any, exposure: Any, start: float, bar_ms: int, none: float, depth: Any, lasted: Any,
    longest: Any, held: Any, ratio: Any,
) -> None:  # fmt: skip
    """
    Write what drawdown and exposure figures are made of, run by run.

    Args:
        time: Bar opens, ms UTC.
        equity: At the bars' closes [run, bar], quote units.
        exposure: Notional at the closes [run, bar].
        start: Equity before the first bar, above 0.
        bar_ms: Length of a bar.
        none: A fall below this share of the peak is rounding.
        depth: Written: the deepest fall as a fraction of its peak [run].
        lasted: Written: from its peak to its recovery or to the end, ms [run].
        longest: Written: the same of the fall that lasted longest, ms [run].
        held: Written: bars with a position [run].
        ratio: Written: exposure over equity without sign, 0 where equity is not above 0 [run, bar].
    """
    bars = time.shape[0]
    for r in range(equity.shape[0]):
        in_market = 0
        for i in range(bars):
            # Without branches, so that several bars are divided at once.
            share = abs(exposure[r, i] / equity[r, i])
            ratio[r, i] = share if equity[r, i] > 0.0 else 0.0
            in_market += 1 if exposure[r, i] != 0.0 else 0
        held[r] = in_market
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
        for i in range(bars + 1):
            at_peak = i == bars
            if not at_peak:
                value = equity[r, i]
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
        depth[r] = most
        lasted[r] = most_lasted
        longest[r] = span
