"""Accounts before their first bar, and where the rows of their slots lie."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.kernel.closing import DAY_MS
from tradewind.kernel.layout import ACCOUNT, NEVER, SLOT
from tradewind.model.limits import Limits

Array = npt.NDArray[Any]


@attrs.frozen(kw_only=True)
class Place:
    """
    Where the rows of a slot lie in the arrays of a `Table`.

    Args:
        symbol: Which symbol of the market.
        timeline: Which row of `Table.rows`.
        bar_base: Its first row in `row_flags` and `atr`.
        exit_base: Its first row in `exit_long` and `exit_short`.
    """

    symbol: int
    timeline: int = 0
    bar_base: int = 0
    exit_base: int = 0


def _flat() -> Array:
    """Return the slot that never had a position."""
    slot = np.zeros(1, dtype=SLOT)
    slot["atr"] = np.nan
    for name in ("last_stop_row", "guarded_to_row", "last_close_row"):
        slot[name] = NEVER
    return slot


_FLAT: Final = _flat()


def flat_accounts(
    count: int, balance: float, places: Sequence[Place], limits: Limits, start_ms: int
) -> tuple[Array, Array, Array, Array, Array]:
    """
    Return accounts, slots, stops, profits and order of so many flat accounts, along the first axis.

    The other arguments are those of `State.fresh`.
    """
    ring, looked_at = max(1, limits.stop_guard_stops), max(1, limits.low_profit_trades)
    account, slots, stops, profits, order = _first(balance, tuple(places), ring, looked_at, start_ms)
    return (
        # numpy copies records field by field; bytes are copied in one go.
        np.frombuffer(bytearray(account * count), dtype=ACCOUNT).reshape(count, -1),
        np.frombuffer(bytearray(slots * count), dtype=SLOT).reshape(count, -1),
        np.tile(stops, (count, 1, 1)),
        np.tile(profits, (count, 1, 1)),
        np.tile(order, (count, 1, 1)),
    )


@lru_cache(maxsize=16)
def _first(
    balance: float, places: tuple[Place, ...], stops: int, profits: int, start_ms: int
) -> tuple[bytes, bytes, Array, Array, Array]:
    """Return the arrays of a flat account, of which every account has copies; records as bytes."""
    account = np.zeros(1, dtype=ACCOUNT)
    for name in ("cash", "equity", "peak", "day_start"):
        account[name] = balance
    account["next_roll"] = (start_ms // DAY_MS + 1) * DAY_MS
    count = len(places)
    slots = np.repeat(_FLAT, count)
    slots["id"] = np.arange(count)
    for name in ("symbol", "timeline", "bar_base", "exit_base"):
        slots[name] = [getattr(place, name) for place in places]
    rings = np.zeros((count, stops), dtype=np.int64), np.zeros((count, profits))
    return account.tobytes(), slots.tobytes(), *rings, np.zeros((2, count), dtype=np.int64)
