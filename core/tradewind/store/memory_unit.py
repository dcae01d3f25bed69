"""A unit of work in memory, with the constraints that the tables have."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

import attrs

from tradewind.errors import JournalError, LeaseError
from tradewind.store.accounts import MODES, AccountPoint, Execution, Performance, Position, Session, Trade
from tradewind.store.disk import Disk, Family
from tradewind.store.memory_reads import MemoryReads
from tradewind.store.records import (
    CLIENT_ID_LENGTH,
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
from tradewind.store.sums import exact_sum


def _write[**P, R](
    method: Callable[Concatenate[MemoryUnit, P], R],
) -> Callable[Concatenate[MemoryUnit, P], R]:
    """Make a write fail when its unit is over, and its unit fail when the write is refused."""

    @wraps(method)
    def guarded(unit: MemoryUnit, /, *args: P.args, **kwargs: P.kwargs) -> R:
        unit.check_open()
        try:
            return method(unit, *args, **kwargs)
        except JournalError:
            unit.refused = True
            raise

    return guarded


class MemoryUnit(MemoryReads):
    """
    A unit of work on a disk in memory.

    Args:
        disk: The disk.
        lease: The writer's lease; None for who writes no orders.
    """

    def __init__(self, disk: Disk, lease: Lease | None) -> None:
        super().__init__(disk)
        self._lease = lease
        self.refused = False

    def check_open(self) -> None:
        """Refuse to write once a successor has opened the disk, as a lock on a file would."""
        if not self.disk.is_open(self):
            raise lost(self._lease) if self._lease else LeaseError("the unit is over.", code="TW-L007")

    def check(self) -> None:
        """Refuse to commit what was refused in part, and what is written by who has lost the lease."""
        self.check_open()
        if self.refused:
            raise refused_inside()
        if self._lease is not None and not holds(self.disk, self._lease):
            raise lost(self._lease)

    def _number[R](self, table: dict[int, R], record: R) -> R:
        counter = ("id", type(record))
        number = self.disk.newest.get(counter, 0) + 1
        self.disk.put(self.disk.newest, counter, number)
        added = numbered(record, number)
        self.disk.put(table, number, added)
        return added

    def _once(self, *key: Any, value: Any = None) -> None:
        if key in self.disk.unique:
            raise _broken(*key)
        self.disk.put(self.disk.unique, key, value)

    def _belongs(self, family: Family, chain_id: int | None, key: Any) -> None:
        if chain_id is None:
            return
        self._exists(self.disk.chains, chain_id, "chain")
        if chain_id not in family:
            self.disk.put(family, chain_id, {})
        if key not in family[chain_id]:
            self.disk.put(family[chain_id], key, None)

    @staticmethod
    def _exists(table: dict[Any, Any], key: Any, kind: str) -> None:
        if key not in table:
            raise missing(kind, key)

    @_write
    def add_session(self, session: Session) -> Session:
        """Add a session."""
        if session.mode not in MODES:
            raise _broken("mode", session.mode)
        return self._number(self.disk.sessions, session)

    @_write
    def save_session(self, session: Session) -> None:
        """Write what is known of a session now."""
        self._exists(self.disk.sessions, session.id, "session")
        self.disk.put(self.disk.sessions, session.id, session)

    @_write
    def end_session(self, session_id: int, *, ended_ms: int, reason: str) -> None:
        """Write down when and why a session ended."""
        self._exists(self.disk.sessions, session_id, "session")
        ended = attrs.evolve(self.disk.sessions[session_id], ended_ms=ended_ms, end_reason=reason)
        self.disk.put(self.disk.sessions, session_id, ended)

    @_write
    def add_chain(self, chain: Chain) -> Chain:
        """Add a chain."""
        check_writer(self._lease, chain.account_fp)
        self._exists(self.disk.sessions, chain.session_id, "session")
        self._once("chain", chain.account_fp, chain.symbol, chain.slot, chain.bar_open_ms, chain.tranche)
        added = self._number(self.disk.chains, chain)
        if added.closed_ms is None:
            self._once(*_place(added), value=added.id)
        return added

    @_write
    def save_chain(self, chain: Chain) -> None:
        """Write a chain's new state."""
        check_writer(self._lease, chain.account_fp)
        old = self.disk.chains.get(chain.id)
        check_chain(old, chain)
        was_open, is_open = old is not None and old.closed_ms is None, chain.closed_ms is None
        if was_open and not is_open:
            self.disk.drop(self.disk.unique, _place(chain))
        if is_open and not was_open:
            self._once(*_place(chain), value=chain.id)
        self.disk.put(self.disk.chains, chain.id, chain)

    @_write
    def add_attempt(self, attempt: Attempt) -> Attempt:
        """Add an attempt."""
        check_writer(self._lease)
        if len(attempt.client_id) > CLIENT_ID_LENGTH:
            raise _broken("client_id_length", attempt.client_id)
        self._once("attempt", attempt.client_id, attempt.verb)
        self._once("n", attempt.chain_id, attempt.n)
        self._exists(self.disk.chains, attempt.chain_id, "chain")
        added = self._number(self.disk.attempts, attempt)
        self._belongs(self.disk.attempts_of, added.chain_id, added.id)
        key = ("client", added.client_id)
        self.disk.put(self.disk.newest, key, (*self.disk.newest.get(key, ()), added.id))
        return added

    @_write
    def save_attempt(self, attempt: Attempt) -> None:
        """Write an attempt's new state."""
        check_writer(self._lease)
        check_attempt(self.disk.attempts.get(attempt.id), attempt)
        self.disk.put(self.disk.attempts, attempt.id, attempt)

    @_write
    def save_fact(self, fact: OrderFact) -> OrderFact:
        """Write what is known of an order."""
        check_writer(self._lease, fact.account_fp)
        key = (fact.account_fp, fact.symbol, fact.order_id)
        old = self.disk.facts.get(key)
        new = next_fact(old, fact)
        if new is None:
            return old or fact
        if old is not None and old.chain_id not in {None, new.chain_id}:
            self.disk.drop(self.disk.facts_of[int(old.chain_id or 0)], key)
        self._belongs(self.disk.facts_of, new.chain_id, key)
        self.disk.put(self.disk.facts, key, new)
        (self.disk.drop if new.terminal else self._mark)(self.disk.open_facts, key)
        return new

    def _mark(self, table: dict[Any, None], key: Any) -> None:
        self.disk.put(table, key, None)

    @_write
    def add_fill(self, fill: Fill) -> bool:
        """Add an execution."""
        check_writer(self._lease, fill.account_fp)
        key = (fill.account_fp, fill.symbol, fill.trade_id)
        old = self.disk.fills.get(key)
        if old is not None:
            check_fill(old, fill)
            return False
        self._belongs(self.disk.fills_of, fill.chain_id, key)
        self.disk.put(self.disk.fills, key, fill)
        highest = ("trade", fill.account_fp, fill.symbol)
        self.disk.put(self.disk.newest, highest, max(self.disk.newest.get(highest, -1), fill.trade_id))
        return True

    @_write
    def post(self, entry: LedgerEntry) -> LedgerEntry:
        """Add a change to the ledger."""
        check_writer(self._lease, entry.account_fp)
        if entry.cause not in {"fill", "transfer"} or entry.leg not in {"base", "quote", "commission", "transfer"}:
            raise _broken("cause", entry.cause, entry.leg)
        self._once("ledger", entry.account_fp, entry.cause, entry.symbol, entry.ref, entry.leg)
        asset = (entry.account_fp, entry.asset)
        balance = exact_sum(self.disk.balances.get(asset, ZERO), entry.delta)
        added = self._number(self.disk.ledger, attrs.evolve(entry, balance_after=balance))
        self._belongs(self.disk.ledger_of, added.chain_id, added.id)
        self.disk.put(self.disk.balances, asset, balance)
        return added

    @_write
    def save_foreign_order(self, order: ForeignOrder) -> None:
        """Write what is known of an order that we did not cause."""
        check_writer(self._lease, order.account_fp)
        key = (order.account_fp, order.symbol, order.order_id)
        old = self.disk.foreign_orders.get(key)
        first = order.first_seen_ms if old is None else old.first_seen_ms
        self.disk.put(self.disk.foreign_orders, key, attrs.evolve(order, first_seen_ms=first))

    @_write
    def add_foreign_transfer(self, transfer: ForeignTransfer) -> bool:
        """Add a transfer."""
        check_writer(self._lease, transfer.account_fp)
        key = (transfer.account_fp, transfer.transfer_id)
        old = self.disk.foreign_transfers.get(key)
        if old is not None:
            check_transfer(old, transfer)
            return False
        self.disk.put(self.disk.foreign_transfers, key, transfer)
        return True

    @_write
    def add_decision(self, decision: BarDecision) -> None:
        """Write down that a bar was decided."""
        check_writer(self._lease, decision.account_fp)
        self._exists(self.disk.sessions, decision.session_id, "session")
        if decision.chain_id is not None:
            self._exists(self.disk.chains, decision.chain_id, "chain")
        slot = (decision.account_fp, decision.symbol, decision.slot)
        if (*slot, decision.bar_open_ms) in self.disk.decisions:
            raise _broken("bar_decision", *slot, decision.bar_open_ms)
        self.disk.put(self.disk.decisions, (*slot, decision.bar_open_ms), decision)
        newest = max(self.disk.newest.get(("bar", *slot), decision.bar_open_ms), decision.bar_open_ms)
        self.disk.put(self.disk.newest, ("bar", *slot), newest)

    @_write
    def raise_halt(self, halt: Halt) -> Halt:
        """Raise a breaker."""
        for active in self.active_halts(halt.account_fp):
            if (active.scope, active.breaker) == (halt.scope, halt.breaker):
                return active
        return self._number(self.disk.halts, halt)

    @_write
    def clear_halt(self, halt_id: int, *, cleared_ms: int, cleared_by: str) -> bool:
        """Clear a breaker."""
        halt = self.disk.halts.get(halt_id)
        if halt is None or halt.cleared_ms is not None:
            return False
        self.disk.put(self.disk.halts, halt_id, attrs.evolve(halt, cleared_ms=cleared_ms, cleared_by=cleared_by))
        return True

    @_write
    def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint."""
        check_writer(self._lease)
        self._exists(self.disk.sessions, checkpoint.session_id, "session")
        self.disk.put(self.disk.checkpoints, checkpoint.session_id, checkpoint)

    def _of_session[R](self, table: dict[int, R], record: R) -> R:
        self._exists(self.disk.sessions, getattr(record, "session_id", 0), "session")
        chain_id = getattr(record, "chain_id", None)
        if chain_id is not None:
            self._exists(self.disk.chains, chain_id, "chain")
        if getattr(record, "side", "long") not in {"long", "short"}:
            raise _broken("side", getattr(record, "side", ""))
        return self._number(table, record)

    @_write
    def add_execution(self, execution: Execution) -> Execution:
        """Add a row of the decision ledger."""
        return self._of_session(self.disk.executions, execution)

    @_write
    def save_execution(self, execution: Execution) -> None:
        """Write what became of a row of the decision ledger."""
        self._exists(self.disk.executions, execution.id, "execution")
        self.disk.put(self.disk.executions, execution.id, execution)

    @_write
    def add_trade(self, trade: Trade) -> Trade:
        """Add a closed trade."""
        return self._of_session(self.disk.trades, trade)

    @_write
    def add_position(self, position: Position) -> Position:
        """Add an open position."""
        return self._of_session(self.disk.positions, position)

    @_write
    def save_position(self, position: Position) -> None:
        """Write a position's new price and profit."""
        self._exists(self.disk.positions, position.id, "position")
        self.disk.put(self.disk.positions, position.id, position)

    @_write
    def remove_position(self, position_id: int) -> None:
        """Remove a position that was closed."""
        self._exists(self.disk.positions, position_id, "position")
        self.disk.drop(self.disk.positions, position_id)

    @_write
    def add_account_point(self, point: AccountPoint) -> AccountPoint:
        """Add a moment of the account's history."""
        return self._of_session(self.disk.history, point)

    @_write
    def save_performance(self, performance: Performance) -> None:
        """Write the figures of a session's period."""
        self._exists(self.disk.sessions, performance.session_id, "session")
        self.disk.put(self.disk.performance, (performance.session_id, performance.period), performance)


def holds(disk: Disk, lease: Lease) -> bool:
    """Tell whether a lease is the one in force."""
    held = disk.leases.get(lease.account_fp)
    return held is not None and (held.epoch, held.owner_uuid) == (lease.epoch, lease.owner_uuid)


def _place(chain: Chain) -> tuple[Any, ...]:
    return ("open", chain.account_fp, chain.symbol, chain.slot, chain.tranche)


def _broken(*key: Any) -> JournalError:
    return JournalError(f"the row is refused: {key[0]} {', '.join(map(str, key[1:]))}.", code="TW-B006")
