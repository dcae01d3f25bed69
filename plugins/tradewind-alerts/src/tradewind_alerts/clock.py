"""The machine's clock, for receipts."""

from __future__ import annotations

import time


def now_ms() -> int:
    """Return the wall clock, UTC milliseconds."""
    return time.time_ns() // 1_000_000
