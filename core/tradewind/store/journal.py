"""
The write-ahead journal: the port through which an engine makes things durable before it acts.

Two forms keep one contract: `tradewind.store.sql_journal.SqlJournal` on SQLite and PostgreSQL, and
`tradewind.store.memory.MemoryJournal` for simulation. Every write happens in a unit of work::

    lease = journal.acquire_lease(account_fp, owner, now_ms=clock.now_ms())
    with journal.begin(lease) as unit:
        chain = unit.add_chain(Chain(...))
        unit.add_attempt(Attempt(chain_id=chain.id, ...))
    # here both are on the disk, or `begin` has raised and neither is

A unit commits when its block ends and is undone when the block raises. Units do not nest. A journal
belongs to one thread; what is read through it inside a unit includes the unit's own writes.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Final, Protocol

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
    LeaseOwner,
    LedgerEntry,
    OpenChain,
    OrderFact,
)

LEASE_TIMEOUT_MS: Final = 30_000
"""A lease whose holder has shown no life for this long may be taken over."""


class Reads(Protocol):
    """What can be asked of the journal."""

    def session(self, session_id: int) -> Session | None:
        """Return a session."""
        ...

    def sessions(self, account_fp: str) -> tuple[Session, ...]:
        """Return the sessions of an account, oldest first."""
        ...

    def chain(self, chain_id: int) -> Chain | None:
        """Return a chain."""
        ...

    def open_chains(self, account_fp: str) -> tuple[OpenChain, ...]:
        """Return every chain that is not closed, oldest first, with its attempts, facts and fills."""
        ...

    def chains(self, account_fp: str, *, limit: int = 1000) -> tuple[Chain, ...]:
        """Return the newest chains of an account, open and closed, newest first."""
        ...

    def attempts(self, chain_id: int) -> tuple[Attempt, ...]:
        """Return what was asked for a chain, in order."""
        ...

    def attempts_of(self, client_id: str) -> tuple[Attempt, ...]:
        """Return the attempts with this client id, of whatever verb."""
        ...

    def facts(self, chain_id: int) -> tuple[OrderFact, ...]:
        """Return what is known of a chain's orders, by order id."""
        ...

    def fact(self, account_fp: str, symbol: str, order_id: int) -> OrderFact | None:
        """Return what is known of one order."""
        ...

    def open_facts(self, account_fp: str) -> tuple[OrderFact, ...]:
        """Return the orders that are not terminal, by symbol and order id."""
        ...

    def fills(self, chain_id: int) -> tuple[Fill, ...]:
        """Return a chain's executions, by trade id."""
        ...

    def next_trade_id(self, account_fp: str, symbol: str) -> int:
        """Return one more than the highest trade id that is stored; 0 when there is none."""
        ...

    def balances(self, account_fp: str) -> dict[str, Decimal]:
        """Return the ledger's newest balance of every asset; one indexed look each."""
        ...

    def ledger_sums(self, account_fp: str) -> dict[str, Decimal]:
        """Return the exact sum of every asset's changes, added up anew; equals `balances` or the ledger is broken."""
        ...

    def chain_sums(self, chain_id: int) -> dict[str, Decimal]:
        """Return the exact sum of a chain's changes by asset."""
        ...

    def decision(self, account_fp: str, symbol: str, slot: str, bar_open_ms: int) -> BarDecision | None:
        """Return how a bar was decided; None when it was not."""
        ...

    def last_decision(self, account_fp: str, symbol: str, slot: str) -> BarDecision | None:
        """Return the decision of the newest bar of a slot."""
        ...

    def active_halts(self, account_fp: str) -> tuple[Halt, ...]:
        """Return the breakers that are raised, oldest first."""
        ...

    def halts(self, account_fp: str) -> tuple[Halt, ...]:
        """Return all breakers that ever were raised, oldest first."""
        ...

    def foreign_orders(self, account_fp: str) -> tuple[ForeignOrder, ...]:
        """Return the orders that we did not cause, by symbol and order id."""
        ...

    def foreign_transfers(self, account_fp: str) -> tuple[ForeignTransfer, ...]:
        """Return the transfers that we did not cause, by time."""
        ...

    def checkpoint(self, session_id: int) -> Checkpoint | None:
        """Return the session's newest checkpoint."""
        ...

    def positions(self, session_id: int) -> tuple[Position, ...]:
        """Return a session's open positions, oldest first."""
        ...

    def trades(self, session_id: int) -> tuple[Trade, ...]:
        """Return a session's closed trades, oldest first."""
        ...

    def executions(self, account_fp: str, *, outcome: int) -> tuple[Execution, ...]:
        """Return the rows of an account's decision ledger with this outcome, oldest first."""
        ...

    def account_points(self, session_id: int) -> tuple[AccountPoint, ...]:
        """Return the moments of a session's account, oldest first."""
        ...

    def lease_of(self, account_fp: str) -> Lease | None:
        """Return the lease as it stands, held or given back; None when there never was one."""
        ...


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


class Journal(Reads, Protocol):
    """The journal of every account in one store."""

    def acquire_lease(
        self, account_fp: str, owner: LeaseOwner, *, now_ms: int, holder_is_dead: bool = False, takeover: bool = False
    ) -> Lease:
        """
        Become the one writer of an account; return the lease with its new epoch.

        A lease that was given back is free. One whose holder has been silent for
        `LEASE_TIMEOUT_MS` is free on the holder's own machine, and elsewhere with `takeover`.

        Args:
            account_fp: The account.
            owner: Who asks.
            now_ms: The time, UTC milliseconds.
            holder_is_dead: The caller knows it, because an operating-system lock of the holder's was
                free or the machine was started anew: on the holder's machine there is nothing to wait for.
            takeover: A person has said that the holder on another machine is dead.

        Raises:
            LeaseError: TW-L007 when another process holds it.
        """
        ...

    def renew_lease(self, lease: Lease, *, now_ms: int) -> Lease:
        """
        Show life; return the lease with its new heartbeat.

        Raises:
            LeaseError: TW-L007 when another process has taken it.
        """
        ...

    def release_lease(self, lease: Lease, *, now_ms: int) -> None:
        """Give the lease back; one that another process has taken is left alone."""
        ...

    def begin(self, lease: Lease | None) -> AbstractContextManager[Unit]:
        """
        Open a unit of work.

        Its commit checks the lease: a writer that has lost it writes nothing.

        Args:
            lease: The writer's lease. None for who writes no orders: it may write sessions, their
                trades, positions, history, figures and decision rows, and raise and clear halts.

        Raises:
            LeaseError: TW-L007 at the end of the block, when another process has taken the lease;
                nothing was written, and the process must stop.
            StoreError: TW-B005 when the disk or the server refused; nothing was written.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
