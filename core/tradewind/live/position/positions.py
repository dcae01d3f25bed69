"""What is open, read from the kernel's state."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tradewind.kernel.state import State
from tradewind.live.position.account import OpenPosition, SlotKey


def open_positions(state: State, keys: Sequence[SlotKey]) -> tuple[OpenPosition, ...]:
    """Return what is open in a state, in slot order."""
    return tuple(_open_position(state.slots[k], keys[k]) for k in state.slots["side"].nonzero()[0].tolist())


def _open_position(record: Any, key: SlotKey) -> OpenPosition:
    stop = float(record["stop"])
    return OpenPosition(
        slot=key,
        position=int(record["position"]),
        side=int(record["side"]),
        quantity=float(record["quantity"]),
        entry_time=int(record["entry_time"]),
        entry_price=float(record["entry_price"]),
        mark=float(record["mark"]),
        stop=stop if math.isfinite(stop) else None,
    )
