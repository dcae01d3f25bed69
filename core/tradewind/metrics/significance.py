"""
How much a Sharpe ratio is worth, given how short, skewed and often repeated the look at the data was.

Ratios in this module are per period (not annualised).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final, Literal

import numpy as np

from tradewind.metrics.curve import Floats
from tradewind.metrics.returns import deviation

EULER_GAMMA: Final = 0.5772156649015329
_NORMAL: Final = NormalDist()


def skewness(returns: Floats) -> float | None:
    """Return the third standardised moment, population form; None without variance."""
    return _moment(returns, 3)


def kurtosis(returns: Floats) -> float | None:
    """Return the fourth standardised moment, population form: 3 for a normal distribution; None without variance."""
    return _moment(returns, 4)


def _moment(returns: Floats, order: Literal[3, 4]) -> float | None:
    if not deviation(returns):
        return None
    centred = returns - returns.mean()
    square = centred * centred
    # Products are ten times as fast as powers, and the same on every machine.
    moment = square * (centred if order == 3 else square)
    return float(np.mean(moment) / np.mean(square) ** (order / 2))


def period_sharpe(returns: Floats) -> float | None:
    """Return mean over sample standard deviation, per period; None without variance."""
    spread = deviation(returns)
    return float(np.mean(returns)) / spread if spread else None


def probabilistic_sharpe_ratio(returns: Floats, benchmark: float = 0.0) -> float | None:
    """
    Return the probability that the true Sharpe ratio exceeds `benchmark`, from 0 to 1.

    `Φ((SR − SR*) √(n − 1) / √(1 − γ₃ SR + (γ₄ − 1)/4 SR²))`. Source: D. H. Bailey and
    M. López de Prado, The Sharpe Ratio Efficient Frontier, Journal of Risk 15 (2012).

    Args:
        returns: One return per period.
        benchmark: The Sharpe ratio to beat, per period.
    """
    return sharpe_probability(period_sharpe(returns), skewness(returns), kurtosis(returns), len(returns), benchmark)


def sharpe_probability(
    ratio: float | None, skew: float | None, tails: float | None, periods: int, benchmark: float = 0.0
) -> float | None:
    """
    Return the probabilistic Sharpe ratio from moments; None when one of them is not defined.

    Args:
        ratio: The Sharpe ratio found, per period.
        skew: The returns' skewness.
        tails: Their kurtosis, 3 for a normal distribution.
        periods: How many returns there are.
        benchmark: The Sharpe ratio to beat, per period.
    """
    if ratio is None or skew is None or tails is None:
        return None
    spread = 1.0 - skew * ratio + (tails - 1.0) / 4.0 * ratio**2
    if not spread > 0.0:
        return None
    return _NORMAL.cdf((ratio - benchmark) * math.sqrt(periods - 1) / math.sqrt(spread))


def expected_best_sharpe(trials: int, variance: float) -> float:
    """
    Return the best Sharpe ratio that so many trials without any skill would be expected to show.

    `√V ((1 − c) Φ⁻¹(1 − 1/N) + c Φ⁻¹(1 − 1/(N e)))`, c being Euler's constant; 0 for one trial.

    Args:
        trials: Independent trials N, at least 1.
        variance: Variance V of the trials' Sharpe ratios, per period.
    """
    if trials < 2 or not variance > 0.0:
        return 0.0
    first = _NORMAL.inv_cdf(1.0 - 1.0 / trials)
    second = _NORMAL.inv_cdf(1.0 - 1.0 / (trials * math.e))
    return math.sqrt(variance) * ((1.0 - EULER_GAMMA) * first + EULER_GAMMA * second)


def deflated_sharpe_ratio(returns: Floats, trials: int, variance: float) -> float | None:
    """
    Return the probability that the true Sharpe ratio exceeds what luck would find in so many trials.

    The probabilistic Sharpe ratio against `expected_best_sharpe`. Source: D. H. Bailey and
    M. López de Prado, The Deflated Sharpe Ratio, Journal of Portfolio Management 40 (2014).
    """
    return probabilistic_sharpe_ratio(returns, expected_best_sharpe(trials, variance))
