"""What was known then stays what was known then, whatever is corrected, comes late or is damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.days import DAY, FIRST, HOUR, stamps
from tradewind.errors import DataError
from tradewind.sentiment.answers import daily_frame
from tradewind.sentiment.archive import SeriesArchive
from tradewind.sentiment.archive_file import SeriesKey
from tradewind.sentiment.archived import ArchivedSource

LAG = 2 * HOUR
START = FIRST * DAY


def at(day: float) -> pd.Timestamp:
    return stamps([START + int(day * DAY)])[0]


@attrs.define
class Scripted:
    """A source whose values a test may change."""

    says: dict[int, float]
    asked: list[tuple[int, int]] = attrs.field(factory=list)
    down: bool = False
    change: Callable[[pd.DataFrame], Any] = lambda frame: frame
    origin: str = "http://127.0.0.1/test"

    def series(self, symbol: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        del symbol
        span = (int(start.timestamp() * 1000), int(end.timestamp() * 1000))
        self.asked.append(span)
        if self.down:
            raise DataError("the host is down.", code="TW-D014")
        days = np.array([day for day in sorted(self.says) if span[0] <= START + day * DAY < span[1]], dtype=np.int64)
        return self.change(daily_frame(days + FIRST, {"mean": np.array([self.says[int(day)] for day in days])}))  # type: ignore[no-any-return]  # the fault of a test


class Clock:
    """A clock that a test moves, in days since the first."""

    def __init__(self, days: float) -> None:
        self.days = days

    def __call__(self) -> int:
        return START + int(self.days * DAY)


def behind(folder: Path, values: dict[int, float], now: float) -> tuple[ArchivedSource, Scripted, Clock]:
    source, clock = Scripted(values), Clock(now)
    return (
        ArchivedSource(source=source, name="scripted", archive=SeriesArchive(folder), clock=clock),
        source,
        clock,
    )


def known(frame: pd.DataFrame) -> list[tuple[float, float, float]]:
    """Return (day, value, known at) in days."""
    since = [(stamp.timestamp() * 1000 - START) / DAY for stamp in frame["known_at"]]
    days = [(stamp.timestamp() * 1000 - START) / DAY for stamp in frame.index]
    return [(day, value, round(moment, 3)) for day, value, moment in zip(days, frame["mean"], since, strict=True)]


def test_history_is_fetched_once(tmp_path: Path) -> None:
    held, source, _ = behind(tmp_path, {day: day / 100 for day in range(60)}, now=60.5)
    first = held.series("BTCUSDT", at(0), at(30))
    again = held.series("BTCUSDT", at(3), at(20))
    assert known(first)[:2] == [(0.0, 0.0, 1.083), (1.0, 0.01, 2.083)]
    assert len(again) == 17
    assert len(source.asked) == 1


def test_the_open_end_is_asked_for_again_when_its_time_has_passed(tmp_path: Path) -> None:
    held, source, clock = behind(tmp_path, dict.fromkeys(range(20), 0.1), now=20.5)
    held.series("BTCUSDT", at(0), at(30))
    held.series("BTCUSDT", at(0), at(30))
    assert len(source.asked) == 1
    source.says[20] = 0.2
    clock.days = 21.5
    assert known(held.series("BTCUSDT", at(0), at(30)))[-1] == (20.0, 0.2, 21.083)
    assert len(source.asked) == 2


def test_a_stretch_that_begins_where_the_last_question_ended_is_asked_for_at_once(tmp_path: Path) -> None:
    held, source, _ = behind(tmp_path, dict.fromkeys(range(90), 0.1), now=400.0)
    assert len(held.series("BTCUSDT", at(0), at(30))) == 30
    assert len(held.series("BTCUSDT", at(0), at(60))) == 60
    assert len(source.asked) == 2


def test_a_value_of_a_day_that_is_not_over_is_not_taken(tmp_path: Path) -> None:
    held, _, clock = behind(tmp_path, {0: 0.1, 1: 0.9}, now=2.01)
    assert known(held.series("BTCUSDT", at(0), at(5))) == [(0.0, 0.1, 1.083)]
    clock.days = 2.2
    assert known(held.series("BTCUSDT", at(0), at(5))) == [(0.0, 0.1, 1.083), (1.0, 0.9, 2.083)]


def test_a_correction_is_known_from_when_it_was_seen(tmp_path: Path) -> None:
    held, source, clock = behind(tmp_path, {0: 0.1, 1: 0.2}, now=3.0)
    held.series("BTCUSDT", at(0), at(5))
    source.says[1] = 0.5
    clock.days = 3.5
    assert known(held.series("BTCUSDT", at(0), at(5))) == [(0.0, 0.1, 1.083), (1.0, 0.2, 2.083), (1.0, 0.5, 3.5)]


def test_a_value_that_was_asked_for_in_vain_is_known_from_when_it_came(tmp_path: Path) -> None:
    held, source, clock = behind(tmp_path, {0: 0.1, 2: 0.3}, now=4.0)
    held.series("BTCUSDT", at(0), at(5))
    source.says[1] = 0.2
    clock.days = 5.25
    assert (1.0, 0.2, 5.25) in known(held.series("BTCUSDT", at(0), at(5)))


def test_what_a_session_finds_was_not_there_at_its_last_look(tmp_path: Path) -> None:
    held, source, clock = behind(tmp_path, {0: 0.1}, now=1.2)
    held.series("BTCUSDT", at(0), at(2))
    source.says[1] = 0.2
    clock.days = 2.1
    held.watch("BTCUSDT", START, START + DAY)
    assert known(held.series("BTCUSDT", at(0), at(2)))[-1] == (1.0, 0.2, 2.1)


def test_a_source_that_is_down_leaves_what_is_archived(tmp_path: Path) -> None:
    held, source, clock = behind(tmp_path, {0: 0.1}, now=1.2)
    held.series("BTCUSDT", at(0), at(2))
    source.down, clock.days = True, 9.0
    assert len(held.series("BTCUSDT", at(0), at(9))) == 1
    assert held.trouble == "TW-D014 the host is down."
    source.down, clock.days = False, 10.0
    held.series("BTCUSDT", at(0), at(9))
    assert held.trouble == ""


def test_a_source_that_was_never_there_is_an_error(tmp_path: Path) -> None:
    held, source, _ = behind(tmp_path, {}, now=5.0)
    source.down = True
    with pytest.raises(DataError, match="down"):
        held.series("BTCUSDT", at(0), at(2))


answers = st.dictionaries(st.integers(0, 12), st.floats(-1, 1), max_size=8)


@settings(max_examples=20)
@given(st.lists(st.tuples(answers, st.floats(0.01, 2.0)), min_size=2, max_size=5))
def test_nothing_that_was_known_is_ever_taken_back(tellings: list[tuple[dict[int, float], float]]) -> None:
    with TemporaryDirectory() as folder:
        held, source, clock = behind(Path(folder), {}, now=4.0)
        before: list[tuple[float, float, float]] = []
        for values, pause in tellings:
            source.says = values
            clock.days += pause
            now = known(held.ask("BTCUSDT", (START, clock())).frame(START, START + 99 * DAY))
            assert [row for row in now if row in before] == before
            assert all(day + 1.083 <= moment <= round(clock.days, 3) + 0.001 for day, _, moment in now)
            before = now


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda frame: frame.drop(columns="known_at"), "known_at"),
        (lambda frame: frame.iloc[::-1], "out of order"),
        (lambda frame: pd.concat([frame, frame]).sort_index(), "two for one time"),
        (lambda frame: frame.set_axis(frame.index - pd.Timedelta(days=9)), "not asked for"),
        (lambda frame: frame.assign(mean=frame["mean"].astype(object)), "no finite numbers"),
        (lambda frame: frame.assign(mean=np.inf), "no finite numbers"),
        (lambda frame: frame.assign(known_at=frame.index - pd.Timedelta(hours=1)), "before their time"),
        (lambda frame: frame["mean"].to_list(), "list"),
    ],
)
def test_what_is_no_series_of_the_question_is_refused_whole(
    tmp_path: Path, change: Callable[[pd.DataFrame], Any], words: str
) -> None:
    held, source, _ = behind(tmp_path, dict.fromkeys(range(4), 0.1), now=9.0)
    source.change = change
    with pytest.raises(DataError, match=words) as caught:
        held.series("BTCUSDT", at(0), at(5))
    assert caught.value.code == "TW-D015"
    assert len(held.archive.read(held.key("BTCUSDT"))) == 0


def test_a_damaged_archive_is_moved_aside_and_fetched_again(tmp_path: Path) -> None:
    held, source, _ = behind(tmp_path, {0: 0.1}, now=30.0)
    held.series("BTCUSDT", at(0), at(5))
    file = next(tmp_path.glob("scripted/BTCUSDT/series/*.parquet"))
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(DataError) as caught:
        held.archive.read(held.key("BTCUSDT"))
    assert caught.value.code == "TW-D010"
    assert len(held.series("BTCUSDT", at(0), at(5))) == 1
    assert len(source.asked) == 2
    assert list(tmp_path.glob(".quarantine/scripted/BTCUSDT/series/*.parquet"))


def test_the_archive_says_where_its_values_come_from(tmp_path: Path) -> None:
    held, _, clock = behind(tmp_path, {0: 0.1}, now=1.5)
    held.series("BTCUSDT", at(0), at(5))
    found = held.archive.read(SeriesKey(source="scripted", symbol="BTCUSDT"))
    assert (found.origin, found.fetched_at_ms, found.seen.tolist()) == (
        "http://127.0.0.1/test",
        clock(),
        [clock()],
    )
    assert [str(key) for key in held.archive.keys()] == ["BTCUSDT series from scripted"]  # noqa: SIM118  # no mapping
