"""
The figures of many runs over the same bars at once.

They are those of `summarise`, to the last bit; what they are made of is added up compiled, run by run, as soon as a
run is finished and its curves are still at hand.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.kernel import door, state
from tradewind.kernel.figures import FIGURES
from tradewind.kernel.layout import MOST_PER_BAR
from tradewind.kernel.lineup import Lineup
from tradewind.kernel.trials import SPARE
from tradewind.metrics.curve import DAY_MS, YEAR_DAYS, Floats, Periods, Times, change
from tradewind.metrics.drawdown import NONE
from tradewind.metrics.returns import NOISE, deviation
from tradewind.metrics.significance import sharpe_probability
from tradewind.metrics.summary import Market, holding
from tradewind.metrics.trades import Figure

Records = npt.NDArray[Any]
Columns = dict[str, list[Figure]]

LEVELS: Final = (0.95, 0.99)
_COUNTS: Final = frozenset(
    {
        "periods", "total_trades", "winning_trades", "losing_trades", "longest_winning_streak",
        "longest_losing_streak", "ambiguous_trades", "closed_positions",
    }
)  # fmt: skip


@attrs.frozen(kw_only=True, eq=False)
class Benchmark:
    """
    What all runs over the same bars have in common: the grid of their returns, and the market's.

    Args:
        time: Bar opens, int64 milliseconds UTC, strictly increasing, at least one.
        bar_ms: Length of a bar.
        start: Equity before the first bar, quote units, above 0.
        periods: The grid of the returns that are annualised.
        held: What one unit held has become at the end; None without markets.
        change: The market's return of each period; none without markets.
        centred: The same less their mean.
        power: Sum of their squares; NaN where beta is not defined.
    """

    time: Times
    bar_ms: int
    start: float
    periods: Periods
    held: float | None
    change: Floats
    centred: Floats
    power: float

    @classmethod
    def of(cls, time: Times, bar_ms: int, start: float, markets: Mapping[str, Market]) -> Benchmark:
        """
        Return what runs over these bars have in common.

        Args:
            time: Bar opens, int64 milliseconds UTC, at least one.
            bar_ms: Length of a bar.
            start: Equity before the first bar, quote units, above 0.
            markets: Prices by symbol; none for no comparison with holding them.
        """
        periods = Periods.over(time, bar_ms)
        held = holding(markets, periods) if markets else None
        market = np.empty(0) if held is None else change(np.concatenate(([1.0], held)))
        centred = market - market.mean() if len(market) else market
        known = len(market) >= 2 and bool(deviation(market))
        return cls(
            time=time,
            bar_ms=bar_ms,
            start=start,
            periods=periods,
            held=None if held is None else float(held[-1]) - 1.0,
            change=market,
            centred=centred,
            power=float((centred * centred).sum()) if known else math.nan,
        )


class Meter:
    """
    Adds up runs over the same bars, without deposits or withdrawals, one after the other.

    Args:
        benchmark: What the runs have in common.
        runs: How many there can be.
    """

    def __init__(self, benchmark: Benchmark, runs: int) -> None:
        self._figures: Records = np.zeros(runs, dtype=FIGURES)
        self._runs = 0
        periods = len(benchmark.periods.last_row)
        self._work = np.empty((5, max(len(benchmark.time), periods) + 8))
        places = (periods - 1) * (1.0 - np.array(LEVELS))
        at = np.floor(places).astype(np.int64)
        # The tiny addend keeps 0.05 × 100 from counting as 4.999….
        last = ((periods - 1) * (1.0 - np.array(LEVELS)) + 1e-9).astype(np.int64)
        grid = np.ascontiguousarray(benchmark.periods.last_row, dtype=np.int64)
        market = (grid, benchmark.change, benchmark.centred, benchmark.power)
        self._time = benchmark.time
        self._fixed = (benchmark.start, benchmark.bar_ms, NONE, NOISE, *market, at, places - at, last)

    def take(self, equity: Floats, exposure: Floats, fills: Records, trades: Records) -> None:
        """
        Add up one run.

        Args:
            equity: Equity at the bars' closes, quote units.
            exposure: Notional value of all positions at the closes.
            fills: Its orders carried out, as the kernel records them.
            trades: Its closed trades, likewise, in order of exit.
        """
        # A position has a fill: there are never more of them.
        most = max(len(fills), len(trades)) + 8
        if most > self._work.shape[1]:
            self._work = np.empty((5, 2 * most))
        door.compiled_measure()(
            self._figures, self._runs, self._time, equity, exposure, fills, trades, *self._fixed, self._work
        )
        self._runs += 1

    def carry(
        self, lineup: Lineup, market: state.Market, limits: state.Rules, records: state.Records, close: bool
    ) -> None:
        """
        Carry out trials and add up each as soon as it has ended.

        Args:
            lineup: The trials.
            market: The bars.
            limits: What orders are held to.
            records: Written over by each trial, enlarged where one needs it.
            close: Close what is open at the last close.
        """
        reached = np.zeros(2, dtype=np.int64)
        while not door.carry(
            reached, lineup, market, limits, records, (self._figures, self._runs, *self._fixed, self._work),
            close_at_end=close,
        ):  # fmt: skip
            records.grow(lineup.slots.shape[1] * MOST_PER_BAR)
            if len(records.fills) + SPARE > self._work.shape[1]:
                self._work = np.empty((5, len(records.fills) + SPARE))
        self._runs += len(lineup.ends)

    @property
    def figures(self) -> Records:
        """What the figures of the runs so far are made of, as `FIGURES` records."""
        return self._figures[: self._runs]


def summarise_many(figures: Records, benchmark: Benchmark) -> Columns:
    """
    Return every figure by name, one value per run; None where a figure is not defined.

    Args:
        figures: What `Meter` added up.
        benchmark: What the runs have in common.
    """
    with np.errstate(all="ignore"):
        found = _figures(figures, benchmark)
    return {name: _defined(name, values) for name, values in found.items()}


def _defined(name: str, values: Any) -> list[Figure]:
    if name in _COUNTS:
        counts: list[Figure] = np.asarray(values).astype(np.int64).tolist()
        return counts
    column = np.asarray(values, dtype=np.float64)
    listed: list[Figure] = column.tolist()
    if np.isfinite(column).all():
        return listed
    return [value if math.isfinite(value or 0.0) else None for value in listed]


def _figures(found: Records, benchmark: Benchmark) -> dict[str, npt.NDArray[Any] | Sequence[Figure]]:
    runs, start, per_year = len(found), benchmark.start, benchmark.periods.per_year
    total = found["final"] / start - 1.0
    elapsed = int(benchmark.time[-1] - benchmark.time[0]) + benchmark.bar_ms
    annual = np.array([_annual(value, elapsed) for value in total.tolist()])
    root = math.sqrt(per_year)
    mean, spread = found["mean"], found["deviation"]
    ratio = np.where(spread > 0.0, mean / spread, np.nan)
    downside = np.sqrt(found["downside"])
    skew, tails = _shape(found, "third", 1.5), _shape(found, "fourth", 2.0)
    length = len(benchmark.periods.last_row)
    depth, days, longest = _falls(found)
    known = not math.isnan(benchmark.power)
    return {
        "initial_balance": np.full(runs, start),
        "final_equity": found["final"],
        "total_pnl": found["final"] - start,
        "total_return": total,
        "cagr": annual,
        "volatility": spread * root,
        "sharpe_ratio": ratio * root,
        "sortino_ratio": np.where((downside > 0.0) & (length > 1), mean / downside, np.nan) * root,
        "calmar_ratio": np.where(depth > 0.0, annual / depth, np.nan),
        "max_drawdown": depth,
        "max_drawdown_days": days,
        "longest_drawdown_days": longest,
        "var_95": 0.0 - found["quantile"][:, 0],
        "var_99": 0.0 - found["quantile"][:, 1],
        "cvar_95": 0.0 - found["tail"][:, 0],
        "cvar_99": 0.0 - found["tail"][:, 1],
        "skewness": skew,
        "kurtosis": tails,
        "probabilistic_sharpe_ratio": [
            None if math.isnan(r) else sharpe_probability(r, g3, g4, length)
            for r, g3, g4 in zip(ratio.tolist(), skew, tails, strict=True)
        ],
        "periods": np.full(runs, length),
        "periods_per_year": np.full(runs, per_year),
        **_trades(found),
        "time_in_market": found["held"] / len(benchmark.time),
        "average_exposure": found["exposed"] / len(benchmark.time),
        "turnover": np.where(found["average"] > 0.0, found["traded"] / found["average"], np.nan),
        "traded_value": found["traded"],
        "fees": found["fees"],
        "buy_and_hold": np.full(runs, math.nan if benchmark.held is None else benchmark.held),
        "alpha": [_compounded(value, per_year) if known else None for value in found["rest"].tolist()],
        "beta": found["slope"],
    }


def _trades(found: Records) -> dict[str, npt.NDArray[Any]]:
    """Return what the closed trades say; see `trade_figures` for what the figures are."""
    count, won, lost, closed = found["trades"], found["won"], found["lost"], found["positions"]
    average = found["pnl"] / count
    return {
        "total_trades": count,
        "winning_trades": won,
        "losing_trades": lost,
        "win_rate": won / count,
        "profit_factor": np.where(found["given"] > 0.0, found["gained"] / found["given"], np.nan),
        "expectancy": average,
        "expectancy_r": found["r_multiple"] / found["rated"],
        "average_trade": average,
        "average_trade_pct": found["pnl_pct"] / count,
        "average_win": found["gained"] / won,
        "average_loss": -found["given"] / lost,
        "best_trade": found["best"],
        "worst_trade": found["worst"],
        "longest_winning_streak": found["longest_won"],
        "longest_losing_streak": found["longest_lost"],
        "average_bars_held": found["bars_held"] / count,
        "ambiguous_trades": found["ambiguous"],
        "closed_positions": closed,
        "position_win_rate": found["positions_won"] / closed,
        "average_position": found["position_pnl"] / closed,
    }


def _falls(found: Records) -> tuple[Floats, Floats, Floats]:
    """Return the deepest fall, how long it lasted and how long the longest one did, days."""
    deep = found["depth"] > NONE
    depth, lasted, longest = (np.where(deep, found[name], 0) for name in ("depth", "lasted", "longest"))
    return depth, lasted / DAY_MS, longest / DAY_MS


def _shape(found: Records, name: str, power: float) -> list[float]:
    """Return a standardised moment; NaN without variance."""
    moments = zip(found[name].tolist(), found["second"].tolist(), found["deviation"].tolist(), strict=True)
    return [_over(moment, second, power) if spread > 0.0 else math.nan for moment, second, spread in moments]


def _over(moment: float, second: float, power: float) -> float:
    return float(np.float64(moment) / np.float64(second) ** power)


def _annual(total: float, elapsed_ms: int) -> float:
    try:
        return math.pow(max(0.0, 1.0 + total), YEAR_DAYS * DAY_MS / elapsed_ms) - 1.0
    except OverflowError:
        return math.nan


def _compounded(mean: float, per_year: float) -> float:
    try:
        return math.pow(max(0.0, 1.0 + mean), per_year) - 1.0
    except OverflowError:
        return math.nan


__all__ = ["Benchmark", "Columns", "Meter", "summarise_many"]
