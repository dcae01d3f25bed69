"""A unit of work on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
from sqlalchemy import Connection, CursorResult, Executable, bindparam, delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from tradewind.errors import JournalError
from tradewind.store.accounts import AccountPoint, Execution, Performance, Position, Session, Trade
from tradewind.store.faults import fault
from tradewind.store.fields import values_of
from tradewind.store.records import (
    ZERO,
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
from tradewind.store.rows import TABLES, change, insertion, record_of
from tradewind.store.rules import (
    check_attempt,
    check_chain,
    check_fill,
    check_transfer,
    check_writer,
    lost,
    missing,
    next_fact,
    numbered,
    refused_inside,
)
from tradewind.store.sql_reads import SqlReads
from tradewind.store.sums import exact_sum

_LEASE = TABLES[Lease].c
_STILL_MINE = (
    update(TABLES[Lease])
    .where(_LEASE.account_fp == bindparam("account"), _LEASE.epoch == bindparam("mine"))
    .where(_LEASE.owner_uuid == bindparam("owner"))
    .values(epoch=_LEASE.epoch)
)
"""Touches the lease's row, so that a successor waits for this commit; none is touched when it is another's."""


class SqlUnit(SqlReads):
    """
    A unit of work in a transaction of one connection.

    Args:
        connection: The connection; its transaction is open.
        lease: The writer's lease; None for who writes no orders.
        shown: The database's place, for messages.
    """

    def __init__(self, connection: Connection, lease: Lease | None, shown: str) -> None:
        self._connection = connection
        self._lease = lease
        self._shown = shown
        self._refused = False

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        yield self._connection

    def check(self) -> None:
        """Refuse to commit what was refused in part, and what is written by who has lost the lease."""
        if self._refused:
            raise refused_inside()
        lease = self._lease
        if lease is None:
            return
        mine = {"account": lease.account_fp, "mine": lease.epoch, "owner": lease.owner_uuid}
        if self._run(_STILL_MINE, mine).rowcount != 1:
            raise lost(lease)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except JournalError:
            self._refused = True
            raise

    def _run(self, statement: Executable, values: dict[str, Any] | None = None) -> CursorResult[Any]:
        try:
            return self._connection.execute(statement, values)
        except SQLAlchemyError as error:
            self._refused = True
            raise fault(error, self._shown) from error

    def _add[R](self, record: R) -> R:
        key = self._run(insertion(TABLES[type(record)]), values_of(record)).inserted_primary_key
        return numbered(record, int(key[0])) if hasattr(record, "id") and key is not None else record

    def _save(self, record: Any, *keys: str) -> int:
        values = values_of(record)
        which = {f"its_{name}": values.pop(name) for name in keys}
        return self._run(change(TABLES[type(record)], keys), values | which).rowcount

    def add_session(self, session: Session) -> Session:
        """Add a session."""
        return self._add(session)

    def save_session(self, session: Session) -> None:
        """Write what is known of a session now."""
        with self._guarded():
            if self._save(session, "id") != 1:
                raise missing("session", session.id)

    def end_session(self, session_id: int, *, ended_ms: int, reason: str) -> None:
        """Write down when and why a session ended."""
        table = TABLES[Session]
        statement = update(table).where(table.c.id == session_id).values(ended_ms=ended_ms, end_reason=reason)
        with self._guarded():
            if self._run(statement).rowcount != 1:
                raise missing("session", session_id)

    def add_chain(self, chain: Chain) -> Chain:
        """Add a chain."""
        with self._guarded():
            check_writer(self._lease, chain.account_fp)
            return self._add(chain)

    def save_chain(self, chain: Chain) -> None:
        """Write a chain's new state."""
        with self._guarded():
            check_writer(self._lease, chain.account_fp)
            check_chain(self.chain(chain.id), chain)
            self._save(chain, "id")

    def add_attempt(self, attempt: Attempt) -> Attempt:
        """Add an attempt."""
        with self._guarded():
            check_writer(self._lease)
            return self._add(attempt)

    def save_attempt(self, attempt: Attempt) -> None:
        """Write an attempt's new state."""
        table = TABLES[Attempt]
        with self._guarded():
            check_writer(self._lease)
            check_attempt(self._one(Attempt, select(table).where(table.c.id == attempt.id)), attempt)
            self._save(attempt, "id")

    def save_fact(self, fact: OrderFact) -> OrderFact:
        """Write what is known of an order."""
        with self._guarded():
            check_writer(self._lease, fact.account_fp)
            old = self.fact(fact.account_fp, fact.symbol, fact.order_id)
            new = next_fact(old, fact)
            if new is None:
                return old or fact
            if old is None:
                return self._add(new)
            self._save(new, "account_fp", "symbol", "order_id")
            return new

    def add_fill(self, fill: Fill) -> bool:
        """Add an execution."""
        table = TABLES[Fill].c
        key = (table.account_fp == fill.account_fp) & (table.symbol == fill.symbol) & (table.trade_id == fill.trade_id)
        with self._guarded():
            check_writer(self._lease, fill.account_fp)
            old = self._one(Fill, select(TABLES[Fill]).where(key))
            if old is not None:
                check_fill(old, fill)
                return False
            self._add(fill)
            return True

    def post(self, entry: LedgerEntry) -> LedgerEntry:
        """Add a change to the ledger."""
        table = TABLES[LedgerEntry].c
        which = (table.account_fp == entry.account_fp) & (table.asset == entry.asset)
        with self._guarded():
            check_writer(self._lease, entry.account_fp)
            newest = select(table.balance_after).where(which).order_by(table.id.desc()).limit(1)
            before = self._run(newest).scalar_one_or_none()
            balance = exact_sum(ZERO if before is None else before, entry.delta)
            return self._add(attrs.evolve(entry, balance_after=balance))

    def save_foreign_order(self, order: ForeignOrder) -> None:
        """Write what is known of an order that we did not cause."""
        table = TABLES[ForeignOrder].c
        key = (table.account_fp == order.account_fp) & (table.symbol == order.symbol)
        with self._guarded():
            check_writer(self._lease, order.account_fp)
            first = select(table.first_seen_ms).where(key, table.order_id == order.order_id)
            seen = self._run(first).scalar_one_or_none()
            if seen is None:
                self._add(order)
            else:
                self._save(attrs.evolve(order, first_seen_ms=seen), "account_fp", "symbol", "order_id")

    def add_foreign_transfer(self, transfer: ForeignTransfer) -> bool:
        """Add a transfer."""
        table = TABLES[ForeignTransfer].c
        key = (table.account_fp == transfer.account_fp) & (table.transfer_id == transfer.transfer_id)
        with self._guarded():
            check_writer(self._lease, transfer.account_fp)
            old = self._one(ForeignTransfer, select(TABLES[ForeignTransfer]).where(key))
            if old is not None:
                check_transfer(old, transfer)
                return False
            self._add(transfer)
            return True

    def add_decision(self, decision: BarDecision) -> None:
        """Write down that a bar was decided."""
        with self._guarded():
            check_writer(self._lease, decision.account_fp)
            self._add(decision)

    def raise_halt(self, halt: Halt) -> Halt:
        """Raise a breaker."""
        table = TABLES[Halt].c
        active = (table.account_fp == halt.account_fp) & table.cleared_ms.is_(None)
        same = active & (table.scope == halt.scope) & (table.breaker == halt.breaker)
        return self._one(Halt, select(TABLES[Halt]).where(same)) or self._add(halt)

    def clear_halt(self, halt_id: int, *, cleared_ms: int, cleared_by: str) -> bool:
        """Clear a breaker."""
        table = TABLES[Halt]
        active = (table.c.id == halt_id) & table.c.cleared_ms.is_(None)
        return self._run(update(table).where(active).values(cleared_ms=cleared_ms, cleared_by=cleared_by)).rowcount == 1

    def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint."""
        with self._guarded():
            check_writer(self._lease)
            if self._save(checkpoint, "session_id") == 0:
                self._add(checkpoint)

    def add_execution(self, execution: Execution) -> Execution:
        """Add a row of the decision ledger."""
        return self._add(execution)

    def save_execution(self, execution: Execution) -> None:
        """Write what became of a row of the decision ledger."""
        with self._guarded():
            if self._save(execution, "id") != 1:
                raise missing("execution", execution.id)

    def add_trade(self, trade: Trade) -> Trade:
        """Add a closed trade."""
        return self._add(trade)

    def add_position(self, position: Position) -> Position:
        """Add an open position."""
        return self._add(position)

    def save_position(self, position: Position) -> None:
        """Write a position's new price and profit."""
        with self._guarded():
            if self._save(position, "id") != 1:
                raise missing("position", position.id)

    def remove_position(self, position_id: int) -> None:
        """Remove a position that was closed."""
        table = TABLES[Position]
        with self._guarded():
            if self._run(delete(table).where(table.c.id == position_id)).rowcount != 1:
                raise missing("position", position_id)

    def add_account_point(self, point: AccountPoint) -> AccountPoint:
        """Add a moment of the account's history."""
        return self._add(point)

    def save_performance(self, performance: Performance) -> None:
        """Write the figures of a session's period."""
        if self._save(performance, "session_id", "period") == 0:
            self._add(performance)


def lease_row(connection: Connection, account_fp: str) -> Lease | None:
    """Return the lease, held fast until the transaction ends."""
    table = TABLES[Lease]
    row = connection.execute(select(table).where(table.c.account_fp == account_fp).with_for_update()).one_or_none()
    return None if row is None else record_of(Lease, row)
