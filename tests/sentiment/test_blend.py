"""Several sources speak as one: by reliability and freshness, their disagreement beside it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.days import DAY, FIRST, HOUR, daily, stamps
from tradewind.sentiment.blend import Voice, blend, freshness
from tradewind.sentiment.features import sentiment_features

END = {day: (FIRST + day + 1) * DAY for day in range(60)}


def voice(name: str, values: dict[int, float], late_h: float = 2.0, reliability: float = 1.0) -> Voice:
    known = {day: END[day] + int(late_h * HOUR) for day in values}
    return Voice(name=name, series=daily(values, known), reliability=reliability)


def row(frame: pd.DataFrame, moment_ms: int) -> pd.Series[float]:
    found = frame[frame["known_at"] == stamps([moment_ms])[0]]
    assert len(found) == 1
    return found.drop(columns="known_at").iloc[0]


def test_a_source_alone_is_handed_on_as_it_is() -> None:
    values = {0: 0.1, 1: -0.2}
    found = blend([voice("one", values)])
    assert found["mean"].tolist() == [0.1, -0.2]
    assert found["sentiment_source"].tolist() == [0.0, 0.0]
    assert found["sentiment_disagreement"].isna().all()


def test_sources_weigh_by_their_reliability() -> None:
    found = blend([voice("one", {0: 0.5}), voice("other", {0: -0.3}, reliability=3.0)])
    at = row(found, END[0] + 2 * HOUR)
    mean = (0.5 - 3 * 0.3) / 4
    spread = math.sqrt(((math.tanh(0.5) - math.tanh(mean)) ** 2 + 3 * (math.tanh(-0.3) - math.tanh(mean)) ** 2) / 4)
    assert at["mean"] == pytest.approx(mean)
    assert at["sentiment_disagreement"] == pytest.approx(spread)
    assert at["sentiment_source"] == 1.0


def test_an_older_value_fades_until_it_is_absent() -> None:
    found = blend([voice("one", dict.fromkeys(range(6), 0.0)), voice("silent", {0: 0.8})])
    assert row(found, END[1] + 2 * HOUR)["mean"] == pytest.approx(0.4)
    share = (72 - 50) / 36
    assert row(found, END[2] + 2 * HOUR)["mean"] == pytest.approx(0.8 * share / (1 + share))
    assert row(found, END[4] + 2 * HOUR)["mean"] == pytest.approx(0.0)
    assert math.isnan(row(found, END[4] + 2 * HOUR)["sentiment_disagreement"])


def test_freshness_falls_from_one_to_nothing() -> None:
    hours = np.array([0.0, 36.0, 54.0, 72.0, 500.0]) * HOUR
    assert freshness(hours).tolist() == [1.0, 1.0, 0.5, 0.0, 0.0]


def test_where_the_first_is_silent_the_second_speaks_and_is_named() -> None:
    nothing = Voice(name="one", series=voice("one", {}).series)
    found = blend([nothing, voice("other", {0: 0.2})])
    assert found["mean"].tolist() == [pytest.approx(0.2)]
    assert found["sentiment_source"].tolist() == [1.0]


def test_sources_that_agree_do_not_disagree() -> None:
    found = blend([voice("one", {0: 0.2}), voice("other", {0: 0.2})])
    assert found["sentiment_disagreement"].tolist() == [pytest.approx(0.0, abs=1e-9)]


values = st.dictionaries(st.integers(0, 40), st.floats(-1, 1), max_size=12)


@given(values, values, st.floats(2, 60), st.floats(0.1, 5.0), st.integers(0, 60 * 24))
def test_a_blend_looks_no_more_ahead_than_its_sources(
    one: dict[int, float], other: dict[int, float], late: float, weight: float, hours: int
) -> None:
    voices = [voice("one", one), voice("other", other, late, weight)]
    moment = stamps([FIRST * DAY + hours * HOUR])[0]
    cut = [
        Voice(name=each.name, series=each.series[each.series["known_at"] <= moment], reliability=each.reliability)
        for each in voices
    ]
    whole, then = sentiment_features(blend(voices)), sentiment_features(blend(cut))
    pd.testing.assert_frame_equal(whole[whole["known_at"] <= moment], then, check_exact=True)
    assert bool(blend(voices)["mean"].abs().le(1.0).all())
