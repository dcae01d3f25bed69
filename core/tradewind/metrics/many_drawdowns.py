"""The drawdowns of many runs over the same bars at once; see `drawdown` for what they are."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.metrics.curve import DAY_MS, Floats, Times
from tradewind.metrics.drawdown import BLOCK, NONE

Rows = npt.NDArray[np.intp]


@attrs.frozen(kw_only=True, eq=False)
class Falls:
    """
    The deepest and the longest fall of each run.

    Args:
        depth: The deepest fall as a fraction of its peak; 0 for none.
        days: From its peak to its recovery or to the end, days.
        longest_days: The same of the fall that lasted longest, days.
    """

    depth: Floats
    days: Floats
    longest_days: Floats


def deepest_and_longest(time: Times, equity: Floats, start: float, bar_ms: int) -> Falls:
    """
    Return the falls of each run from its highest equity so far, `start` included.

    Args:
        time: Bar opens, int64 milliseconds UTC.
        equity: Equity at the bars' closes [run, bar], quote units.
        start: Equity before the first bar.
        bar_ms: Length of a bar.
    """
    bars = equity.shape[1]
    run, row, fall, offsets = _looked_at(equity, start)
    depth = np.fmax.reduceat(fall, offsets)
    deep = depth > NONE
    # The first of the rows with the deepest fall, in each run.
    lowest = np.flatnonzero(fall == depth[run])
    valley = row[np.append(lowest, 0)[np.searchsorted(lowest, offsets)]]
    # Every run's edges: before the first bar, each bar at a peak, after the last bar.
    peak = np.flatnonzero(fall <= NONE)
    runs, span = np.arange(len(equity)), bars + 2
    keys = np.empty(len(peak) + 2 * len(runs), dtype=np.intp)
    ends = np.searchsorted(peak, np.append(offsets[1:], len(fall))) + 2 * runs + 1
    firsts = np.append(0, ends[:-1] + 1)
    keys[np.arange(len(peak)) + 2 * run[peak] + 1] = run[peak] * span + row[peak] + 1
    keys[firsts], keys[ends] = runs * span, runs * span + bars + 1
    edge = keys % span - 1
    stamps = np.where(edge < 0, time[0] - bar_ms, time[np.clip(edge, 0, bars - 1)])
    after = np.minimum(np.searchsorted(keys, runs * span + valley + 1), len(keys) - 1)
    # A close is known one bar after its open; at both ends of a fall that bar cancels.
    days = (stamps[after] - stamps[after - 1]) / DAY_MS
    # A step of one row is no fall: the next close was at the peak again. The last step leads to the next run.
    spans = np.where(np.diff(edge) > 1, np.diff(stamps), 0)
    longest = np.maximum.reduceat(np.append(spans, 0), firsts) / DAY_MS
    return Falls(
        depth=np.where(deep, depth, 0.0), days=np.where(deep, days, 0.0), longest_days=np.where(deep, longest, 0.0)
    )


def _looked_at(equity: Floats, start: float) -> tuple[Rows, Rows, Floats, Rows]:
    """
    Return run, row and fall of the rows that may matter, run by run, and where each run begins among them.

    As in `falls` these are the rows of blocks that hold a peak or may hold the deepest fall; the rest that fills no
    block is one of its own, filled up with NaN.
    """
    runs, bars = equity.shape
    whole = bars // BLOCK
    cut = whole * BLOCK
    blocks = equity[:, :cut].reshape(runs, whole, BLOCK)
    tops, lows = blocks.max(axis=2), blocks.min(axis=2)
    first = np.full((runs, 1), start)
    peaks = np.maximum.accumulate(np.concatenate((first, tops), axis=1), axis=1)
    before, after = peaks[:, :-1], peaks[:, 1:]
    reached, possible = 1.0 - lows / before, 1.0 - lows / after
    most = reached.max(axis=1, initial=0.0)
    kept = (possible > most[:, np.newaxis]) | (tops >= before * (1.0 - NONE))
    if whole:
        kept[np.arange(runs), reached.argmax(axis=1)] = True
    which, place = np.nonzero(kept)
    # A run's own blocks come first, then the rest that fills none; what that lacks is neither peak nor fall.
    lengths = np.count_nonzero(kept, axis=1) + 1
    last = np.cumsum(lengths) - 1
    own = np.arange(len(which)) + which
    fall = np.full((len(own) + runs, BLOCK), np.nan)
    fall[own] = _falls(blocks[kept], before[kept])
    fall[last, : bars - cut] = _falls(equity[:, cut:], peaks[:, -1])
    begin = np.full(len(fall), cut)
    begin[own] = place * BLOCK
    row = (begin[:, np.newaxis] + np.arange(BLOCK)).ravel()
    run = np.repeat(np.arange(runs), lengths * BLOCK)
    return run, row, fall.ravel(), (last - lengths + 1) * BLOCK


def _falls(blocks: Floats, before: Floats) -> Floats:
    peak = np.maximum.accumulate(blocks, axis=1)
    np.maximum(peak, before[:, np.newaxis], out=peak)
    return np.asarray(1.0 - blocks / peak)
