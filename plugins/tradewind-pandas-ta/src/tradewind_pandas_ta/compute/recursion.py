"""Loops that have no vectorised form, compiled once and cached beside this file."""

from __future__ import annotations

import numpy as np
from numba import njit

from tradewind_pandas_ta.columns import Floats


@njit(cache=True)  # type: ignore[untyped-decorator]  # numba has no types
def follow(x: Floats, speed: Floats, start: int) -> Floats:
    """
    Return y[t] = y[t-1] + speed[t] (x[t] - y[t-1]), with y[start] = x[start].

    Args:
        x: What is followed.
        speed: How much of the way is gone in each row, from 0 to 1.
        start: The seeding row; rows up to it are NaN.
    """
    y = np.full(len(x), np.nan)
    last = x[start]
    for row in range(start + 1, len(x)):
        last += speed[row] * (x[row] - last)
        y[row] = last
    return y
