"""The rows of plans that ask for an entry, as records in the order in which they are decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.errors import PlanError
from tradewind.kernel.grid import scanned
from tradewind.kernel.layout import ASK, RUNG, RUNGS
from tradewind.model.bars import Bars
from tradewind.model.decisions import OUTCOME_CODES
from tradewind.model.plan import Plan

Array = npt.NDArray[Any]

STALE: Final = OUTCOME_CODES["blocked:stale_data"]
NEVER: Final = np.iinfo(np.int64).max
"""The bar at which a row without any market bar inside would be decided."""
PIECE: Final = 4096
"""Rows filled in at once: as many as stay in the cache while their columns are written one by one."""
COPIED: Final = (
    "enter",
    "regime",
    "veto",
    "bits",
    "max_bars",
    "confidence",
    "risk",
    "qty_fraction",
    "stop_dist",
    "trail_dist",
    "trail_arm_r",
    "limit_off",
    "cap",
)
"""The columns that a plan and an ask have in common."""

_MOST_BLANKS: Final = 256
_BLANKS: Final[dict[tuple[int, ...], tuple[list[Array | None], tuple[Array, tuple[str, ...]]]]] = {}
"""Asks in which stands what plans leave out, by the columns that repeat one value."""


@attrs.frozen(kw_only=True, eq=False)
class Slot:
    """
    One (strategy, symbol) pair and its plan.

    Args:
        symbol: Which symbol of the grid.
        plan: The plan.
        bars: The bars that the plan's rows are rows of.
        first: The bar of the plan's first row.
        priority: Rank of the strategy, lower goes first.
    """

    symbol: int
    plan: Plan
    bars: Bars
    first: int = 0
    priority: int = 0


def asks_of(slots: Sequence[Slot], decided: Sequence[Array], names: Sequence[str]) -> tuple[Array, Array]:
    """
    Return the asks of all slots in the order of decision (D2), and their ladders.

    Rows that are never decided stand last, with their outcome and `NEVER` as their bar.

    Args:
        slots: In slot order.
        decided: Per slot, the market bar at whose close each row is decided, −1 for none.
        names: The symbols' names, by which equals are ranked.

    Raises:
        PlanError: TW-K002 when a ladder has too many rungs.
    """
    rungs = max(slot.plan.rungs for slot in slots)
    if rungs > RUNGS:
        raise PlanError(
            f"the take-profit ladder had {rungs} rungs, expected at most {RUNGS}.",
            code="TW-K002",
            hint="Leave out the rungs that matter least.",
        )
    wanted = [np.flatnonzero(slot.plan.enter != 0) for slot in slots]
    blank, own = _blank(slots)
    asks = np.repeat(blank, sum(map(len, wanted)))
    ladders: Array = np.zeros((len(asks) if rungs else 1, rungs), dtype=RUNG)
    start = 0
    for k, (slot, at) in enumerate(zip(slots, wanted, strict=True)):
        for piece in range(0, len(at), PIECE):
            rows = at[piece : piece + PIECE]
            part = slice(start + piece, start + piece + len(rows))
            _fill(asks[part], k, slot, rows, decided[k], own)
            if slot.plan.rungs:
                ladders["tp_r"][part, : slot.plan.rungs] = slot.plan.tp_r[rows]
                ladders["tp_frac"][part, : slot.plan.rungs] = slot.plan.tp_frac[rows]
        start += len(at)
    if len(slots) > 1 or (asks["bar"] < 0).any():
        order = _ranked(asks, slots, names)
        asks, ladders = asks[order], ladders[order] if rungs else ladders
    return asks, ladders


def is_constant(column: Array) -> bool:
    """Tell whether a column is a view that repeats one value."""
    return len(column) > 1 and column.strides[0] == 0


def _shared(slots: Sequence[Slot]) -> dict[str, Any]:
    """Return the columns that have one and the same value in all rows of all slots."""
    shared: dict[str, Any] = {}
    for name in COPIED:
        columns = [slot.plan.columns[name] for slot in slots]
        if all(map(is_constant, columns)):
            values = {column[0].item() for column in columns}
            if len(values) == 1 or all(value != value for value in values):
                shared[name] = values.pop()
    return shared


def _blank(slots: Sequence[Slot]) -> tuple[Array, tuple[str, ...]]:
    """Return an ask in which all that is shared stands, and the names of the columns that are not."""
    if len(slots) > 1:
        return _filled(_shared(slots))
    # Plan after plan leaves the same columns out, which are then the same objects.
    columns = [slots[0].plan.columns[name] for name in COPIED]
    constant = [column if is_constant(column) else None for column in columns]
    key = tuple(map(id, constant))
    known = _BLANKS.get(key)
    if known is None:
        if len(_BLANKS) >= _MOST_BLANKS:
            _BLANKS.clear()
        # As long as the columns are kept beside it, nothing else has their ids.
        known = _BLANKS[key] = (constant, _filled(_shared(slots)))
    return known[1]


def _filled(shared: dict[str, Any]) -> tuple[Array, tuple[str, ...]]:
    blank = np.zeros(1, dtype=ASK)
    for name, value in shared.items():
        blank[name] = value
    return blank, tuple(name for name in COPIED if name not in shared)


def _fill(asks: Array, k: int, slot: Slot, rows: Array, decided: Array, names: tuple[str, ...]) -> None:
    columns = slot.plan.columns
    bars = rows + slot.first if slot.first else rows
    flags, atr = scanned(slot.bars)
    asks["slot"] = k
    asks["row"] = rows
    asks["bar"] = decided[rows]
    asks["close"] = slot.bars.close[bars]
    asks["volume"] = slot.bars.volume[bars]
    asks["flags"] = flags[bars]
    asks["atr"] = atr[bars]
    for name in names:
        asks[name] = _at(columns[name], rows)
    asks["conflict"] = np.where(asks["enter"] > 0, _at(columns["exit_long"], rows), _at(columns["exit_short"], rows))


def _at(column: Array, rows: Array) -> Any:
    return column[0] if is_constant(column) else column[rows]


def _ranked(asks: Array, slots: Sequence[Slot], names: Sequence[str]) -> Array:
    never = asks["bar"] < 0
    asks["outcome"][never] = STALE
    asks["bar"][never] = NEVER
    ranks = np.argsort(np.argsort(np.array(names, dtype=object)))
    slot = asks["slot"]
    priority = np.array([each.priority for each in slots])[slot]
    symbol = np.array([ranks[each.symbol] for each in slots])[slot]
    order: Array = np.lexsort((slot, symbol, -asks["confidence"], priority, asks["bar"]))
    return order
