"""
What a model said of a history is kept, so that the next bar costs one window.

An answer depends on the 120 rows of its window alone. A table that shares a stretch of bars with
one that was answered before has the same answers there, wherever either begins or ends; the rows are
compared, not their times alone.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind_onnx.model import Model
from tradewind_onnx.stretch import shared_stretch

Table = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

TABLES: Final = 8
"""Histories remembered per process."""

_FEW: Final = 4
"""So few windows are asked anew sooner than they are looked for among the answers."""


@attrs.frozen(kw_only=True, eq=False)
class Told:
    """
    Answers over a table.

    Args:
        model: The hash of the model's file.
        time: Bar opens, int64 milliseconds UTC.
        table: The inputs.
        known: Which rows were answered.
        columns: mu, log_sigma and milliseconds per row, shape [3, rows].
    """

    model: str
    time: npt.NDArray[np.int64]
    table: Table
    known: npt.NDArray[np.bool_]
    columns: Floats


class Memory:
    """The last answers, newest first; safe among threads."""

    def __init__(self, tables: int = TABLES) -> None:
        self._tables = tables
        self._told: OrderedDict[int, Told] = OrderedDict()
        self._lock = Lock()

    def ask(self, model: Model, time: npt.NDArray[np.int64], table: Table, wanted: npt.NDArray[np.bool_]) -> Floats:
        """
        Return mu, log_sigma and milliseconds of the wanted rows, NaN elsewhere, shape [3, rows].

        Args:
            model: Who is asked.
            time: Bar opens, int64 milliseconds UTC.
            table: The inputs, one row per bar.
            wanted: Rows with a whole window that are to be answered.
        """
        length = model.card.sequence_length
        known = np.zeros(len(time), dtype=np.bool_)
        columns = np.full((3, len(time)), np.nan)
        with self._lock:
            others = [told for told in reversed(self._told.values()) if told.model == model.card.file_sha256]
        for told in others:
            if np.count_nonzero(wanted & ~known) <= _FEW:
                break
            _take_over(told, time, table, length, known, columns)
        rows = np.flatnonzero(wanted & ~known)
        if rows.size:
            self._compute(model, table, rows, columns)
            known[rows] = True
            self._keep(Told(model=model.card.file_sha256, time=time, table=table, known=known, columns=columns))
        return np.where(wanted, columns, np.nan)

    @staticmethod
    def _compute(model: Model, table: Table, rows: npt.NDArray[np.intp], columns: Floats) -> None:
        from tradewind.api import model_windows

        views = model_windows(table, model.card.sequence_length)
        ends = rows - (model.card.sequence_length - 1)
        whole = int(ends[-1]) - int(ends[0]) + 1 == len(ends)
        answers = model.answer(views[ends[0] : ends[-1] + 1] if whole else views[ends])
        columns[:, rows] = answers.mu, answers.log_sigma, answers.milliseconds

    def _keep(self, told: Told) -> None:
        with self._lock:
            self._told[id(told)] = told
            while len(self._told) > self._tables:
                self._told.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._told.clear()


def _take_over(
    told: Told,
    time: npt.NDArray[np.int64],
    table: Table,
    length: int,
    known: npt.NDArray[np.bool_],
    columns: Any,
) -> None:
    """Fill in what an older table answers of this one: windows that lie wholly in the stretch that both have."""
    if told.table.shape[1] != table.shape[1]:
        return
    both = shared_stretch(time, table, told.time, told.table)
    usable = (both.alike >= length) & told.known[both.theirs] & ~known[both.mine]
    rows = np.flatnonzero(usable)
    columns[:, both.mine.start + rows] = told.columns[:, both.theirs.start + rows]
    known[both.mine.start + rows] = True
