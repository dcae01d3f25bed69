"""What a slot remembers of its exits, and what that forbids (rule D7)."""

from __future__ import annotations

from typing import Any, Final

from tradewind.kernel.compile import kernel
from tradewind.kernel.layout import whole
from tradewind.model.decisions import EXIT_CODES, OUTCOME_CODES

STOP: Final = whole(EXIT_CODES["stop"])
TRAILING: Final = whole(EXIT_CODES["trailing"])
LIQUIDATION: Final = whole(EXIT_CODES["liquidation"])
COOLDOWN: Final = whole(OUTCOME_CODES["blocked:cooldown"])
STOP_GUARD: Final = whole(OUTCOME_CODES["blocked:stop_guard"])
PAIR_LOCKED: Final = whole(OUTCOME_CODES["blocked:pair_locked"])


@kernel
def remember_close(slot: Any, rules: Any, stops: Any, profits: Any) -> None:
    """
    Note the position that a slot has just closed.

    Args:
        slot: `closed_by` says why it closed and is cleared.
        rules: They say how far back to remember.
        stops: Rings of plan rows [slot, length].
        profits: Rings of profits [slot, length].
    """
    k = slot["id"]
    reason = slot["closed_by"]
    row = slot["last_close_row"]
    slot["closed_by"] = 0
    looked_at = rules["low_profit_trades"]
    if looked_at > 0:
        profits[k, slot["closes_seen"] % looked_at] = slot["pnl"]
        slot["closes_seen"] += 1
    if reason not in (STOP, TRAILING, LIQUIDATION):
        return
    slot["last_stop_row"] = row
    needed = rules["stop_guard_stops"]
    if needed == 0:
        return
    stops[k, slot["stops_seen"] % needed] = row
    slot["stops_seen"] += 1
    if slot["stops_seen"] < needed:
        return
    oldest = stops[k, slot["stops_seen"] % needed]
    if oldest > row - rules["stop_guard_window"]:
        slot["guarded_to_row"] = row + rules["stop_guard_bars"]


@kernel
def lock(slot: Any, rules: Any, profits: Any, row: int, equity: float) -> int:
    """Return why a slot takes no entry in this plan row after what it lived through, or 0."""
    if row - slot["last_stop_row"] < rules["cooldown_bars"]:
        return COOLDOWN
    if row <= slot["guarded_to_row"]:
        return STOP_GUARD
    looked_at = rules["low_profit_trades"]
    if looked_at == 0 or slot["closes_seen"] < looked_at or row - slot["last_close_row"] >= rules["low_profit_bars"]:
        return 0
    total = 0.0
    for n in range(looked_at):
        total += profits[slot["id"], (slot["closes_seen"] + n) % looked_at]
    return PAIR_LOCKED if total < rules["low_profit_required"] * equity else 0
