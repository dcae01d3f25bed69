"""What can be asked of the journal, in memory."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from tradewind.store.accounts import AccountPoint, Execution, Position, Session, Trade
from tradewind.store.disk import Disk
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
    OpenChain,
    OrderFact,
)
from tradewind.store.sums import add_up


class MemoryReads:
    """
    The questions, asked of a disk.

    Args:
        disk: The disk.
    """

    def __init__(self, disk: Disk) -> None:
        self.disk = disk

    def lease_of(self, account_fp: str) -> Lease | None:
        """Return the lease as it stands."""
        return self.disk.leases.get(account_fp)

    def session(self, session_id: int) -> Session | None:
        """Return a session."""
        return self.disk.sessions.get(session_id)

    def sessions(self, account_fp: str) -> tuple[Session, ...]:
        """Return the sessions of an account, oldest first."""
        return tuple(row for row in self.disk.sessions.values() if row.account_fp == account_fp)

    def chain(self, chain_id: int) -> Chain | None:
        """Return a chain."""
        return self.disk.chains.get(chain_id)

    def chains(self, account_fp: str, *, limit: int = 1000) -> tuple[Chain, ...]:
        """Return the newest chains, newest first."""
        own = [chain for chain in reversed(self.disk.chains.values()) if chain.account_fp == account_fp]
        return tuple(own[:limit])

    def open_chains(self, account_fp: str) -> tuple[OpenChain, ...]:
        """Return every chain that is not closed, with what was written down for it."""
        ids = sorted(number for key, number in self.disk.unique.items() if key[:2] == ("open", account_fp))
        return tuple(
            OpenChain(
                chain=self.disk.chains[number],
                attempts=self.attempts(number),
                facts=self.facts(number),
                fills=self.fills(number),
            )
            for number in ids
        )

    def attempts(self, chain_id: int) -> tuple[Attempt, ...]:
        """Return what was asked for a chain, in order."""
        own = (self.disk.attempts[key] for key in self.disk.attempts_of.get(chain_id, {}))
        return tuple(sorted(own, key=lambda attempt: attempt.n))

    def attempts_of(self, client_id: str) -> tuple[Attempt, ...]:
        """Return the attempts with this client id."""
        return tuple(self.disk.attempts[number] for number in self.disk.newest.get(("client", client_id), ()))

    def facts(self, chain_id: int) -> tuple[OrderFact, ...]:
        """Return what is known of a chain's orders."""
        own = (self.disk.facts[key] for key in self.disk.facts_of.get(chain_id, {}))
        return tuple(sorted(own, key=lambda fact: fact.order_id))

    def fact(self, account_fp: str, symbol: str, order_id: int) -> OrderFact | None:
        """Return what is known of one order."""
        return self.disk.facts.get((account_fp, symbol, order_id))

    def open_facts(self, account_fp: str) -> tuple[OrderFact, ...]:
        """Return the orders that are not terminal."""
        return tuple(self.disk.facts[key] for key in sorted(self.disk.open_facts) if key[0] == account_fp)

    def fills(self, chain_id: int) -> tuple[Fill, ...]:
        """Return a chain's executions."""
        own = (self.disk.fills[key] for key in self.disk.fills_of.get(chain_id, {}))
        return tuple(sorted(own, key=lambda fill: fill.trade_id))

    def next_trade_id(self, account_fp: str, symbol: str) -> int:
        """Return one more than the highest trade id that is stored."""
        return int(self.disk.newest.get(("trade", account_fp, symbol), -1)) + 1

    def balances(self, account_fp: str) -> dict[str, Decimal]:
        """Return the ledger's newest balance of every asset."""
        return {asset: balance for (own, asset), balance in sorted(self.disk.balances.items()) if own == account_fp}

    def ledger_sums(self, account_fp: str) -> dict[str, Decimal]:
        """Return the exact sum of every asset's changes, added up anew."""
        return _sums(entry for entry in self.disk.ledger.values() if entry.account_fp == account_fp)

    def chain_sums(self, chain_id: int) -> dict[str, Decimal]:
        """Return the exact sum of a chain's changes by asset."""
        return _sums(self.disk.ledger[number] for number in self.disk.ledger_of.get(chain_id, {}))

    def decision(self, account_fp: str, symbol: str, slot: str, bar_open_ms: int) -> BarDecision | None:
        """Return how a bar was decided."""
        return self.disk.decisions.get((account_fp, symbol, slot, bar_open_ms))

    def last_decision(self, account_fp: str, symbol: str, slot: str) -> BarDecision | None:
        """Return the decision of the newest bar of a slot."""
        bar: int | None = self.disk.newest.get(("bar", account_fp, symbol, slot))
        return None if bar is None else self.disk.decisions[account_fp, symbol, slot, bar]

    def active_halts(self, account_fp: str) -> tuple[Halt, ...]:
        """Return the breakers that are raised."""
        return tuple(halt for halt in self.halts(account_fp) if halt.cleared_ms is None)

    def halts(self, account_fp: str) -> tuple[Halt, ...]:
        """Return all breakers that ever were raised."""
        return tuple(halt for halt in self.disk.halts.values() if halt.account_fp == account_fp)

    def foreign_orders(self, account_fp: str) -> tuple[ForeignOrder, ...]:
        """Return the orders that we did not cause."""
        own = (row for row in self.disk.foreign_orders.values() if row.account_fp == account_fp)
        return tuple(sorted(own, key=lambda row: (row.symbol, row.order_id)))

    def foreign_transfers(self, account_fp: str) -> tuple[ForeignTransfer, ...]:
        """Return the transfers that we did not cause."""
        own = (row for row in self.disk.foreign_transfers.values() if row.account_fp == account_fp)
        return tuple(sorted(own, key=lambda row: (row.time_ms, row.transfer_id)))

    def checkpoint(self, session_id: int) -> Checkpoint | None:
        """Return the session's newest checkpoint."""
        return self.disk.checkpoints.get(session_id)

    def positions(self, session_id: int) -> tuple[Position, ...]:
        """Return a session's open positions."""
        own = (row for row in self.disk.positions.values() if row.session_id == session_id)
        return tuple(sorted(own, key=lambda row: row.id))

    def trades(self, session_id: int) -> tuple[Trade, ...]:
        """Return a session's closed trades, oldest first."""
        own = (row for row in self.disk.trades.values() if row.session_id == session_id)
        return tuple(sorted(own, key=lambda row: (row.exit_time, row.id)))

    def executions(self, account_fp: str, *, outcome: int) -> tuple[Execution, ...]:
        """Return the rows of an account's decision ledger with this outcome, oldest first."""
        own = {session.id for session in self.disk.sessions.values() if session.account_fp == account_fp}
        found = (row for row in self.disk.executions.values() if row.session_id in own and row.outcome == outcome)
        return tuple(sorted(found, key=lambda row: row.id))

    def account_points(self, session_id: int) -> tuple[AccountPoint, ...]:
        """Return the moments of a session's account, oldest first."""
        return tuple(row for row in self.disk.history.values() if row.session_id == session_id)


def _sums(entries: Iterable[LedgerEntry]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for entry in entries:
        add_up(sums, entry.asset, entry.delta)
    return dict(sorted(sums.items()))
