"""One pass over what a finished run left behind, for all that its figures are made of."""

from __future__ import annotations

from typing import Any

from tradewind.kernel.compile import kernel
from tradewind.kernel.dealings import outcomes, paid, positions, ratings
from tradewind.kernel.moments import against, changes, moments, tails
from tradewind.kernel.sums import total
from tradewind.kernel.survey import presence, survey


@kernel
def measure(
    figures: Any, run: int, time: Any, equity: Any, exposure: Any, fills: Any, trades: Any, start: float, bar_ms: int,
    none: float, noise: float, last_row: Any, market: Any, centred: Any, power: float, at: Any, share: Any, last: Any,
    work: Any,
) -> None:  # fmt: skip
    """
    Write what the figures of a run are made of.

    Args:
        figures: `FIGURES` records.
        run: Which of them is written.
        time: Bar opens, ms UTC.
        equity: At the bars' closes, quote units.
        exposure: Notional at the closes.
        fills: Its `FILL` records.
        trades: Its `TRADE` records.
        start: Equity before the first bar, above 0.
        bar_ms: Length of a bar.
        none: A fall below this share of the peak is rounding.
        noise: A deviation below this share of the largest return is rounding.
        last_row: The last bar of each period.
        market: The market's return of each period; none for no comparison.
        centred: The same less their mean.
        power: The sum of their squares; NaN where beta is not defined.
        at: The place of each quantile among the returns in order; see `tails`.
        share: How far to the next it lies.
        last: The place of the last return of each tail.
        work: Memory for as many values as there are bars, fills, trades and positions at most, five times.
    """
    found = figures[run]
    bars, periods = equity.shape[0], last_row.shape[0]
    found["final"] = equity[bars - 1]
    found["average"] = total(equity) / bars
    survey(found, time, equity, start, bar_ms, none)
    presence(found, equity, exposure, work[0])
    returns = work[0]
    changes(equity, start, last_row, returns)
    moments(found, returns, periods, noise, work[1:])
    tails(found, returns, periods, at, share, last, work[1])
    against(found, returns, periods, market, centred, power, work[1])
    paid(found, fills, work[0])
    outcomes(found, trades, work)
    ratings(found, trades, work[0])
    positions(found, trades, work)
