"""
The memory of the kernel: what every array holds, field by field.

All records are C-aligned. Times are int64 milliseconds UTC, prices and money are in quote units,
quantities in base units, sides are +1 (long) and −1 (short). Rows count plan rows of a slot from 0.
"""

from __future__ import annotations

from typing import Final

import numpy as np


def whole(value: int) -> int:
    """Return a constant that the compiler takes for any whole number: a literal would get code of its own."""
    return np.int64(value)  # type: ignore[return-value]


MASKED: Final = 1
"""Flag of a bar whose prices are impossible or that is missing."""
AFTER_GAP: Final = 2
"""Flag of a bar whose predecessor is missing or masked."""

NEVER: Final = -(2**62)
"""A plan row that lies before all others."""
FAR: Final = 2**62
"""A plan row that never comes."""

RUNGS: Final = 8
"""The most steps a take-profit ladder can have."""

MOST_PER_BAR: Final = 2 * RUNGS + 3
"""The most fills that a slot can have in one bar: all tranches out, one entry in, all tranches out again."""

MARKET_ENTRY: Final = 1
LIMIT_ENTRY: Final = 2

ACCOUNT: Final = np.dtype(
    [
        ("cash", "f8"),
        ("equity", "f8"),
        ("peak", "f8"),
        ("peak_before", "f8"),
        ("day_start", "f8"),
        ("next_roll", "i8"),
        ("positions", "i8"),
        ("active", "i8"),
        ("queued", "i8"),
        ("resting", "i8"),
        ("halted_drawdown", "i8"),
        ("halted_daily", "i8"),
        ("halted_operator", "i8"),
        ("fills", "i8"),
        ("trades", "i8"),
        # what was held and reserved before the present moment, and what was reserved at it
        ("moment", "i8"),
        ("held_count", "i8"),
        ("held_notional", "f8"),
        ("held_cash", "f8"),
        ("held_risk", "f8"),
        ("now_count", "i8"),
        ("now_notional", "f8"),
        ("now_cash", "f8"),
        ("now_risk", "f8"),
    ],
    align=True,
)
"""
One record. `active` and `queued` count the entries of the two lists in `order`, `resting` the pending limit
entries, `positions` the entries filled so far, `fills` and `trades` what stands in the buffers. `peak_before` is
the peak as it was before the last close.
"""

SLOT: Final = np.dtype(
    [
        # what every bar of an open position looks at, side by side
        ("id", "i8"),
        ("symbol", "i8"),
        ("timeline", "i8"),
        ("bar_base", "i8"),
        ("exit_base", "i8"),
        ("side", "i8"),
        ("wanted", "i8"),
        ("wanted_kind", "i8"),
        ("pending_exit", "i8"),
        ("entered_inside", "i8"),
        ("stop", "f8"),
        ("target", "f8"),
        ("last_row", "i8"),
        ("quantity", "f8"),
        ("mark", "f8"),
        ("high", "f8"),
        ("low", "f8"),
        ("best", "f8"),
        ("trail_dist", "f8"),
        ("next_row", "i8"),
        ("liquidation", "f8"),
        # the rest of the open position
        ("atr", "f8"),
        ("position", "i8"),
        ("entry_price", "f8"),
        ("entry_time", "i8"),
        ("entry_row", "i8"),
        ("entry_fee", "f8"),
        ("funding", "f8"),
        ("margin", "f8"),
        ("distance", "f8"),
        ("trail_arm_r", "f8"),
        ("pnl", "f8"),
        ("trailed", "i8"),
        ("tranches", "i8"),
        ("tranche_quantity", "f8", (RUNGS + 1,)),
        ("tranche_target", "f8", (RUNGS + 1,)),
        ("tranche_ambiguous", "i8", (RUNGS + 1,)),
        # the rest of the pending entry
        ("wanted_at", "i8"),
        ("wanted_ask", "i8"),
        ("wanted_quantity", "f8"),
        ("wanted_limit", "f8"),
        ("wanted_distance", "f8"),
        ("wanted_unprotected", "i8"),
        ("wanted_trail_dist", "f8"),
        ("wanted_trail_arm_r", "f8"),
        ("wanted_max_bars", "i8"),
        ("wanted_notional", "f8"),
        ("wanted_cash", "f8"),
        ("wanted_risk", "f8"),
        ("wanted_rungs", "i8"),
        ("wanted_tp_r", "f8", (RUNGS,)),
        ("wanted_tp_frac", "f8", (RUNGS,)),
        # what the slot remembers of its exits
        ("closed_by", "i8"),
        ("last_stop_row", "i8"),
        ("guarded_to_row", "i8"),
        ("stops_seen", "i8"),
        ("last_close_row", "i8"),
        ("closes_seen", "i8"),
    ],
    align=True,
)
"""
One record per slot. `timeline` is its row of the table of plan rows; row r of its plan lies at `bar_base` + r in
flags and ATR, and at `exit_base` + r in the exits. What is pending holds all that its entry fixes, so no plan row
is read twice. The target of a tranche without one lies at infinity; `target` is the nearest, `last_row` the plan
bar at whose open the time is up. `closed_by` is the reason of a close that is not yet remembered.
"""

RUNG: Final = np.dtype([("tp_r", "f8"), ("tp_frac", "f8")], align=True)
"""One step of the take-profit ladder of a row."""

INSTRUMENT: Final = np.dtype(
    [
        ("linear", "i8"),
        ("fee_in_base", "i8"),
        ("tick_num", "f8"),
        ("tick_den", "f8"),
        ("tick", "f8"),
        ("lot_num", "f8"),
        ("lot_den", "f8"),
        ("lot", "f8"),
        ("min_qty", "f8"),
        ("max_qty", "f8"),
        ("min_value", "f8"),
        ("percent_up", "f8"),
        ("percent_down", "f8"),
        ("maker", "f8"),
        ("taker", "f8"),
        ("slip", "f8"),
        ("stop_slip", "f8"),
        ("half", "f8"),
        ("leverage", "f8"),
    ],
    align=True,
)
"""
One record per symbol: venue rules with the costs that hold for it. `min_value` has the safety factor in
it, `stop_slip` the factor of wild bars. A step is `num / den` exactly.
"""

TIER: Final = np.dtype([("notional_from", "f8"), ("rate", "f8"), ("deduction", "f8")], align=True)
"""One step of a maintenance-margin table."""

RULES: Final = np.dtype(
    [
        ("bar_ms", "i8"),
        ("optimistic", "i8"),
        ("wild_bar_atr", "f8"),
        ("exit_long_step", "i8"),
        ("exit_short_step", "i8"),
        ("ladder_step", "i8"),
        ("first_day", "i8"),
        ("base_risk_per_trade", "f8"),
        ("max_risk_per_trade", "f8"),
        ("max_position_size", "f8"),
        ("max_position", "f8"),
        ("max_daily_risk", "f8"),
        ("max_drawdown", "f8"),
        ("max_correlated_risk", "f8"),
        ("max_total_exposure", "f8"),
        ("max_concurrent_positions", "i8"),
        ("position_size_atr_multiplier", "f8"),
        ("multiplier", "f8", (3,)),
        ("throttle_start", "f8"),
        ("throttle_floor", "f8"),
        ("throttle_end", "f8"),
        ("cooldown_bars", "i8"),
        ("stop_guard_stops", "i8"),
        ("stop_guard_window", "i8"),
        ("stop_guard_bars", "i8"),
        ("low_profit_trades", "i8"),
        ("low_profit_required", "f8"),
        ("low_profit_bars", "i8"),
        ("max_volume_share", "f8"),
        ("flatten_on_drawdown", "i8"),
        ("close_only", "i8"),
    ],
    align=True,
)
"""One record: limits and the facts of the run. `multiplier` goes by regime; a step of 0 marks a constant column."""

ASK: Final = np.dtype(
    [
        # asked
        ("bar", "i8"),
        ("row", "i8"),
        ("slot", "i4"),
        ("max_bars", "i4"),
        ("close", "f8"),
        ("volume", "f8"),
        ("atr", "f8"),
        ("confidence", "f8"),
        ("risk", "f8"),
        ("qty_fraction", "f8"),
        ("stop_dist", "f8"),
        ("trail_dist", "f8"),
        ("trail_arm_r", "f8"),
        ("limit_off", "f8"),
        ("cap", "f8"),
        ("bits", "u4"),
        ("enter", "i1"),
        ("regime", "i1"),
        ("veto", "u1"),
        ("flags", "u1"),
        ("conflict", "u1"),
        # answered
        ("outcome", "u1"),
        ("binding", "u1"),
        ("requested_risk", "f8"),
        ("effective_risk", "f8"),
        ("quantity", "f8"),
        ("distance", "f8"),
        ("price", "f8"),
    ],
    align=True,
)
"""One record per plan row that asks for an entry, in the order of decision, with the answer: the decision ledger."""

FILL: Final = np.dtype(
    [
        ("time", "i8"),
        ("position", "i8"),
        ("price", "f8"),
        ("quantity", "f8"),
        ("fee", "f8"),
        ("slot", "i4"),
        ("side", "i1"),
        ("reason", "u1"),
    ],
    align=True,
)
"""One record per order carried out; `side` is +1 for a purchase, `reason` 0 for an entry."""

TRADE: Final = np.dtype(
    [
        ("position", "i8"),
        ("entry_time", "i8"),
        ("exit_time", "i8"),
        ("entry_price", "f8"),
        ("exit_price", "f8"),
        ("quantity", "f8"),
        ("fees", "f8"),
        ("pnl", "f8"),
        ("pnl_pct", "f8"),
        ("r_multiple", "f8"),
        ("mae", "f8"),
        ("mfe", "f8"),
        ("bars_held", "i8"),
        ("slot", "i4"),
        ("side", "i1"),
        ("reason", "u1"),
        ("ambiguous", "u1"),
    ],
    align=True,
)
"""One record per tranche closed."""
