"""From a model's own certainty to the chance that its sign is right, as seen on the validation range."""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BINS: Final = 10
PRIOR: Final = 100.0
"""Outcomes of a fair coin that every bin is mixed with: few cases convince nobody."""


@attrs.frozen(kw_only=True)
class Calibration:
    """
    A rising curve from score to probability.

    Args:
        score: |mu| in units of its own standard deviation, rising.
        probability: The chance that the sign of mu is right, never falling.
        count: Independent outcomes behind each point.
    """

    score: tuple[float, ...]
    probability: tuple[float, ...]
    count: tuple[float, ...]

    def __call__(self, mu: Floats, log_sigma: Floats) -> Floats:
        """Return the probability for each prediction; beyond the curve its end points hold."""
        return np.asarray(np.interp(np.abs(mu) * np.exp(-log_sigma), self.score, self.probability))


def calibrate(mu: Floats, log_sigma: Floats, realised: Floats, *, horizon: int) -> Calibration:
    """
    Fit the curve on predictions and outcomes that weights were not fitted on.

    Scores are cut into `BINS` of equal size; each bin's hit rate is mixed with a fair coin,
    counting overlapping outcomes once per horizon, and the bins are pooled until they rise
    (pool adjacent violators, Ayer et al. 1955).

    Args:
        mu: Predicted log returns.
        log_sigma: Logarithms of their standard deviations.
        realised: What came.
        horizon: Bars over which neighbouring outcomes overlap.
    """
    score, hits = np.abs(mu) * np.exp(-log_sigma), (np.sign(mu) == np.sign(realised)).astype(np.float64)
    order = np.argsort(score, kind="stable")
    points: list[tuple[float, float, float]] = []
    for part in np.array_split(order, BINS):
        if not part.size:
            continue
        count = part.size / horizon
        mixed = (hits[part].mean() * count + 0.5 * PRIOR) / (count + PRIOR)
        points.append((float(score[part].mean()), float(mixed), count))
    curve = _rising(points)
    scores, probabilities, counts = zip(*curve, strict=True) if curve else ((0.0,), (0.5,), (0.0,))
    return Calibration(score=scores, probability=probabilities, count=counts)


def _rising(points: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    pools: list[list[tuple[float, float, float]]] = []
    for point in points:
        pools.append([point])
        while len(pools) > 1 and _level(pools[-2]) > _level(pools[-1]):
            last = pools.pop()
            pools[-1].extend(last)
    return [(score, _level(pool), count) for pool in pools for score, _, count in pool]


def _level(pool: list[tuple[float, float, float]]) -> float:
    weight = sum(count for _, _, count in pool)
    return sum(value * count for _, value, count in pool) / weight
