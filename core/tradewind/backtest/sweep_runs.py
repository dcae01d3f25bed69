"""The trials of a sweep, carried out in batches by threads that share nothing they change."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.backtest.figures import traded_value
from tradewind.backtest.run import Run
from tradewind.backtest.sweep_grid import Params, words
from tradewind.backtest.sweep_variants import Variants
from tradewind.kernel import door
from tradewind.kernel.layout import FILL, TRADE
from tradewind.kernel.state import Records
from tradewind.metrics.many import Benchmark, Columns, Curves, summarise_many
from tradewind.metrics.many_trades import Book

Array = npt.NDArray[Any]

_CELLS: Final = 1 << 18
"""A batch holds about this many bars in all: two curves of them stay in the cache of a processor."""
_MOST: Final = 64
_ROOM: Final = 4096


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Lane:
    """
    The memory of one batch: the curves and the closed trades of its trials.

    Args:
        trials: How many trials it has room for.
        bars: Market bars of each.
    """

    def __init__(self, trials: int, bars: int) -> None:
        self.equity = np.empty((trials, bars))
        self.exposure = np.empty((trials, bars))
        self.fees = np.zeros(trials)
        self.traded = np.zeros(trials)
        self.counts: list[int] = []
        self._scratch = np.empty((2, bars))
        self._fills: Array = np.empty(_ROOM, dtype=FILL)
        self._trades: Array = np.empty(_ROOM, dtype=TRADE)
        self._used = 0

    def records(self) -> Records:
        """Return the memory that the next trial writes into."""
        place = len(self.counts)
        return Records(
            fills=self._fills,
            trades=self._trades[self._used :],
            equity=self.equity[place],
            cash=self._scratch[0],
            exposure=self.exposure[place],
            drawdown=self._scratch[1],
        )

    def keep(self, run: Run) -> None:
        """Take over what a trial left behind."""
        place, records = len(self.counts), run.state.records
        fills, trades = run.fill_records, run.trade_records
        self.fees[place] = fills["fee"].sum()
        self.traded[place] = traded_value(fills["price"], fills["quantity"])
        self._fills = records.fills
        used = self._used + len(trades)
        if used + _ROOM // 4 > len(self._trades):
            grown = np.empty(2 * used + _ROOM, dtype=TRADE)
            grown[: self._used] = self._trades[: self._used]
            self._trades = grown
            self._trades[self._used : used] = trades
        elif trades.base is not self._trades:
            self._trades[self._used : used] = trades
        self._used = used
        self.counts.append(len(trades))

    def book(self) -> Book:
        """Return the closed trades of all trials."""
        trades = self._trades[: self._used]
        return Book(
            counts=np.array(self.counts, dtype=np.int64),
            pnl=np.ascontiguousarray(trades["pnl"]),
            pnl_pct=np.ascontiguousarray(trades["pnl_pct"]),
            r_multiple=np.ascontiguousarray(trades["r_multiple"]),
            bars_held=trades["bars_held"].astype(np.float64),
            position=np.ascontiguousarray(trades["position"]),
            ambiguous=trades["ambiguous"].astype(np.bool_),
        )


@attrs.frozen(kw_only=True, eq=False)
class _Work:
    """What the batches of a sweep have in common."""

    variants: Variants
    bars: int
    time: Array
    benchmark: Benchmark


def run_trials(
    variants: Variants, trials: Sequence[Params], *, threads: int, told: Callable[[int], None] | None
) -> tuple[tuple[bool, ...], Columns]:
    """
    Carry out all trials.

    Args:
        variants: What is varied.
        trials: The parameters of each.
        threads: How many threads carry them out.
        told: Takes how many more trials are done.

    Returns:
        Which trials were carried out, and their figures by name, one value per trial; None in those that were not.
    """
    work = _work(variants, trials)
    if work is None:
        return (False,) * len(trials), {}
    # Built here and not by the first threads at once.
    door.ready()
    size = max(1, min(_MOST, _CELLS // work.bars, -(-len(trials) // (2 * threads))))
    batches = [trials[start : start + size] for start in range(0, len(trials), size)]
    done: list[bool] = []
    columns: Columns = {}
    for kept, found in _all(work, batches, threads):
        done += kept
        for name, values in found.items():
            column = columns.setdefault(name, [])
            column += [None] * (len(done) - len(kept) - len(column))
            spread = iter(values)
            column += [next(spread) if one else None for one in kept]
        if told is not None:
            told(len(kept))
    for column in columns.values():
        column += [None] * (len(done) - len(column))
    return tuple(done), columns


def _work(variants: Variants, trials: Sequence[Params]) -> _Work | None:
    """Return what all trials have in common, from the first that can be carried out."""
    for params in trials:
        found = _prepared(variants, params)
        if found is not None:
            time = found[0].grid.time
            benchmark = Benchmark.of(time, variants.bar_ms, variants.markets)
            return _Work(variants=variants, bars=len(time), time=time, benchmark=benchmark)
    return None


def _all(work: _Work, batches: Sequence[Sequence[Params]], threads: int) -> Iterator[tuple[list[bool], Columns]]:
    if threads == 1 or len(batches) == 1:
        yield from (_batch(work, batch) for batch in batches)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="sweep") as pool:
        waiting = [pool.submit(_batch, work, batch) for batch in batches]
        try:
            for one in waiting:
                yield one.result()
        finally:
            for one in waiting:
                one.cancel()


def _batch(work: _Work, batch: Sequence[Params]) -> tuple[list[bool], Columns]:
    variants = work.variants
    lane = Lane(len(batch), work.bars)
    kept = []
    for params in batch:
        found = _prepared(variants, params)
        kept.append(found is not None)
        if found is not None:
            stage, plans = found
            lane.keep(
                stage.run(
                    plans,
                    initial_balance=variants.initial_balance,
                    close_at_end=variants.close_at_end,
                    records=lane.records(),
                )
            )
    done = len(lane.counts)
    if not done:
        return kept, {}
    curves = Curves(
        time=work.time,
        equity=lane.equity[:done],
        exposure=lane.exposure[:done],
        initial_balance=variants.initial_balance,
        bar_ms=variants.bar_ms,
    )
    return kept, summarise_many(curves, lane.book(), work.benchmark, lane.fees[:done], lane.traded[:done])


def _prepared(variants: Variants, params: Params) -> Any:
    try:
        return variants.at(params)
    except Exception as error:
        error.add_note(f"in the trial {words(params)}")
        raise
