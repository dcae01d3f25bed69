"""
Choose on one stretch of time, judge on the next, and go on: what a choice is worth where it was not made.

Source of the method: R. Pardo, Design, Testing and Optimization of Trading Systems (1992), chapter 8.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
import numpy as np

from tradewind.backtest.history import History
from tradewind.backtest.inputs import Inputs, plain_value
from tradewind.backtest.result import Result
from tradewind.backtest.run import Run
from tradewind.backtest.runner import Job, inputs_of
from tradewind.backtest.sweep import sweep_of
from tradewind.backtest.sweep_grid import Params
from tradewind.backtest.sweep_outcome import Sweep, SweepTrial, metric_name
from tradewind.backtest.sweep_strategy import Choose, StrategyVariants
from tradewind.backtest.trials import Span, Trial, trial_from
from tradewind.backtest.walk_account import joined
from tradewind.errors import UsageError
from tradewind.metrics.curve import DAY_MS
from tradewind.metrics.trades import Figure
from tradewind.plugins.catalog import Catalog


@attrs.frozen(kw_only=True)
class Fold:
    """
    One step: a stretch to choose on, and the next one to judge on.

    Args:
        train_ms: First bar open of the stretch to choose on, UTC milliseconds.
        test_ms: Where it ends and the stretch to judge on begins.
        end_ms: Where that ends.
    """

    train_ms: int
    test_ms: int
    end_ms: int


@attrs.frozen(kw_only=True, eq=False)
class Step:
    """
    What came of one step.

    Args:
        fold: Its stretches.
        sweep: All trials on the stretch to choose on.
        chosen: The best of them; None when the figure was defined in none, and nothing was traded.
        result: What it made of the stretch to judge on; None when nothing was chosen.
    """

    fold: Fold
    sweep: Sweep
    chosen: SweepTrial | None
    result: Result | None


@attrs.frozen(kw_only=True, eq=False)
class WalkForward:
    """
    A finished walk.

    Args:
        strategy: The strategy's name.
        metric: The figure that chose.
        steps: One per step, in order of time.
        metrics: The figures of the stretches that were judged on, joined to one account.
        span: What they cover.
        inputs: What the walk depends on.
        synthetic: The bars are made up, not history.
        notes: What to say of the bars, such as that a model had seen some of them.
    """

    strategy: str
    metric: str
    steps: tuple[Step, ...]
    metrics: dict[str, Figure]
    span: Span
    inputs: Inputs
    synthetic: bool
    notes: tuple[str, ...] = ()

    @property
    def in_sample(self) -> float | None:
        """The figure of what was chosen where it was chosen, the mean over the steps."""
        return _mean([step.chosen.metrics[self.metric] for step in self.steps if step.chosen is not None])

    @property
    def out_of_sample(self) -> float | None:
        """The same figure where it was judged, the mean over the steps."""
        return _mean([step.result.metrics[self.metric] for step in self.steps if step.result is not None])

    def trials(self, *, now_ms: int) -> list[Trial]:
        """
        Return the entries for the trial ledger: all trials of every step, and last the walk itself.

        Args:
            now_ms: The wall clock, UTC milliseconds.
        """
        looks = [trial for step in self.steps for trial in step.sweep.trials(now_ms=now_ms)]
        ratio, per_year = self.metrics["sharpe_ratio"], self.metrics["periods_per_year"] or 1
        sharpe = None if ratio is None else ratio / float(per_year) ** 0.5
        return [*looks, trial_from(self.inputs, self.span, sharpe=sharpe, now_ms=now_ms)]


def folds(start_ms: int, end_ms: int, *, train_ms: int, test_ms: int) -> list[Fold]:
    """
    Return the steps of a walk over [start, end): each is judged on what follows, the last perhaps on less.

    Args:
        start_ms: First bar open, UTC milliseconds.
        end_ms: End.
        train_ms: Length of the stretches to choose on.
        test_ms: Length of the stretches to judge on, and of a step.

    Raises:
        UsageError: TW-U008 when the time does not hold one step.
    """
    if end_ms - start_ms <= train_ms:
        raise UsageError(
            f"the window holds {(end_ms - start_ms) / DAY_MS:,.0f} days, expected more than the "
            f"{train_ms / DAY_MS:,.0f} of one stretch to choose on.",
            code="TW-U008",
            hint="Shorten --train, or give an earlier --start.",
        )
    starts = range(start_ms, end_ms - train_ms, test_ms)
    return [
        Fold(train_ms=start, test_ms=start + train_ms, end_ms=min(end_ms, start + train_ms + test_ms))
        for start in starts
    ]


def walk_forward(
    job: Job,
    choose: Choose,
    catalog: Catalog,
    trials: tuple[Params, ...],
    steps: Sequence[Fold],
    *,
    metric: str,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> WalkForward:
    """
    Walk: choose the best trial on each stretch, run it on the next, and join what came of it.

    Every stretch is a backtest of its own with the warm-up before it, and closes what is open at its end. Each
    stretch to judge on begins with what the one before it left.

    Args:
        job: The run over the whole time.
        choose: Makes the strategy of a trial.
        catalog: Where components are found.
        trials: The parameters of each trial.
        steps: The stretches; see `folds`.
        metric: The figure that chooses.
        threads: How many trials are carried out at once.
        progress: Takes how many more trials are done.

    Raises:
        UsageError: TW-U008 for an unknown figure.
        TradewindError: When a trial cannot be run.
    """
    balance = job.settings.initial_balance
    done: list[Step] = []
    for fold in steps:
        first = job.settings.initial_balance
        train = StrategyVariants(window_of(job, fold.train_ms, fold.test_ms, first), choose, catalog)
        found = sweep_of(train, trials, threads=threads, progress=progress)
        chosen = found.best_or_none(metric)
        result = None
        if chosen is not None:
            test = StrategyVariants(window_of(job, fold.test_ms, fold.end_ms, balance), choose, catalog)
            result = test.result(chosen.params)
            balance = float(result.metrics["final_equity"] or 0.0)
        done.append(Step(fold=fold, sweep=found, chosen=chosen, result=result))
        if not balance > 0.0:
            break
    return _told(job, tuple(done), metric_name(metric, done[0].sweep.columns))


def _told(job: Job, done: tuple[Step, ...], name: str) -> WalkForward:
    """Return a walk whose steps are done."""
    whole = window_of(job, done[0].fold.test_ms, done[-1].fold.end_ms, job.settings.initial_balance)
    leading = next(iter(whole.histories.values()))
    trials = list(done[0].sweep.params)
    plan = {"trials": trials, "metric": name, "folds": [attrs.asdict(step.fold) for step in done]}
    own = inputs_of(whole)
    return WalkForward(
        strategy=job.assembly.strategy.name,
        metric=name,
        steps=done,
        metrics=joined(whole, [(step.fold.test_ms, step.fold.end_ms, _run(step)) for step in done]),
        span=Span(
            symbols=tuple(whole.histories),
            timeframe=leading.bars.timeframe.name,
            start_ms=int(leading.run_bars.time[0]),
            end_ms=int(leading.run_bars.time[-1]) + leading.bars.timeframe.ms,
        ),
        inputs=attrs.evolve(own, settings={**own.settings, "walk_forward": plain_value(plan)}),
        synthetic=job.synthetic,
        notes=job.notes,
    )


def window_of(job: Job, start_ms: int, end_ms: int, balance: float) -> Job:
    """Return the job over a part of its time that begins with this balance and closes what is open at its end."""
    warmup = job.assembly.pipeline.warmup
    histories = {symbol: _cut(history, start_ms, end_ms, warmup) for symbol, history in job.histories.items()}
    request = {**job.request, "start_ms": start_ms, "end_ms": end_ms, "close_at_end": True}
    return attrs.evolve(
        job,
        histories=histories,
        settings=attrs.evolve(job.settings, initial_balance=balance),
        close_at_end=True,
        request=request if "settings" in job.request else job.request,
    )


def _cut(history: History, start_ms: int, end_ms: int, warmup: int) -> History:
    bars = history.bars
    first, last = np.searchsorted(bars.time, (start_ms, end_ms))
    if first == last:
        raise UsageError(
            f"there are no bars of {history.instrument.symbol} in a stretch of the walk.",
            code="TW-U008",
            hint="Take longer stretches, or a window without such a gap.",
        )
    return attrs.evolve(
        history,
        bars=bars.rows(max(0, int(first) - warmup), int(last)),
        start_ms=start_ms,
        key=None,
        fine=None if history.fine is None else history.fine.between(start_ms, end_ms),
    )


def _run(step: Step) -> Run | None:
    return step.result.tables if step.result is not None and isinstance(step.result.tables, Run) else None


def _mean(values: Sequence[Figure]) -> float | None:
    known = [float(value) for value in values if value is not None]
    return sum(known) / len(known) if known else None
