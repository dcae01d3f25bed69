"""Which of two models is asked on each bar, and what sentiment forbids."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tradewind.api import OPINION_CODES

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FRESH = 2.0
"""The value of `sentiment_state` while the newest sentiment is fresh."""


def with_sentiment(fresh: Floats, sentiment_model: Floats, price_model: Floats, switch_bars: int) -> Flags:
    """
    Return on which bars the model that reads sentiment is asked; on the others the price model is.

    It is asked while sentiment is fresh and all its inputs are known. A change takes effect after
    `switch_bars` bars in a row, so that a source that comes and goes does not make the strategy
    flutter. Where only one of the models exists, that one is asked.

    Args:
        fresh: `sentiment_state` per bar.
        sentiment_model: The state of the model that reads sentiment.
        price_model: The state of the price model.
        switch_bars: Bars that a change takes to hold.
    """
    without = (OPINION_CODES["no_model"], OPINION_CODES["inputs_unknown"])
    usable = (fresh == FRESH) & np.isfinite(sentiment_model) & ~np.isin(sentiment_model, without)
    chosen = settled(usable, switch_bars)
    alone = ~np.isfinite(price_model) | (price_model == OPINION_CODES["no_model"])
    return np.asarray(chosen | (alone & usable))


def settled(state: Flags, bars: int) -> Flags:
    """Return the state that holds: the last one that lasted `bars` bars in a row, at first that it is not so."""
    rows = np.arange(len(state))
    began = np.zeros(len(state), dtype=np.int64)
    began[1:] = np.where(state[1:] != state[:-1], rows[1:], 0)
    lasted = rows - np.maximum.accumulate(began) + 1
    known = np.maximum.accumulate(np.where(lasted >= bars, rows, -1))
    return np.asarray(np.where(known >= 0, state[np.maximum(known, 0)], False))


def standing(score: Floats, bars: int) -> Floats:
    """Return how many standard deviations a score is from its mean over the last `bars` bars; NaN where unknown."""
    out = np.full(len(score), np.nan)
    if len(score) >= bars:
        spans = np.lib.stride_tricks.sliding_window_view(score, bars)
        deviation = spans.std(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (score[bars - 1 :] - spans.mean(axis=1)) / deviation
        # what does not move within rounding has no standing
        out[bars - 1 :] = np.where(deviation > 1e-9, z, np.nan)
    return out
