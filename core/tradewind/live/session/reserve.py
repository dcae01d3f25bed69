"""Space on the disk that is kept for the worst day: given back, the journal can be written to the end."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

import attrs

NAME: Final = "reserve"
SIZE: Final = 16_000_000
"""Bytes kept: some ten thousand requests and executions in the journal."""
LAST: Final = 32_000_000
"""It is given back when less than this is free."""
PLENTY: Final = 400_000_000
"""It is taken again when more than this is free."""


@attrs.define(kw_only=True)
class Reserve:
    """
    A file of real blocks that is removed when the disk is nearly full.

    Entries have stopped long before: what is written from then on is exits, stop moves and what comes of them.
    It stands in for a second place to write to, which no restart would read in order.

    Args:
        folder: Where the journal lies.
        size: Bytes kept.
        last: Given back when less is free, bytes.
        plenty: Taken again when more is free, bytes.
    """

    folder: Path
    size: int = SIZE
    last: int = LAST
    plenty: int = PLENTY

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / NAME

    def look(self) -> None:
        """Take it or give it back, as the free space says."""
        free = shutil.disk_usage(self.folder).free
        if free < self.last:
            self.path.unlink(missing_ok=True)
        elif free > self.plenty and not self.path.exists():
            self._take()

    def _take(self) -> None:
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(handle, 0, self.size)
        except OSError:
            self.path.unlink(missing_ok=True)  # without it, as on a disk that cannot keep space
        finally:
            os.close(handle)
