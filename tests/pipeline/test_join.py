"""No row ever sees what was known later."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.errors import DataError
from tradewind.model.bars import Bars
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.join import asof, join_higher, join_series, known_at
from tradewind.pipeline.resample import resample

HOUR = 3_600_000
START = 1_704_067_200_000


def hours(opens: list[int]) -> Bars:
    """Flat hourly bars whose close tells their own open."""
    ones = np.ones(len(opens))
    return Bars(
        timeframe=Timeframe("1h"),
        time=START + np.array(opens, dtype=np.int64) * HOUR,
        open=ones,
        high=ones * 1e6,
        low=ones,
        close=np.array(opens, dtype=np.float64) + 1.0,
        volume=ones,
    )


def stamps(values: list[int]) -> pd.DatetimeIndex:
    return pd.to_datetime([START + value for value in values], unit="ms", utc=True)


@given(st.sets(st.integers(0, 100), min_size=1), st.sampled_from(["2h", "4h", "1d"]))
def test_a_higher_bar_is_seen_from_its_close_on_and_not_before(opens: set[int], longer: str) -> None:
    base = hours(sorted(opens))
    higher = resample(base, longer)
    frame = pd.DataFrame({"closed_at": higher.time + higher.timeframe.ms}, index=higher.index)
    joined = join_higher(base, frame, longer)["closed_at"].to_numpy()
    for row, moment in enumerate(known_at(base)):
        closed = [end for end in higher.time + higher.timeframe.ms if end <= moment]
        assert np.array_equal([joined[row]], [max(closed, default=np.nan)], equal_nan=True)


@given(st.sets(st.integers(0, 60), min_size=2), st.integers(1, 59))
def test_what_comes_later_never_changes_an_earlier_row(opens: set[int], cut: int) -> None:
    base = hours(sorted(opens))
    higher = resample(base, "4h")
    frame = higher.to_frame()
    end = START + cut * HOUR
    early_base = base.between(0, end)
    early_higher = resample(early_base, "4h").to_frame()
    whole = join_higher(base, frame, "4h").iloc[: len(early_base)]
    pd.testing.assert_frame_equal(join_higher(early_base, early_higher, "4h"), whole)


events = st.lists(
    st.tuples(st.integers(0, 50 * HOUR), st.integers(0, 30 * HOUR), st.floats(-5, 5)), min_size=0, max_size=30
)


@given(events, st.sets(st.integers(0, 60), min_size=1), st.one_of(st.none(), st.integers(0, 20 * HOUR)))
def test_a_series_value_is_the_newest_event_known_at_the_close(
    rows: list[tuple[int, int, float]], opens: set[int], max_age: int | None
) -> None:
    base = hours(sorted(opens))
    series = pd.DataFrame(
        {"value": [r[2] for r in rows], "known_at": stamps([r[0] + r[1] for r in rows])},
        index=stamps([r[0] for r in rows]),
    )
    joined = join_series(base, series, max_age_ms=max_age)["value"].to_numpy()
    for row, moment in enumerate(known_at(base)):
        known = [(r[0], r[0] + r[1], r[2]) for r in rows if START + r[0] + r[1] <= moment]
        if not known:
            assert np.isnan(joined[row])
            continue
        newest = max(known)[:2]
        if max_age is not None and moment - START - newest[1] > max_age:
            assert np.isnan(joined[row])
        else:
            assert joined[row] in [value for event, seen, value in known if (event, seen) == newest]


def test_a_value_dated_today_but_published_tomorrow_is_not_seen_today() -> None:
    base = hours(list(range(48)))
    series = pd.DataFrame({"mood": [0.7], "known_at": stamps([24 * HOUR])}, index=stamps([0]))
    joined = join_series(base, series)["mood"]
    assert joined.iloc[:23].isna().all()
    assert (joined.iloc[23:] == 0.7).all()


def test_a_correction_replaces_its_event_and_late_word_on_an_older_one_does_not() -> None:
    base = hours([10])
    series = pd.DataFrame(
        {"value": [1.0, 2.0, 1.5], "known_at": stamps([2 * HOUR, 3 * HOUR, 4 * HOUR])},
        index=stamps([HOUR, 2 * HOUR, HOUR]),
    )
    assert join_series(base, series)["value"].tolist() == [2.0]
    corrected = series.assign(value=[1.0, 2.0, 2.5]).set_axis(stamps([HOUR, 2 * HOUR, 2 * HOUR]))
    assert join_series(base, corrected)["value"].tolist() == [2.5]


def test_an_outage_ends_as_nan_not_as_zero_or_as_the_last_word() -> None:
    base = hours(list(range(10)))
    series = pd.DataFrame({"value": [3.0], "known_at": stamps([0])}, index=stamps([0]))
    joined = join_series(base, series, max_age_ms=4 * HOUR)["value"]
    assert joined.notna().tolist() == [True] * 4 + [False] * 6


def test_a_moment_inside_a_millisecond_counts_as_the_next_one() -> None:
    base = hours([0])
    when = pd.DatetimeIndex([pd.Timestamp(START + HOUR, unit="ms", tz="UTC") + pd.Timedelta(1, "us")])
    series = pd.DataFrame({"value": [1.0], "known_at": when}, index=stamps([0]))
    assert join_series(base, series)["value"].isna().all()


def test_a_higher_value_of_another_age_is_dropped() -> None:
    base = hours([0, 1, 2, 3, 30])
    frame = resample(base, "4h").to_frame()
    assert join_higher(base, frame, "4h", max_age_ms=24 * HOUR)["close"].notna().tolist() == [False] * 3 + [True, False]


def test_nothing_to_join_gives_nan() -> None:
    base = hours([0, 1])
    empty = pd.DataFrame({"x": np.empty(0)}, index=pd.DatetimeIndex([], tz="UTC"))
    assert join_higher(base, empty, "1d")["x"].isna().all()


def test_a_series_must_say_when_it_was_known() -> None:
    with pytest.raises(DataError, match="known_at") as caught:
        join_series(hours([0]), pd.DataFrame({"value": [1.0]}, index=stamps([0])))
    assert caught.value.code == "TW-D003"


def test_a_value_known_before_its_event_is_refused() -> None:
    series = pd.DataFrame({"value": [1.0], "known_at": stamps([0])}, index=stamps([1]))
    with pytest.raises(DataError, match="before its event") as caught:
        join_series(hours([0]), series)
    assert caught.value.code == "TW-D011"


def test_asof_answers_minus_one_before_the_first() -> None:
    assert asof(np.array([5, 9]), np.array([4, 5, 8, 9, 99])).tolist() == [-1, 0, 0, 1, 1]
