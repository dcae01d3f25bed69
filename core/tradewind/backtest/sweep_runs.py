"""The trials of a sweep, carried out in batches by threads that share nothing they change."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.backtest.stage import Entered, Stage, check_balance
from tradewind.backtest.sweep_grid import Params, words
from tradewind.backtest.sweep_variants import Variants
from tradewind.kernel import door
from tradewind.kernel.lineup import Lineup
from tradewind.kernel.state import Records
from tradewind.metrics.many import Benchmark, Columns, Meter, summarise_many
from tradewind.metrics.trades import Figure

Array = npt.NDArray[Any]
Trial = tuple[Stage, Entered]

_MOST: Final = 64
"""The most trials of a batch: progress is told after each."""
_BARS: Final = 1 << 23
"""The most rows of plans that a batch holds at once."""
_LONG: Final = 1 << 16
"""With so many bars a step of numpy takes long enough for threads to take turns."""
_ROOM: Final = 4096


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@attrs.frozen(kw_only=True, eq=False)
class _Work:
    """What the batches of a sweep have in common."""

    variants: Variants
    bars: int
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
    size = max(1, min(_MOST, _BARS // work.bars, -(-len(trials) // (2 * threads))))
    batches = [trials[start : start + size] for start in range(0, len(trials), size)]
    done: list[bool] = []
    figures = []
    for kept, found in _all(work, batches, threads):
        done += kept
        figures.append(found)
        if told is not None:
            told(len(kept))
    columns = summarise_many(np.concatenate(figures), work.benchmark)
    return tuple(done), {name: _spread(values, done) for name, values in columns.items()}


def _spread(values: list[Figure], done: Sequence[bool]) -> list[Figure]:
    """Return one value per trial, None for those that were not carried out."""
    if len(values) == len(done):
        return values
    rest = iter(values)
    return [next(rest) if one else None for one in done]


def _work(variants: Variants, trials: Sequence[Params]) -> _Work | None:
    """Return what all trials have in common, from the first that can be carried out."""
    check_balance(variants.initial_balance)
    for params in trials:
        found = _trial(variants, params)
        if found is not None:
            time = found[0].grid.time
            return _Work(
                variants=variants,
                bars=len(time),
                benchmark=Benchmark.of(time, variants.bar_ms, variants.initial_balance, variants.markets),
            )
    return None


def _all(work: _Work, batches: Sequence[Sequence[Params]], threads: int) -> Iterator[tuple[list[bool], Array]]:
    if threads == 1 or len(batches) == 1:
        yield from (_carried(work, _entered(work.variants, batch)) for batch in batches)
        return
    # numpy lets go of the interpreter at every step: threads that take it from each other at steps of microseconds
    # cost more than they bring, so that one prepares short trials while the others carry them out.
    apart = work.bars < _LONG
    with ThreadPoolExecutor(threads - apart, thread_name_prefix="sweep") as pool:
        waiting: deque[Future[tuple[list[bool], Array]]] = deque()
        try:
            for batch in batches:
                if apart:
                    waiting.append(pool.submit(_carried, work, _entered(work.variants, batch)))
                else:
                    waiting.append(pool.submit(_whole, work, batch))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for one in waiting:
                one.cancel()


def _whole(work: _Work, batch: Sequence[Params]) -> tuple[list[bool], Array]:
    return _carried(work, _entered(work.variants, batch))


def _carried(work: _Work, trials: Sequence[Trial | None]) -> tuple[list[bool], Array]:
    """Return which trials of a batch were carried out, and what their figures are made of."""
    variants = work.variants
    meter = Meter(work.benchmark, len(trials))
    records = Records.brief(work.bars, _ROOM)
    for _, alike in groupby(filter(None, trials), _kind):
        stage, entered = zip(*alike, strict=True)
        lineup = Lineup.of(
            [one.ledger.table for one in entered],
            [one.rules for one in entered],
            balance=variants.initial_balance,
            places=entered[0].layout.places,
            limits=stage[0].limits,
            start_ms=int(stage[0].grid.time[0]),
        )
        meter.carry(lineup, stage[0].market, stage[0].rules, records, variants.close_at_end)
    return [one is not None for one in trials], meter.figures


def _kind(trial: Trial) -> tuple[int, int, int]:
    """Return what trials have in common that the kernel carries out in one call."""
    stage, entered = trial
    return id(stage), id(entered.layout), entered.ledger.rungs


def _entered(variants: Variants, batch: Sequence[Params]) -> list[Trial | None]:
    """Return each trial as the kernel takes it, with its stage; None where its settings do not go together."""
    return [_trial(variants, params) for params in batch]


def _trial(variants: Variants, params: Params) -> Trial | None:
    try:
        found = variants.at(params)
        if found is None:
            return None
        stage, plans = found
        return stage, stage.enter(stage.plans_of(plans), {})
    except Exception as error:
        error.add_note(f"in the trial {words(params)}")
        raise
