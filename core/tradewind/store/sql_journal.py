"""The journal on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import attrs
from sqlalchemy import Connection, insert, update

from tradewind.errors import JournalError
from tradewind.store.fields import values_of
from tradewind.store.opening import Store
from tradewind.store.records import Lease, LeaseOwner
from tradewind.store.rows import TABLES
from tradewind.store.rules import lost, next_lease
from tradewind.store.sql_reads import SqlReads
from tradewind.store.sql_unit import SqlUnit, lease_row

_LEASE = TABLES[Lease]


class SqlJournal(SqlReads):
    """
    The journal of a database.

    Args:
        store: The open database. The journal closes it.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._open: Connection | None = None

    def _reading(self) -> AbstractContextManager[Connection]:
        return self.store.snapshot() if self._open is None else nullcontext(self._open)

    @contextmanager
    def begin(self, lease: Lease | None) -> Iterator[SqlUnit]:
        """Open a unit of work."""
        if self._open is not None:
            raise RuntimeError("a unit of work is open already; units do not nest")
        with self.store.transaction() as connection:
            unit = SqlUnit(connection, lease, self.store.shown)
            self._open = connection
            try:
                yield unit
                unit.check()
            finally:
                self._open = None

    def acquire_lease(
        self, account_fp: str, owner: LeaseOwner, *, now_ms: int, holder_is_dead: bool = False, takeover: bool = False
    ) -> Lease:
        """Become the one writer of an account."""
        try:
            return self._acquire(account_fp, owner, now_ms=now_ms, holder_is_dead=holder_is_dead, takeover=takeover)
        except JournalError:
            # Another process wrote the account's first lease at the same moment: it is there now.
            return self._acquire(account_fp, owner, now_ms=now_ms, holder_is_dead=holder_is_dead, takeover=takeover)

    def _acquire(
        self, account_fp: str, owner: LeaseOwner, *, now_ms: int, holder_is_dead: bool, takeover: bool
    ) -> Lease:
        with self.store.transaction() as connection:
            held = lease_row(connection, account_fp)
            lease = next_lease(held, account_fp, owner, now_ms=now_ms, holder_is_dead=holder_is_dead, takeover=takeover)
            if held is None:
                connection.execute(insert(_LEASE), values_of(lease))
            else:
                connection.execute(update(_LEASE).where(_LEASE.c.account_fp == account_fp).values(values_of(lease)))
        return lease

    def renew_lease(self, lease: Lease, *, now_ms: int) -> Lease:
        """Show life."""
        renewed = attrs.evolve(lease, heartbeat_ms=now_ms)
        if not self._write(lease, heartbeat_ms=now_ms):
            raise lost(lease)
        return renewed

    def release_lease(self, lease: Lease, *, now_ms: int) -> None:
        """Give the lease back."""
        self._write(lease, owner_uuid="", heartbeat_ms=now_ms)

    def _write(self, lease: Lease, **values: object) -> bool:
        held = (_LEASE.c.epoch == lease.epoch) & (_LEASE.c.owner_uuid == lease.owner_uuid)
        statement = update(_LEASE).where(_LEASE.c.account_fp == lease.account_fp, held).values(**values)
        with self.store.transaction() as connection:
            return connection.execute(statement).rowcount == 1

    def close(self) -> None:
        """Close the database."""
        self.store.close()
