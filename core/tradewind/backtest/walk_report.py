"""What a walk found, as text for a terminal and as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import attrs

from tradewind.backtest.inputs import plain_value
from tradewind.backtest.report import figure_text
from tradewind.backtest.sweep_grid import words
from tradewind.backtest.sweep_report import SYNTHETIC, aligned
from tradewind.backtest.tables import iso_time
from tradewind.backtest.trials import Standing
from tradewind.backtest.walk_forward import Step, WalkForward

_JOINED: Final = (
    ("total return", "total_return"),
    ("buy and hold", "buy_and_hold"),
    ("Sharpe ratio", "sharpe_ratio"),
    ("max drawdown", "max_drawdown"),
    ("profit factor", "profit_factor"),
    ("trades", "total_trades"),
    ("chance that Sharpe > 0", "probabilistic_sharpe_ratio"),
)


def walk_text(walk: WalkForward, standing: Standing) -> str:
    """Return the report of a walk."""
    return "\n".join(_lines(walk, standing))


def _lines(walk: WalkForward, standing: Standing) -> Iterator[str]:
    trials = sum(step.sweep.count for step in walk.steps)
    yield f"{walk.strategy} on {', '.join(walk.span.symbols)}, {walk.span.timeframe}: {len(walk.steps)} steps"
    if walk.synthetic:
        yield SYNTHETIC
    yield from walk.notes
    yield f"{trials} trials in all, chosen by {walk.metric} on one stretch and judged on the next."
    yield ""
    yield from aligned([["chosen on", "judged on", "in sample", "out", "parameters"], *map(_row(walk), walk.steps)])
    yield ""
    shown = [figure_text(walk.metric, value) for value in (walk.in_sample, walk.out_of_sample)]
    yield f"{walk.metric}, mean of the steps: {shown[0]} in sample, {shown[1]} out of sample."
    yield ""
    yield f"Out of sample, {_day(walk.span.start_ms)} to {_day(walk.span.end_ms)}, as one account:"
    for label, name in _JOINED:
        yield f"  {label:24}{figure_text(name, walk.metrics[name]):>12}"
    yield from _worth(walk, standing)


def _worth(walk: WalkForward, standing: Standing) -> Iterator[str]:
    best = [step.chosen.deflated_sharpe_ratio for step in walk.steps if step.chosen is not None]
    known = [value for value in best if value is not None]
    if known:
        yield f"In sample the chosen were better than luck with a chance of {sum(known) / len(known):.0%}, on average."
    if standing.trials > 1 and standing.deflated_sharpe_ratio is not None:
        yield (
            f"{standing.trials} walks were tried over this time: chance that this one is better than luck: "
            f"{standing.deflated_sharpe_ratio:.0%}."
        )


def _row(walk: WalkForward) -> Any:
    def cells(step: Step) -> list[str]:
        fold = step.fold
        spans = [f"{_day(fold.train_ms)} to {_day(fold.test_ms)}", f"{_day(fold.test_ms)} to {_day(fold.end_ms)}"]
        if step.chosen is None or step.result is None:
            return [*spans, "n/a", "n/a", "nothing to choose: not traded"]
        figures = (step.chosen.metrics[walk.metric], step.result.metrics[walk.metric])
        return [*spans, *(figure_text(walk.metric, value) for value in figures), words(step.chosen.params)]

    return cells


def _day(time_ms: int) -> str:
    return iso_time(time_ms)[:10]


def walk_dict(walk: WalkForward, standing: Standing) -> dict[str, Any]:
    """Return a walk as values that strict JSON can hold."""
    return {
        "strategy": walk.strategy,
        "symbols": list(walk.span.symbols),
        "timeframe": walk.span.timeframe,
        "start": iso_time(walk.span.start_ms),
        "end": iso_time(walk.span.end_ms),
        "synthetic": walk.synthetic,
        "notes": list(walk.notes),
        "metric": walk.metric,
        "in_sample": walk.in_sample,
        "out_of_sample": walk.out_of_sample,
        "metrics": walk.metrics,
        "standing": attrs.asdict(standing),
        "steps": [_step(step) for step in walk.steps],
    }


def _step(step: Step) -> dict[str, Any]:
    fold, chosen, result = step.fold, step.chosen, step.result
    return {
        "train_start": iso_time(fold.train_ms),
        "test_start": iso_time(fold.test_ms),
        "test_end": iso_time(fold.end_ms),
        "trials": step.sweep.count,
        "params": None if chosen is None else plain_value(chosen.params),
        "in_sample": None if chosen is None else dict(chosen.metrics),
        "deflated_sharpe_ratio": None if chosen is None else chosen.deflated_sharpe_ratio,
        "out_of_sample": None if result is None else result.metrics,
    }
