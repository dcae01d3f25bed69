"""Losses in the tail, from the returns that happened (no distribution assumed)."""

from __future__ import annotations

import numpy as np

from tradewind.metrics.curve import Floats


def value_at_risk(returns: Floats, level: float = 0.95) -> float | None:
    """
    Return the loss that this share of the periods did not exceed, a positive fraction.

    It is minus the empirical `1 − level` quantile with linear interpolation, and negative when
    even that period gained. None without returns.
    """
    return 0.0 - float(np.quantile(returns, 1.0 - level)) if len(returns) else None


def conditional_value_at_risk(returns: Floats, level: float = 0.95) -> float | None:
    """
    Return the mean loss of the periods in the tail, a positive fraction.

    The tail is the `floor((n − 1)(1 − level)) + 1` worst returns: those at or below the quantile
    of `value_at_risk`. Source: R. T. Rockafellar and S. Uryasev, Optimization of Conditional
    Value-at-Risk, Journal of Risk 2 (2000).
    """
    if not len(returns):
        return None
    # The tiny addend keeps 0.05 × 100 from counting as 4.999….
    last = int((len(returns) - 1) * (1.0 - level) + 1e-9)
    return 0.0 - float(np.sort(returns)[: last + 1].mean())
