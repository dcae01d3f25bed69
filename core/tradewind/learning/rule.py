"""From what a model expects to what a strategy wishes, the same for every strategy on models."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.learning.opinion import OPINION_CODES, OPINION_WORDS
from tradewind.model.conditions import distance

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@attrs.frozen(kw_only=True)
class ModelRule:
    """
    When an expectation is worth its costs, and how a position on it is protected.

    An exit needs the expectation to have turned by as much as an entry needs: exits on a mere change of
    sign lose money to costs even with real skill.

    Args:
        horizon: Bars that the model looks ahead; a position is closed after as many.
        round_trip_cost: Cost of entry and exit together, a fraction of the value.
        hurdle: Multiples of that cost which must be expected.
        allow_short: Enter short as well.
        stop_min: Least stop distance, a fraction of the price.
        stop_max: Largest stop distance, a fraction of the price.
        target_r: Take-profit rungs in units of the initial risk, rising.
        target_fractions: Share of the quantity that each rung closes.
        cap: Largest notional of a position, a fraction of equity.
    """

    horizon: int
    round_trip_cost: float
    hurdle: float
    allow_short: bool
    stop_min: float
    stop_max: float
    target_r: tuple[float, ...]
    target_fractions: tuple[float, ...]
    cap: float

    def wishes(self, close: Floats, atr: Floats, mu: Floats, probability: Floats) -> dict[str, Any]:
        """
        Return the signal columns of expectations; a bar without one, or without ATR, asks for no entry.

        Args:
            close: Closes.
            atr: Average true range, in the price's unit.
            mu: Expected log return over the horizon, NaN where there is no opinion.
            probability: The chance that its sign is right.
        """
        least = self.hurdle * self.round_trip_cost
        up, down = mu > least, mu < -least
        known = np.isfinite(atr) & np.isfinite(probability)
        short = down & known if self.allow_short else np.zeros(len(mu), dtype=np.bool_)
        sure = np.clip((probability - 0.5) / 0.05, 0.5, 1.5)
        far = np.maximum(self.stop_min * close, atr * np.sqrt(self.horizon) / 2.0)
        return {
            "enter": (up & known).astype(np.int8) - short.astype(np.int8),
            "exit_long": down,
            "exit_short": up,
            "confidence": np.where(known, sure, 1.0),
            "stop_dist": distance(np.minimum(far, self.stop_max * close)),
            "max_bars": self.horizon,
            "tp_r": self.target_r,
            "tp_frac": self.target_fractions,
            "cap": self.cap,
        }


def opinion_conditions(mu: Floats, state: Floats) -> dict[str, Flags]:
    """
    Return the conditions that say whether there was an opinion, and why there was none.

    `in_sample` marks bars that a model was fitted on, or that lie before the end of what it was fitted
    on: a run leaves them out of its figures.

    Args:
        mu: Expected log return, NaN where there is no opinion.
        state: The model's state per bar, one of `OPINION_CODES`; NaN in its warm-up.
    """
    reasons = ("in_sample", "unproven", "expired", "drift")
    return {"no_opinion": ~np.isfinite(mu), **{word: state == OPINION_CODES[word] for word in reasons}}


def opinion_notes(state: Floats) -> list[str]:
    """Return one sentence for each reason why there was no opinion, with the number of bars."""
    words = []
    for word, code in OPINION_CODES.items():
        count = int(np.count_nonzero(state == code))
        if count and word != "opinion":
            words.append(f"no opinion on {count:,} of {len(state):,} bars: {OPINION_WORDS[word]}.")
    return words
