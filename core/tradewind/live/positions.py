"""What is open, read from the kernel's state."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tradewind.kernel.state import State
from tradewind.live.account import OpenPosition, SlotKey


def open_positions(state: State, keys: Sequence[SlotKey]) -> tuple[OpenPosition, ...]:
    """Return what is open in a state, in slot order."""
    return tuple(
        OpenPosition(
            slot=keys[k],
            position=int(record["position"]),
            side=int(record["side"]),
            quantity=float(record["quantity"]),
            entry_time=int(record["entry_time"]),
            entry_price=float(record["entry_price"]),
            mark=float(record["mark"]),
            stop=float(record["stop"]) if np.isfinite(record["stop"]) else None,
        )
        for k, record in enumerate(state.slots)
        if record["side"] != 0
    )
