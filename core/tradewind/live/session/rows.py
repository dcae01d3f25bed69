"""What a session does as rows of the database."""

from __future__ import annotations

import hashlib
import math
from decimal import Decimal
from typing import Any, Final

import attrs
import numpy as np

from tradewind.live.position.account import OpenPosition, PlanRow, SlotKey
from tradewind.live.position.reel import SENT
from tradewind.live.strategy.seat import Seat
from tradewind.model.decisions import BINDINGS, EXIT_REASONS, OUTCOMES
from tradewind.model.plan import Plan
from tradewind.store.accounts import Execution, Position, Trade
from tradewind.store.records import BarDecision

_SIDES: Final = {1: "long", -1: "short"}


def exact(value: Any) -> Decimal:
    """Return a kernel's number as the shortest decimal that reads back as the same number."""
    return Decimal(str(float(value)))


@attrs.frozen(kw_only=True)
class Found:
    """
    A row of the decision ledger.

    Args:
        execution: The row.
        is_pending: Its outcome is not known yet.
    """

    execution: Execution
    is_pending: bool


def leaves(row: PlanRow, side: int) -> bool:
    """Tell whether a row asks to leave what is open on this side."""
    return bool((side > 0 and row.plan.exit_long[0]) or (side < 0 and row.plan.exit_short[0]))


def execution_of(row: PlanRow, ask: Any, side: int, seat: Seat, session_id: int) -> Found | None:
    """
    Return the row of the decision ledger, None when nothing was asked for.

    Args:
        row: What the strategy said.
        ask: The `ASK` record of its entry, None when it wanted none.
        side: What is open: +1, −1, 0 for nothing.
        seat: Who said it.
        session_id: The session.
    """
    leaving = leaves(row, side)
    if ask is None and not leaving and not row.degraded:
        return None
    signal = "none"
    if ask is not None:
        signal = f"enter_{_SIDES[int(ask['enter'])]}"
    elif leaving:
        signal = f"exit_{_SIDES[side]}"
    more: dict[str, Any] = {}
    if ask is not None:
        more = {
            "outcome": int(ask["outcome"]),
            "requested_risk": _known(ask["requested_risk"]),
            "effective_risk": _known(ask["effective_risk"]),
            "quantity": exact(ask["quantity"]),
            "price": exact(ask["price"]),
            "binding": BINDINGS[int(ask["binding"])],
        }
    execution = Execution(
        session_id=session_id,
        strategy_name=seat.strategy,
        symbol=seat.key.symbol,
        slot=seat.key.name,
        bar_open_ms=int(row.bars.time[-1]),
        signal_type=signal,
        bits=int(row.plan.bits[0]),
        reason=row.degraded,
        inputs_hash=row.inputs_hash,
        indicators=dict(row.features),
        **more,
    )
    return Found(execution=execution, is_pending=ask is not None and int(ask["outcome"]) == SENT)


def bar_decision_of(
    row: PlanRow, ask: Any, side: int, seat: Seat, session_id: int, account_fp: str, now_ms: int
) -> BarDecision:
    """Return the row that says how a bar was decided; the arguments are those of `execution_of`."""
    if row.degraded:
        word = "degraded"
    elif ask is not None:
        word = OUTCOMES[int(ask["outcome"])]
    else:
        word = "exit" if leaves(row, side) else "hold"
    return BarDecision(
        account_fp=account_fp,
        symbol=seat.key.symbol,
        slot=seat.key.name,
        bar_open_ms=int(row.bars.time[-1]),
        session_id=session_id,
        inputs_hash=row.inputs_hash,
        decision=word,
        decided_ms=now_ms,
        plan=said(row, ask, seat),
    )


def said(row: PlanRow, ask: Any, seat: Seat) -> dict[str, Any]:
    """
    Return what a strategy said on a row, as plain values: what `explain` tells, and the hash that `parity` compares.

    The arguments are those of `execution_of`.
    """
    plan = row.plan
    found: dict[str, Any] = {
        "strategy": seat.strategy,
        "bits": int(plan.bits[0]),
        "regime": int(plan.regime[0]),
        "exit_long": bool(plan.exit_long[0]),
        "exit_short": bool(plan.exit_short[0]),
        "veto": OUTCOMES[int(plan.veto[0])] if plan.veto[0] else "",
        "conditions": list(plan.conditions),
        "hash": hash_of_row(plan),
    }
    if ask is not None:
        found["enter"] = int(ask["enter"])
        if math.isfinite(ask["distance"]):
            found["distance"] = float(ask["distance"])
    return found


def hash_of_row(plan: Plan) -> str:
    """Return the SHA-256 of a plan of one row, column by column in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(plan.columns):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(plan.columns[name]).tobytes())
    return digest.hexdigest()


def trade_of(trade: Any, key: SlotKey, strategy: str, session_id: int) -> Trade:
    """Return a closed tranche (a `TRADE` record) as its row."""
    return Trade(
        session_id=session_id,
        strategy_name=strategy,
        symbol=key.symbol,
        side=_SIDES[int(trade["side"])],
        quantity=exact(trade["quantity"]),
        entry_time=int(trade["entry_time"]),
        entry_price=exact(trade["entry_price"]),
        exit_time=int(trade["exit_time"]),
        exit_price=exact(trade["exit_price"]),
        fees=exact(trade["fees"]),
        pnl=exact(trade["pnl"]),
        pnl_pct=_known(trade["pnl_pct"]),
        exit_reason=EXIT_REASONS[int(trade["reason"])],
    )


def position_of(one: OpenPosition, strategy: str, session_id: int, now_ms: int) -> Position:
    """Return an open position as its row."""
    return Position(
        session_id=session_id,
        strategy_name=strategy,
        symbol=one.slot.symbol,
        side=_SIDES[one.side],
        quantity=exact(one.quantity),
        entry_time=one.entry_time,
        entry_price=exact(one.entry_price),
        current_price=exact(one.mark),
        unrealized_pnl=exact(one.unrealised_pnl),
        stop_price=None if one.stop is None else exact(one.stop),
        updated_ms=now_ms,
    )


def _known(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None
