"""What a strategy wishes, bar by bar."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Self
from weakref import WeakValueDictionary

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.errors import PlanError
from tradewind.model.columns import SIGNAL_COLUMNS, Array, Column, conform, neutral

_CHECKED: Final[WeakValueDictionary[tuple[int, int], npt.NDArray[np.int64]]] = WeakValueDictionary()
"""Times that were found in order, by the memory they lie in: an index over that memory is not looked at again."""
_FROZEN: Final[WeakValueDictionary[int, npt.NDArray[np.int64]]] = WeakValueDictionary()
"""The same by the object: given again, they are returned as they are."""


def times_of(index: pd.Index | npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """
    Return bar opens as int64 milliseconds UTC.

    A naive index is taken as UTC; an index in another zone is converted. Integers are
    taken as milliseconds.

    Raises:
        PlanError: TW-K001 when the index is not strictly increasing or holds no times.
    """
    given = _FROZEN.get(id(index))
    if given is index:
        return given
    place: tuple[int, int] | None = None
    if isinstance(index, pd.DatetimeIndex):
        # whatever its zone, an index holds moments in UTC
        times: npt.NDArray[np.int64] = (index if index.unit == "ms" else index.as_unit("ms")).asi8
        place = _place(times)
        known = _CHECKED.get(place)
        if known is not None:
            return known
    else:
        raw = np.asarray(index)
        if np.issubdtype(raw.dtype, np.datetime64):
            raw = raw.astype("datetime64[ms]")
        if not (np.issubdtype(raw.dtype, np.integer) or np.issubdtype(raw.dtype, np.datetime64)):
            raise PlanError(
                f"the index held {raw.dtype}, expected times.",
                code="TW-K001",
                hint="Give a DatetimeIndex in UTC, or integers of milliseconds.",
            )
        times = raw.astype(np.int64)
    if times.size > 1 and not bool(np.all(times[1:] > times[:-1])):
        raise PlanError(
            "the index was not strictly increasing.",
            code="TW-K001",
            hint="Sort the bars and drop duplicates.",
        )
    frozen = np.ascontiguousarray(times).view()
    frozen.flags.writeable = False
    _FROZEN[id(frozen)] = frozen
    if place is not None and _place(frozen) == place:
        # an index never changes, and while this view lives nothing else can lie in its memory
        _CHECKED[place] = frozen
    return frozen


def _place(times: npt.NDArray[np.int64]) -> tuple[int, int]:
    """Return where an array lies; of a stretched view nothing is known."""
    return (times.ctypes.data if times.flags.c_contiguous else -1, times.size)


@attrs.frozen(kw_only=True, eq=False)
class ColumnSet:
    """
    Columns of one length over bar opens.

    Args:
        time: Bar opens, int64 milliseconds UTC, strictly increasing.
        columns: One read-only array per column name.
        conditions: Names of the bits of the `bits` column, lowest first.
    """

    time: npt.NDArray[np.int64]
    columns: Mapping[str, Array]
    conditions: tuple[str, ...] = ()

    @classmethod
    def spec(cls) -> Mapping[str, Column]:
        """Return the columns that this kind of set has."""
        return SIGNAL_COLUMNS

    @classmethod
    def from_arrays(
        cls, index: pd.Index | npt.NDArray[Any], *, conditions: tuple[str, ...] = (), **columns: Any
    ) -> Self:
        """
        Build from arrays, Series or scalars; what is not given is neutral.

        Args:
            index: Bar opens; a naive DatetimeIndex is UTC, integers are milliseconds.
            conditions: Names of the bits of `bits`, lowest bit first, at most 32.
            columns: Values by column name. `tp_r` and `tp_frac` take one value per rung, or
                an array of shape [bars, rungs].

        Raises:
            PlanError: TW-K001 for an unknown column, a bad index or another length, TW-K002
                for a value that is not allowed.
        """
        spec = cls.spec()
        if not columns.keys() <= spec.keys():
            raise PlanError(
                f"there is no column {min(columns.keys() - spec.keys())!r} in {cls.__name__}.",
                code="TW-K001",
                hint=f"The columns are: {', '.join(spec)}.",
            )
        if len(conditions) > 32:
            raise PlanError(f"{len(conditions)} conditions were named, expected at most 32.", code="TW-K001")
        time = times_of(index)
        rows = len(time)
        rungs = max((_rungs(columns[name], rows) for name in ("tp_r", "tp_frac") if name in columns), default=0)
        arrays = _neutral(tuple(spec), rows, rungs) | {
            name: conform(name, column, columns[name], rows, rungs) for name, column in spec.items() if name in columns
        }
        return cls(time=time, columns=arrays, conditions=tuple(conditions))

    def __getattr__(self, name: str) -> Array:
        try:
            return object.__getattribute__(self, "columns")[name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(name) from None

    def __len__(self) -> int:
        return len(self.time)

    @property
    def rungs(self) -> int:
        """How many steps the take-profit ladder has."""
        return int(self.columns["tp_r"].shape[1])

    def replaced(self, **columns: Any) -> Self:
        """Return a copy in which these columns are others, checked like new ones."""
        spec = self.spec()
        rows = len(self.time)
        rungs = max(
            (_rungs(columns[name], rows) for name in ("tp_r", "tp_frac") if name in columns),
            default=self.rungs,
        )
        changed = {name: conform(name, spec[name], value, rows, rungs) for name, value in columns.items()}
        return attrs.evolve(self, columns={**self.columns, **changed})

    def to_frame(self) -> pd.DataFrame:
        """Return the columns as a DataFrame indexed by bar open (UTC); ladder rungs are numbered."""
        data: dict[str, Array] = {}
        for name, column in self.spec().items():
            values = self.columns[name]
            if column.ladder:
                data |= {f"{name}_{k + 1}": values[:, k] for k in range(values.shape[1])}
            else:
                data[name] = values
        index = pd.DatetimeIndex(self.time.astype("datetime64[ms]"), tz="UTC", name="open_time")
        return pd.DataFrame(data, index=index)


@lru_cache(maxsize=64)
def _neutral(names: tuple[str, ...], rows: int, rungs: int) -> dict[str, Array]:
    """Return columns in which nothing is asked for; they must be left as they are."""
    return {name: neutral(name, rows, rungs) for name in names}


def _rungs(value: Any, rows: int) -> int:
    shape = np.shape(value)
    if len(shape) == 2:
        return int(shape[1])
    if len(shape) == 1:
        return 1 if shape[0] == rows and rows > 16 else int(shape[0])
    return 1


class Signals(ColumnSet):
    """
    A strategy's wish per bar: direction, exits, confidence, and the stop, trail, targets,
    time exit and cap that it proposes.

    Row t uses data known at the close of bar t and is carried out from the open of the next
    bar. Build it with `Signals.from_arrays`.
    """
