"""
The one door to the compiled kernel: it takes arrays of exactly the declared types and nothing else.

Inputs may be read-only, as pandas hands them out. An array of another type or layout is an error of the
caller, never a silent recompilation.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Literal

import numba
import numpy as np
from numba import types

from tradewind.kernel import layout
from tradewind.kernel.advance import advance as _advance
from tradewind.kernel.advance import finish as _finish
from tradewind.kernel.atr import scan as _scan
from tradewind.kernel.book import Book, Curve, Tape
from tradewind.kernel.chain import prepare as _prepare
from tradewind.kernel.compile import compiled, uncompiled
from tradewind.kernel.gather import gather as _gather
from tradewind.kernel.gather import tally as _tally
from tradewind.kernel.lineup import Lineup
from tradewind.kernel.measure import measure as _measure
from tradewind.kernel.state import Market, Records, Rules, State, Table
from tradewind.kernel.trials import carry as _carry

Array = np.ndarray[Any, Any]


def _array(dtype: Any, ndim: int, *, written: bool = False) -> Any:
    return types.Array(numba.from_dtype(np.dtype(dtype)), ndim, "C", readonly=not written, aligned=True)


def _stacked(array: Any) -> Any:
    """Return the type of several arrays of a type, along a new first axis."""
    return array.copy(ndim=array.ndim + 1)


ARGUMENTS: Final[dict[str, Any]] = {
    "account": _array(layout.ACCOUNT, 1, written=True),
    "slots": _array(layout.SLOT, 1, written=True),
    "stops": _array(np.int64, 2, written=True),
    "profits": _array(np.float64, 2, written=True),
    "order": _array(np.int64, 2, written=True),
    "asks": _array(layout.ASK, 1, written=True),
    "ask_bars": _array(np.int64, 1),
    "ask_ladders": _array(layout.RUNG, 2),
    "fills": _array(layout.FILL, 1, written=True),
    "trades": _array(layout.TRADE, 1, written=True),
    "instruments": _array(layout.INSTRUMENT, 1),
    "tiers": _array(layout.TIER, 2),
    "rules": _array(layout.RULES, 1),
    "time": _array(np.int64, 1),
    "open": _array(np.float64, 2),
    "high": _array(np.float64, 2),
    "low": _array(np.float64, 2),
    "close": _array(np.float64, 2),
    "flags": _array(np.uint8, 2),
    "funding": _array(np.float64, 2),
    "rows": _array(np.int32, 2),
    "row_flags": _array(np.uint8, 1),
    "atr": _array(np.float64, 1),
    "exit_long": _array(np.bool_, 1),
    "exit_short": _array(np.bool_, 1),
    "flow_bars": _array(np.int64, 1),
    "flows": _array(np.float64, 1),
    "clusters": _array(np.int32, 2),
    "equity": _array(np.float64, 1, written=True),
    "cash": _array(np.float64, 1, written=True),
    "exposure": _array(np.float64, 1, written=True),
    "drawdown": _array(np.float64, 1, written=True),
    "i0": types.int64,
    "i1": types.int64,
}
"""The arguments of the compiled kernel, in order."""

_FLOATS: Final = _array(np.float64, 1)
_SCAN: Final = (
    _array(np.int64, 1),
    *[_FLOATS] * 5,
    types.int64,
    _array(np.uint8, 1, written=True),
    _array(np.float64, 1, written=True),
)

_COUNTS: Final = _array(np.int64, 1, written=True)
_ROWS: Final = _array(np.int64, 1)
_PLAN: Final = (
    np.int8, np.bool_, np.bool_, np.int8, np.uint8, np.uint32, np.int32, np.float32, *[np.float64] * 7,
)  # fmt: skip
_GATHER: Final = (
    ARGUMENTS["asks"],
    _COUNTS,
    _ROWS,
    *[types.int64] * 3,
    _ROWS,
    _ROWS,
    *[_array(dtype, 1) for dtype in _PLAN],
    _FLOATS,
    _FLOATS,
    _array(np.uint8, 1),
    _FLOATS,
)
_WORK: Final = _array(np.float64, 2, written=True)
_MEASURE: Final = (
    _array(layout.FIGURES, 1, written=True),
    types.int64,
    _ROWS,
    _FLOATS,
    _FLOATS,
    _array(layout.FILL, 1),
    _array(layout.TRADE, 1),
    types.float64,
    types.int64,
    types.float64,
    types.float64,
    _ROWS,
    _FLOATS,
    _FLOATS,
    types.float64,
    _ROWS,
    _FLOATS,
    _ROWS,
    _WORK,
)

_EACH: Final = {name: _stacked(ARGUMENTS[name]) for name in ("account", "slots", "stops", "profits", "order", "rules")}
"""The arguments of which every trial has its own."""
_RUN: Final = [kind for name, kind in (ARGUMENTS | _EACH).items() if name not in ("i0", "i1")]
_CARRY: Final = (
    _array(np.int64, 1, written=True), _array(np.int64, 2), types.boolean, *_RUN, *_MEASURE[:2], *_MEASURE[7:],
)  # fmt: skip

Form = Literal["compiled", "uncompiled"]


@functools.cache
def compiled_advance() -> Any:
    """Return the compiled kernel, built on first use or taken from the cache."""
    return compiled(_advance, types.int64(*ARGUMENTS.values()))


@functools.cache
def compiled_scan() -> Any:
    """Return the compiled pass over bars, built on first use or taken from the cache."""
    return compiled(_scan, types.void(*_SCAN))


@functools.cache
def compiled_tally() -> Any:
    """Return the compiled count of a plan's asks by bar, built on first use or taken from the cache."""
    return compiled(_tally, types.void(_ROWS, _ROWS, _COUNTS))


@functools.cache
def compiled_gather() -> Any:
    """Return the compiled pass over a plan that writes its asks, built on first use or taken from the cache."""
    return compiled(_gather, types.int64(*_GATHER))


@functools.cache
def compiled_measure() -> Any:
    """Return the compiled pass over a finished run, built on first use or taken from the cache."""
    return compiled(_measure, types.void(*_MEASURE))


@functools.cache
def compiled_carry() -> Any:
    """Return the compiled pass over several trials, built on first use or taken from the cache."""
    return compiled(_carry, types.boolean(*_CARRY))


def ready() -> None:
    """Have the compiled code of a sweep at hand, as is due before several threads ask for it at once."""
    for build in (compiled_scan, compiled_tally, compiled_gather, compiled_carry):
        build()


def _step(form: Form) -> Callable[..., int]:
    return compiled_advance() if form == "compiled" else uncompiled(_advance)


def _arguments(state: State, market: Market, plan: Table, limits: Rules) -> tuple[Array, ...]:
    records = state.records
    return (
        state.account, state.slots, state.stops, state.profits, state.order,
        plan.asks, plan.ask_bars, plan.ask_ladders, records.fills, records.trades,
        limits.instruments, limits.tiers, limits.rules,
        market.time, market.open, market.high, market.low, market.close, market.flags, market.funding,
        plan.rows, plan.row_flags, plan.atr, plan.exit_long, plan.exit_short,
        market.flow_bars, market.flows, plan.clusters, records.equity, records.cash, records.exposure,
        records.drawdown,
    )  # fmt: skip


def advance(
    state: State, market: Market, plan: Table, limits: Rules, i0: int, i1: int, *, form: Form = "compiled"
) -> None:
    """
    Move the state from market bar `i0` to before `i1`.

    It can stop at any bar and go on later: every split gives the same bits, and so does every form.

    Args:
        state: Changed in place, its records with it.
        market: The bars.
        plan: The plans; the answers are written into its `asks`.
        limits: What orders are held to.
        i0: The first bar to carry out.
        i1: The bar before which to stop.
        form: `compiled`, or `uncompiled` for the same source as plain Python.
    """
    step = _step(form)
    while True:
        i0 = step(*_arguments(state, market, plan, limits), i0, i1)
        if i0 >= i1:
            return
        state.records.grow(len(state.slots) * layout.MOST_PER_BAR)


def finish(state: State, market: Market, plan: Table, limits: Rules, i: int) -> None:
    """
    Close what is open after market bar `i` at its close (R4).

    It runs once over a handful of positions and is therefore never compiled.
    """
    records = state.records
    records.grow(len(state.slots) * layout.MOST_PER_BAR)
    book = Book(
        state.account, state.slots, state.stops, state.profits, state.order, plan.asks, plan.ask_ladders,
        records.fills, records.trades, limits.instruments, limits.tiers, limits.rules, plan.clusters,
    )  # fmt: skip
    tape = Tape(
        market.time, market.open, market.high, market.low, market.close, market.flags, market.funding,
        plan.rows, plan.row_flags, plan.atr, plan.exit_long, plan.exit_short,
    )  # fmt: skip
    uncompiled(_finish)(book, tape, Curve(records.equity, records.cash, records.exposure, records.drawdown), i)


def prepare(plan: Table, limits: Rules, state: State, undecided: Iterable[int]) -> None:
    """Write what rows ask for that are never decided; those that are, the kernel prepares itself (R5)."""
    run = uncompiled(_prepare)
    for a in undecided:
        ask = plan.asks[a]
        run(limits.rules[0], limits.instruments[state.slots[ask["slot"]]["symbol"]], ask)


def carry(
    reached: Array,
    lineup: Lineup,
    market: Market,
    limits: Rules,
    records: Records,
    measured: Sequence[Any],
    *,
    close_at_end: bool = False,
    form: Form = "compiled",
) -> bool:
    """
    Carry out several trials and write what their figures are made of.

    Args:
        reached: Where to begin and, changed, where it ended: the trial, and its bar; int64.
        lineup: The trials.
        market: The bars.
        limits: What the orders of all of them are held to.
        records: Written over by each trial.
        measured: What `measure` takes besides the records.
        close_at_end: Close what is open at the last close.
        form: `compiled`, or `uncompiled` for the same source as plain Python.

    Returns:
        Whether all were carried out; else make more room and go on.
    """
    run = compiled_carry() if form == "compiled" else uncompiled(_carry)
    done: bool = run(
        reached, lineup.ends, close_at_end,
        lineup.account, lineup.slots, lineup.stops, lineup.profits, lineup.order,
        lineup.asks, lineup.ask_bars, lineup.ask_ladders, records.fills, records.trades,
        limits.instruments, limits.tiers, lineup.rules,
        market.time, market.open, market.high, market.low, market.close, market.flags, market.funding,
        lineup.rows, lineup.row_flags, lineup.atr, lineup.exit_long, lineup.exit_short,
        market.flow_bars, market.flows, lineup.clusters, records.equity, records.cash, records.exposure,
        records.drawdown, *measured,
    )  # fmt: skip
    return done


def scan(
    time: Array,
    open_: Array,
    high: Array,
    low: Array,
    close: Array,
    volume: Array,
    bar_ms: int,
    *,
    form: Form = "compiled",
) -> tuple[Array, Array]:
    """
    Return the flags (uint8) and the ATR14 (price units, NaN in warm-up) of bars.

    Args:
        time: Bar opens, int64 ms UTC.
        open_: First prices, float64.
        high: Highest prices.
        low: Lowest prices.
        close: Last prices.
        volume: Base-asset volume.
        bar_ms: Length of a bar.
        form: `compiled`, or `uncompiled` for the same source as plain Python.
    """
    flags = np.empty(len(time), dtype=np.uint8)
    atr = np.empty(len(time), dtype=np.float64)
    run = compiled_scan() if form == "compiled" else uncompiled(_scan)
    run(time, open_, high, low, close, volume, bar_ms, flags, atr)
    return flags, atr


__all__ = [
    "ARGUMENTS",
    "Form",
    "advance",
    "carry",
    "compiled_advance",
    "compiled_carry",
    "compiled_gather",
    "compiled_measure",
    "compiled_scan",
    "compiled_tally",
    "finish",
    "prepare",
    "ready",
    "scan",
]
