"""The journal in memory, for simulation: fast, and crashed at will."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import attrs

from tradewind.store.disk import Disk
from tradewind.store.memory_reads import MemoryReads
from tradewind.store.memory_unit import MemoryUnit, holds
from tradewind.store.records import Lease, LeaseOwner
from tradewind.store.rules import lost, next_lease


class MemoryJournal(MemoryReads):
    """
    A journal on a disk in memory.

    To crash a process, drop its journal wherever it stands and open another on the same disk: what
    was not committed is gone. An older journal that wakes up later finds its unit over and its lease taken.

    Args:
        disk: What outlives the journal; None for a new one.
        before_commit: Called when a unit is about to commit; what it raises undoes the unit.
    """

    def __init__(self, disk: Disk | None = None, *, before_commit: Callable[[], None] | None = None) -> None:
        super().__init__(Disk() if disk is None else disk)
        self.disk.undo()
        self._before_commit = before_commit
        self._unit: MemoryUnit | None = None

    @contextmanager
    def begin(self, lease: Lease | None) -> Iterator[MemoryUnit]:
        """Open a unit of work."""
        if self._unit is not None:
            raise RuntimeError("a unit of work is open already; units do not nest")
        unit = self._unit = MemoryUnit(self.disk, lease)
        self.disk.open(unit)
        try:
            yield unit
            unit.check()
            if self._before_commit is not None:
                self._before_commit()
            self.disk.commit()
        except BaseException:
            if self.disk.is_open(unit):
                self.disk.undo()
            raise
        finally:
            self._unit = None

    def acquire_lease(
        self, account_fp: str, owner: LeaseOwner, *, now_ms: int, holder_is_dead: bool = False, takeover: bool = False
    ) -> Lease:
        """Become the one writer of an account."""
        held = self.disk.leases.get(account_fp)
        lease = next_lease(held, account_fp, owner, now_ms=now_ms, holder_is_dead=holder_is_dead, takeover=takeover)
        self.disk.leases[account_fp] = lease
        return lease

    def renew_lease(self, lease: Lease, *, now_ms: int) -> Lease:
        """Show life."""
        if not holds(self.disk, lease):
            raise lost(lease)
        renewed = attrs.evolve(lease, heartbeat_ms=now_ms)
        self.disk.leases[lease.account_fp] = renewed
        return renewed

    def release_lease(self, lease: Lease, *, now_ms: int) -> None:
        """Give the lease back."""
        if holds(self.disk, lease):
            self.disk.leases[lease.account_fp] = attrs.evolve(lease, owner_uuid="", heartbeat_ms=now_ms)

    def close(self) -> None:
        """Let go of the disk; it keeps what was committed."""
        self.disk.undo()
