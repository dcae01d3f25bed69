"""Watchdogs of the machine: memory, descriptors, disk and clock."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import attrs

from tradewind.live.clock import Clock
from tradewind.live.control.status import memory_bytes
from tradewind.live.watch.watchdog import LASTS_S, Trouble

SHARE: Final = 0.8
"""The part of a limit at which somebody is told."""
LEAST_BYTES: Final = 200_000_000
"""Less free space than this stops entries."""
CLOCK_MS: Final = 250
"""How well the venue's time must be known, milliseconds."""
JUMP_MS: Final = 1_000
"""How far the machine's clock may move against the monotonic one between two looks, milliseconds."""
_CGROUP: Final = Path("/sys/fs/cgroup/memory.max")
_HANDLES: Final = Path("/proc/self/fd")


def memory_limit() -> int:
    """Return how much memory this process may have, bytes: by its own limit, its container's or the machine."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    soft = resource.getrlimit(resource.RLIMIT_AS)[0]
    if soft != resource.RLIM_INFINITY:
        limits.append(soft)
    if _CGROUP.is_file() and (told := _CGROUP.read_text().strip()).isdigit():
        limits.append(int(told))
    return min(limits)


@attrs.define(kw_only=True)
class Memory:
    """
    Memory that runs out.

    Args:
        limit: How much there may be, bytes.
    """

    name = "memory"
    limit: int = attrs.field(factory=memory_limit)

    def look(self, now_s: float) -> Trouble | None:
        """Tell when four fifths are used."""
        del now_s
        used = memory_bytes()
        if used < SHARE * self.limit:
            return None
        return Trouble(
            text=f"{used / 1e6:,.0f} MB of memory are used, {self.limit / 1e6:,.0f} MB is the most",
            todo="`tradewind stop` and start again: stops rest meanwhile, and the session goes on where it stopped.",
        )


@attrs.define(kw_only=True)
class Descriptors:
    """File descriptors that run out."""

    name = "descriptors"
    folder: Path = _HANDLES

    def look(self, now_s: float) -> Trouble | None:
        """Tell when four fifths are open."""
        del now_s
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        used = sum(1 for _ in self.folder.iterdir()) if self.folder.is_dir() else 0
        if used < SHARE * most:
            return None
        return Trouble(
            text=f"{used} file descriptors are open, {most} is the most",
            todo="`tradewind stop`, raise the limit (`ulimit -n`), and start again.",
        )


@attrs.define(kw_only=True)
class DiskSpace:
    """
    Space that runs out where the journal lies.

    Args:
        folder: Where.
        least_bytes: Less free space than this stops entries.
    """

    name = "disk"
    folder: Path
    least_bytes: int = LEAST_BYTES

    def look(self, now_s: float) -> Trouble | None:
        """Tell when too little is free."""
        del now_s
        free = shutil.disk_usage(self.folder).free
        if free >= self.least_bytes:
            return None
        return Trouble(
            text=f"{free / 1e6:,.0f} MB are free where {self.folder} lies, {self.least_bytes / 1e6:,.0f} MB are needed",
            todo="Free space: what cannot be written down is not sent. Stops that rest stay.",
            stops_entries=True,
        )


@attrs.define(kw_only=True)
class ClockError:
    """
    Time that is not known well enough: the machine slept, its clock was set, or the venue does not answer.

    Args:
        clock: The session's time.
        wall_ms: The machine's own, UTC milliseconds.
        again: Measures the session's time anew.
        most_ms: How far from the venue's it may be; None where no venue has told it.
    """

    name = "clock"
    clock: Clock
    wall_ms: Callable[[], int]
    again: Callable[[], None]
    most_ms: int | None = CLOCK_MS
    _before: int | None = attrs.field(default=None, init=False)
    _until_s: float = attrs.field(default=0.0, init=False)
    _jumped_ms: int = attrs.field(default=0, init=False)

    def look(self, now_s: float) -> Trouble | None:
        """Tell of a jump for a minute, and of an error while it lasts; both are measured anew."""
        apart = self.wall_ms() - int(now_s * 1000.0)
        moved, self._before = apart - (apart if self._before is None else self._before), apart
        if abs(moved) > JUMP_MS:
            self._jumped_ms, self._until_s = moved, now_s + LASTS_S
            self.again()
        if now_s < self._until_s:
            return Trouble(
                text=f"the machine's clock moved by {self._jumped_ms / 1000.0:+,.1f} s: it was set, or it slept",
                todo="Let the machine stay awake, and its clock be kept by NTP.",
                stops_entries=True,
            )
        error_ms = int(self.clock.error_ms() / self.clock.rate)
        if self.most_ms is None or error_ms <= self.most_ms:
            return None
        self.again()
        return Trouble(
            text=f"the venue's time is known to {error_ms} ms only",
            todo="Look at the connection: requests are refused when the time is off.",
        )
