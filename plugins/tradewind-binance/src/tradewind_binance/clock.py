"""The machine's clock: the one place that reads it."""

from __future__ import annotations

import time


def wall_seconds() -> float:
    """Return the machine's time, seconds since 1970."""
    return time.time()
