"""Sentiment as columns of bars: what was known at each close, how old it is, and who said it."""

from __future__ import annotations

import hashlib
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.model.bars import Bars
from tradewind.pipeline.join import asof, known_at
from tradewind.sentiment.blend import ABSENT_MS, FRESH_MS
from tradewind.sentiment.daily import DAY_MS, HOUR_MS, KNOWN_AT, Times, days_of, moments
from tradewind.sentiment.features import CARRIED, FEATURES

AGE: Final = "sentiment_age"
STATE: Final = "sentiment_state"
SENTIMENT_COLUMNS: Final = (*FEATURES, AGE, STATE, *CARRIED)
"""The columns that a need of `sentiment` gives."""

_TAKEN: Final = np.array([SENTIMENT_COLUMNS.index(name) for name in (*FEATURES, *CARRIED)])
_AGE: Final = SENTIMENT_COLUMNS.index(AGE)
_STATE: Final = SENTIMENT_COLUMNS.index(STATE)

ABSENT: Final = 0.0
STALE: Final = 1.0
FRESH: Final = 2.0
STATES: Final = {ABSENT: "absent", STALE: "stale", FRESH: "fresh"}
"""What `sentiment_state` says, in words."""


@attrs.frozen(eq=False)
class _Rows:
    """The features as arrays, in order of knowledge: when each row was known, the end of its day, its values."""

    known: Times
    ends: Times
    table: npt.NDArray[np.float64]

    @classmethod
    def of(cls, features: pd.DataFrame) -> _Rows:
        """Return the rows of features; a column that they lack is unknown."""
        names = (*FEATURES, *CARRIED)
        values = np.full((len(features), len(names)), np.nan)
        for at, name in enumerate(names):
            if name in features.columns:
                values[:, at] = features[name].to_numpy(dtype=np.float64)
        known = moments(pd.Index(features[KNOWN_AT]))
        return cls(known, (days_of(features.index) + 1) * DAY_MS, values)

    def before(self, stop: int) -> _Rows:
        """Return the first rows."""
        return _Rows(self.known[:stop], self.ends[:stop], self.table[:stop])


@attrs.frozen(eq=False)
class SentimentSeries:
    """
    Features and what became known when, ready to be joined with bars.

    Args:
        features: What `sentiment_features` answered.
    """

    features: pd.DataFrame
    _rows: _Rows = attrs.field(
        default=attrs.Factory(lambda self: _Rows.of(self.features), takes_self=True), kw_only=True, repr=False
    )

    def until(self, moment_ms: int) -> SentimentSeries:
        """Return what was known at a moment, UTC milliseconds."""
        stop = int(np.searchsorted(self._rows.known, moment_ms, side="right"))
        if stop == len(self.features):
            return self
        return SentimentSeries(self.features.iloc[:stop], rows=self._rows.before(stop))

    def joined(self, bars: Bars) -> pd.DataFrame:
        """
        Return `SENTIMENT_COLUMNS` for each bar, as of its close.

        `sentiment_age` is in hours since the end of the day that the newest value is of, NaN before
        the first; `sentiment_state` is 2 (fresh: up to 36 hours), 1 (stale: up to 72 hours) or 0 (absent).
        Where it is absent, all but age and state are NaN: an outage is no opinion.
        """
        at = known_at(bars)
        rows = asof(self._rows.known, at)
        there = rows >= 0
        age = np.full(len(at), np.nan)
        age[there] = at[there] - self._rows.ends[rows[there]]
        with np.errstate(invalid="ignore"):
            state = np.where(age <= FRESH_MS, FRESH, np.where(age <= ABSENT_MS, STALE, ABSENT))
        used = state > ABSENT
        table = np.full((len(at), len(SENTIMENT_COLUMNS)), np.nan, order="F")
        table[np.flatnonzero(used)[:, None], _TAKEN] = self._rows.table[rows[used]]
        table[:, _AGE], table[:, _STATE] = age / HOUR_MS, state
        return pd.DataFrame(table, columns=list(SENTIMENT_COLUMNS), index=bars.index, copy=False)


def sha256_of(joined: pd.DataFrame) -> str:
    """Return the SHA-256 of joined columns, to the last bit: what a run depended on."""
    digest = hashlib.sha256()
    for name in joined.columns:
        values = joined[name].to_numpy(dtype=np.float64)
        digest.update(f"{name}:{len(values)}:".encode())
        digest.update(np.where(np.isnan(values), np.nan, values).astype("<f8").tobytes())
    return digest.hexdigest()
