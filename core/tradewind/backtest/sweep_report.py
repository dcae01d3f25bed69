"""What a search found, as text for a terminal and as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import attrs

from tradewind.backtest.inputs import plain_value
from tradewind.backtest.report import figure_text
from tradewind.backtest.sweep_desk import Optimized
from tradewind.backtest.sweep_grid import words
from tradewind.backtest.sweep_outcome import LESS_IS_BETTER, SweepTrial

_SHOWN: Final = ("sharpe_ratio", "total_return", "max_drawdown", "profit_factor", "total_trades")
_HEADS: Final = {
    "sharpe_ratio": "Sharpe",
    "total_return": "total return",
    "max_drawdown": "max drawdown",
    "profit_factor": "profit factor",
    "total_trades": "trades",
}
SYNTHETIC: Final = "SYNTHETIC bars: these figures say nothing of any market."


def optimize_text(found: Optimized, top: int) -> str:
    """Return the report of a search; `top` trials are listed."""
    return "\n".join(_lines(found, top))


def _lines(found: Optimized, top: int) -> Iterator[str]:
    result, sweep, best = found.result, found.sweep, found.best
    span = f"{result.start:%Y-%m-%d} to {result.end:%Y-%m-%d}"
    yield f"{result.strategy} on {', '.join(result.symbols)}, {result.timeframe}, {span}"
    if result.synthetic:
        yield SYNTHETIC
    yield from sweep.notes
    yield f"{sweep.count} trials, chosen by {found.metric}."
    if sweep.count < len(sweep):
        yield f"{len(sweep) - sweep.count} more were not carried out: their settings do not go together."
    yield ""
    ranked = _ranked(found)
    yield from _table(found.metric, ranked[:top])
    if len(ranked) > top:
        yield f"and {len(ranked) - top} more"
    yield ""
    yield f"The best: {words(best.params)}"
    yield from _worth(found)


def _worth(found: Optimized) -> Iterator[str]:
    standing = found.standing
    looks = f"{standing.trials} variants were tried on this very window"
    yield looks + (f", {standing.overlapping} on overlapping ones." if standing.overlapping else ".")
    ratio = figure_text("sharpe_ratio", found.best.metrics["sharpe_ratio"])
    yield f"Luck alone would show a Sharpe ratio of {standing.sharpe_to_beat:.2f}; this one is {ratio}."
    if standing.deflated_sharpe_ratio is not None:
        yield f"Chance that it is better than luck: {standing.deflated_sharpe_ratio:.0%}."
    yield "What is chosen on a window looks better on it than it is: see `tradewind walk-forward`."


def _ranked(found: Optimized) -> list[SweepTrial]:
    sign = 1.0 if found.metric in LESS_IS_BETTER else -1.0
    known = [trial for trial in found.sweep if trial.metrics.get(found.metric) is not None]
    return sorted(known, key=lambda trial: sign * float(trial.metrics[found.metric] or 0.0))


def _table(metric: str, trials: Sequence[SweepTrial]) -> Iterator[str]:
    """Return one line per trial: its parameters, then its figures."""
    names = list(trials[0].params)
    shown = [*([metric] if metric not in _SHOWN else []), *_SHOWN]
    heads = [*names, *(_HEADS.get(name, name) for name in shown)]
    rows = [
        [
            *(str(trial.params[name]) for name in names),
            *(figure_text(name, trial.metrics[name]) for name in shown),
        ]
        for trial in trials
    ]
    yield from aligned([heads, *rows])


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Return rows of cells as lines, columns flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def optimize_dict(found: Optimized) -> dict[str, Any]:
    """Return a search as values that strict JSON can hold."""
    result, sweep = found.result, found.sweep
    return {
        "strategy": result.strategy,
        "symbols": list(result.symbols),
        "timeframe": result.timeframe,
        "start": result.start.isoformat(),
        "end": result.end.isoformat(),
        "synthetic": result.synthetic,
        "notes": list(sweep.notes),
        "metric": found.metric,
        "sharpe_to_beat": sweep.sharpe_to_beat,
        "trials": [trial_dict(trial) for trial in sweep],
        "best": found.best.index,
        "standing": attrs.asdict(found.standing),
        "result": result.id,
    }


def trial_dict(trial: SweepTrial) -> dict[str, Any]:
    """Return a trial as plain values."""
    return {
        "params": plain_value(trial.params),
        "metrics": dict(trial.metrics),
        "deflated_sharpe_ratio": trial.deflated_sharpe_ratio,
    }
