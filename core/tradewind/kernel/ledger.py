"""Plans as the kernel reads them: the rows that ask for an entry, in the order in which they are decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.errors import PlanError
from tradewind.kernel.grid import Grid, scanned
from tradewind.kernel.layout import ASK, RUNG, RUNGS
from tradewind.kernel.state import Table
from tradewind.model.bars import Bars
from tradewind.model.decisions import OUTCOME_CODES
from tradewind.model.plan import Plan

Array = npt.NDArray[Any]

STALE = OUTCOME_CODES["blocked:stale_data"]
_COPIED = (
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


@attrs.frozen(kw_only=True, eq=False)
class Ledger:
    """
    The table of a run with what it takes to read the answers.

    Args:
        table: What the kernel reads.
        bases: Where each slot's rows begin.
        rungs: The longest ladder.
        exit_long_step: 0 when `exit_long` is one value for all rows, else 1.
        exit_short_step: The same for `exit_short`.
        ladder_step: The same for the ladders.
    """

    table: Table
    bases: list[int]
    rungs: int
    exit_long_step: int
    exit_short_step: int
    ladder_step: int

    @classmethod
    def of(cls, slots: Sequence[Slot], grid: Grid, names: Sequence[str], clusters: Array) -> Ledger:
        """
        Return the ledger of these slots.

        Args:
            slots: In slot order.
            grid: The market bars.
            names: The symbols' names, by which equals are ranked (D2).
            clusters: Cluster ids [day, symbol].
        """
        rows, decided = zip(*[_rows(slot, grid) for slot in slots], strict=True)
        bases = [0, *np.cumsum([len(slot.plan) for slot in slots])[:-1].tolist()]
        wanted = [np.flatnonzero(slot.plan.enter != 0) for slot in slots]
        rungs = max(slot.plan.rungs for slot in slots)
        if rungs > RUNGS:
            raise PlanError(
                f"the take-profit ladder had {rungs} rungs, expected at most {RUNGS}.",
                code="TW-K002",
                hint="Leave out the rungs that matter least.",
            )
        asks: Array = np.zeros(sum(map(len, wanted)), dtype=ASK)
        ladders: Array = np.zeros((len(asks) if rungs else 1, rungs), dtype=RUNG)
        start = 0
        for k, (slot, at) in enumerate(zip(slots, wanted, strict=True)):
            stop = start + len(at)
            _ask(asks[start:stop], ladders[start:stop], k, slot, at, decided[k])
            start = stop
        if len(slots) > 1 or (asks["bar"] < 0).any():
            order = _ranked(asks, slots, names)
            asks = asks[order]
            ladders = ladders[order] if rungs else ladders
        bars = np.ascontiguousarray(asks["bar"])
        bars = bars[: len(bars) - int((bars == _NEVER).sum())]
        exit_long, long_step = _joined([slot.plan.exit_long for slot in slots])
        exit_short, short_step = _joined([slot.plan.exit_short for slot in slots])
        table = Table(
            rows=rows[0].reshape(1, -1) if len(rows) == 1 else np.stack(rows),
            row_flags=_laid([_own(slot, 0) for slot in slots]),
            atr=_laid([_own(slot, 1) for slot in slots]),
            exit_long=exit_long,
            exit_short=exit_short,
            asks=asks,
            ask_bars=bars,
            ask_ladders=ladders,
            clusters=clusters,
        )
        return cls(
            table=table,
            bases=bases,
            rungs=rungs,
            exit_long_step=long_step,
            exit_short_step=short_step,
            ladder_step=1 if rungs else 0,
        )


_NEVER = np.iinfo(np.int64).max


def _own(slot: Slot, which: int) -> Array:
    return scanned(slot.bars)[which][slot.first : slot.first + len(slot.plan)]


def _laid(parts: Sequence[Array]) -> Array:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _joined(columns: Sequence[Array]) -> tuple[Array, int]:
    """Return flags of all rows and 1, or the one value that all have and 0."""
    constant = all(len(column) > 1 and column.strides[0] == 0 for column in columns)
    if constant and len({bool(column[0]) for column in columns}) == 1:
        return np.array(columns[0][:1]), 0
    return np.ascontiguousarray(_laid(columns)), 1


def _rows(slot: Slot, grid: Grid) -> tuple[Array, Array]:
    """Return the plan row of every market bar, coded, and the market bar at which each row is decided (T1, T7)."""
    plan = slot.plan.time
    own = grid.bars[slot.symbol]
    places = grid.places[slot.symbol]
    if own is slot.bars and places is None and len(plan) == len(own):
        same = np.arange(len(plan), dtype=np.int32)
        return same, same
    held = np.searchsorted(plan, grid.time, side="right") - 1
    codes = np.where(held >= 0, -2 - held, -1).astype(np.int32)
    last = np.searchsorted(grid.time, plan + slot.bars.timeframe.ms) - 1
    inside = (last >= 0) & (grid.time[np.maximum(last, 0)] >= plan)
    codes[last[inside]] = np.flatnonzero(inside)
    return codes, np.where(inside, last, -1)


def _ask(asks: Array, ladders: Array, k: int, slot: Slot, at: Array, decided: Array) -> None:
    plan = slot.plan
    own = at + slot.first
    flags, atr = scanned(slot.bars)
    asks["slot"] = k
    asks["row"] = at
    asks["bar"] = decided[at]
    asks["close"] = slot.bars.close[own]
    asks["volume"] = slot.bars.volume[own]
    asks["flags"] = flags[own]
    asks["atr"] = atr[own]
    for name in _COPIED:
        asks[name] = _at(getattr(plan, name), at)
    asks["conflict"] = np.where(asks["enter"] > 0, _at(plan.exit_long, at), _at(plan.exit_short, at))
    rungs = plan.rungs
    if rungs:
        ladders["tp_r"][:, :rungs] = plan.tp_r[at]
        ladders["tp_frac"][:, :rungs] = plan.tp_frac[at]


def _at(column: Array, at: Array) -> Any:
    """Return a column at these rows; a constant one needs no look at each."""
    if len(column) > 1 and column.strides[0] == 0:
        return column[0]
    return column[at]


def _ranked(asks: Array, slots: Sequence[Slot], names: Sequence[str]) -> Array:
    """Return the order of decision (D2); rows that are never decided go last, with their outcome."""
    never = asks["bar"] < 0
    asks["outcome"][never] = STALE
    asks["bar"][never] = _NEVER
    ranks = np.argsort(np.argsort(np.array(names, dtype=object)))
    slot = asks["slot"]
    priority = np.array([each.priority for each in slots])[slot]
    symbol = np.array([ranks[each.symbol] for each in slots])[slot]
    order: Array = np.lexsort((slot, symbol, -asks["confidence"], priority, asks["bar"]))
    return order
