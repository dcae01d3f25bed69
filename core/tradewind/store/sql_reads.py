"""What can be asked of the journal, on SQLite and PostgreSQL."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from tradewind.store.accounts import AccountPoint, Execution, Position, Session, Trade
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
    OpenChain,
    OrderFact,
)
from tradewind.store.rows import TABLES, record_of
from tradewind.store.sums import add_up
from tradewind.store.tables.books import LEDGER

_CHAIN = TABLES[Chain].c
_ATTEMPT = TABLES[Attempt].c
_FACT = TABLES[OrderFact].c
_FILL = TABLES[Fill].c
_HALT = TABLES[Halt].c
_DECISION = TABLES[BarDecision].c

_ACTIVE_HALTS = (
    select(TABLES[Halt]).where(_HALT.account_fp == bindparam("account"), _HALT.cleared_ms.is_(None)).order_by(_HALT.id)
)
"""Asked at every bar: to make a statement takes longer than its answer."""


class SqlReads(ABC):
    """The questions, asked on whatever connection `_reading` gives."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Connection]: ...

    def _all[R](self, kind: type[R], statement: Select[Any], values: dict[str, Any] | None = None) -> tuple[R, ...]:
        with self._reading() as connection:
            return tuple(record_of(kind, row) for row in connection.execute(statement, values))

    def _one[R](self, kind: type[R], statement: Select[Any]) -> R | None:
        found = self._all(kind, statement.limit(1))
        return found[0] if found else None

    def lease_of(self, account_fp: str) -> Lease | None:
        """Return the lease as it stands."""
        table = TABLES[Lease]
        return self._one(Lease, select(table).where(table.c.account_fp == account_fp))

    def session(self, session_id: int) -> Session | None:
        """Return a session."""
        table = TABLES[Session]
        return self._one(Session, select(table).where(table.c.id == session_id))

    def sessions(self, account_fp: str) -> tuple[Session, ...]:
        """Return the sessions of an account, oldest first."""
        table = TABLES[Session]
        return self._all(Session, select(table).where(table.c.account_fp == account_fp).order_by(table.c.id))

    def chain(self, chain_id: int) -> Chain | None:
        """Return a chain."""
        return self._one(Chain, select(TABLES[Chain]).where(_CHAIN.id == chain_id))

    def chains(self, account_fp: str, *, limit: int = 1000) -> tuple[Chain, ...]:
        """Return the newest chains, newest first."""
        statement = select(TABLES[Chain]).where(_CHAIN.account_fp == account_fp)
        return self._all(Chain, statement.order_by(_CHAIN.id.desc()).limit(limit))

    def open_chains(self, account_fp: str) -> tuple[OpenChain, ...]:
        """Return every chain that is not closed, with what was written down for it."""
        is_open = (_CHAIN.account_fp == account_fp) & _CHAIN.closed_ms.is_(None)
        ids = select(_CHAIN.id).where(is_open)
        with self._reading() as connection:
            chains = [record_of(Chain, row) for row in connection.execute(select(TABLES[Chain]).where(is_open))]
            kinds: tuple[tuple[type[Any], Any, Any], ...] = (
                (Attempt, _ATTEMPT.chain_id, _ATTEMPT.n),
                (OrderFact, _FACT.chain_id, _FACT.order_id),
                (Fill, _FILL.chain_id, _FILL.trade_id),
            )
            attempts, facts, fills = (
                _grouped(
                    record_of(kind, row)
                    for row in connection.execute(select(TABLES[kind]).where(column.in_(ids)).order_by(order))
                )
                for kind, column, order in kinds
            )
        return tuple(
            OpenChain(
                chain=chain,
                attempts=tuple(attempts[chain.id]),
                facts=tuple(facts[chain.id]),
                fills=tuple(fills[chain.id]),
            )
            for chain in sorted(chains, key=lambda chain: chain.id)
        )

    def attempts(self, chain_id: int) -> tuple[Attempt, ...]:
        """Return what was asked for a chain, in order."""
        statement = select(TABLES[Attempt]).where(_ATTEMPT.chain_id == chain_id)
        return self._all(Attempt, statement.order_by(_ATTEMPT.n))

    def attempts_of(self, client_id: str) -> tuple[Attempt, ...]:
        """Return the attempts with this client id."""
        statement = select(TABLES[Attempt]).where(_ATTEMPT.client_id == client_id)
        return self._all(Attempt, statement.order_by(_ATTEMPT.id))

    def facts(self, chain_id: int) -> tuple[OrderFact, ...]:
        """Return what is known of a chain's orders."""
        statement = select(TABLES[OrderFact]).where(_FACT.chain_id == chain_id)
        return self._all(OrderFact, statement.order_by(_FACT.order_id))

    def fact(self, account_fp: str, symbol: str, order_id: int) -> OrderFact | None:
        """Return what is known of one order."""
        key = (_FACT.account_fp == account_fp) & (_FACT.symbol == symbol) & (_FACT.order_id == order_id)
        return self._one(OrderFact, select(TABLES[OrderFact]).where(key))

    def open_facts(self, account_fp: str) -> tuple[OrderFact, ...]:
        """Return the orders that are not terminal."""
        statement = select(TABLES[OrderFact]).where(_FACT.account_fp == account_fp, ~_FACT.terminal)
        return self._all(OrderFact, statement.order_by(_FACT.symbol, _FACT.order_id))

    def fills(self, chain_id: int) -> tuple[Fill, ...]:
        """Return a chain's executions."""
        statement = select(TABLES[Fill]).where(_FILL.chain_id == chain_id)
        return self._all(Fill, statement.order_by(_FILL.trade_id))

    def next_trade_id(self, account_fp: str, symbol: str) -> int:
        """Return one more than the highest trade id that is stored."""
        key = (_FILL.account_fp == account_fp) & (_FILL.symbol == symbol)
        with self._reading() as connection:
            highest = connection.execute(select(func.max(_FILL.trade_id)).where(key)).scalar_one()
        return 0 if highest is None else int(highest) + 1

    def balances(self, account_fp: str) -> dict[str, Decimal]:
        """Return the ledger's newest balance of every asset."""
        table = LEDGER.c
        newest = select(func.max(table.id)).where(table.account_fp == account_fp).group_by(table.asset)
        with self._reading() as connection:
            rows = connection.execute(select(table.asset, table.balance_after).where(table.id.in_(newest)))
            return dict(sorted(map(tuple, rows)))

    def ledger_sums(self, account_fp: str) -> dict[str, Decimal]:
        """Return the exact sum of every asset's changes, added up anew."""
        return self._sums(LEDGER.c.account_fp == account_fp)

    def chain_sums(self, chain_id: int) -> dict[str, Decimal]:
        """Return the exact sum of a chain's changes by asset."""
        return self._sums(LEDGER.c.chain_id == chain_id)

    def _sums(self, which: Any) -> dict[str, Decimal]:
        sums: dict[str, Decimal] = {}
        with self._reading() as connection:
            # SQLite would add text as floats: the sum is made here.
            rows = connection.execute(select(LEDGER.c.asset, LEDGER.c.delta).where(which)).yield_per(10_000)
            for asset, delta in rows:
                add_up(sums, asset, delta)
        return dict(sorted(sums.items()))

    def decision(self, account_fp: str, symbol: str, slot: str, bar_open_ms: int) -> BarDecision | None:
        """Return how a bar was decided."""
        return self._one(BarDecision, _decisions(account_fp, symbol, slot).where(_DECISION.bar_open_ms == bar_open_ms))

    def last_decision(self, account_fp: str, symbol: str, slot: str) -> BarDecision | None:
        """Return the decision of the newest bar of a slot."""
        return self._one(BarDecision, _decisions(account_fp, symbol, slot).order_by(_DECISION.bar_open_ms.desc()))

    def active_halts(self, account_fp: str) -> tuple[Halt, ...]:
        """Return the breakers that are raised."""
        return self._all(Halt, _ACTIVE_HALTS, {"account": account_fp})

    def halts(self, account_fp: str) -> tuple[Halt, ...]:
        """Return all breakers that ever were raised."""
        return self._all(Halt, select(TABLES[Halt]).where(_HALT.account_fp == account_fp).order_by(_HALT.id))

    def foreign_orders(self, account_fp: str) -> tuple[ForeignOrder, ...]:
        """Return the orders that we did not cause."""
        table = TABLES[ForeignOrder]
        statement = select(table).where(table.c.account_fp == account_fp)
        return self._all(ForeignOrder, statement.order_by(table.c.symbol, table.c.order_id))

    def foreign_transfers(self, account_fp: str) -> tuple[ForeignTransfer, ...]:
        """Return the transfers that we did not cause."""
        table = TABLES[ForeignTransfer]
        statement = select(table).where(table.c.account_fp == account_fp)
        return self._all(ForeignTransfer, statement.order_by(table.c.time_ms, table.c.transfer_id))

    def checkpoint(self, session_id: int) -> Checkpoint | None:
        """Return the session's newest checkpoint."""
        table = TABLES[Checkpoint]
        return self._one(Checkpoint, select(table).where(table.c.session_id == session_id))

    def positions(self, session_id: int) -> tuple[Position, ...]:
        """Return a session's open positions."""
        table = TABLES[Position]
        return self._all(Position, select(table).where(table.c.session_id == session_id).order_by(table.c.id))

    def trades(self, session_id: int) -> tuple[Trade, ...]:
        """Return a session's closed trades, oldest first."""
        table = TABLES[Trade]
        statement = select(table).where(table.c.session_id == session_id)
        return self._all(Trade, statement.order_by(table.c.exit_time, table.c.id))

    def executions(self, account_fp: str, *, outcome: int) -> tuple[Execution, ...]:
        """Return the rows of an account's decision ledger with this outcome, oldest first."""
        table, sessions = TABLES[Execution], TABLES[Session]
        own = select(sessions.c.id).where(sessions.c.account_fp == account_fp)
        statement = select(table).where(table.c.outcome == outcome, table.c.session_id.in_(own))
        return self._all(Execution, statement.order_by(table.c.id))

    def account_points(self, session_id: int) -> tuple[AccountPoint, ...]:
        """Return the moments of a session's account, oldest first."""
        table = TABLES[AccountPoint]
        return self._all(AccountPoint, select(table).where(table.c.session_id == session_id).order_by(table.c.id))


def _decisions(account_fp: str, symbol: str, slot: str) -> Select[Any]:
    key = (_DECISION.account_fp == account_fp) & (_DECISION.symbol == symbol) & (_DECISION.slot == slot)
    return select(TABLES[BarDecision]).where(key)


def _grouped(records: Iterable[Any] | Iterator[Any]) -> defaultdict[int, list[Any]]:
    groups: defaultdict[int, list[Any]] = defaultdict(list)
    for record in records:
        groups[record.chain_id].append(record)
    return groups
