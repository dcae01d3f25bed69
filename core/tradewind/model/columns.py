"""The columns that signals and plans are made of: dtype, neutral value and allowed range."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.errors import PlanError

Array = npt.NDArray[Any]

_MOST_ROWS: Final = 2**40
_NUMBERS: Final = "biuf"
"""The kinds of dtype that hold real numbers; complex ones, times and text have no place in a column."""


@attrs.frozen(kw_only=True)
class Column:
    """
    One column: how it is stored, what stands where it is unused, which values are allowed.

    Args:
        dtype: The numpy dtype it is stored in.
        neutral: The value that asks for nothing.
        allowed: Tells element-wise which values are good; None allows all.
        expected: The allowed range in words.
        ladder: The column has one value per rung of the take-profit ladder.
    """

    dtype: type[np.generic]
    neutral: float | int | bool
    allowed: Callable[[Array], npt.NDArray[np.bool_]] | None = None
    expected: str = ""
    ladder: bool = False


def _positive_or_nan(x: Array) -> npt.NDArray[np.bool_]:
    return np.asarray(~(x <= 0.0), dtype=np.bool_)  # true for NaN, in two passes


def _not_negative_or_nan(x: Array) -> npt.NDArray[np.bool_]:
    return np.asarray(~((x < 0.0) | (x == np.inf)), dtype=np.bool_)


def _fraction_or_nan(x: Array) -> npt.NDArray[np.bool_]:
    return np.asarray(~((x < 0.0) | (x > 1.0)), dtype=np.bool_)


SIGNAL_COLUMNS: Final[dict[str, Column]] = {
    "enter": Column(dtype=np.int8, neutral=0, allowed=lambda x: (x >= -1) & (x <= 1), expected="-1, 0 or 1"),
    "exit_long": Column(dtype=np.bool_, neutral=False),
    "exit_short": Column(dtype=np.bool_, neutral=False),
    "confidence": Column(
        dtype=np.float32,
        neutral=1.0,
        allowed=lambda x: np.isfinite(x) & (x >= 0.0),
        expected="a finite number of at least 0",
    ),
    "stop_dist": Column(
        dtype=np.float64,
        neutral=np.nan,
        allowed=_positive_or_nan,
        expected="above 0, inf for no stop, or NaN",
    ),
    "trail_dist": Column(
        dtype=np.float64, neutral=np.nan, allowed=_positive_or_nan, expected="above 0, or NaN for no trail"
    ),
    "trail_arm_r": Column(dtype=np.float64, neutral=0.0, allowed=_not_negative_or_nan, expected="at least 0"),
    "tp_r": Column(dtype=np.float64, neutral=np.nan, allowed=_positive_or_nan, expected="above 0, or NaN", ladder=True),
    "tp_frac": Column(dtype=np.float64, neutral=0.0, allowed=_fraction_or_nan, expected="from 0 to 1", ladder=True),
    "max_bars": Column(dtype=np.int32, neutral=0, allowed=lambda x: x >= 0, expected="a whole number of at least 0"),
    "limit_off": Column(
        dtype=np.float64,
        neutral=np.nan,
        allowed=_not_negative_or_nan,
        expected="at least 0, or NaN for a market order",
    ),
    "cap": Column(
        dtype=np.float64,
        neutral=np.nan,
        allowed=_not_negative_or_nan,
        expected="a fraction of equity, or NaN for none",
    ),
    "regime": Column(
        dtype=np.int8,
        neutral=0,
        allowed=lambda x: (x >= 0) & (x <= 2),
        expected="0 ranging, 1 trending or 2 volatile",
    ),
    "bits": Column(dtype=np.uint32, neutral=0),
}
"""What a strategy may say."""

PLAN_COLUMNS: Final[dict[str, Column]] = SIGNAL_COLUMNS | {
    "risk": Column(
        dtype=np.float64,
        neutral=np.nan,
        allowed=_fraction_or_nan,
        expected="a fraction of equity, or NaN for the limits' base",
    ),
    "qty_fraction": Column(
        dtype=np.float64,
        neutral=np.nan,
        allowed=_not_negative_or_nan,
        expected="a fraction of equity, or NaN to size by risk",
    ),
    "veto": Column(dtype=np.uint8, neutral=0),
}
"""What a plan holds: the strategy's columns, the risk fraction and the reasons for forbidding entries."""


@lru_cache(maxsize=1024)
def neutral(name: str, rows: int, rungs: int) -> Array:
    """Return the column of this name in which nothing is asked for: a read-only view that takes no memory."""
    column = PLAN_COLUMNS[name]
    return _endless(name, rungs)[:rows] if rows > 1 else conform(name, column, column.neutral, rows, rungs)


@lru_cache(maxsize=256)
def _endless(name: str, rungs: int) -> Array:
    """Return that column for more bars than there are: a session, which has one more each time, cuts off its own."""
    column = PLAN_COLUMNS[name]
    one = conform(name, column, column.neutral, 1, rungs)
    return np.broadcast_to(one, (_MOST_ROWS, *one.shape[1:]))


def conform(name: str, column: Column, value: Any, rows: int, rungs: int) -> Array:
    """
    Return the value as a read-only array of the column's dtype and of the plan's length.

    A scalar (or, for a ladder, one value per rung) becomes a view that repeats it without
    taking memory.

    Raises:
        PlanError: TW-K001 for another length, TW-K002 for a value that is not allowed or
            does not survive the dtype.
    """
    raw = np.asarray(value)
    if raw.dtype == object:
        try:
            raw = raw.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise PlanError(
                f"column {name!r} held Python objects, expected numbers: {error}.",
                code="TW-K002",
                hint="Give a numpy array or a Series of numbers.",
                column=name,
            ) from error
    if raw.dtype.kind not in _NUMBERS:
        raise PlanError(
            f"column {name!r} held {raw.dtype}, expected numbers.",
            code="TW-K002",
            hint="Give a numpy array or a Series of numbers.",
            column=name,
        )
    shape = (rows, rungs) if column.ladder else (rows,)
    if column.ladder and raw.ndim == 1 and raw.shape != (rungs,):
        raw = raw[:, np.newaxis]
    try:
        view = raw if raw.shape == shape else np.broadcast_to(raw, shape)
    except ValueError as error:
        raise PlanError(
            f"column {name!r} had shape {raw.shape}, expected {shape}.",
            code="TW-K001",
            hint="Every column has one value per bar of the index; a scalar is repeated.",
            column=name,
        ) from error
    if view.dtype.type is not column.dtype or not view.dtype.isnative:
        with np.errstate(invalid="ignore", over="ignore"):
            constant = view.strides[0] == 0
            cast = np.broadcast_to(raw.astype(column.dtype), shape) if constant else view.astype(column.dtype)
        exact = np.issubdtype(column.dtype, np.floating)
        if not exact and not np.array_equal(cast, view):
            raise _refused(name, column, view, np.asarray(cast == view))
        view = cast
    if column.allowed is not None:
        good = column.allowed(view if view.strides != (0,) else view[:1])
        if not good.all():
            raise _refused(name, column, view, np.broadcast_to(good, view.shape))
    if view.strides[0] == 0 and rows > 1:
        return view
    frozen = np.ascontiguousarray(view)
    frozen = frozen.view()
    frozen.flags.writeable = False
    return frozen


def _refused(name: str, column: Column, view: Array, good: npt.NDArray[np.bool_]) -> PlanError:
    row = int(np.argwhere(~good)[0][0]) if not good.all() else 0
    expected = column.expected or column.dtype.__name__
    return PlanError(
        f"column {name!r} was {view[row].tolist()!r} in row {row}, expected {expected}.",
        code="TW-K002",
        hint=f"{int((~good).sum())} of {good.size} values are not allowed.",
        column=name,
        row=row,
    )
