"""
Return and risk-adjusted return.

All ratios use one return per UTC day and 365 days a year, with a risk-free rate of 0. A figure
that is not defined (no variance, no loss, no time) is None.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tradewind.metrics.curve import DAY_MS, YEAR_DAYS, Curve, Floats

NOISE: Final = 1e-12
"""Spread below this share of the largest return is rounding of equal returns, not variance."""


def total_return(curve: Curve) -> float:
    """Return the time-weighted return of the whole run, a fraction."""
    return float(curve.steady[-1]) / curve.initial_balance - 1.0 if len(curve.time) else 0.0


def cagr(curve: Curve) -> float | None:
    """
    Return the compound annual growth rate, a fraction: `(1 + total return)^(365 d / elapsed) − 1`.

    None when no time has passed or the rate of a short run is beyond all numbers.
    """
    if curve.elapsed_ms <= 0:
        return None
    growth = max(0.0, 1.0 + total_return(curve))
    try:
        return math.pow(growth, YEAR_DAYS * DAY_MS / curve.elapsed_ms) - 1.0
    except OverflowError:
        return None


def deviation(returns: Floats) -> float | None:
    """Return the sample standard deviation (n − 1), 0 for equal returns; None for fewer than two."""
    if len(returns) < 2:
        return None
    spread = float(np.std(returns, ddof=1))
    return spread if spread > NOISE * float(np.abs(returns).max()) else 0.0


def volatility(returns: Floats, per_year: float = YEAR_DAYS) -> float | None:
    """Return the annualised sample standard deviation of returns."""
    spread = deviation(returns)
    return None if spread is None else spread * math.sqrt(per_year)


def sharpe_ratio(returns: Floats, per_year: float = YEAR_DAYS) -> float | None:
    """
    Return mean over sample standard deviation, annualised by the root of time.

    Source: W. F. Sharpe, The Sharpe Ratio, Journal of Portfolio Management 21 (1994).
    """
    spread = deviation(returns)
    return float(np.mean(returns)) / spread * math.sqrt(per_year) if spread else None


def sortino_ratio(returns: Floats, per_year: float = YEAR_DAYS) -> float | None:
    """
    Return mean over downside deviation, annualised; the target is 0.

    The downside deviation is the root of the mean over *all* periods of the squared losses.
    Source: F. A. Sortino and L. N. Price, Performance Measurement in a Downside Risk Framework,
    Journal of Investing 3 (1994).
    """
    if len(returns) < 2:
        return None
    downside = math.sqrt(float(np.mean(np.square(np.minimum(returns, 0.0)))))
    return float(np.mean(returns)) / downside * math.sqrt(per_year) if downside > 0.0 else None


def calmar_ratio(annual: float | None, max_drawdown: float) -> float | None:
    """Return compound annual growth over the largest drawdown; None without a drawdown."""
    return annual / max_drawdown if annual is not None and max_drawdown > 0.0 else None


def beta(returns: Floats, market: Floats) -> float | None:
    """Return covariance with the market over the market's variance."""
    if len(returns) < 2 or not deviation(market):
        return None
    centred = market - market.mean()
    # Sums of products, whose order is the same on every machine; that of `dot` is not.
    return float(((returns - returns.mean()) * centred).sum() / (centred * centred).sum())


def alpha(returns: Floats, market: Floats, per_year: float = YEAR_DAYS) -> float | None:
    """
    Return the mean return that beta does not explain, compounded over a year (Jensen's alpha).

    Source: M. C. Jensen, The Performance of Mutual Funds, Journal of Finance 23 (1968).
    """
    slope = beta(returns, market)
    if slope is None:
        return None
    try:
        return math.pow(max(0.0, 1.0 + float(np.mean(returns - slope * market))), per_year) - 1.0
    except OverflowError:
        return None
