"""The refusals that come before sizing, in the order of the page (rules D3 to D7)."""

from __future__ import annotations

from collections.abc import Callable

from oracle.account import Account
from oracle.rows import Row
from oracle.scales import ZERO
from oracle.slot import Slot
from tradewind.model.decisions import OUTCOMES

Gate = Callable[[Account, Slot, Row], str | None]


def _halts(account: Account, slot: Slot, row: Row) -> str | None:
    if account.ledger.halted_drawdown:
        return "halted_drawdown"
    return "halted_daily" if account.ledger.halted_daily else None


def _own_gates(account: Account, slot: Slot, row: Row) -> str | None:
    if account.limits.close_only:
        return "close_only"
    if row.veto:
        return OUTCOMES[row.veto].removeprefix("blocked:")
    if row.candle is None or row.after_gap:
        return "stale_data"
    return "warming_up" if row.stop_dist is None and row.atr is None else None


def _contradictions(account: Account, slot: Slot, row: Row) -> str | None:
    if row.exit_long if row.enter > 0 else row.exit_short:
        return "conflicting_signals"
    return "shorts_refused" if row.enter < 0 and not slot.terms.linear else None


def _room(account: Account, slot: Slot, row: Row) -> str | None:
    if account.positions_at_next_open >= account.limits.max_concurrent_positions:
        return "max_positions"
    return "already_open" if slot.position is not None and not slot.ending else None


def _pauses(account: Account, slot: Slot, row: Row) -> str | None:
    if slot.stops and row.index < slot.stops[-1] + account.limits.cooldown_bars:
        return "cooldown"
    if row.index <= slot.guarded_until:
        return "stop_guard"
    return "pair_locked" if _earned_too_little(account, slot, row) else None


def _earned_too_little(account: Account, slot: Slot, row: Row) -> bool:
    """Tell whether the last closed positions locked the slot for this row (rule D7)."""
    limits = account.limits
    last = slot.results[-limits.low_profit_trades :]
    if not limits.low_profit_trades or len(last) < limits.low_profit_trades:
        return False
    required = account.limit("low_profit_required") * account.ledger.equity
    poor = account.scales.below("low profit", sum(last, ZERO), required, size=account.ledger.equity)
    return poor and row.index < slot.last_closing + limits.low_profit_bars


GATES: tuple[Gate, ...] = (_halts, _own_gates, _contradictions, _room, _pauses)


def refusal(account: Account, slot: Slot, row: Row) -> str | None:
    """Return the first reason against this entry, or None."""
    return next((reason for gate in GATES if (reason := gate(account, slot, row)) is not None), None)


def count_stops(account: Account, slot: Slot, since: int) -> None:
    """Lock the slot when the stops from number `since` on complete a cluster of stops (rule D7)."""
    limits = account.limits
    needed = limits.stop_guard_stops
    for last in range(since, len(slot.stops)):
        if needed and last + 1 >= needed:
            at = slot.stops[last]
            if at - slot.stops[last + 1 - needed] < limits.stop_guard_window:
                slot.guarded_until = at + limits.stop_guard_bars
