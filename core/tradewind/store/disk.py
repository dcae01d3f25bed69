"""A store in memory that behaves like one on a disk: what was not committed is gone after a crash."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import attrs

from tradewind.store.accounts import AccountPoint, Execution, Performance, Position, Session, Trade
from tradewind.store.records import (
    Attempt,
    BarDecision,
    Chain,
    Checkpoint,
    Fill,
    ForeignOrder,
    ForeignTransfer,
    Halt,
    Lease,
    LedgerEntry,
    OrderFact,
)

_NOTHING: Final = object()

Family = dict[int, dict[Any, None]]
"""Keys of rows by the chain they belong to, in the order of writing."""


@attrs.define(kw_only=True, eq=False)
class Disk:
    """
    The rows of every table by key, and what constraints and look-ups need.

    It outlives the journals that are opened on it, as a file outlives processes.
    """

    leases: dict[str, Lease] = attrs.field(factory=dict)
    sessions: dict[int, Session] = attrs.field(factory=dict)
    chains: dict[int, Chain] = attrs.field(factory=dict)
    attempts: dict[int, Attempt] = attrs.field(factory=dict)
    facts: dict[tuple[str, str, int], OrderFact] = attrs.field(factory=dict)
    fills: dict[tuple[str, str, int], Fill] = attrs.field(factory=dict)
    ledger: dict[int, LedgerEntry] = attrs.field(factory=dict)
    foreign_orders: dict[tuple[str, str, int], ForeignOrder] = attrs.field(factory=dict)
    foreign_transfers: dict[tuple[str, str], ForeignTransfer] = attrs.field(factory=dict)
    decisions: dict[tuple[str, str, str, int], BarDecision] = attrs.field(factory=dict)
    halts: dict[int, Halt] = attrs.field(factory=dict)
    checkpoints: dict[int, Checkpoint] = attrs.field(factory=dict)
    executions: dict[int, Execution] = attrs.field(factory=dict)
    trades: dict[int, Trade] = attrs.field(factory=dict)
    positions: dict[int, Position] = attrs.field(factory=dict)
    history: dict[int, AccountPoint] = attrs.field(factory=dict)
    performance: dict[tuple[int, str], Performance] = attrs.field(factory=dict)
    unique: dict[tuple[Any, ...], Any] = attrs.field(factory=dict)
    newest: dict[tuple[Any, ...], Any] = attrs.field(factory=dict)
    balances: dict[tuple[str, str], Decimal] = attrs.field(factory=dict)
    open_facts: dict[tuple[str, str, int], None] = attrs.field(factory=dict)
    attempts_of: Family = attrs.field(factory=dict)
    facts_of: Family = attrs.field(factory=dict)
    fills_of: Family = attrs.field(factory=dict)
    ledger_of: Family = attrs.field(factory=dict)
    _undo: list[tuple[dict[Any, Any], Any, Any]] = attrs.field(factory=list)
    _unit: object = None

    def open(self, unit: object) -> None:
        """Begin a unit; one that was left open by a crash is undone first."""
        self.undo()
        self._unit = unit

    def is_open(self, unit: object) -> bool:
        """Tell whether this very unit is open."""
        return self._unit is unit

    def put(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        """Write a value, so that it can be undone."""
        self._undo.append((table, key, table.get(key, _NOTHING)))
        table[key] = value

    def drop(self, table: dict[Any, Any], key: Any) -> None:
        """Remove a value, so that it can be undone."""
        self._undo.append((table, key, table.pop(key, _NOTHING)))

    def commit(self) -> None:
        """Keep what was written."""
        self._undo.clear()
        self._unit = None

    def undo(self) -> None:
        """Undo what was written since the last commit."""
        while self._undo:
            table, key, old = self._undo.pop()
            if old is _NOTHING:
                table.pop(key, None)
            else:
                table[key] = old
        self._unit = None
