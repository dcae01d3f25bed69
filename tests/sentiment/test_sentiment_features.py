"""One function makes the eight features, whether it sees the whole history or the newest day."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.days import DAY, FIRST, HOUR, daily, draws, expected, stamps
from tradewind.errors import DataError
from tradewind.sentiment.features import FEATURES, daily_score, sentiment_features


def test_the_features_are_those_of_the_definitions() -> None:
    values = draws(400, seed=7)
    found = sentiment_features(daily(values))
    assert list(FEATURES) == [name for name in found.columns if name != "known_at"]
    for at, day in enumerate(values):
        wanted = expected(values, day)
        assert found.index[at] == stamps([(FIRST + day) * DAY])[0]
        for name in FEATURES:
            assert wanted[name] == pytest.approx(found[name].iloc[at], abs=1e-12, nan_ok=True), (name, day)
    assert bool(found["extreme_positive"].any())
    assert bool(found["extreme_negative"].any())


def test_a_day_is_known_two_hours_after_it_is_over() -> None:
    found = sentiment_features(daily({0: 0.1, 1: 0.2}))
    assert list(stamps([(FIRST + 1) * DAY + 2 * HOUR, (FIRST + 2) * DAY + 2 * HOUR])) == list(found["known_at"])


def test_the_partial_scores_stand_in_for_a_missing_mean() -> None:
    frame = daily({0: math.nan, 1: 0.3, 2: math.nan}).assign(
        score1=[0.5, 0.9, 0.1], score2=[-0.2, 0.9, math.nan], score3=[0.1, 0.9, 0.1]
    )
    partial = 0.4 * math.tanh(0.5) + 0.3 * math.tanh(-0.2) + 0.3 * math.tanh(0.1)
    assert [pytest.approx(partial), pytest.approx(math.tanh(0.3))] == daily_score(frame)[:2].tolist()
    assert len(sentiment_features(frame)) == 2


@st.composite
def tellings(draw: st.DrawFn) -> pd.DataFrame:
    """Values that come late, out of order, and are corrected."""
    days = draw(st.lists(st.integers(0, 240), min_size=1, max_size=40, unique=True))
    rows = []
    for day in days:
        known = draw(st.lists(st.integers(2, 400), min_size=1, max_size=3, unique=True))
        rows += [(day, draw(st.floats(-1, 1)), (FIRST + day + 1) * DAY + hours * HOUR) for hours in known]
    shuffled = draw(st.permutations(rows))
    frame = pd.DataFrame(
        {"mean": [row[1] for row in shuffled]}, index=stamps([(FIRST + row[0]) * DAY for row in shuffled])
    )
    return frame.assign(known_at=stamps([row[2] for row in shuffled]))


@given(tellings(), st.integers(0, 20_000))
def test_what_is_known_later_changes_no_bit_of_what_was_known_before(frame: pd.DataFrame, cut_hours: int) -> None:
    moment = stamps([FIRST * DAY + cut_hours * HOUR])[0]
    whole = sentiment_features(frame)
    then = sentiment_features(frame[frame["known_at"] <= moment])
    pd.testing.assert_frame_equal(whole[whole["known_at"] <= moment], then, check_exact=True)


def test_day_by_day_has_the_bits_of_the_whole_history() -> None:
    values = draws(300, seed=3)
    frame = daily(values)
    rows = [sentiment_features(frame.iloc[: end + 1]).iloc[[-1]] for end in range(len(frame))]
    pd.testing.assert_frame_equal(sentiment_features(frame), pd.concat(rows), check_exact=True, check_freq=False)


def test_a_correction_is_a_row_of_its_own_and_leaves_what_was_known_before() -> None:
    ends = {day: (FIRST + day + 1) * DAY + 2 * HOUR for day in range(4)}
    first = daily({0: 0.1, 1: 0.2, 2: 0.3}, ends)
    fixed = daily({1: 0.5}, {1: ends[2] + 5 * HOUR})
    found = sentiment_features(pd.concat([first, fixed]))
    assert [int(day.timestamp() // 86_400) for day in found.index] == [FIRST, FIRST + 1, FIRST + 2, FIRST + 2]
    before, after = expected({0: 0.1, 1: 0.2, 2: 0.3}, 2), expected({0: 0.1, 1: 0.5, 2: 0.3}, 2)
    assert [pytest.approx(one["sentiment_ma_3"]) for one in (before, after)] == found["sentiment_ma_3"].tolist()[2:]


def test_no_value_and_no_days_give_no_rows() -> None:
    assert len(sentiment_features(daily({}))) == 0
    assert len(sentiment_features(daily({0: math.nan}))) == 0


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (pd.DataFrame({"price": [1.0]}, index=stamps([FIRST * DAY])), "TW-D003"),
        (daily({0: 1.01}), "TW-D004"),
        (daily({0: -math.inf}), "TW-D004"),
        (pd.concat([daily({0: 0.1}), daily({0: 0.2})]), "TW-D005"),
        (pd.DataFrame({"mean": [0.1]}, index=stamps([FIRST * DAY + 1])), "TW-D006"),
        (pd.DataFrame({"mean": [0.1]}, index=pd.RangeIndex(1)), "TW-D006"),
        (daily({0: 0.1}, {0: (FIRST + 1) * DAY - 1}), "TW-D011"),
    ],
    ids=["no mean", "above one", "infinite", "doubled", "off the day", "no times", "known before its day is over"],
)
def test_impossible_values_are_refused(frame: pd.DataFrame, code: str) -> None:
    with pytest.raises(DataError) as caught:
        sentiment_features(frame)
    assert code == caught.value.code


def test_what_a_blend_says_of_its_sources_goes_along() -> None:
    frame = daily({0: 0.1, 1: 0.2}).assign(sentiment_disagreement=[0.05, np.nan], sentiment_source=[0.0, 1.0])
    found = sentiment_features(frame)
    assert found["sentiment_source"].tolist() == [0.0, 1.0]
    assert found["sentiment_disagreement"].tolist()[:1] == [0.05]
