"""
The figures of many runs over the same bars at once.

They are those of `summarise`, to the last bit; every step is taken for all runs together, which saves most of
the time where runs are short.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.metrics.curve import DAY_MS, YEAR_DAYS, Floats, Periods, Times, change
from tradewind.metrics.many_drawdowns import surveyed
from tradewind.metrics.many_trades import Book, trade_columns
from tradewind.metrics.returns import NOISE, deviation
from tradewind.metrics.significance import sharpe_probability
from tradewind.metrics.summary import Market, holding
from tradewind.metrics.trades import Figure

Columns = dict[str, list[Figure]]

_PIECE: Final = 16_384
_COUNTS: Final = frozenset(
    {
        "periods", "total_trades", "winning_trades", "losing_trades", "longest_winning_streak",
        "longest_losing_streak", "ambiguous_trades", "closed_positions",
    }
)  # fmt: skip


@attrs.frozen(kw_only=True, eq=False)
class Curves:
    """
    Equity of many accounts marked at the close of the same bars, without deposits or withdrawals.

    Args:
        time: Bar opens, int64 milliseconds UTC, strictly increasing, at least one.
        equity: Equity at the bars' closes [run, bar], quote units.
        exposure: Notional value of all positions at the closes [run, bar].
        initial_balance: Equity before the first bar, quote units, above 0.
        bar_ms: Length of a bar.
    """

    time: Times
    equity: Floats
    exposure: Floats
    initial_balance: float
    bar_ms: int


@attrs.frozen(kw_only=True, eq=False)
class Benchmark:
    """
    What all runs over the same bars have in common: the grid of their returns, and the market's.

    Args:
        periods: The grid of the returns that are annualised.
        held: What one unit held has become at the end of each period; None without markets.
        change: Its returns.
        centred: The same less their mean.
        power: Sum of their squares; None where beta is not defined.
    """

    periods: Periods
    held: Floats | None = None
    change: Floats | None = None
    centred: Floats | None = None
    power: Any = None

    @classmethod
    def of(cls, time: Times, bar_ms: int, markets: Mapping[str, Market]) -> Benchmark:
        """
        Return what runs over these bars have in common.

        Args:
            time: Bar opens, int64 milliseconds UTC, at least one.
            bar_ms: Length of a bar.
            markets: Prices by symbol; none for no comparison with holding them.
        """
        periods = Periods.over(time, bar_ms)
        if not markets:
            return cls(periods=periods)
        held = holding(markets, periods)
        market = change(np.concatenate(([1.0], held)))
        centred = market - market.mean()
        known = len(market) >= 2 and bool(deviation(market))
        power = np.dot(centred, centred) if known else None
        return cls(periods=periods, held=held, change=market, centred=centred, power=power)


def summarise_many(curves: Curves, book: Book, benchmark: Benchmark, fees: Floats, traded_value: Floats) -> Columns:
    """
    Return every figure by name, one value per run; None where a figure is not defined.

    Args:
        curves: The accounts.
        book: Their closed trades.
        benchmark: What the runs have in common.
        fees: All fees each run paid, quote units.
        traded_value: Value each run bought and sold, quote units.
    """
    with np.errstate(all="ignore"):
        found = _figures(curves, book, benchmark, fees, traded_value)
    return {name: _defined(name, values) for name, values in found.items()}


def _defined(name: str, values: Any) -> list[Figure]:
    whole = name in _COUNTS
    listed = values.tolist() if isinstance(values, np.ndarray) else values
    return [
        None if value is None or not math.isfinite(value) else int(value) if whole else float(value) for value in listed
    ]


def _figures(
    curves: Curves, book: Book, benchmark: Benchmark, fees: Floats, traded: Floats
) -> dict[str, npt.NDArray[Any] | Sequence[Figure]]:
    runs, start, per_year = len(curves.equity), curves.initial_balance, benchmark.periods.per_year
    returns = _returns(curves, benchmark.periods)
    final = curves.equity[:, -1]
    total = final / start - 1.0
    elapsed = int(curves.time[-1] - curves.time[0]) + curves.bar_ms
    annual = [_annual(value, elapsed) for value in total.tolist()]
    seen = surveyed(curves.time, curves.equity, curves.exposure, start, curves.bar_ms)
    mean, spread = _mean(returns), _spread(returns)
    skew, tails = _moments(returns, mean, spread)
    held = None if benchmark.held is None else float(benchmark.held[-1]) - 1.0
    slope, excess = _beta_and_alpha(returns, mean, benchmark)
    trades = trade_columns(book)
    bars = len(curves.time)
    average = _mean(curves.equity)
    root = math.sqrt(per_year)
    length = returns.shape[1]
    return {
        "initial_balance": [start] * runs,
        "final_equity": final,
        "total_pnl": final - start,
        "total_return": total,
        "cagr": annual,
        "volatility": [None if s is None else s * root for s in spread],
        "sharpe_ratio": [m / s * root if s else None for m, s in zip(mean.tolist(), spread, strict=True)],
        "sortino_ratio": _sortino(returns, mean, root),
        "calmar_ratio": [
            a / d if a is not None and d > 0.0 else None for a, d in zip(annual, seen.depth.tolist(), strict=True)
        ],
        "max_drawdown": seen.depth,
        "max_drawdown_days": seen.days,
        "longest_drawdown_days": seen.longest_days,
        **_tail(returns),
        "skewness": skew,
        "kurtosis": tails,
        "probabilistic_sharpe_ratio": [
            sharpe_probability(m / s if s else None, g3, g4, length)
            for m, s, g3, g4 in zip(mean.tolist(), spread, skew, tails, strict=True)
        ],
        "periods": [length] * runs,
        "periods_per_year": [per_year] * runs,
        **trades,
        "time_in_market": seen.held / bars,
        "average_exposure": _summed(seen.exposed) / bars,
        "turnover": [v / m if m > 0.0 else None for v, m in zip(traded.tolist(), average.tolist(), strict=True)],
        "traded_value": traded,
        "fees": fees,
        "buy_and_hold": [held] * runs,
        "alpha": excess,
        "beta": slope,
    }


def _returns(curves: Curves, periods: Periods) -> Floats:
    """Return one return per run and period, the first one from the initial balance."""
    values = np.empty((len(curves.equity), len(periods.last_row) + 1))
    values[:, 0] = curves.initial_balance
    values[:, 1:] = curves.equity[:, periods.last_row]
    before, after = values[:, :-1], values[:, 1:]
    ratio = (
        after / before if values.min() > 0.0 else np.divide(after, before, out=np.ones_like(after), where=before > 0.0)
    )
    return np.asarray(ratio - 1.0)


def _annual(total: float, elapsed_ms: int) -> float | None:
    try:
        return math.pow(max(0.0, 1.0 + total), YEAR_DAYS * DAY_MS / elapsed_ms) - 1.0
    except OverflowError:
        return None


def _mean(values: Floats) -> Floats:
    return np.asarray(values.mean(axis=1))


def _spread(returns: Floats) -> list[float | None]:
    """Return the sample standard deviation of each run, 0 for equal returns; None for fewer than two."""
    if returns.shape[1] < 2:
        return [None] * len(returns)
    spread = returns.std(axis=1, ddof=1)
    largest = np.abs(returns).max(axis=1)
    kept: list[float | None] = np.where(spread > NOISE * largest, spread, 0.0).tolist()
    return kept


def _moments(
    returns: Floats, mean: Floats, spread: Sequence[float | None]
) -> tuple[list[float | None], list[float | None]]:
    """Return skewness and kurtosis of each run; None without variance."""
    centred = returns - mean[:, np.newaxis]
    square = centred * centred
    second = _mean(square).tolist()
    third, fourth = _mean(square * centred).tolist(), _mean(square * square).tolist()
    skew = [_over(a, b, 1.5) if s else None for a, b, s in zip(third, second, spread, strict=True)]
    tails = [_over(a, b, 2.0) if s else None for a, b, s in zip(fourth, second, spread, strict=True)]
    return skew, tails


def _over(moment: float, second: float, power: float) -> float:
    return float(np.float64(moment) / np.float64(second) ** power)


def _sortino(returns: Floats, mean: Floats, root: float) -> list[float | None]:
    if returns.shape[1] < 2:
        return [None] * len(returns)
    below = _mean(np.square(np.minimum(returns, 0.0))).tolist()
    downside = [math.sqrt(value) if value >= 0.0 else math.nan for value in below]
    return [m / d * root if d > 0.0 else None for m, d in zip(mean.tolist(), downside, strict=True)]


def _tail(returns: Floats) -> dict[str, Any]:
    levels = (0.95, 0.99)
    losses = -np.quantile(returns, [1.0 - level for level in levels], axis=1)
    last = [int((returns.shape[1] - 1) * (1.0 - level) + 1e-9) for level in levels]
    # Cut off once for each level, as in one run: the order, which the sum depends on, is then the same.
    beyond = [-_mean(np.partition(returns, at, axis=1)[:, : at + 1]) for at in last]
    return dict(zip(("var_95", "var_99", "cvar_95", "cvar_99"), (*losses, *beyond), strict=True))


def _beta_and_alpha(
    returns: Floats, mean: Floats, benchmark: Benchmark
) -> tuple[list[float | None], list[float | None]]:
    runs, market, centred = len(returns), benchmark.change, benchmark.centred
    if market is None or centred is None or benchmark.power is None:
        return [None] * runs, [None] * runs
    own = returns - mean[:, np.newaxis]
    slope = [float(np.dot(row, centred) / benchmark.power) for row in own]
    rest = _mean(returns - np.array(slope)[:, np.newaxis] * market).tolist()
    return list(slope), [_compounded(value, benchmark.periods.per_year) for value in rest]


def _compounded(mean: float, per_year: float) -> float | None:
    try:
        return math.pow(max(0.0, 1.0 + mean), per_year) - 1.0
    except OverflowError:
        return None


def _summed(rows: Floats) -> Floats:
    """Return the sum of each row, taken in pieces as in one run."""
    total = np.zeros(len(rows))
    for start in range(0, rows.shape[1], _PIECE):
        total += rows[:, start : start + _PIECE].sum(axis=1)
    return total


__all__ = ["Benchmark", "Book", "Curves", "summarise_many"]
