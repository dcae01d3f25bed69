"""Rows of the database as plain values that strict JSON takes: amounts as text, times as ISO 8601 UTC."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import attrs

from tradewind.backtest.tables import iso_time
from tradewind.config.redaction import redact
from tradewind.live.control.commands import Command
from tradewind.model.decisions import OUTCOMES
from tradewind.store.accounts import AccountPoint, Execution, Position, Session, Trade
from tradewind.store.records import ZERO, Attempt, Halt, OrderFact

_MOMENTS: Final = {"entry_time", "exit_time", "bar_open_ms"}
ROLES: Final = {"L": "entry list", "E": "entry", "S": "stop", "X": "exit", "R": "stop placed anew", "C": "cancel"}
"""What an order is to its chain, by the letter in its id."""


def session_row(row: Session, now: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a session, with what its engine says of itself when it runs."""
    return {
        "id": row.id,
        "account": row.account_fp,
        "strategies": row.strategy_name.split(", "),
        "symbols": row.symbol.split(","),
        "mode": row.mode,
        "timeframe": row.timeframe,
        "initial_balance": str(row.initial_balance),
        "started": iso_time(row.start_time),
        "ended": iso_time(row.ended_ms) if row.ended_ms is not None else None,
        "end_reason": row.end_reason,
        "runs": now is not None,
        "live": None if now is None else live_row(now),
    }


def live_row(status: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an engine says of itself, its positions left out."""
    return {name: value for name, value in status.items() if name != "held"}


def position_row(one: Position) -> dict[str, Any]:
    """Return a position as an engine would tell it."""
    return {
        "slot": one.strategy_name,
        "symbol": one.symbol,
        "side": one.side,
        "quantity": float(one.quantity),
        "entry_price": float(one.entry_price),
        "entry_time": iso_time(one.entry_time),
        "mark": float(one.current_price),
        "stop": None if one.stop_price is None else float(one.stop_price),
        "unrealised_pnl": float(one.unrealized_pnl),
    }


def point_row(one: AccountPoint) -> dict[str, Any]:
    """Return a point of the account's history."""
    return {
        "time_ms": one.timestamp,
        "equity": str(one.equity),
        "balance": str(one.balance),
        "drawdown": one.drawdown,
    }


def halt_row(one: Halt) -> dict[str, Any]:
    """Return a breaker that was raised."""
    return {
        "breaker": one.breaker,
        "scope": one.scope,
        "detail": redact(one.detail),
        "raised": iso_time(one.raised_ms),
        "cleared": _moment(one.cleared_ms),
        "cleared_by": one.cleared_by,
    }


def command_row(one: Command) -> dict[str, Any]:
    """Return a command that was given: who asked, when, for what, and what came of it."""
    return {
        "verb": one.verb,
        "by": redact(one.by),
        "via": one.via,
        "asked": iso_time(one.asked_ms),
        "arguments": dict(one.arguments),
        "done": _moment(one.done_ms),
        "answer": redact(one.answer),
    }


def record_row(record: Trade | Execution) -> dict[str, Any]:
    """Return a trade or a decision: amounts as text, and ISO 8601 beside every moment."""
    found: dict[str, Any] = {}
    for name, value in attrs.asdict(record).items():
        found[name] = str(value) if isinstance(value, Decimal) else value
        if name in _MOMENTS:
            found[f"{name}_iso"] = iso_time(value)
    if isinstance(record, Execution):
        found["outcome"] = OUTCOMES.get(record.outcome, "")
    return found


def order_rows(found: Sequence[tuple[OrderFact, Attempt | None]]) -> list[dict[str, Any]]:
    """Return orders at a venue, each with what was asked for; a stop that came with its entry is told by that."""
    requests = {asked.client_id: json.loads(asked.payload_json) for _, asked in found if asked is not None}
    stops = {one["stop_id"]: _stop_of(one) for one in requests.values() if one.get("stop_id")}
    return [
        order_row(fact, asked, requests.get(fact.client_id) or stops.get(fact.client_id) or {}) for fact, asked in found
    ]


def _stop_of(entry: Mapping[str, Any]) -> dict[str, str]:
    sold = entry.get("stop_quantity", "0")  # nothing where the venue sells what was received
    return {
        "side": "sell",
        "quantity": sold if Decimal(sold) else "",
        "stop_price": entry.get("stop_price", ""),
        "price": entry.get("stop_limit", ""),
    }


def order_row(fact: OrderFact, asked: Attempt | None, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return an order at a venue; what was asked for is left empty where nothing tells it."""
    price = fact.cum_quote / fact.executed_qty if fact.executed_qty > ZERO else None
    return {
        "symbol": fact.symbol,
        "what": ROLES.get(fact.role, fact.role),
        "side": request.get("side", ""),
        "status": fact.status.value,
        "quantity": request.get("quantity", ""),
        "limit": request.get("price", ""),
        "trigger": "" if request.get("stop_id") else request.get("stop_price", ""),
        "executed": str(fact.executed_qty),
        "average": "" if price is None else f"{price:.8f}",
        "id": fact.client_id,
        "open": not fact.terminal,
        "why": redact(fact.expiry_reason or (asked.msg if asked is not None else "")),
        "time": iso_time(fact.updated_ms),
    }


def intent_row(one: Execution) -> dict[str, Any]:
    """Return an order of a paper session: a decision that had a quantity, carried out at the next open."""
    outcome = OUTCOMES.get(one.outcome, "")
    return {
        "symbol": one.symbol,
        "what": "entry",
        "side": "sell" if one.signal_type == "enter_short" else "buy",
        "status": "waits for the next open" if outcome == "sent" else outcome,
        "quantity": str(one.quantity),
        "limit": "",
        "trigger": "",
        "executed": str(one.quantity) if outcome == "filled" else "0",
        "average": "",
        "id": f"{one.slot} {one.id}",
        "open": outcome == "sent",
        "why": one.reason,
        "time": iso_time(one.bar_open_ms),
    }


def stop_row(held: Mapping[str, Any]) -> dict[str, Any]:
    """Return the protection of an open position of a paper session, as an order that waits."""
    return {
        "symbol": held["symbol"],
        "what": "stop",
        "side": "sell" if held["side"] == "long" else "buy",
        "status": "watched",
        "quantity": f"{held['quantity']:.8f}",
        "limit": "",
        "trigger": f"{held['stop']:.8f}",
        "executed": "0",
        "average": "",
        "id": f"{held['slot']} stop",
        "open": True,
        "why": "",
        "time": held["entry_time"],
    }


def _moment(time_ms: int | None) -> str | None:
    return None if time_ms is None else iso_time(time_ms)
