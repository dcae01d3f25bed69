"""A panel that keeps its promises, and one that breaks each."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from kit.mutants import Mutant, path_of
from tradewind.api import SessionView
from tradewind.testing import PanelContract

Rows = Sequence[Mapping[str, Any]]
SERIES: Final = {"title": "Equity", "shows": "series", "columns": ("time_ms", "equity")}
TABLE: Final = {"title": "By symbol", "shows": "table", "columns": ("symbol", "profit")}


@attrs.frozen(kw_only=True)
class Settings:
    """Settings of the panels: how many rows they show."""

    length: int = 500


class Sound:
    """Every trade's profit."""

    def __init__(self, settings: Settings) -> None:
        self.length = settings.length

    def rows(self, view: SessionView) -> Rows:
        return [{"symbol": one["symbol"], "profit": float(one["pnl"])} for one in view.trades()[: self.length]]


class SoundLine(Sound):
    """The last points of the equity."""

    def rows(self, view: SessionView) -> Rows:
        return [{"time_ms": one["time_ms"], "equity": float(one["equity"])} for one in view.equity()[-self.length :]]


class OtherColumns(Sound):
    """Rows with a column that nobody announced."""

    def rows(self, view: SessionView) -> Rows:
        return [{"symbol": one["symbol"], "profits": 1.0} for one in view.trades()]


class NotANumber(Sound):
    """A profit that is none."""

    def rows(self, view: SessionView) -> Rows:
        return [{"symbol": one["symbol"], "profit": float("nan")} for one in view.trades()]


class Script(Sound):
    """A row that is a piece of a page."""

    def rows(self, view: SessionView) -> Any:
        return f"<script>{view.session()['id']}</script>"


class Divides(Sound):
    """The mean of trades that may not be there."""

    def rows(self, view: SessionView) -> Rows:
        trades = view.trades()
        return [{"symbol": "all", "profit": sum(float(one["pnl"]) for one in trades) / len(trades)}]


class Floods(Sound):
    """Every point, however many."""

    def rows(self, view: SessionView) -> Rows:
        return [{"symbol": str(one["time_ms"]), "profit": 0.0} for one in view.equity()]


class Dawdles(Sound):
    """It takes its time."""

    def rows(self, view: SessionView) -> Rows:
        time.sleep(0.7)
        return super().rows(view)


class Sorts(Sound):
    """It completes what the view told."""

    def rows(self, view: SessionView) -> Rows:
        session = view.session()
        session["positions"].clear()
        return super().rows(view)


class Backwards(SoundLine):
    """The newest point first."""

    def rows(self, view: SessionView) -> Rows:
        return list(reversed(super().rows(view)))


def _of(component: Any, breaks: str = "", says: str = "", record: Mapping[str, Any] = TABLE) -> Mutant:
    return Mutant(
        contract=PanelContract,
        breaks=breaks,
        says=says,
        component=component,
        record={"config": path_of(Settings), **record},
        attributes={"patience": 0.6},
    )


MUTANTS: Final = (
    _of(SoundLine, record=SERIES),
    _of(OtherColumns, "rows_have_the_columns", "profits"),
    _of(NotANumber, "rows_have_the_columns", "finite"),
    _of(Script, "rows_have_the_columns", "str"),
    _of(Divides, "a_session_that_has_just_begun", "ZeroDivisionError"),
    _of(Floods, "no_more_than_is_shown", "3000 rows"),
    _of(Dawdles, "answers_in_time", "took"),
    _of(Sorts, "leaves_the_view_alone", "changed"),
    _of(Backwards, "series_in_order_of_time", "does not increase", SERIES),
)
