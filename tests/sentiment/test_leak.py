"""What a join on the same day would have shown of real sentiment, and what is left once it is joined as known."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from real_history import read_bars
from tradewind.api import Timeframe, resample
from tradewind.sentiment.features import sentiment_features
from tradewind.sentiment.series import SentimentSeries

REAL = os.environ.get("TRADEWIND_MARKET_DATA", "")
PAGE = (Path(__file__).parents[2] / "docs" / "explanation" / "models.md").read_text("utf-8")
DAYS = 30


def sharpe(timeframe: str, *, leaks: bool) -> float:
    """Return the annual Sharpe ratio, without costs, of being long while the score is above its mean of 30 days."""
    recorded = pd.read_parquet(Path(REAL) / "sentiment" / "senticrypt-daily.parquet")
    index = pd.DatetimeIndex(pd.to_datetime(recorded["date"], utc=True)).as_unit("ms")
    features = sentiment_features(recorded[["mean", "score1", "score2", "score3"]].astype(float).set_index(index))
    if leaks:
        features = features.assign(known_at=features.index)
    bars = resample(read_bars(Path(REAL) / "spot" / "1h" / "BTCUSDT-1h.parquet", "1h"), Timeframe(timeframe))
    a_day = 86_400_000 // bars.timeframe.ms
    score = SentimentSeries(features).joined(bars)["sentiment_score"]
    above = score > score.rolling(DAYS * a_day).mean()
    told = score.rolling(DAYS * a_day).mean().shift(1).notna().to_numpy()
    held = above.shift(1, fill_value=False).to_numpy()
    returns = np.concatenate([[0.0], np.diff(bars.close) / bars.close[:-1]])
    earned = (held * returns)[told]
    return float(earned.mean() / earned.std(ddof=1) * np.sqrt(365.0 * a_day))


@pytest.mark.skipif(not REAL, reason="real market data are not here: set TRADEWIND_MARKET_DATA to their folder")
@pytest.mark.parametrize(
    ("timeframe", "leaks", "expected"),
    [("1d", True, 1.85), ("4h", True, 1.91), ("1d", False, 0.91), ("4h", False, 0.48)],
)
def test_most_of_what_the_same_day_shows_is_gone_once_it_is_known(timeframe: str, leaks: bool, expected: float) -> None:
    assert sharpe(timeframe, leaks=leaks) == pytest.approx(expected, abs=0.01)
    assert f"{expected:.2f}" in PAGE
