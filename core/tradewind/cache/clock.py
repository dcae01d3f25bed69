"""The wall clock of the cache: it decides when the open end is asked for again, never what a bar holds."""

from __future__ import annotations

import time


def wall_clock_ms() -> int:
    """Return the time of this machine, UTC milliseconds."""
    return time.time_ns() // 1_000_000
