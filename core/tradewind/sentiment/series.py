"""Sentiment as columns of bars: what was known at each close, how old it is, and who said it."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import attrs
import numpy as np
import pandas as pd

from tradewind.model.bars import Bars
from tradewind.pipeline.join import asof, known_at
from tradewind.sentiment.blend import ABSENT_MS, FRESH_MS
from tradewind.sentiment.daily import DAY_MS, HOUR_MS, KNOWN_AT, days_of, moments
from tradewind.sentiment.features import CARRIED, FEATURES

AGE: Final = "sentiment_age"
STATE: Final = "sentiment_state"
SENTIMENT_COLUMNS: Final = (*FEATURES, AGE, STATE, *CARRIED)
"""The columns that a need of `sentiment` gives."""

ABSENT: Final = 0.0
STALE: Final = 1.0
FRESH: Final = 2.0
STATES: Final = {ABSENT: "absent", STALE: "stale", FRESH: "fresh"}
"""What `sentiment_state` says, in words."""


@attrs.frozen(eq=False)
class SentimentSeries:
    """
    Features and what became known when, ready to be joined with bars.

    Args:
        features: What `sentiment_features` answered.
    """

    features: pd.DataFrame

    def until(self, moment_ms: int) -> SentimentSeries:
        """Return what was known at a moment, UTC milliseconds."""
        known = moments(pd.Index(self.features[KNOWN_AT]))
        return SentimentSeries(self.features.iloc[: int(np.searchsorted(known, moment_ms, side="right"))])

    def joined(self, bars: Bars) -> pd.DataFrame:
        """
        Return `SENTIMENT_COLUMNS` for each bar, as of its close.

        `sentiment_age` is in hours since the end of the day that the newest value is of, NaN before
        the first; `sentiment_state` is 2 (fresh: up to 36 hours), 1 (stale: up to 72 hours) or 0 (absent).
        Where it is absent, all but age and state are NaN: an outage is no opinion.
        """
        at = known_at(bars)
        rows = asof(moments(pd.Index(self.features[KNOWN_AT])), at)
        there = rows >= 0
        age = np.full(len(at), np.nan)
        age[there] = at[there] - (days_of(self.features.index)[rows[there]] + 1) * DAY_MS
        with np.errstate(invalid="ignore"):
            state = np.where(age <= FRESH_MS, FRESH, np.where(age <= ABSENT_MS, STALE, ABSENT))
        used = state > ABSENT
        columns: dict[str, Any] = {AGE: age / HOUR_MS, STATE: state}
        for name in (*FEATURES, *CARRIED):
            column = np.full(len(at), np.nan)
            if name in self.features.columns:
                column[used] = self.features[name].to_numpy(dtype=np.float64)[rows[used]]
            columns[name] = column
        return pd.DataFrame({name: columns[name] for name in SENTIMENT_COLUMNS}, index=bars.index)


def sha256_of(joined: pd.DataFrame) -> str:
    """Return the SHA-256 of joined columns, to the last bit: what a run depended on."""
    digest = hashlib.sha256()
    for name in joined.columns:
        values = joined[name].to_numpy(dtype=np.float64)
        digest.update(f"{name}:{len(values)}:".encode())
        digest.update(np.where(np.isnan(values), np.nan, values).astype("<f8").tobytes())
    return digest.hexdigest()
