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
from typing import Final, Protocol

from tradewind.store.reads import Reads
from tradewind.store.records import (
    Lease,
    LeaseOwner,
)
from tradewind.store.unit import Unit

__all__ = ["LEASE_TIMEOUT_MS", "Journal", "Reads", "Unit"]

LEASE_TIMEOUT_MS: Final = 30_000
"""A lease whose holder has shown no life for this long may be taken over."""


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
