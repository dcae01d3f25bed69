"""One writer at a time, across processes and threads."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tradewind.errors import DataError

_POLL_S: Final = 0.02


@contextmanager
def writing(lock: Path, *, patience_s: float = 60.0) -> Iterator[None]:
    """
    Hold a lock file; the system releases it when the process ends, however it ends.

    The file stays when the lock is released: removing it would let two writers hold two files of one name.

    Args:
        lock: The lock file; it and its folder are made when they are not there.
        patience_s: How long to wait for another writer, seconds.

    Raises:
        DataError: TW-D013 when another writer keeps the lock for longer.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + patience_s
    with lock.open("a") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise DataError(
                        f"the cache has been locked by another process for {patience_s:g} s ({lock.name}).",
                        code="TW-D013",
                        hint="Wait for the other run to end, or give this one another cache folder.",
                    ) from None
                time.sleep(_POLL_S)
        yield
