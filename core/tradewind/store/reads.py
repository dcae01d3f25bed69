"""What can be asked of the journal, in whatever form it is kept."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

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
