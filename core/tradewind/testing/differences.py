"""Say in words where two tables differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd


def difference(expected: pd.DataFrame, actual: pd.DataFrame, *, tolerance: float = 0.0) -> str:
    """
    Return where two tables first differ, or nothing.

    Args:
        expected: What should be there.
        actual: What is there.
        tolerance: Largest difference of numbers, relative to the larger one or to the
            column's typical size; NaN equals NaN.
    """
    if list(expected.columns) != list(actual.columns):
        return f"the columns were {_names(actual)}, expected {_names(expected)}"
    if len(expected) != len(actual):
        return f"there were {len(actual)} rows, expected {len(expected)}"
    if not expected.index.equals(actual.index):
        row = int(np.flatnonzero(np.asarray(expected.index != actual.index))[0])
        return f"row {row} was at {actual.index[row]}, expected {expected.index[row]}"
    for place, name in enumerate(expected.columns):
        left, right = expected.iloc[:, place].to_numpy(), actual.iloc[:, place].to_numpy()
        unequal = _unequal(left, right, tolerance)
        if unequal.any():
            row = int(np.flatnonzero(unequal)[0])
            return (
                f"column {name!r} was {right[row]} in row {row} ({actual.index[row]}), expected {left[row]}; "
                f"{int(unequal.sum())} of {len(left)} rows differ"
            )
    return ""


def _names(frame: pd.DataFrame) -> str:
    return ", ".join(map(str, frame.columns)) or "none"


def _unequal(left: npt.NDArray[Any], right: npt.NDArray[Any], tolerance: float) -> npt.NDArray[np.bool_]:
    if left.dtype != right.dtype:
        return np.ones(len(left), dtype=np.bool_)
    if not np.issubdtype(left.dtype, np.floating):
        missing = np.asarray(pd.isna(left) & pd.isna(right), dtype=np.bool_)
        return np.asarray((left != right) & ~missing, dtype=np.bool_)
    both_nan = np.isnan(left) & np.isnan(right)
    if tolerance == 0.0:
        return np.asarray((left != right) & ~both_nan, dtype=np.bool_)
    finite = np.abs(left[np.isfinite(left)])
    typical = float(np.median(finite)) if finite.size else 0.0
    with np.errstate(invalid="ignore"):
        allowed = tolerance * np.maximum(np.maximum(np.abs(left), np.abs(right)), typical)
        near = (np.abs(left - right) <= allowed) | (left == right)
    return np.asarray(~near & ~both_nan, dtype=np.bool_)
