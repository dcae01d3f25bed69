"""Sums of quantities that equal what the venue prints, to the last bit."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

_DIGITS: Final = 8
"""Venues state quantities with at most this many decimals."""

_EXACT: Final = 2.0**50
"""Below this, a double tells a whole number from its neighbours with room for one rounding."""


def group_sums(values: Floats, starts: Rows) -> Floats:
    """
    Sum consecutive groups of rows, correctly rounded.

    A venue adds decimal quantities exactly and prints a decimal; reading that text gives the
    double nearest to the exact sum. Adding doubles one by one drifts away from it, and how far
    depends on the order. Here each group is turned back into whole numbers of its smallest
    decimal (1e-8 where the values are small enough to be told apart at that step), these are
    added without loss, and one division rounds once. The result does not depend on
    the order, nor on how the rows were grouped before: minutes summed to hours and these to days
    equal minutes summed to days. A group that holds other numbers than such decimals is added
    with `math.fsum`, which rounds once as well.

    Args:
        values: Quantities, any unit, not negative.
        starts: The first row of each group, increasing, the first one 0; groups are not empty.

    Returns:
        One sum per group.
    """
    if not len(starts):
        return np.empty(0, dtype=np.float64)
    largest = np.maximum.reduceat(values, starts)
    counts = np.diff(np.append(starts, len(values)))
    sums = np.empty(len(starts), dtype=np.float64)
    open_groups = np.arange(len(starts))
    rows: slice | npt.NDArray[np.intp] = slice(None)
    inner = starts
    for digits in range(_DIGITS, -1, -1):
        scale = 10.0**digits
        part = values[rows]
        with np.errstate(over="ignore", invalid="ignore"):
            whole = np.rint(part * scale)
            exact = np.logical_and.reduceat(whole / scale == part, inner)
            exact &= largest[open_groups] * counts[open_groups] * scale < _EXACT
            sums[open_groups[exact]] = (np.add.reduceat(whole, inner) / scale)[exact]
        open_groups = open_groups[~exact]
        if not len(open_groups):
            return sums
        rows, inner = _rows_of(open_groups, starts, counts)
    for group in open_groups:
        first = starts[group]
        sums[group] = math.fsum(values[first : first + counts[group]])
    return sums


def _rows_of(groups: Rows, starts: Rows, counts: Rows) -> tuple[Rows, Rows]:
    sizes = counts[groups]
    inner = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.intp)
    rows = np.repeat(starts[groups] - inner, sizes) + np.arange(sizes.sum(), dtype=np.intp)
    return rows, inner
