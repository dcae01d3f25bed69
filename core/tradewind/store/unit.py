"""A unit of work: what is written to the journal together, or not at all."""

from __future__ import annotations

from typing import Protocol

from tradewind.store.accounts import AccountPoint, Execution, Performance, Position, Session, Trade
from tradewind.store.reads import Reads
from tradewind.store.records import (
    Attempt,
    BarDecision,
    Chain,
    Checkpoint,
    Fill,
    ForeignOrder,
    ForeignTransfer,
    Halt,
    LedgerEntry,
    OrderFact,
)


class Unit(Reads, Protocol):
    """
    A unit of work: everything in it becomes durable together, or nothing does.

    Every write may raise `JournalError` TW-B006: a constraint forbids the row.
    """

    def add_session(self, session: Session) -> Session:
        """Add a session; return it with its id."""
        ...

    def save_session(self, session: Session) -> None:
        """Write what is known of a session now."""
        ...

    def end_session(self, session_id: int, *, ended_ms: int, reason: str) -> None:
        """Write down when and why a session ended."""
        ...

    def add_chain(self, chain: Chain) -> Chain:
        """Add a chain; return it with its id. A second open chain of a slot and tranche is refused."""
        ...

    def save_chain(self, chain: Chain) -> None:
        """Write a chain's new state; its `k` may not go back."""
        ...

    def add_attempt(self, attempt: Attempt) -> Attempt:
        """Add an attempt; return it with its id. A client id is used once for each verb."""
        ...

    def save_attempt(self, attempt: Attempt) -> None:
        """Write an attempt's new state; it may not become `journalled` again once it was more."""
        ...

    def save_fact(self, fact: OrderFact) -> OrderFact:
        """
        Write what is known of an order; return what is stored.

        News that say nothing new of a terminal order change nothing.

        Raises:
            JournalError: TW-B007 when a terminal order would change, or `executed_qty` would decrease.
        """
        ...

    def add_fill(self, fill: Fill) -> bool:
        """
        Add an execution; return False when it is there already.

        Raises:
            JournalError: TW-B007 when another execution is stored under its trade id.
        """
        ...

    def post(self, entry: LedgerEntry) -> LedgerEntry:
        """Add a change to the ledger; return it with its id and balance. A cause is posted once for each leg."""
        ...

    def save_foreign_order(self, order: ForeignOrder) -> None:
        """Write what is known of an order that we did not cause; when it was first seen stays."""
        ...

    def add_foreign_transfer(self, transfer: ForeignTransfer) -> bool:
        """Add a transfer; return False when it is there already. TW-B007 when another is stored under its id."""
        ...

    def add_decision(self, decision: BarDecision) -> None:
        """Write down that a bar was decided; a second decision of the bar is refused."""
        ...

    def raise_halt(self, halt: Halt) -> Halt:
        """Raise a breaker; return it with its id, or the one that is active already for its scope."""
        ...

    def clear_halt(self, halt_id: int, *, cleared_ms: int, cleared_by: str) -> bool:
        """Clear a breaker; return False when it is not active."""
        ...

    def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint in place of the session's older ones."""
        ...

    def add_execution(self, execution: Execution) -> Execution:
        """Add a row of the decision ledger."""
        ...

    def save_execution(self, execution: Execution) -> None:
        """Write what became of a row of the decision ledger."""
        ...

    def add_trade(self, trade: Trade) -> Trade:
        """Add a closed trade."""
        ...

    def add_position(self, position: Position) -> Position:
        """Add an open position."""
        ...

    def save_position(self, position: Position) -> None:
        """Write a position's new price and profit."""
        ...

    def remove_position(self, position_id: int) -> None:
        """Remove a position that was closed."""
        ...

    def add_account_point(self, point: AccountPoint) -> AccountPoint:
        """Add a moment of the account's history."""
        ...

    def save_performance(self, performance: Performance) -> None:
        """Write the figures of a session's period in place of older ones."""
        ...
