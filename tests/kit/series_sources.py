"""A source of series that keeps its promises, and one that breaks each."""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np
import pandas as pd

from kit.mutants import Mutant, path_of
from tradewind.api import DataError
from tradewind.testing import SeriesSourceContract

_DAYS: Final = pd.date_range("2021-01-01", periods=90, freq="D", tz="UTC").delete([10])


@attrs.frozen(kw_only=True)
class Settings:
    """Settings of the source: whether its host is down."""

    down: bool = False


class Sound:
    """One score a day, known a day later; one day is missing."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()

    def series(self, symbol: str, start: pd.Timestamp, end: pd.Timestamp) -> Any:
        """Return the scores of [start, end)."""
        del symbol
        if self.settings.down:
            raise DataError("the host does not answer.", code="TW-D002")
        return self.answer(start, end)

    def answer(self, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        """Return what the host would send."""
        frame = self.table()
        return frame[(frame.index >= start) & (frame.index < end)].copy()

    def table(self) -> pd.DataFrame:
        """Return all scores."""
        score = np.random.default_rng(5).normal(0.0, 1.0, len(_DAYS))
        return pd.DataFrame({"score": score, "known_at": _DAYS + pd.Timedelta(1, unit="D")}, index=_DAYS)


class KnownBefore(Sound):
    def table(self) -> pd.DataFrame:
        frame = super().table()
        return frame.assign(known_at=_DAYS - pd.Timedelta(1, unit="h"))


class WithoutZone(Sound):
    def table(self) -> pd.DataFrame:
        frame = super().table()
        return frame.assign(known_at=frame["known_at"].dt.tz_localize(None))


class SaysNothingOfWhen(Sound):
    def table(self) -> pd.DataFrame:
        return super().table().drop(columns="known_at")


class TheNewestToo(Sound):
    def answer(self, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        frame = self.table()
        return frame[(frame.index >= start) & (frame.index <= end)].copy()


class TwoForOneDay(Sound):
    def table(self) -> pd.DataFrame:
        frame = super().table()
        return pd.concat([frame, frame.iloc[[20]]]).sort_index(kind="stable")


class ScaledByTheAnswer(Sound):
    def answer(self, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        frame = super().answer(start, end)
        return frame.assign(score=frame["score"] / frame["score"].abs().max())


class ZeroBeforeHistory(Sound):
    def answer(self, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        frame = super().answer(start, end)
        if len(frame):
            return frame
        days = pd.date_range(start, end, freq="D")
        days = days[days < end]
        return pd.DataFrame({"score": 0.0, "known_at": days + pd.Timedelta(1, unit="D")}, index=days)


class Objects(Sound):
    def table(self) -> pd.DataFrame:
        frame = super().table()
        return frame.assign(score=frame["score"].astype(object))


class ZeroWhenDown(Sound):
    def series(self, symbol: str, start: pd.Timestamp, end: pd.Timestamp) -> Any:
        frame = self.answer(start, end)
        return frame.assign(score=0.0) if self.settings.down else frame


class FallsOverWhenDown(Sound):
    def series(self, symbol: str, start: pd.Timestamp, end: pd.Timestamp) -> Any:
        if self.settings.down:
            raise ConnectionResetError("gone")
        return self.answer(start, end)


class FillsTheDay(Sound):
    def table(self) -> pd.DataFrame:
        days = pd.date_range(_DAYS[0], _DAYS[-1], freq="D")
        frame = super().table().reindex(days).ffill()
        return frame.assign(known_at=days + pd.Timedelta(1, unit="D"))


def _of(component: Any, breaks: str = "", says: str = "", **attributes: Any) -> Mutant:
    return Mutant(
        contract=SeriesSourceContract,
        breaks=breaks,
        says=says,
        component=component,
        record={
            "config": path_of(Settings),
            "provides": ("series",),
            "columns": ("score",),
            "needs_network": True,
        },
        attributes={"outage": {"down": True}, "missing": ("2021-01-11",), **attributes},
    )


MUTANTS: Final = (
    _of(Sound),
    _of(KnownBefore, "known_at_not_before_event", "before their event"),
    _of(WithoutZone, "known_at_not_before_event", "UTC"),
    _of(SaysNothingOfWhen, "known_at_not_before_event", "no column"),
    _of(TheNewestToo, "answers_the_question_alone", "outside"),
    _of(TwoForOneDay, "answers_the_question_alone", "two values"),
    _of(ScaledByTheAnswer, "point_in_time_stable", "only"),
    _of(ZeroBeforeHistory, "outage_is_not_zero", "before history"),
    _of(Objects, "outage_is_not_zero", "object"),
    _of(ZeroWhenDown, "outage_is_not_zero", "host that is down"),
    _of(FallsOverWhenDown, "outage_is_not_zero", "ConnectionResetError"),
    _of(FillsTheDay, "outage_is_not_zero", "where there is none"),
    _of(Sound, "outage_is_not_zero", "`outage`", outage=None),
)
