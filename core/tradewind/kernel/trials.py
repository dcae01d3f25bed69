"""Several trials over the same bars in one call, each advanced, ended and measured while its records are at hand."""

from __future__ import annotations

from typing import Any, Final

from tradewind.kernel.advance import advance, finish
from tradewind.kernel.book import Book, Curve, Tape
from tradewind.kernel.compile import kernel
from tradewind.kernel.layout import MOST_PER_BAR
from tradewind.kernel.measure import measure

SPARE: Final = 8
"""What `measure` needs beyond one place for each fill or trade."""


@kernel
def carry(
    reached: Any, ends: Any, close_at_end: bool,
    account: Any, slots: Any, stops: Any, profits: Any, order: Any, asks: Any, ask_bars: Any, ask_ladders: Any,
    fills: Any, trades: Any, instruments: Any, tiers: Any, rules: Any, time: Any, open_: Any, high: Any, low: Any,
    close: Any, flags: Any, funding: Any, rows: Any, row_flags: Any, atr: Any, exit_long: Any, exit_short: Any,
    flow_bars: Any, flows: Any, clusters: Any, equity: Any, cash: Any, exposure: Any, drawdown: Any,
    figures: Any, run: int, start: float, bar_ms: int, none: float, noise: float, last_row: Any, market: Any,
    centred: Any, power: float, at: Any, share: Any, last: Any, work: Any,
) -> bool:  # fmt: skip
    """
    Carry out trials and write what the figures of each are made of; each is written over the records of the last.

    Args:
        reached: Where to begin, changed in place: the trial, and its bar. It is left where there was no room.
        ends: Where each trial's rows end [trial, 5]: asks, those of them that are decided, ladders, long exits and
            short exits; they begin where those of the trial before end.
        close_at_end: Close what is open at the last close (R4).
        account: This and the next four: those of `Book`, one per trial along the first axis, as `rules` are.
        asks: Those of `Book`, one trial after the other, as are `ask_bars`, `ask_ladders` and the exits.
        figures: This and all after it: as `measure` takes them, the figures one per trial from `run` on.

    Returns:
        Whether all were carried out; else fills, trades or the memory for figures must be larger to go on.
    """
    bars = time.shape[0]
    for k in range(reached[0], ends.shape[0]):
        reached[0] = k
        a = d = r = x = s = 0
        if k > 0:
            a, d, r, x, s = ends[k - 1, 0], ends[k - 1, 1], ends[k - 1, 2], ends[k - 1, 3], ends[k - 1, 4]
        own_asks, own_ladders = asks[a : ends[k, 0]], ask_ladders[r : ends[k, 2]]
        own_long, own_short = exit_long[x : ends[k, 3]], exit_short[s : ends[k, 4]]
        one = account[k, 0]
        if reached[1] < bars:
            reached[1] = advance(
                account[k], slots[k], stops[k], profits[k], order[k], own_asks, ask_bars[d : ends[k, 1]], own_ladders,
                fills, trades, instruments, tiers, rules[k], time, open_, high, low, close, flags, funding, rows,
                row_flags, atr, own_long, own_short, flow_bars, flows, clusters, equity, cash, exposure, drawdown,
                reached[1], bars,
            )  # fmt: skip
        most = max(one["fills"], one["trades"])
        if close_at_end:
            most += one["active"] * MOST_PER_BAR
        if reached[1] < bars or min(fills.shape[0], trades.shape[0], work.shape[1] - SPARE) < most:
            return False
        if close_at_end:
            book = Book(
                account[k], slots[k], stops[k], profits[k], order[k], own_asks, own_ladders,
                fills, trades, instruments, tiers, rules[k], clusters,
            )  # fmt: skip
            tape = Tape(
                time, open_, high, low, close, flags, funding, rows, row_flags, atr, own_long, own_short
            )  # fmt: skip
            finish(book, tape, Curve(equity, cash, exposure, drawdown), bars - 1)
        measure(
            figures, run + k, time, equity, exposure, fills[: one["fills"]], trades[: one["trades"]], start, bar_ms,
            none, noise, last_row, market, centred, power, at, share, last, work,
        )  # fmt: skip
        reached[1] = 0
    return True
