"""The account of a walk: the stretches that were judged on, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import attrs
import numpy as np

from tradewind.backtest.figures import curve_of_run, traded_value, trades_of_run
from tradewind.backtest.result import market_of
from tradewind.backtest.run import Run
from tradewind.backtest.runner import Job
from tradewind.metrics.curve import Curve
from tradewind.metrics.summary import summarise
from tradewind.metrics.trades import ClosedTrades, Figure

Piece = tuple[int, int, Run | None]
"""A stretch from its first bar open to its end, UTC milliseconds, and its run; None when nothing was traded."""

_TRADES: Final = tuple(field.name for field in attrs.fields(ClosedTrades))


def joined(whole: Job, pieces: Sequence[Piece]) -> dict[str, Figure]:
    """
    Return every figure of the stretches taken together; each run began with what the one before it left.

    Args:
        whole: The job over all stretches.
        pieces: The stretches in order of time.
    """
    runs = [run for _, _, run in pieces if run is not None]
    fills = [run.fill_records for run in runs]
    return summarise(
        _curve(whole, pieces),
        _trades(runs),
        markets={symbol: market_of(history.run_bars) for symbol, history in whole.histories.items()},
        fees=sum(float(one["fee"].sum()) for one in fills),
        traded_value=sum(traded_value(one["price"], one["quantity"]) for one in fills),
    )


def _curve(whole: Job, pieces: Sequence[Piece]) -> Curve:
    start = whole.settings.initial_balance
    bar_ms = next(iter(whole.histories.values())).market_bars.timeframe.ms
    balance, curves = start, []
    for start_ms, end_ms, run in pieces:
        curve = curve_of_run(run, bar_ms) if run is not None else _level(whole, start_ms, end_ms, balance, bar_ms)
        curves.append(curve)
        balance = float(curve.equity[-1])
    return Curve(
        time=np.concatenate([one.time for one in curves]),
        equity=np.concatenate([one.equity for one in curves]),
        initial_balance=start,
        bar_ms=bar_ms,
        exposure=np.concatenate([_exposure(one) for one in curves]),
    )


def _level(whole: Job, start_ms: int, end_ms: int, balance: float, bar_ms: int) -> Curve:
    opens = [history.market_bars.between(start_ms, end_ms).time for history in whole.histories.values()]
    time = np.unique(np.concatenate(opens))
    equity = np.full(len(time), balance)
    return Curve(time=time, equity=equity, initial_balance=balance, bar_ms=bar_ms, exposure=np.zeros(len(time)))


def _exposure(curve: Curve) -> Any:
    return np.zeros(len(curve.time)) if curve.exposure is None else curve.exposure


def _trades(runs: Sequence[Run]) -> ClosedTrades:
    """Return the closed trades of all runs; positions are numbered through."""
    if not runs:
        columns: dict[str, Any] = dict.fromkeys(_TRADES, np.empty(0))
        whole = {"position": np.empty(0, np.int64), "ambiguous": np.empty(0, np.bool_)}
        return ClosedTrades(**(columns | whole))
    before, trades = 0, []
    for run in runs:
        own = trades_of_run(run)
        trades.append(attrs.evolve(own, position=own.position + before))
        before += int(run.state.account["positions"][0])
    return ClosedTrades(**{name: np.concatenate([getattr(one, name) for one in trades]) for name in _TRADES})
