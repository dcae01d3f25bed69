"""The trials of a sweep, carried out in batches by threads that share nothing they change."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.backtest.sweep_grid import Params, words
from tradewind.backtest.sweep_variants import Variants
from tradewind.kernel import door
from tradewind.kernel.state import Records
from tradewind.metrics.many import Benchmark, Columns, Meter, summarise_many
from tradewind.metrics.trades import Figure

Array = npt.NDArray[Any]

_MOST: Final = 64
"""The most trials of a batch: progress is told after each."""
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
    size = max(1, min(_MOST, -(-len(trials) // (2 * threads))))
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
    for params in trials:
        found = _prepared(variants, params)
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


def _batch(work: _Work, batch: Sequence[Params]) -> tuple[list[bool], Array]:
    """Return which trials of a batch were carried out, and what their figures are made of."""
    variants = work.variants
    # Each trial is written over the one before: what is asked of it is taken while the processor still holds it.
    records = Records.brief(work.bars, _ROOM)
    meter = Meter(work.benchmark, len(batch))
    kept = []
    for params in batch:
        found = _prepared(variants, params)
        kept.append(found is not None)
        if found is not None:
            stage, plans = found
            run = stage.run(
                plans,
                initial_balance=variants.initial_balance,
                close_at_end=variants.close_at_end,
                records=records,
            )
            meter.take(records.equity, records.exposure, run.fill_records, run.trade_records)
    return kept, meter.figures


def _prepared(variants: Variants, params: Params) -> Any:
    try:
        return variants.at(params)
    except Exception as error:
        error.add_note(f"in the trial {words(params)}")
        raise
