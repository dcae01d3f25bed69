"""The rows of a plan that ask for an entry, written as records."""

from __future__ import annotations

from typing import Any

from tradewind.kernel.compile import kernel


@kernel
def tally(rows: Any, decided: Any, counts: Any) -> None:
    """
    Count rows by the bar at whose close they are decided.

    Args:
        rows: The rows of a plan that ask for an entry.
        decided: The market bar at whose close each row of the plan is decided, −1 for none.
        counts: Raised: rows by bar, those of no bar last.
    """
    for n in range(rows.shape[0]):
        counts[decided[rows[n]]] += 1


@kernel
def gather(
    asks: Any, places: Any, steps: Any, start: int, k: int, first: int, rows: Any, decided: Any, enter: Any,
    exit_long: Any, exit_short: Any, regime: Any, veto: Any, bits: Any, max_bars: Any, confidence: Any, risk: Any,
    qty_fraction: Any, stop_dist: Any, trail_dist: Any, trail_arm_r: Any, limit_off: Any, cap: Any, close: Any,
    volume: Any, flags: Any, atr: Any,
) -> int:  # fmt: skip
    """
    Write the asks of one slot and return how many of them are decided at no bar.

    Args:
        asks: Written: `ASK` records, all zeros before.
        places: Where the next ask of each bar is written, those of no bar last; raised. Empty to write one after
            the other from `start` on.
        steps: One per column from `enter` on: 0 when its one value holds for all rows, else 1.
        start: Where the first ask is written without `places`.
        k: The slot.
        first: The bar of the plan's first row.
        rows: The rows that ask for an entry.
        decided: The market bar at whose close each row is decided, −1 for none.
        enter: This and the columns after it, up to `cap`, are those of the plan.
        close: This and the columns after it go by bar.
    """
    never = 0
    at = start
    by_bar = places.shape[0] > 0
    for n in range(rows.shape[0]):
        row = rows[n]
        side = enter[row * steps[0]]
        bar = decided[row]
        if bar < 0:
            never += 1
        if by_bar:
            at = places[bar]
            places[bar] += 1
        ask = asks[at]
        at += 1
        ask["slot"] = k
        ask["row"] = row
        ask["bar"] = bar
        ask["enter"] = side
        ask["conflict"] = exit_long[row * steps[1]] if side > 0 else exit_short[row * steps[2]]
        ask["regime"] = regime[row * steps[3]]
        ask["veto"] = veto[row * steps[4]]
        ask["bits"] = bits[row * steps[5]]
        ask["max_bars"] = max_bars[row * steps[6]]
        ask["confidence"] = confidence[row * steps[7]]
        ask["risk"] = risk[row * steps[8]]
        ask["qty_fraction"] = qty_fraction[row * steps[9]]
        ask["stop_dist"] = stop_dist[row * steps[10]]
        ask["trail_dist"] = trail_dist[row * steps[11]]
        ask["trail_arm_r"] = trail_arm_r[row * steps[12]]
        ask["limit_off"] = limit_off[row * steps[13]]
        ask["cap"] = cap[row * steps[14]]
        ask["close"] = close[first + row]
        ask["volume"] = volume[first + row]
        ask["flags"] = flags[first + row]
        ask["atr"] = atr[first + row]
    return never
