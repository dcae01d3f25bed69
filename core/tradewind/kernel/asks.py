"""The rows of plans that ask for an entry, as records in the order in which they are decided."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.errors import PlanError
from tradewind.kernel import door
from tradewind.kernel.grid import scanned
from tradewind.kernel.layout import ASK, RUNG, RUNGS
from tradewind.model.bars import Bars
from tradewind.model.decisions import OUTCOME_CODES
from tradewind.model.plan import Plan

Array = npt.NDArray[Any]

STALE: Final = OUTCOME_CODES["blocked:stale_data"]
NEVER: Final = np.iinfo(np.int64).max
"""The bar at which a row without any market bar inside would be decided."""
_COLUMNS: Final = (
    ("enter", np.dtype(np.int8)),
    ("exit_long", np.dtype(np.bool_)),
    ("exit_short", np.dtype(np.bool_)),
    ("regime", np.dtype(np.int8)),
    ("veto", np.dtype(np.uint8)),
    ("bits", np.dtype(np.uint32)),
    ("max_bars", np.dtype(np.int32)),
    ("confidence", np.dtype(np.float32)),
    ("risk", np.dtype(np.float64)),
    ("qty_fraction", np.dtype(np.float64)),
    ("stop_dist", np.dtype(np.float64)),
    ("trail_dist", np.dtype(np.float64)),
    ("trail_arm_r", np.dtype(np.float64)),
    ("limit_off", np.dtype(np.float64)),
    ("cap", np.dtype(np.float64)),
)
"""The columns of a plan that an ask is made of, in the order in which `gather` takes them."""
_NO_PLACES: Final = np.zeros(0, dtype=np.int64)
_CONSTANTS: Final[dict[str, tuple[Array, Array]]] = {}
"""By name the constant column that was met last, and the one value of it: most plans share their neutral ones."""


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
    rungs = max([slot.plan.rungs for slot in slots])
    if rungs > RUNGS:
        raise PlanError(
            f"the take-profit ladder had {rungs} rungs, expected at most {RUNGS}.",
            code="TW-K002",
            hint="Leave out the rungs that matter least.",
        )
    columns = [_columns_of(slot, bars) for slot, bars in zip(slots, decided, strict=True)]
    if len(slots) > 1 and _is_one_value([slot.plan.columns["confidence"] for slot in slots]):
        last = max(int(bars.max(initial=-1)) for bars in decided)
        # Counting by bar pays where plans have rows on most bars; whoever follows a market asks of its last bar alone.
        if last < sum(map(len, decided)):
            return _placed(slots, columns, last + 1, names, rungs)
    return _sorted(slots, columns, names, rungs)


def is_constant(column: Array) -> bool:
    """Tell whether a column is a view that repeats one value."""
    return len(column) > 1 and column.strides[0] == 0


def _is_one_value(columns: Sequence[Array]) -> bool:
    return all(map(is_constant, columns)) and len({column[0].item() for column in columns}) == 1


def _columns_of(slot: Slot, decided: Array) -> tuple[Array, ...]:
    """Return what `gather` takes from the slot's plan and bars: steps, the rows that ask, and the columns."""
    flags, atr = scanned(slot.bars)
    columns = slot.plan.columns
    own: list[Array] = []
    steps = []
    for name, dtype in _COLUMNS:
        column = columns[name]
        known = _CONSTANTS.get(name)
        if known is not None and known[0] is column:
            own.append(known[1])
            steps.append(0)
            continue
        constant = is_constant(column)
        steps.append(0 if constant else 1)
        stored = column[:1] if constant else column
        if stored.dtype != dtype or not stored.flags.c_contiguous:
            stored = np.ascontiguousarray(stored, dtype=dtype)
        if constant:
            _CONSTANTS[name] = (column, stored)
        own.append(stored)
    bars = np.ascontiguousarray(decided, dtype=np.int64)
    rows = _asking(own[0], steps[0], len(bars))
    return (_steps(tuple(steps)), rows, bars, *own, slot.bars.close, slot.bars.volume, flags, atr)


def _asking(enter: Array, step: int, count: int) -> Array:
    """Return the rows of a plan that ask for an entry."""
    if step:
        rows: Array = (enter != 0).nonzero()[0]
        return rows
    return np.arange(count if enter[0] else 0)


@lru_cache(maxsize=64)
def _steps(steps: tuple[int, ...]) -> Array:
    return np.array(steps)


def _gather(asks: Array, places: Array, start: int, k: int, slot: Slot, columns: tuple[Array, ...]) -> int:
    steps, *rest = columns
    never: int = door.compiled_gather()(asks, places, steps, start, k, slot.first, *rest)
    return never


def _placed(
    slots: Sequence[Slot], columns: Sequence[tuple[Array, ...]], bars: int, names: Sequence[str], rungs: int
) -> tuple[Array, Array]:
    """Return the asks of slots with one confidence: each is written where it belongs."""
    counts = np.zeros(bars + 1, dtype=np.int64)
    for _, rows, decided, *_ in columns:
        door.compiled_tally()(rows, decided, counts)
    asks = np.zeros(sum(len(own[1]) for own in columns), dtype=ASK)
    places = np.cumsum(counts) - counts
    # Within a bar they stand in the order of their slots: priority, symbol, slot.
    ranks = _ranks(names)
    symbols, priorities = (
        np.array(each) for each in zip(*((ranks[one.symbol], one.priority) for one in slots), strict=True)
    )
    for k in np.lexsort((symbols, priorities)).tolist():
        _gather(asks, places, 0, k, slots[k], columns[k])
    _end_undecided(asks[len(asks) - counts[-1] :])
    return asks, _ladders(asks, slots, rungs)


def _sorted(
    slots: Sequence[Slot], columns: Sequence[tuple[Array, ...]], names: Sequence[str], rungs: int
) -> tuple[Array, Array]:
    """Return the asks, written slot by slot and put into the order of decision where that is another."""
    counts = [len(own[1]) for own in columns]
    asks: Array = np.zeros(sum(counts), dtype=ASK)
    start = never = 0
    for k, (slot, own) in enumerate(zip(slots, columns, strict=True)):
        never += _gather(asks, _NO_PLACES, start, k, slot, own)
        start += counts[k]
    if len(slots) > 1 or never:
        _end_undecided(asks, asks["bar"] < 0)
        asks = asks[_order(asks, slots, names)]
    return asks, _ladders(asks, slots, rungs)


def _end_undecided(asks: Array, rows: Any = slice(None)) -> None:
    asks["outcome"][rows] = STALE
    asks["bar"][rows] = NEVER


def _ranks(names: Sequence[str]) -> Array:
    return np.argsort(np.argsort(np.array(names, dtype=object)))


def _order(asks: Array, slots: Sequence[Slot], names: Sequence[str]) -> Array:
    ranks, slot = _ranks(names), asks["slot"]
    priority = np.array([each.priority for each in slots])[slot]
    symbol = np.array([ranks[each.symbol] for each in slots])[slot]
    order: Array = np.lexsort((slot, symbol, -asks["confidence"], priority, asks["bar"]))
    return order


def _ladders(asks: Array, slots: Sequence[Slot], rungs: int) -> Array:
    """Return the ladder of each ask, shorter ones filled up with rungs of nothing."""
    ladders: Array = np.zeros((len(asks) if rungs else 1, rungs), dtype=RUNG)
    for k, slot in enumerate(slots if rungs else ()):
        if own := slot.plan.rungs:
            at = asks["slot"] == k
            ladders["tp_r"][at, :own] = slot.plan.tp_r[asks["row"][at]]
            ladders["tp_frac"][at, :own] = slot.plan.tp_frac[asks["row"][at]]
    return ladders
