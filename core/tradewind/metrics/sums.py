"""Sums that are the same to the last bit on every machine and with every numpy."""

from __future__ import annotations

from typing import Any, Final

import numpy.typing as npt

PIECE: Final = 8192
"""
Columns are added up in pieces of this many, one after the other.

Within a piece numpy adds by halves in a fixed order. Of longer columns, numpy before 2.5 made such pieces itself and
later ones halve the whole: the last digits differ.
"""


def total(values: npt.NDArray[Any]) -> float:
    """Return the sum of the values; 0 for none."""
    out = 0.0
    for start in range(0, len(values), PIECE):
        out += float(values[start : start + PIECE].sum())
    return out


def mean(values: npt.NDArray[Any]) -> float:
    """Return the mean of the values, at least one."""
    return total(values) / len(values)
