"""
What was computed once is kept, bounded by bytes.

An entry is found by what was computed and by the data it was computed from. Data are told
apart by a fingerprint of their bits, taken anew at every look-up, so that bars whose memory
was changed behind their back are other data.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.model.bars import FIELDS, Bars
from tradewind.pipeline.fingerprint import fingerprint

Floats = npt.NDArray[np.float64]
Columns = Mapping[str, Floats]


@attrs.frozen(cache_hash=True)
class Key:
    """
    What tells computed columns from others; it is looked up several times and hashed once.

    Args:
        parts: What was computed and from which data.
    """

    parts: tuple[Any, ...]


def data_key(bars: Bars) -> tuple[Hashable, ...]:
    """Return what tells these bars from others: timeframe, times and values."""
    time = bars.time
    ends = (int(time[0]), int(time[-1])) if len(bars) else ()
    # strictly increasing on a grid: without a gap the two ends tell all times
    hashed = FIELDS if bars.whole else ("time", *FIELDS)
    return (bars.timeframe.name, len(bars), ends, *(fingerprint(getattr(bars, name)) for name in hashed))


class Memo:
    """
    Columns by key; the ones that were not used for longest leave first. Safe among threads.

    Args:
        limit: Bytes of columns to keep.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._held: OrderedDict[Hashable, tuple[Columns, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._held)

    @property
    def size(self) -> int:
        """The bytes of all columns held."""
        return self._bytes

    def get(self, key: Hashable) -> Columns | None:
        """Return the columns of this key, or None."""
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            self._held.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, columns: Columns) -> None:
        """Keep the columns, which must be read-only; what is larger than the limit is not kept."""
        size = sum(column.nbytes for column in columns.values())
        if size > self.limit:
            return
        with self._lock:
            replaced = self._held.pop(key, None)
            self._bytes += size - (replaced[1] if replaced else 0)
            self._held[key] = (columns, size)
            while self._bytes > self.limit:
                _, (_, freed) = self._held.popitem(last=False)
                self._bytes -= freed

    def recall(self, key: Hashable | None, compute: Callable[[], Columns]) -> Columns:
        """
        Return the columns of this key, computing them when they are not there.

        Args:
            key: What tells the columns from others; None computes and keeps nothing.
            compute: Called outside the lock: two threads may compute the same at once.
        """
        if key is None:
            return compute()
        found = self.get(key)
        if found is None:
            found = compute()
            self.put(key, found)
        return found

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._held.clear()
            self._bytes = 0


FEATURES: Final = Memo(128 * 1024 * 1024)
"""The features of this process."""
