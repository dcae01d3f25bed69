"""
The eight sentiment features, by one function for training, backtest and live.

A row is what could be worked out at one moment of knowledge: it is computed from the values
known then and from nothing else, each row from its own window by the same operations. So a
run that is fed day by day has the same bits as one over the whole history.
"""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.errors import DataError
from tradewind.sentiment.daily import DAY_MS, KNOWN_AT, PUBLISH_LAG_MS, Times, days_of, moments, times

FEATURES: Final = (
    "sentiment_score",
    "sentiment_momentum",
    "sentiment_volatility",
    "extreme_positive",
    "extreme_negative",
    "sentiment_ma_3",
    "sentiment_ma_7",
    "sentiment_ma_14",
)
"""The features' columns, in the order in which a model takes them."""

DISAGREEMENT: Final = "sentiment_disagreement"
SOURCE: Final = "sentiment_source"
CARRIED: Final = (DISAGREEMENT, SOURCE)
"""Columns of a blend that go along with the newest day."""

SHARES: Final = {"score1": 0.4, "score2": 0.3, "score3": 0.3}
"""What stands in for a missing `mean`: the partial scores and their shares."""

EXTREME_DAYS: Final = 180
"""Days before the newest one that tell what is extreme."""

EXTREME_DEVIATIONS: Final = 2.0
_VOLATILITY_DAYS: Final = 7
_WINDOW: Final = EXTREME_DAYS + 1

Floats = npt.NDArray[np.float64]


def sentiment_features(values: pd.DataFrame, *, publish_lag_ms: int = PUBLISH_LAG_MS) -> pd.DataFrame:
    """
    Return the eight features, one row per moment at which something became known.

    With s the day's score (`daily_score`), in calendar days: momentum is s less s of the day
    before; volatility the sample standard deviation of 7 days; an extreme is s beyond the mean
    ± 2 sample standard deviations of the 180 days before; the averages are those of 3, 7 and
    14 days. Days without a value are left out of a window; with less than two thirds of its
    days a window has no answer (NaN). Nothing is filled in.

    Args:
        values: Daily values indexed by the start of their day (UTC), with `mean`, or `score1`
            to `score3`, in [-1, 1]; `known_at` (UTC) where it differs from the end of the day
            plus the lag, which a later correction of a day does; `sentiment_disagreement` and
            `sentiment_source` go along.
        publish_lag_ms: How long after its day a value is known, when `values` do not say.

    Returns:
        The features as float64, indexed by the newest day known (UTC), with `known_at` (UTC),
        in order of `known_at`. A day that is corrected, or an older one that comes late, has
        one more row.

    Raises:
        DataError: TW-D003 without a usable column, TW-D004 for a score outside [-1, 1], TW-D005
            when a day has two values at one moment, TW-D006 for a time that is no start of a day,
            TW-D011 for a value known before its day.
    """
    days = days_of(values.index)
    known = _known(values, days, publish_lag_ms)
    score = daily_score(values)
    carried = {name: values[name].to_numpy(dtype=np.float64) for name in CARRIED if name in values.columns}
    there = np.isfinite(score)
    days, known, score = days[there], known[there], score[there]
    carried = {name: column[there] for name, column in carried.items()}
    order = np.lexsort((days, known))
    days, known, score = days[order], known[order], score[order]
    _refuse_doubled(days, known)
    told = _windows(days, known, score)
    columns: dict[str, Any] = _computed(told.windows)
    columns |= {name: column[order][told.newest_row] for name, column in carried.items()}
    columns[KNOWN_AT] = times(told.known)
    return pd.DataFrame(columns, index=times(told.newest * DAY_MS, "time"))


def daily_score(values: pd.DataFrame) -> Floats:
    """
    Return each day's score: tanh of the mean; without it 0.4, 0.3 and 0.3 of tanh of the partial scores.

    Raises:
        DataError: TW-D003 without a usable column, TW-D004 for a value outside [-1, 1].
    """
    if "mean" not in values.columns and not set(SHARES) <= set(values.columns):
        raise DataError(
            f"the sentiment has neither a column 'mean' nor score1 to score3; found: "
            f"{', '.join(map(str, values.columns)) or 'none'}.",
            code="TW-D003",
            hint="A source of sentiment answers with `mean`, a score in [-1, 1] per day.",
        )
    score: Floats = np.full(len(values), np.nan)
    if set(SHARES) <= set(values.columns):
        score = np.sum([share * np.tanh(_in_range(values, name)) for name, share in SHARES.items()], axis=0)
    if "mean" in values.columns:
        mean = _in_range(values, "mean")
        score = np.where(np.isfinite(mean), np.tanh(mean), score)
    return np.asarray(score, dtype=np.float64)


def _in_range(values: pd.DataFrame, name: str) -> Floats:
    column = values[name].to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.flatnonzero(np.abs(column) > 1.0)
    if wrong.size:
        row = int(wrong[0])
        raise DataError(
            f"the sentiment's {name} of {values.index[row]} was {column[row]:g}, expected a value in [-1, 1].",
            code="TW-D004",
            hint="Map the source's scale to [-1, 1] first.",
            row=row,
        )
    return column


def _known(values: pd.DataFrame, days: Times, publish_lag_ms: int) -> Times:
    ends = (days + 1) * DAY_MS
    if KNOWN_AT not in values.columns:
        return ends + publish_lag_ms
    known = moments(pd.Index(values[KNOWN_AT]))
    early = np.flatnonzero(known < ends)
    if early.size:
        row = int(early[0])
        raise DataError(
            f"the sentiment of {values.index[row]} was known at {values[KNOWN_AT].iloc[row]}, before its day was over.",
            code="TW-D011",
            hint="known_at is the end of the day or later; a score that is published early belongs to the day before.",
            row=row,
        )
    return known


def _refuse_doubled(days: Times, known: Times) -> None:
    same = np.flatnonzero((days[1:] == days[:-1]) & (known[1:] == known[:-1]))
    if same.size:
        day = times(days[same[:1]] * DAY_MS)[0]
        raise DataError(
            f"the sentiment of {day} has two values that were known at one moment.",
            code="TW-D005",
            hint="A correction has a `known_at` of its own.",
        )


@attrs.frozen
class _Told:
    """What was known at each moment: when, the newest day, its row in the values, and the days up to it."""

    known: Times
    newest: Times
    newest_row: npt.NDArray[np.intp]
    windows: Floats


def _windows(days: Times, known: Times, score: Floats) -> _Told:
    """Go through the values in order of knowledge, and write down the last days after each moment."""
    if not len(days):
        none = np.empty(0, dtype=np.int64)
        return _Told(none, none, none.astype(np.intp), np.empty((0, _WINDOW)))
    first = int(days.min()) - _WINDOW
    calendar = np.full(int(days.max()) - first + 1, np.nan)
    rows = np.zeros(len(calendar), dtype=np.intp)
    ends = [*(np.flatnonzero(np.diff(known)) + 1).tolist(), len(known)]
    told = _Told(
        known=known[np.asarray(ends) - 1],
        newest=np.empty(len(ends), dtype=np.int64),
        newest_row=np.empty(len(ends), dtype=np.intp),
        windows=np.empty((len(ends), _WINDOW)),
    )
    begin, top = 0, first
    for at, end in enumerate(ends):
        places = days[begin:end] - first
        calendar[places] = score[begin:end]
        rows[places] = np.arange(begin, end)
        top = max(top, int(days[end - 1]))
        told.newest[at] = top
        told.newest_row[at] = rows[top - first]
        told.windows[at] = calendar[top - first - EXTREME_DAYS : top - first + 1]
        begin = end
    return told


def _computed(windows: Floats) -> dict[str, Floats]:
    newest = windows[:, -1]
    usual, deviation = _mean_and_deviation(windows[:, :-1])
    averages = {f"sentiment_ma_{days}": _mean_and_deviation(windows[:, -days:])[0] for days in (3, 7, 14)}
    columns = {
        "sentiment_score": newest.copy(),
        "sentiment_momentum": newest - windows[:, -2],
        "sentiment_volatility": _mean_and_deviation(windows[:, -_VOLATILITY_DAYS:])[1],
        "extreme_positive": _beyond(newest, usual + EXTREME_DEVIATIONS * deviation),
        "extreme_negative": _beyond(-newest, -(usual - EXTREME_DEVIATIONS * deviation)),
        **averages,
    }
    return {name: columns[name] for name in FEATURES}


def _beyond(values: Floats, threshold: Floats) -> Floats:
    return np.where(np.isnan(threshold), np.nan, (values > threshold).astype(np.float64))


def _mean_and_deviation(windows: Floats) -> tuple[Floats, Floats]:
    """Return mean and sample standard deviation of each row's days that have a value; NaN with too few of them."""
    there = np.isfinite(windows)
    count = there.sum(axis=1)
    enough = 3 * count >= 2 * windows.shape[1]
    divisor = np.where(enough, count, 1)
    mean = np.where(there, windows, 0.0).sum(axis=1) / divisor
    squares = np.where(there, (windows - mean[:, None]) ** 2, 0.0).sum(axis=1)
    deviation = np.sqrt(squares / np.maximum(divisor - 1, 1))
    return np.where(enough, mean, np.nan), np.where(enough, deviation, np.nan)
