"""Deciding the rows of one moment: exits first, then entries in rank order (rules C6, C7, D1, D2, D15)."""

from __future__ import annotations

from decimal import Decimal

import attrs

from oracle.account import Account
from oracle.records import Decision
from oracle.refusals import refusal
from oracle.rows import Row
from oracle.scales import ZERO
from oracle.sizing import Size, requested_risk, size_of
from oracle.slot import PendingEntry, Slot

CROWDED = ("max_positions", "daily_budget", "correlated")
TOO_SMALL = ("min_qty", "min_notional")
SHARED_CAPS = ("total_exposure", "free_cash")


def rank_of(slot: Slot, row: Row) -> tuple[int, Decimal, str, int]:
    """Return the key by which entries of one moment queue: priority, confidence, symbol, slot."""
    return (slot.priority, -row.confidence, slot.symbol, slot.number)


def take_rows(account: Account, rows: list[tuple[Slot, Row]]) -> None:
    """Decide every row that this market bar completed."""
    for slot, row in rows:
        slot.decided = row.index
        slot.atr = row.atr if row.atr is not None else slot.atr
        if slot.entry is not None and slot.entry.limit is not None:
            slot.expire_entry()
        if slot.leaving is None and _asks_to_leave(slot, row):
            slot.leaving = "signal"
    asked = [(slot, row) for slot, row in rows if row.enter != 0]
    for slot, row in sorted(asked, key=lambda pair: rank_of(*pair)):
        slot.expire_entry()
        _decide(account, slot, row)


def _asks_to_leave(slot: Slot, row: Row) -> bool:
    if slot.position is None or row.candle is None:
        return False
    return row.exit_long if slot.position.side > 0 else row.exit_short


def _evaluate(account: Account, slot: Slot, row: Row) -> tuple[str | None, Size | None]:
    refused = refusal(account, slot, row)
    if refused is not None:
        return refused, None
    size = size_of(account, slot, row)
    return size.refused, size


def _outranked(account: Account, slot: Slot, row: Row, refused: str, size: Size | None) -> bool:
    """Tell whether only what was reserved at this moment stood in the way (rule D2)."""
    crowded_out = refused in CROWDED or (refused in TOO_SMALL and size is not None and size.binding in SHARED_CAPS)
    return crowded_out and _evaluate(attrs.evolve(account, blind=True), slot, row)[0] is None


def _decide(account: Account, slot: Slot, row: Row) -> None:
    refused, size = _evaluate(account, slot, row)
    outcome = "sent"
    if refused is not None:
        outcome = "outranked" if _outranked(account, slot, row, refused, size) else f"blocked:{refused}"
    decision = record(account, slot, row, outcome, size)
    if refused is not None or size is None:
        return
    notional = size.quantity * size.price
    slot.entry = PendingEntry(
        row=row,
        rank=rank_of(slot, row),
        quantity=size.quantity,
        distance=size.distance,
        limit=None if row.limit_off is None else size.price,
        notional=notional,
        cash=notional * slot.terms.cash_share,
        risk=size.quantity * (size.distance + size.price * slot.terms.round_trip),
        moment=account.moment,
        decision=decision,
    )


def record(account: Account, slot: Slot, row: Row, outcome: str, size: Size | None) -> Decision:
    """Write the row into the ledger of decisions (rule R5)."""
    decision = Decision(
        time=row.time,
        symbol=slot.symbol,
        strategy=slot.strategy,
        enter=row.enter,
        outcome=outcome,
        requested_risk=requested_risk(account, row)[1],
        effective_risk=size.effective if size else ZERO,
        quantity=size.quantity if size else ZERO,
        distance=size.distance if size else ZERO,
        price=size.price if size else ZERO,
        binding=size.binding if size else "",
        bits=row.bits,
    )
    account.ledger.decisions.append(decision)
    return decision
