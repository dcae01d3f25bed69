"""
Bars of frames that were seen before.

A script runs many strategies over the same frame. Its bars, and all that is worked out of them, are
kept for as long as the frame lives and its numbers are the same: they are compared at every call, since
a frame may be written to at any time.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Final
from weakref import ref

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.model.bars import FIELDS, Bars
from tradewind.pipeline.fingerprint import fingerprint
from tradewind.pipeline.memo import data_key

Array = npt.NDArray[Any]


@attrs.frozen(kw_only=True, eq=False)
class _Seen:
    """
    A frame as it was.

    Args:
        frame: The frame.
        index: Its index, which cannot change.
        columns: Its columns, likewise.
        places: Where each field stands among the columns of a frame in one block; None for other frames.
        prints: The fingerprint of each field.
        bars: The bars taken over from it.
        key: What tells their data from others (`data_key`).
    """

    frame: ref[pd.DataFrame]
    index: pd.Index
    columns: pd.Index
    places: tuple[int, ...] | None
    prints: tuple[int, ...]
    bars: Bars
    key: Hashable

    def holds(self, frame: pd.DataFrame) -> bool:
        """Whether it is this frame, and the frame holds what it held."""
        if self.frame() is not frame or frame.index is not self.index or frame.columns is not self.columns:
            return False
        columns = _columns(frame, self.places)
        return all(column.dtype == np.float64 for column in columns) and _prints(columns) == self.prints


_SEEN: Final[dict[int, _Seen]] = {}
"""By the frame's address; an entry leaves with its frame."""


def known_bars(given: pd.DataFrame | Bars) -> Bars:
    """Return the bars of `known_data` alone."""
    return known_data(given)[0]


def known_data(given: pd.DataFrame | Bars) -> tuple[Bars, Hashable | None]:
    """
    Return the bars of a frame, the same object as before when the frame holds the same, and their `data_key`.

    The key is None where it was not worked out on the way.

    Args:
        given: A DataFrame as `Bars.from_frame` takes it; bars are returned as they are.

    Raises:
        DataError: What `Bars.from_frame` refuses.
    """
    if isinstance(given, Bars):
        return given, None
    address = id(given)
    seen = _SEEN.get(address)
    if seen is not None and seen.holds(given):
        return seen.bars, seen.key
    bars = Bars.from_frame(given)
    columns = _columns(given, None)
    if "partial" in given.columns or any(column.dtype != np.float64 for column in columns):
        _SEEN.pop(address, None)
        return bars, None
    seen = _SEEN[address] = _Seen(
        frame=ref(given, lambda _: _SEEN.pop(address, None)),
        index=given.index,
        columns=given.columns,
        places=_places(given, columns),
        prints=_prints(columns),
        bars=bars,
        key=data_key(bars),
    )
    return bars, seen.key


def _columns(frame: pd.DataFrame, places: tuple[int, ...] | None) -> list[Array]:
    """Return the five fields as they lie in memory."""
    if places is None:
        return [frame[name].to_numpy() for name in FIELDS]
    # one call in place of five; of a frame that is no longer one block it is a copy, and as good
    values = frame.to_numpy()
    return [values[:, place] for place in places]


def _places(frame: pd.DataFrame, columns: list[Array]) -> tuple[int, ...] | None:
    """Return where the fields stand among the columns when the frame hands out its values without a copy."""
    if not (frame.dtypes == np.float64).all() or not np.may_share_memory(frame.to_numpy(), columns[0]):
        return None
    names = list(frame.columns)
    return tuple(names.index(name) for name in FIELDS)


def _prints(columns: list[Array]) -> tuple[int, ...]:
    return tuple(map(fingerprint, columns))
