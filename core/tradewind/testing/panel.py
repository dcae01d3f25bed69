"""The promises of a panel: rows as its record says, in time, whatever the session is like."""

from __future__ import annotations

import copy
import itertools
import time
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

from tradewind.live.board.panels import MOST_ROWS, checked_rows
from tradewind.plugins.specs import PanelSpec
from tradewind.testing.contract import promise
from tradewind.testing.failures import ContractFailure, require
from tradewind.testing.panel_view import PracticeView
from tradewind.testing.plugin import PluginContract


def _no_series(contract: PanelContract) -> str:
    return "" if contract.record.shows == "series" else "the record declares no series."


class PanelContract(PluginContract):
    """
    What a panel of the dashboard promises.

    A panel has `rows(view)`, which answers with rows of exactly the record's columns; `view` tells of one session.

    Args:
        patience: Seconds that it may take for a long session.
    """

    kind: ClassVar[str] = "panels"
    methods: ClassVar[tuple[str, ...]] = ("rows",)
    patience: ClassVar[float] = 2.0

    @property
    def record(self) -> PanelSpec:
        """The panel's record."""
        return cast("PanelSpec", super().record)

    def shown(self, view: PracticeView) -> list[dict[str, Any]]:
        """Return the rows of a session as the dashboard would show them, all of them."""
        return self._rows(self.build().rows(view))

    def _rows(self, found: Any) -> list[dict[str, Any]]:
        sequence = isinstance(found, Sequence) and not isinstance(found, (str, bytes, Mapping))
        require(sequence, f"rows answered with {type(found).__name__}, expected a sequence of mappings.")
        rows: list[dict[str, Any]] = []
        for first in range(0, len(found), MOST_ROWS):
            try:
                rows += checked_rows(found[first : first + MOST_ROWS], self.record.columns)
            except ValueError as error:
                raise ContractFailure(f"{error}.") from error
        return rows

    @promise(after=("config_defaults_build",))
    def test_rows_have_the_columns(self) -> None:
        """
        For a long session the answer is a sequence of rows with exactly the record's columns, of plain values.

        The dashboard shows what the record announced; a price that is not a finite number, or
        one under another column's name, is read as something that it is not.

        To mend: build each row as a dict with every column; numbers finite, amounts as text or
        `float(…)`, nothing else than text, numbers, booleans and None.
        """
        require(self.shown(PracticeView(long=True)), "there is no row for a session with positions, points and trades.")

    @promise(after=("rows_have_the_columns",))
    def test_a_session_that_has_just_begun(self) -> None:
        """
        A session without points, trades, decisions and positions has an answer, perhaps without rows.

        A panel is looked at most when a session has just been started.

        To mend: divide by no count that can be zero, and take no first element of what may be empty.
        """
        try:
            self.shown(PracticeView(long=False))
        except ContractFailure:
            raise
        except Exception as error:
            raise ContractFailure(
                f"for a session that has just begun it raised {type(error).__name__}: {error}."
            ) from error

    @promise(after=("rows_have_the_columns",))
    def test_no_more_than_is_shown(self) -> None:
        """
        No more rows than the dashboard shows, which are the first 500.

        What is cut off at the end was computed for nobody, and the newest may be among it.

        To mend: return the rows that matter most, at most 500 of them.
        """
        count = len(self.shown(PracticeView(long=True)))
        require(count <= MOST_ROWS, f"there are {count} rows, expected at most {MOST_ROWS}.")

    @promise(after=("rows_have_the_columns",))
    def test_answers_in_time(self) -> None:
        """
        The rows of a long session come within `patience` seconds.

        The dashboard waits no longer: a slow panel shows nothing at all.

        To mend: ask the view once, and compute in one pass.
        """
        begun = time.perf_counter()
        self.shown(PracticeView(long=True))
        took = time.perf_counter() - begun
        require(took <= self.patience, f"it took {took:.1f} seconds, expected at most {self.patience:g}.")

    @promise(after=("rows_have_the_columns",))
    def test_leaves_the_view_alone(self) -> None:
        """
        Nothing that the view told is changed.

        Other panels and the page itself look at the same values.

        To mend: copy what is to be sorted or completed.
        """
        view = _Remembering(long=True)
        self._rows(self.build().rows(view))
        for told, before in view.told:
            require(told == before, "it changed what the view had told.")

    @promise(after=("rows_have_the_columns",), unless=_no_series)
    def test_series_in_order_of_time(self) -> None:
        """
        The moments of a series are whole milliseconds and increase.

        A line through points in another order shows what never was.

        To mend: sort by `time_ms`, and keep one row for each moment.
        """
        times = [row["time_ms"] for row in self.shown(PracticeView(long=True))]
        whole = all(isinstance(one, int) and not isinstance(one, bool) for one in times)
        require(whole, "time_ms was not a whole number, expected UTC milliseconds.")
        require(all(a < b for a, b in itertools.pairwise(times)), "time_ms does not increase from row to row.")


class _Remembering(PracticeView):
    """A view that remembers what it told, and how that was."""

    def __init__(self, *, long: bool) -> None:
        super().__init__(long=long)
        self.told: list[tuple[Any, Any]] = []

    def _tell(self, told: Any) -> Any:
        self.told.append((told, copy.deepcopy(told)))
        return told

    def session(self) -> Mapping[str, Any]:
        return cast("Mapping[str, Any]", self._tell(super().session()))

    def equity(self) -> Sequence[Mapping[str, Any]]:
        return cast("Sequence[Mapping[str, Any]]", self._tell(super().equity()))

    def trades(self) -> Sequence[Mapping[str, Any]]:
        return cast("Sequence[Mapping[str, Any]]", self._tell(super().trades()))

    def decisions(self) -> Sequence[Mapping[str, Any]]:
        return cast("Sequence[Mapping[str, Any]]", self._tell(super().decisions()))
