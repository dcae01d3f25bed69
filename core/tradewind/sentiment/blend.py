"""Several sources of sentiment made into one: weighted by reliability and freshness, their disagreement beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.sentiment.daily import DAY_MS, HOUR_MS, KNOWN_AT, Times, days_of, moments, times
from tradewind.sentiment.features import DISAGREEMENT, SHARES, SOURCE, daily_score

FRESH_MS: Final = 36 * HOUR_MS
"""A value is fresh for so long after the end of its day."""
ABSENT_MS: Final = 72 * HOUR_MS
"""And it is not used beyond this."""

Floats = npt.NDArray[np.float64]


@attrs.frozen(kw_only=True, eq=False)
class Voice:
    """
    One source in a blend.

    Args:
        name: The source's name.
        series: `mean` (or `score1` to `score3`) in [-1, 1] and `known_at` by day.
        reliability: Its weight beside the others.
    """

    name: str
    series: pd.DataFrame
    reliability: float = 1.0


def freshness(age_ms: Times | Floats) -> Floats:
    """Return the weight of values by the time since the end of their day: 1 while fresh, falling to 0 where absent."""
    falling = (ABSENT_MS - np.asarray(age_ms, dtype=np.float64)) / (ABSENT_MS - FRESH_MS)
    return np.clip(falling, 0.0, 1.0)


def blend(voices: Sequence[Voice]) -> pd.DataFrame:
    """
    Return one series of several, as `sentiment_features` takes it.

    Whenever any source tells something, the newest value of each is weighed by its reliability and by
    its freshness at that moment; the result belongs to the newest day among them. A source alone is
    handed on as it is.

    Returns:
        `mean` (and the partial scores of a source alone), `known_at`, `sentiment_disagreement` (the
        weighted standard deviation of the sources' scores; NaN where one speaks alone) and
        `sentiment_source` (the place of the source that weighs most).

    Raises:
        DataError: TW-D003, TW-D004 or TW-D006 for values that are no sentiment.
    """
    if len(voices) == 1:
        return _alone(voices[0])
    told = [_told(voice) for voice in voices]
    at = np.unique(np.concatenate([one.known for one in told])) if told else np.empty(0, dtype=np.int64)
    day = np.full((len(told), len(at)), -1, dtype=np.int64)
    value = np.zeros((len(told), len(at)))
    weight = np.zeros((len(told), len(at)))
    for row, (one, voice) in enumerate(zip(told, voices, strict=True)):
        place = np.searchsorted(one.known, at, side="right") - 1
        there = place >= 0
        day[row, there] = one.days[place[there]]
        value[row, there] = one.score[place[there]]
        weight[row, there] = voice.reliability * freshness(at[there] - (day[row, there] + 1) * DAY_MS)
    kept = weight.sum(axis=0) > 0.0
    return _weighed(at[kept], day[:, kept], value[:, kept], weight[:, kept])


def _weighed(at: Times, day: Times, value: Floats, weight: Floats) -> pd.DataFrame:
    total = weight.sum(axis=0)
    mean = (weight * value).sum(axis=0) / total
    speaking = (weight > 0.0).sum(axis=0)
    spread = np.sqrt((weight * (np.tanh(value) - np.tanh(mean)) ** 2).sum(axis=0) / total)
    newest = np.where(weight > 0.0, day, -1).max(axis=0, initial=-1)
    columns = {
        "mean": np.clip(mean, -1.0, 1.0),
        DISAGREEMENT: np.where(speaking > 1, spread, np.nan),
        SOURCE: weight.argmax(axis=0).astype(np.float64) if len(at) else np.empty(0),
        KNOWN_AT: times(at),
    }
    return pd.DataFrame(columns, index=times(newest * DAY_MS, "time"))


def _alone(voice: Voice) -> pd.DataFrame:
    names = [name for name in ("mean", *SHARES, KNOWN_AT) if name in voice.series.columns]
    return voice.series[names].assign(**{DISAGREEMENT: np.nan, SOURCE: 0.0})


@attrs.frozen
class _Told:
    """What a source had told when: its newest day and that day's value, in order of knowledge."""

    known: Times
    days: Times
    score: Floats


def _told(voice: Voice) -> _Told:
    score = daily_score(voice.series)
    there = np.isfinite(score)
    days = days_of(voice.series.index)[there]
    known = moments(pd.Index(voice.series[KNOWN_AT]))[there]
    order = np.lexsort((days, known))
    days, known, score = days[order], known[order], score[there][order]
    # a late word on an older day is no newer mood
    newest = days >= np.maximum.accumulate(days) if len(days) else np.zeros(0, dtype=np.bool_)
    return _Told(known[newest], days[newest], np.arctanh(np.clip(score[newest], -1 + 1e-12, 1 - 1e-12)))
