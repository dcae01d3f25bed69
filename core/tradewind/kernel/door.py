"""
The one door to the compiled kernel: it takes arrays of exactly the declared types and nothing else.

Inputs may be read-only, as pandas hands them out. An array of another type or layout is an error of the
caller, never a silent recompilation.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import numpy as np

from tradewind.kernel import layout
from tradewind.kernel.advance import advance as _advance
from tradewind.kernel.advance import finish as _finish
from tradewind.kernel.atr import REACHED
from tradewind.kernel.atr import scan as _scan
from tradewind.kernel.book import Book, Curve, Tape
from tradewind.kernel.chain import prepare as _prepare
from tradewind.kernel.compile import compiled, uncompiled
from tradewind.kernel.gather import gather as _gather
from tradewind.kernel.gather import tally as _tally
from tradewind.kernel.lineup import Lineup
from tradewind.kernel.measure import measure as _measure
from tradewind.kernel.signatures import ADVANCE, CARRY, GATHER, MEASURE, SCAN, TALLY
from tradewind.kernel.state import Market, Records, Rules, State, Table
from tradewind.kernel.trials import carry as _carry

Array = np.ndarray[Any, Any]


Form = Literal["compiled", "uncompiled"]


@functools.cache
def compiled_advance() -> Any:
    """Return the compiled kernel, built on first use or taken from the cache."""
    return compiled(_advance, ADVANCE)


@functools.cache
def compiled_scan() -> Any:
    """Return the compiled pass over bars, built on first use or taken from the cache."""
    return compiled(_scan, SCAN)


@functools.cache
def compiled_tally() -> Any:
    """Return the compiled count of a plan's asks by bar, built on first use or taken from the cache."""
    return compiled(_tally, TALLY)


@functools.cache
def compiled_gather() -> Any:
    """Return the compiled pass over a plan that writes its asks, built on first use or taken from the cache."""
    return compiled(_gather, GATHER)


@functools.cache
def compiled_measure() -> Any:
    """Return the compiled pass over a finished run, built on first use or taken from the cache."""
    return compiled(_measure, MEASURE)


@functools.cache
def compiled_carry() -> Any:
    """Return the compiled pass over several trials, built on first use or taken from the cache."""
    return compiled(_carry, CARRY)


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
    reached = np.zeros(1, dtype=REACHED)
    columns = (time, open_, high, low, close, volume)
    scan_on(columns, bar_ms, flags, atr, reached, 0, len(time), form=form)
    return flags, atr


def scan_on(
    columns: Sequence[Array], bar_ms: int, flags: Array, atr: Array, reached: Array, start: int, stop: int,
    *, form: Form = "compiled",
) -> None:  # fmt: skip
    """
    Go on with a scan whose bars come one after the other: what it writes is, bit for bit, what `scan` returns.

    Args:
        columns: Time, first, highest, lowest and last prices, and volume, as for `scan`.
        bar_ms: Length of a bar.
        flags: Written from `start` to before `stop`.
        atr: The same.
        reached: One `REACHED` record: where the scan stands; changed.
        start: The first bar to look at; at 0 the scan begins anew.
        stop: The bar before which to stop.
        form: `compiled`, or `uncompiled` for the same source as plain Python.
    """
    run = compiled_scan() if form == "compiled" else uncompiled(_scan)
    run(*columns, bar_ms, flags, atr, reached, start, stop)


__all__ = [
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
    "scan_on",
]
