"""What a pipeline answers for some bars, as two matrices that are quick to compare."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.errors import StrategyError
from tradewind.model.signals import ColumnSet
from tradewind.pipeline.decide import Decided

Matrix = npt.NDArray[np.float64]

_BEYOND: Final = 1e140
"""The squares of larger numbers overflow when there are many."""


@attrs.frozen(kw_only=True, eq=False)
class Answers:
    """
    Features and decisions of one run over bars, a row per bar.

    Args:
        time: Bar opens, int64 milliseconds UTC.
        measured_names: Columns that are quantities: features, and decisions such as stop distances.
        measured: Their values, [rows, columns].
        exact_names: Columns that are choices: directions, exits, regimes, bits, and words.
        exact: Their codes as whole numbers, [rows, columns].
    """

    time: npt.NDArray[np.int64]
    measured_names: tuple[str, ...]
    measured: Matrix
    exact_names: tuple[str, ...]
    exact: Matrix

    @classmethod
    def of(cls, answer: Decided | tuple[pd.DataFrame, ColumnSet]) -> Answers:
        """
        Take over features and signals or plan.

        Raises:
            StrategyError: TW-K003 when the two do not have a row for every bar of the other.
        """
        frame, decisions = (answer.frame, answer.plan) if isinstance(answer, Decided) else answer
        if len(frame) != len(decisions):
            raise StrategyError(
                f"{len(frame)} rows of features came with {len(decisions)} rows of decisions, expected as many.",
                code="TW-K003",
                hint="Both have one row per bar.",
            )
        measured, exact = _features(frame)
        for name, values in decisions.columns.items():
            side = measured if np.issubdtype(values.dtype, np.floating) else exact
            if values.ndim == 1:
                side[f"decision {name}"] = values
            else:
                side |= {f"decision {name}[{k}]": values[:, k] for k in range(values.shape[1])}
        return cls(
            time=decisions.time,
            measured_names=tuple(measured),
            measured=_matrix(measured, len(frame)),
            exact_names=tuple(exact),
            exact=_matrix(exact, len(frame)),
        )

    def __len__(self) -> int:
        return len(self.time)

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return len(self.measured_names) + len(self.exact_names)

    @cached_property
    def sizes(self) -> Matrix:
        """The spread of each measured column over all rows: the root of its variance, 0 for a constant."""
        finite = np.where(np.isfinite(self.measured), self.measured, np.nan)
        known = np.maximum(1, np.count_nonzero(~np.isnan(finite), axis=0))
        # What is beyond any market is measured in units of itself: its square and its sum are no numbers.
        largest = np.max(np.abs(finite), axis=0, initial=0.0, where=~np.isnan(finite))
        unit = np.where(largest > _BEYOND, largest, 1.0)
        finite /= unit
        mean = np.nansum(finite, axis=0) / known
        return np.asarray(np.sqrt(np.nansum(np.square(finite - mean), axis=0) / known) * unit)

    def same_shape(self, other: Answers) -> None:
        """
        Check that another run has the same columns.

        Raises:
            StrategyError: TW-K003 when it has not.
        """
        mine, theirs = self.measured_names + self.exact_names, other.measured_names + other.exact_names
        if mine != theirs:
            odd = sorted(set(mine) ^ set(theirs))
            raise StrategyError(
                f"the columns changed with the number of bars: {', '.join(odd) or 'their order'}.",
                code="TW-K003",
                hint="The same strategy has the same columns for any bars.",
            )


def apart(one: Matrix, other: Matrix, sizes: Matrix) -> Matrix:
    """
    Return how far measured values are apart, as a share of the column's size.

    The size is the largest of both values and the column's spread. Equal values and two NaN are 0
    apart; a number and a NaN, or an infinity and anything else, are infinitely far apart.
    """
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        size = np.maximum(np.maximum(np.abs(one), np.abs(other)), sizes)
        share = np.abs(one - other) / size
    share[(one == other) | (np.isnan(one) & np.isnan(other))] = 0.0
    share[np.isnan(share)] = np.inf
    return np.asarray(share)


def unequal(one: Matrix, other: Matrix) -> npt.NDArray[np.bool_]:
    """Return which choices differ; two NaN are equal."""
    return np.asarray((one != other) & ~(np.isnan(one) & np.isnan(other)))


def columns_unlike(one: Answers, row: int, other: Answers, other_row: int, tolerance: float) -> set[str]:
    """Return the columns whose values in these rows differ by more than a share of the column's size in `one`."""
    far = apart(one.measured[row], other.measured[other_row], one.sizes) > tolerance
    changed = unequal(one.exact[row], other.exact[other_row])
    names = np.array(one.measured_names + one.exact_names, dtype=object)
    return set(names[np.concatenate((far, changed))].tolist())


def _features(frame: pd.DataFrame) -> tuple[dict[str, npt.NDArray[Any]], dict[str, npt.NDArray[Any]]]:
    if all(dtype == np.float64 for dtype in frame.dtypes.tolist()):
        # Taking columns one by one costs as much as an indicator, and this is done for every cut.
        return dict(zip(map(str, frame.columns), frame.to_numpy().T, strict=True)), {}
    measured: dict[str, npt.NDArray[Any]] = {}
    exact: dict[str, npt.NDArray[Any]] = {}
    for name in frame.columns:
        quantity, values = _feature(frame[name])
        (measured if quantity else exact)[str(name)] = values
    return measured, exact


def _feature(column: pd.Series[Any]) -> tuple[bool, npt.NDArray[Any]]:
    dtype = column.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return False, column.to_numpy(dtype=np.float64, na_value=np.nan)
    if pd.api.types.is_numeric_dtype(dtype):
        return True, column.to_numpy(dtype=np.float64, na_value=np.nan)
    # Words and categories: their hash is as good as they are. 2^53 is what a double holds exactly.
    return False, (pd.util.hash_array(column.astype(str).to_numpy(dtype=object)) % 2**53).astype(np.float64)


def _matrix(columns: Mapping[str, npt.NDArray[Any]], rows: int) -> Matrix:
    matrix = np.empty((rows, len(columns)), dtype=np.float64)
    for place, values in enumerate(columns.values()):
        matrix[:, place] = values
    return matrix
