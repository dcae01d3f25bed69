"""Cutting a history by time: what a model learns from, what it is stopped by, and what judges it."""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.errors import ModelError
from tradewind.learning.contract import MODEL_WINDOW

EMBARGO: Final = MODEL_WINDOW
"""Bars left out between two ranges beyond the purge: a window reaches this far back."""

LEAST_ROWS: Final = 200
"""Fewest windows in any range."""

Rows = npt.NDArray[np.intp]


@attrs.frozen(kw_only=True)
class Split:
    """
    Ranges of bar rows, each [start, end).

    Args:
        train: What weights are fitted on.
        validation: What stops the training and calibrates confidence.
        test: What judges the model, once.
    """

    train: tuple[int, int]
    validation: tuple[int, int]
    test: tuple[int, int]

    def ranges(self) -> dict[str, tuple[int, int]]:
        """Return the three ranges by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}


def split_rows(
    bars: int,
    horizon: int,
    *,
    validation: float = 0.15,
    test: float = 0.2,
    window: int = MODEL_WINDOW,
    embargo: int = EMBARGO,
) -> Split:
    """
    Cut `bars` rows into train, validation and test, in this order.

    The last `horizon` rows of a range are purged, since their targets lie in the next one, and
    `embargo` rows are left out after that, so that no window of a later range shares a bar
    with a target of an earlier one. Rows without a whole window or target belong to no range.

    Args:
        bars: Rows of the history.
        horizon: Bars to a target.
        validation: The share of the usable rows for validation.
        test: The share for the test.
        window: Bars in a window.
        embargo: Rows left out between ranges.

    Raises:
        ModelError: TW-M007 when a range would have too few rows.
    """
    first, last = window - 1, bars - horizon
    usable = max(last - first, 0)
    gap = horizon + embargo
    test_start = last - int(usable * test)
    validation_end = test_start - gap
    validation_start = validation_end - int(usable * validation)
    split = Split(
        train=(first, validation_start - gap), validation=(validation_start, validation_end), test=(test_start, last)
    )
    for name, (start, end) in split.ranges().items():
        if end - start < LEAST_ROWS:
            raise ModelError(
                f"{bars:,} bars leave {max(end - start, 0)} rows for {name}, expected at least {LEAST_ROWS}.",
                code="TW-M007",
                hint=f"A model needs some {_least(horizon, validation, test):,} bars; take a longer history.",
                range=name,
            )
    return split


def _least(horizon: int, validation: float, test: float) -> int:
    smallest = min(validation, test, 1.0 - validation - test)
    return int(np.ceil((LEAST_ROWS + 2 * (horizon + EMBARGO)) / smallest)) + MODEL_WINDOW + horizon


def rows_of(span: tuple[int, int]) -> Rows:
    """Return the rows of a range."""
    return np.arange(*span, dtype=np.intp)
