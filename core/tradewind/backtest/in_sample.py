"""
Bars that a strategy's model was fitted on are no evidence: a run leaves them out of its figures.

A strategy marks them with the condition `in_sample`. The run then begins after the last of them, so that
equity, figures, interval and the comparison with holding all speak of bars that the model has never
seen. When none is left, the whole run is marked and has no headline.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs
import numpy as np
import pandas as pd

from tradewind.backtest.history import History
from tradewind.model.plan import Plan

MARK: Final = "in_sample"
"""The name of the condition."""


@attrs.frozen(kw_only=True)
class Seen:
    """
    What of a run a model had seen.

    Args:
        histories: The histories, beginning after the bars that were seen.
        whole: Every bar was seen; the histories are as they were.
        notes: What to say of it.
    """

    histories: Mapping[str, History]
    whole: bool = False
    notes: tuple[str, ...] = ()


def left_out(histories: Mapping[str, History], plans: Mapping[str, Plan]) -> Seen:
    """
    Return the histories without the bars that a model had seen.

    Args:
        histories: Bars by symbol.
        plans: The plan of every bar, warm-up included, by symbol.
    """
    return beginning_at(histories, end_of_marks(histories, plans))


def end_of_marks(histories: Mapping[str, History], plans: Mapping[str, Plan]) -> int:
    """Return the close of the last bar of a run that a model had seen, UTC milliseconds; 0 for none."""
    return max(_end_of_marks(history, plans[symbol]) for symbol, history in histories.items())


def beginning_at(histories: Mapping[str, History], start_ms: int) -> Seen:
    """
    Return the histories from a moment on.

    Args:
        histories: Bars by symbol.
        start_ms: The close of the last bar that was seen, UTC milliseconds; 0 for none.
    """
    if start_ms == 0:
        return Seen(histories=histories)
    day = f"{pd.Timestamp(start_ms, unit='ms', tz='UTC'):%Y-%m-%d %H:%M} UTC"
    if all(start_ms > int(history.bars.time[-1]) for history in histories.values()):
        note = f"The model had seen every bar of this run, up to {day}: it proves nothing and nothing was traded."
        return Seen(histories=histories, whole=True, notes=(note,))
    note = f"The model had seen the bars before {day}: they are left out, and all figures begin there."
    return Seen(histories={name: _from(history, start_ms) for name, history in histories.items()}, notes=(note,))


def _end_of_marks(history: History, plan: Plan) -> int:
    """Return the close of the last marked bar of the run, UTC milliseconds; 0 for none."""
    if MARK not in plan.conditions:
        return 0
    marks = (plan.bits >> np.uint32(plan.conditions.index(MARK))) & np.uint32(1)
    rows = np.flatnonzero(marks[history.first_row :])
    if not rows.size:
        return 0
    return int(history.bars.time[history.first_row + int(rows[-1])]) + history.bars.timeframe.ms


def _from(history: History, start_ms: int) -> History:
    fine = history.fine
    if fine is not None:
        fine = fine.between(start_ms, int(fine.time[-1]) + fine.timeframe.ms)
    return attrs.evolve(history, start_ms=max(start_ms, history.start_ms), fine=fine)
