"""Plans as the kernel reads them, and the ledger in which it answers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.kernel.asks import NEVER, Slot, asks_of, is_constant
from tradewind.kernel.flat import Place
from tradewind.kernel.grid import Grid, PlanBars
from tradewind.kernel.state import Table

Array = npt.NDArray[Any]


@attrs.frozen(kw_only=True, eq=False)
class Layout:
    """
    Where the rows of plans lie among the market bars: the same for all plans of the same rows.

    Args:
        rows: The plan row of every market bar [timeline, bar]; see `Tape`.
        decided: Per slot, the market bar at whose close each row is decided, −1 for none.
        places: Where each slot's rows lie in the table.
    """

    rows: Array
    decided: tuple[Array, ...]
    places: tuple[Place, ...]

    @classmethod
    def of(cls, slots: Sequence[Slot], grid: Grid, plan_bars: PlanBars) -> Layout:
        """Return the layout of these slots."""
        timelines: list[Array] = []
        decided: list[Array] = []
        places: list[Place] = []
        known: dict[Any, int] = {}
        exit_base = 0
        for slot in slots:
            key = _timeline_key(slot, grid)
            if key not in known:
                known[key] = len(timelines)
                rows, bars = _timeline(slot, grid)
                timelines.append(rows)
                decided.append(bars)
            bar_base = plan_bars.bases[slot.symbol] + slot.first
            places.append(Place(symbol=slot.symbol, timeline=known[key], bar_base=bar_base, exit_base=exit_base))
            exit_base += len(slot.plan)
        return cls(
            rows=timelines[0].reshape(1, -1) if len(timelines) == 1 else np.stack(timelines),
            decided=tuple(decided[place.timeline] for place in places),
            places=tuple(places),
        )


@attrs.frozen(kw_only=True, eq=False)
class Ledger:
    """
    The table of a run with what it takes to read it.

    Args:
        table: What the kernel reads.
        rungs: The longest ladder.
        steps: 0 where `exit_long`, `exit_short` and the ladders are one value for all rows, else 1.
    """

    table: Table
    rungs: int
    steps: tuple[int, int, int]

    @classmethod
    def of(
        cls, slots: Sequence[Slot], layout: Layout, plan_bars: PlanBars, names: Sequence[str], clusters: Array
    ) -> Ledger:
        """
        Return the ledger of these slots.

        Args:
            slots: In slot order.
            layout: Where their rows lie.
            plan_bars: The bars that the plans are made on.
            names: The symbols' names, by which equals are ranked (D2).
            clusters: Cluster ids [day, symbol].

        Raises:
            PlanError: TW-K002 when a ladder has too many rungs.
        """
        asks, ladders = asks_of(slots, layout.decided, names)
        exit_long, long_step = _joined([slot.plan.columns["exit_long"] for slot in slots])
        exit_short, short_step = _joined([slot.plan.columns["exit_short"] for slot in slots])
        bars = np.ascontiguousarray(asks["bar"])
        table = Table(
            rows=layout.rows,
            row_flags=plan_bars.flags,
            atr=plan_bars.atr,
            exit_long=exit_long,
            exit_short=exit_short,
            asks=asks,
            ask_bars=bars[: int(bars.searchsorted(NEVER))],
            ask_ladders=ladders,
            clusters=clusters,
        )
        rungs = ladders.shape[1]
        return cls(table=table, rungs=rungs, steps=(long_step, short_step, 1 if rungs else 0))


def _joined(columns: Sequence[Array]) -> tuple[Array, int]:
    """Return flags of all rows and 1, or the one value that all have and 0."""
    if all(map(is_constant, columns)) and len({bool(column[0]) for column in columns}) == 1:
        return np.array(columns[0][:1]), 0
    return np.ascontiguousarray(columns[0] if len(columns) == 1 else np.concatenate(columns)), 1


def _is_market(slot: Slot, grid: Grid) -> bool:
    """Tell whether the market bars are the plan's rows, one for one."""
    own = grid.bars[slot.symbol]
    return own is slot.bars and grid.places[slot.symbol] is None and len(slot.plan) == len(own)


def _timeline_key(slot: Slot, grid: Grid) -> Any:
    """Return what slots with the same timeline have in common."""
    return "market" if _is_market(slot, grid) else (slot.symbol, slot.first, len(slot.plan))


@lru_cache(maxsize=4)
def _same(rows: int) -> tuple[Array, Array]:
    """Return codes and bars of rows that are the market bars, read-only."""
    codes, bars = np.arange(rows, dtype=np.int32), np.arange(rows)
    for array in (codes, bars):
        array.flags.writeable = False
    return codes, bars


def _timeline(slot: Slot, grid: Grid) -> tuple[Array, Array]:
    """Return the plan row of every market bar, coded, and the market bar at which each row is decided (T1, T7)."""
    plan = slot.plan.time
    if _is_market(slot, grid):
        return _same(len(plan))
    held = np.searchsorted(plan, grid.time, side="right") - 1
    codes = np.where(held >= 0, -2 - held, -1).astype(np.int32)
    last = np.searchsorted(grid.time, plan + slot.bars.timeframe.ms) - 1
    inside = (last >= 0) & (grid.time[np.maximum(last, 0)] >= plan)
    codes[last[inside]] = np.flatnonzero(inside)
    return codes, np.where(inside, last, -1)
