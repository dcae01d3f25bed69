"""The promises of a source of series: what was known when, and no value where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

import numpy as np
import pandas as pd

from tradewind.config.secret import Secret
from tradewind.errors import DataError
from tradewind.plugins.specs import DataSourceSpec
from tradewind.testing.bar_subject import utc
from tradewind.testing.contract import promise
from tradewind.testing.differences import difference
from tradewind.testing.failures import ContractFailure, require
from tradewind.testing.plugin import PluginContract

_KNOWN_AT = "known_at"


def _without_data(contract: SeriesSourceContract) -> str:
    return contract.without_data


class SeriesSourceContract(PluginContract):
    """
    What a source of series promises.

    Args:
        symbol: What the values are asked for.
        start: First moment of the range that is asked for, UTC.
        end: The moment after the range, UTC.
        before_history: A moment before the first value there is, UTC.
        outage: Settings with which the source's host does not answer; stated by sources that need a network.
        missing: Event times at which the source's data have no value, UTC.
        secrets: Made-up secrets that the source is built with, by name.
        without_data: Why no data can be asked for; empty when they can.
    """

    kind: ClassVar[str] = "data_sources"
    methods: ClassVar[tuple[str, ...]] = ("series",)
    symbol: ClassVar[str] = "BTCUSDT"
    start: ClassVar[str] = "2021-01-01"
    end: ClassVar[str] = "2021-03-01"
    before_history: ClassVar[str] = "1990-01-01"
    outage: ClassVar[Mapping[str, Any] | None] = None
    missing: ClassVar[tuple[str, ...]] = ()
    secrets: ClassVar[Mapping[str, str]] = {}
    without_data: ClassVar[str] = ""

    @property
    def record(self) -> DataSourceSpec:
        """The source's record."""
        return cast("DataSourceSpec", super().record)

    def build(self, **changes: Any) -> Any:
        """Build the source anew, with the class's settings and these changes, and its secrets."""
        secrets = {name: Secret(value) for name, value in self.secrets.items()}
        return self.entry.build({**self.config, **changes}, secrets=secrets)

    def asked(self, start: str | pd.Timestamp, end: str | pd.Timestamp, **changes: Any) -> pd.DataFrame:
        """Return the values of [start, end) from a newly built source."""
        answer = self.build(**changes).series(self.symbol, utc(start), utc(end))
        require(isinstance(answer, pd.DataFrame), f"series answered with {type(answer).__name__}, not a DataFrame.")
        return cast("pd.DataFrame", answer)

    @property
    def history(self) -> pd.DataFrame:
        """The values of the whole range, asked for once."""
        found = self.remember("history", lambda: self.asked(self.start, self.end))
        require(
            len(found) >= 4,
            f"there are {len(found)} values from {self.start} to {self.end}; "
            "state symbol, start and end of a range with at least 4 in the contract class.",
        )
        return found

    @promise(after=("config_defaults_build",), unless=_without_data)
    def test_known_at_not_before_event(self) -> None:
        """
        Every value has a `known_at` in UTC that is not before its event, and events stand in order.

        A daily score dated at midnight is known a day later; joined on its date it predicts
        the day it describes.

        To mend: set `known_at` to when the value could first have been read: the time of
        publication, or the end of the day plus the host's delay.
        """
        frame = self.history
        require(_KNOWN_AT in frame.columns, f"there is no column {_KNOWN_AT!r}; found {list(frame.columns)}.")
        for name, times in (("index", frame.index), (_KNOWN_AT, pd.Index(frame[_KNOWN_AT]))):
            zone = getattr(times, "tz", None)
            require(str(zone) == "UTC", f"the {name} holds {times.dtype}, expected times in UTC.")
        require(not bool(frame[_KNOWN_AT].isna().any()), f"{_KNOWN_AT} is missing in some rows.")
        require(frame.index.is_monotonic_increasing, "the events are out of order.")
        early = np.flatnonzero((frame[_KNOWN_AT] < frame.index).to_numpy())
        where = frame.index[early[0]] if early.size else ""
        require(not early.size, f"{early.size} values were known before their event, the first of {where}.")

    @promise(after=("known_at_not_before_event",), unless=_without_data)
    def test_answers_the_question_alone(self) -> None:
        """
        Values are of [start, end), and one time has no two values that were known at one moment.

        A host answers every question with all it has, or with the newest day; what was not asked
        for is archived as if it had been, and a day with two values has none.

        To mend: leave out what lies outside the question, and refuse an answer in which one time
        has two values; a correction has a `known_at` of its own.
        """
        frame = self.history
        start, end = utc(self.start), utc(self.end)
        outside = np.flatnonzero((frame.index < start) | (frame.index >= end))
        where = frame.index[outside[0]] if outside.size else ""
        require(not outside.size, f"{outside.size} values lie outside [{start}, {end}), the first of {where}.")
        doubled = frame.assign(event=frame.index).duplicated(["event", _KNOWN_AT])
        require(not bool(doubled.any()), "one time has two values that were known at one moment.")
        events = frame.index.unique()
        part = self.asked(events[1], events[3])
        found = ", ".join(map(str, part.index)) or "no time"
        whole = part.index.unique().equals(events[1:3])
        require(whole, f"asked for [{events[1]}, {events[3]}) there were values of {found}.")
        nothing = self.asked(events[1], events[1])
        require(not len(nothing), f"asked for an empty range, there were {len(nothing)} values.")

    @promise(after=("answers_the_question_alone",), unless=_without_data)
    def test_point_in_time_stable(self) -> None:
        """
        What was answered for a range stays so when more is asked for, and when it is asked again.

        A score that is scaled over the whole answer, or revised in place, tells the past what
        came later.

        To mend: give values as they were published; add a correction as a new row with its
        own `known_at`, and leave scaling to rolling windows in the strategy.
        """
        whole = self.history
        again = self.asked(self.start, self.end)
        words = difference(whole, again)
        require(not words, f"asked again {words}.")
        for share in (0.3, 0.6, 0.9):
            cut = whole.index[int(len(whole) * share)]
            words = difference(whole[whole.index < cut], self.asked(self.start, cut))
            require(not words, f"asked to {cut} only, {words}.")

    @promise(after=("known_at_not_before_event",), unless=_without_data)
    def test_outage_is_not_zero(self) -> None:
        """
        Where there is no value there is no row or NaN, never 0 and never the last one again.

        Zero is an opinion, that of no sentiment at all; a strategy trades on it.

        To mend: leave rows out, or raise DataError when the host does not answer. State
        `outage` (settings of a host that is down) or `missing` (events without a value).
        """
        frame = self.history
        columns = [name for name in frame.columns if name != _KNOWN_AT]
        declared = list(self.record.columns)
        require(columns == declared, f"the columns are {columns}, the record declares {declared}.")
        for name in columns:
            require(frame[name].dtype == np.float64, f"column {name!r} holds {frame[name].dtype}, expected float64.")
            infinite = np.isinf(frame[name].to_numpy())
            require(not infinite.any(), f"column {name!r} holds infinity.")
        early = utc(self.before_history)
        _require_nothing(self.asked(early, early + pd.Timedelta(days=10)), columns, f"before history, at {early}")
        for moment in map(utc, self.missing):
            _require_nothing(frame[frame.index == moment], columns, f"at {moment}, where there is none")
        if self.outage is None:
            require(
                not self.record.needs_network, "the record declares a network: state `outage` in the contract class."
            )
            return
        try:
            answer = self.asked(self.start, self.end, **self.outage)
        except DataError:
            return
        except Exception as error:
            words = f"a host that is down raised {type(error).__name__}: {error}; expected DataError or no rows."
            raise ContractFailure(words) from error
        _require_nothing(answer, columns, "of a host that is down")


def _require_nothing(frame: pd.DataFrame, columns: list[str], where: str) -> None:
    held = frame[columns].notna().to_numpy().any(axis=1) if len(frame) else np.zeros(0, dtype=np.bool_)
    require(not held.any(), f"there are {int(held.sum())} values {where}; expected none.")
