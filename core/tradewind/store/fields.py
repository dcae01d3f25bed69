"""Records as plain values by column, and the table of each: what needs no library of databases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, Final

import attrs

from tradewind.store import accounts, records
from tradewind.store.sums import decimal_text

TABLE_NAMES: Final[Mapping[type, str]] = {
    records.Lease: "account_lease",
    records.Checkpoint: "checkpoint",
    records.Chain: "chain",
    records.Attempt: "attempt",
    records.OrderFact: "order_fact",
    records.ForeignOrder: "foreign_order",
    records.Fill: "fill",
    records.LedgerEntry: "ledger",
    records.ForeignTransfer: "foreign_transfer",
    records.BarDecision: "bar_decision",
    records.Halt: "halt",
    accounts.Session: "trading_sessions",
    accounts.Execution: "strategy_executions",
    accounts.Trade: "trades",
    accounts.Position: "positions",
    accounts.AccountPoint: "account_history",
    accounts.Performance: "performance_metrics",
}
"""The table of each record; a record's fields are its columns."""


NAMES: Final = {kind: tuple(field.name for field in attrs.fields(kind)) for kind in TABLE_NAMES}
"""The columns of each record's table."""


def values_of(record: Any) -> dict[str, Any]:
    """Return a record's row; an id that the database is to give is left out."""
    values = {name: _value(getattr(record, name)) for name in NAMES[type(record)]}
    if values.get("id") == 0:
        del values["id"]
    return values


def _value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return dict(value) if isinstance(value, Mapping) else value


def text_values(record: Any) -> dict[str, Any]:
    """Return a record's row as SQLite stores it: amounts as digits, tables as JSON."""
    return {name: _text(value) for name, value in values_of(record).items()}


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return decimal_text(value)
    return json.dumps(value) if isinstance(value, dict) else value
