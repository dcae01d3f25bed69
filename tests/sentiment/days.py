"""Daily values for the tests of sentiment, and the eight features by plain arithmetic, day by day."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

DAY = 86_400_000
HOUR = 3_600_000
FIRST = 18_262
"""2020-01-01 in days since 1970."""


def stamps(ms: Sequence[int]) -> pd.DatetimeIndex:
    """Return milliseconds as UTC times."""
    return pd.DatetimeIndex(pd.to_datetime(list(ms), unit="ms", utc=True)).as_unit("ms")


def daily(values: Mapping[int, float], known_ms: Mapping[int, int] | None = None) -> pd.DataFrame:
    """Return means by day number after 2020-01-01."""
    days = list(values)
    frame = pd.DataFrame({"mean": list(values.values())}, index=stamps([(FIRST + day) * DAY for day in days]))
    if known_ms is not None:
        frame["known_at"] = stamps([known_ms[day] for day in days])
    return frame


def expected(values: Mapping[int, float], day: int) -> dict[str, float]:
    """Return the eight features of a day by the definitions of the design."""
    score = {number: math.tanh(value) for number, value in values.items() if number <= day and math.isfinite(value)}
    s = score[day]

    def last(days: int, end: int = day) -> list[float]:
        found = [score[number] for number in range(end - days + 1, end + 1) if number in score]
        return found if 3 * len(found) >= 2 * days else []

    def average(days: int) -> float:
        return statistics.fmean(last(days)) if last(days) else math.nan

    usual = last(180, day - 1)
    mean, deviation = (statistics.fmean(usual), statistics.stdev(usual)) if usual else (math.nan, math.nan)
    known = not math.isnan(mean)
    return {
        "sentiment_score": s,
        "sentiment_momentum": s - score[day - 1] if day - 1 in score else math.nan,
        "sentiment_volatility": statistics.stdev(last(7)) if last(7) else math.nan,
        "extreme_positive": float(s > mean + 2 * deviation) if known else math.nan,
        "extreme_negative": float(s < mean - 2 * deviation) if known else math.nan,
        "sentiment_ma_3": average(3),
        "sentiment_ma_7": average(7),
        "sentiment_ma_14": average(14),
    }


def draws(days: int, seed: int) -> dict[int, float]:
    """Return seeded means in [-1, 1], with weeks of silence and single missing days."""
    rng = np.random.default_rng(seed)
    walk = np.clip(0.05 + np.cumsum(rng.normal(0, 0.02, days)) * 0.2 + rng.normal(0, 0.08, days), -1, 1)
    kept = rng.random(days) > 0.05
    hole = int(rng.integers(0, max(days - 12, 1)))
    kept[hole : hole + 11] = False
    kept[0] = True
    return {day: float(walk[day]) for day in range(days) if kept[day]}
