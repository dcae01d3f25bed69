"""
One writer for each account: an operating-system lock and a lease in the journal.

The lock dies with its process, so that a crash leaves nothing to wait for; the lease has an epoch that
every commit checks, so that a process which was stopped, replaced and woken up writes nothing.
"""

from __future__ import annotations

import fcntl
import os
import socket
from io import TextIOWrapper
from pathlib import Path

from tradewind.live.rng import Chance
from tradewind.store.records import LeaseOwner

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class AccountLock:
    """
    The lock of an account on this machine: `<folder>/<account>.lock`.

    The file stays when the lock is released: removing it would let two processes hold two files of one name.

    Args:
        folder: The state folder; it is there.
        account: The account's fingerprint.
    """

    def __init__(self, folder: Path, account: str) -> None:
        self._path = folder / f"{account}.lock"
        self._file: TextIOWrapper | None = None

    def acquire(self) -> bool:
        """Take it; return False when another living process of this machine has it."""
        if self._file is not None:
            return True
        file = self._path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Give it back; does nothing when it is not held."""
        if self._file is not None:
            self._file.close()
            self._file = None


def boot_id() -> str:
    """Return what changes with every start of this machine; empty where the system does not tell."""
    return _BOOT_ID.read_text().strip() if _BOOT_ID.is_file() else ""


def this_process(chance: Chance) -> LeaseOwner:
    """Return who this process is."""
    return LeaseOwner(uuid=chance.name(), host=socket.gethostname(), pid=os.getpid(), boot_id=boot_id())
