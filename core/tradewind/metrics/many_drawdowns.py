"""Drawdown and exposure of many runs over the same bars at once; see `drawdown` for what the former is."""

from __future__ import annotations

import attrs
import numpy as np

from tradewind.kernel.door import compiled_survey
from tradewind.metrics.curve import DAY_MS, Floats, Times
from tradewind.metrics.drawdown import NONE


@attrs.frozen(kw_only=True, eq=False)
class Survey:
    """
    The deepest and the longest fall of each run, and what it had in the market.

    Args:
        depth: The deepest fall as a fraction of its peak; 0 for none.
        days: From its peak to its recovery or to the end, days.
        longest_days: The same of the fall that lasted longest, days.
        held: Bars with a position.
        exposed: Exposure over equity at each close, without sign [run, bar].
    """

    depth: Floats
    days: Floats
    longest_days: Floats
    held: Times
    exposed: Floats


def surveyed(time: Times, equity: Floats, exposure: Floats, start: float, bar_ms: int) -> Survey:
    """
    Return the falls of each run from its highest equity so far, `start` included, and its exposure.

    Args:
        time: Bar opens, int64 milliseconds UTC.
        equity: Equity at the bars' closes [run, bar], quote units.
        exposure: Notional value of all positions at the closes [run, bar].
        start: Equity before the first bar.
        bar_ms: Length of a bar.
    """
    runs = len(equity)
    depth, exposed = np.empty(runs), np.empty(equity.shape)
    lasted, longest, held = np.empty((3, runs), dtype=np.int64)
    curves = (np.ascontiguousarray(each) for each in (time, equity, exposure))
    compiled_survey()(*curves, start, bar_ms, NONE, depth, lasted, longest, held, exposed)
    deep = depth > NONE
    return Survey(
        depth=np.where(deep, depth, 0.0),
        days=np.where(deep, lasted / DAY_MS, 0.0),
        longest_days=np.where(deep, longest / DAY_MS, 0.0),
        held=held,
        exposed=exposed,
    )
