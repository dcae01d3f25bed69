"""What the closed trades of many runs say, at once; see `trade_figures` for what the figures are."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.metrics.curve import Floats

Rows = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@attrs.frozen(kw_only=True, eq=False)
class Book:
    """
    The closed trades of many runs, one run after the other, each in order of exit.

    Args:
        counts: How many trades each run has.
        pnl: Profit after costs, quote units.
        pnl_pct: The same as a fraction of the entry value.
        r_multiple: The same in units of the initial risk; NaN without a stop.
        bars_held: Bars from entry to exit.
        position: Which of its run's positions a trade is a part of.
        ambiguous: The result depends on the order of prices within a bar.
    """

    counts: Rows
    pnl: Floats
    pnl_pct: Floats
    r_multiple: Floats
    bars_held: Floats
    position: Rows
    ambiguous: Flags


def trade_columns(book: Book) -> dict[str, npt.NDArray[Any]]:
    """Return counts, shares and averages of closed trades by name, one value per run; NaN where not defined."""
    counts, pnl = book.counts, book.pnl
    run = np.repeat(np.arange(len(counts)), counts)
    won, lost = pnl > 0.0, pnl < 0.0
    wins, losses = _number(run[won], counts), _number(run[lost], counts)
    gained, given = _sums(pnl[won], wins), -_sums(pnl[lost], losses)
    known = np.isfinite(book.r_multiple)
    rated = _number(run[known], counts)
    average = _sums(pnl, counts) / counts
    best, worst = _extremes(pnl, counts)
    return {
        "total_trades": counts,
        "winning_trades": wins,
        "losing_trades": losses,
        "win_rate": wins / counts,
        "profit_factor": np.where(given > 0.0, gained / given, np.nan),
        "expectancy": average,
        "expectancy_r": _sums(book.r_multiple[known], rated) / rated,
        "average_trade": average,
        "average_trade_pct": _sums(book.pnl_pct, counts) / counts,
        "average_win": _sums(pnl[won], wins) / wins,
        "average_loss": _sums(pnl[lost], losses) / losses,
        "best_trade": best,
        "worst_trade": worst,
        "longest_winning_streak": _streaks(won, counts),
        "longest_losing_streak": _streaks(lost, counts),
        "average_bars_held": _sums(book.bars_held, counts) / counts,
        "ambiguous_trades": _number(run[book.ambiguous], counts),
        **_by_position(book, run),
    }


def _number(run: Rows, counts: Rows) -> Rows:
    return np.bincount(run, minlength=len(counts))


def _sums(values: Floats, counts: Rows) -> Floats:
    """Return the sum of each run's values; a zero before them makes it, to the last bit, what `sum` gives for them."""
    starts = np.cumsum(counts) - counts
    padded = np.zeros(len(values) + len(counts))
    places = np.arange(len(values)) + np.repeat(np.arange(1, len(counts) + 1), counts)
    padded[places] = values
    sums: Floats = np.add.reduceat(padded, starts + np.arange(len(counts)))
    # `sum` goes through longer columns in pieces.
    for run in np.flatnonzero(counts > np.getbufsize()):
        sums[run] = values[starts[run] : starts[run] + counts[run]].sum()
    return sums


def _extremes(values: Floats, counts: Rows) -> tuple[Floats, Floats]:
    """Return the largest and the smallest value of each run; NaN for none."""
    high, low = np.full(len(counts), np.nan), np.full(len(counts), np.nan)
    some = counts > 0
    starts = (np.cumsum(counts) - counts)[some]
    if len(starts):
        high[some] = np.maximum.reduceat(values, starts)
        low[some] = np.minimum.reduceat(values, starts)
    return high, low


def _streaks(flags: Flags, counts: Rows) -> Rows:
    """Return the length of each run's longest stretch of true values."""
    # A break before every run keeps stretches apart.
    starts = np.cumsum(counts) - counts + np.arange(len(counts))
    broken = np.ones(len(flags) + len(counts) + 1, dtype=np.bool_)
    places = np.arange(len(flags)) + np.repeat(np.arange(1, len(counts) + 1), counts)
    broken[places] = ~flags
    breaks = np.flatnonzero(broken)
    lengths = np.diff(breaks) - 1
    return np.maximum.reduceat(lengths, np.searchsorted(breaks, starts))


def _by_position(book: Book, run: Rows) -> dict[str, npt.NDArray[Any]]:
    wide = int(book.position.max()) + 1 if len(book.position) else 1
    keys, row = np.unique(run * wide + book.position, return_inverse=True)
    pnl = np.bincount(row, weights=book.pnl, minlength=len(keys)).astype(np.float64)
    own = keys // wide
    closed = _number(own, book.counts)
    return {
        "closed_positions": closed,
        "position_win_rate": _number(own[pnl > 0.0], book.counts) / closed,
        "average_position": _sums(pnl, closed) / closed,
    }
