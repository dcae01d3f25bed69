"""The stretch of closed bars that decisions are made on: it grows bar by bar and forgets from the front."""

from __future__ import annotations

import hashlib
import struct
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tradewind.kernel import door
from tradewind.kernel.atr import REACHED
from tradewind.kernel.grid import know_scan
from tradewind.live.feed.moment import Candle
from tradewind.model.bars import FIELDS, Bars

Array = npt.NDArray[Any]

_COLUMNS: Final = {"time": np.int64, **dict.fromkeys(FIELDS, np.float64), "partial": np.bool_}
_PACKED: Final = struct.Struct("<q5d?")


class BarWindow:
    """
    The bars of one symbol, in memory of a fixed size.

    Bars that were handed out never change. When the memory is full, the oldest bars are forgotten and
    as many as `keep` stay. Recursive features then start from another bar, which decisions do not
    depend on as far as the certificate of a strategy goes.

    Args:
        warm: The bars known at the start.
        keep: How many bars stay when the memory is full.
        capacity: How many bars fit.
    """

    def __init__(self, warm: Bars, *, keep: int, capacity: int) -> None:
        self._timeframe = warm.timeframe
        self._keep = keep
        self._capacity = max(capacity, keep + 1)
        self._length = 0
        self._reached = np.zeros(1, dtype=REACHED)
        self._take(warm.rows(max(0, len(warm) - self._capacity), len(warm)))

    def __len__(self) -> int:
        return self._length

    @property
    def anchor_ms(self) -> int:
        """Open of the oldest bar, UTC milliseconds; 0 without bars."""
        return int(self._columns["time"][0]) if self._length else 0

    @property
    def last_ms(self) -> int:
        """Open of the newest bar, UTC milliseconds; 0 without bars."""
        return int(self._columns["time"][self._length - 1]) if self._length else 0

    def append(self, candle: Candle) -> None:
        """
        Take in the next closed bar.

        Raises:
            ValueError: When it is not after the newest.
        """
        if self._length and candle.time <= self.last_ms:
            raise ValueError(f"the bar of {candle.time} is not after that of {self.last_ms}")
        if self._length == self._capacity:
            self._forget()
        for column, value in zip(self._columns.values(), candle, strict=True):
            column[self._length] = value
        self._length += 1
        self._digest.update(_PACKED.pack(*candle))
        self._newest = self._handed_out(self._length - 1)

    def shrink(self, count: int) -> None:
        """Forget all but so many of the newest bars."""
        self._take(self.bars().rows(max(0, self._length - count), self._length))

    def bars(self) -> Bars:
        """Return all bars, over the same memory: one object until the next comes."""
        return self._newest

    def inputs_hash(self) -> str:
        """Return the SHA-256 of all bars: what `hash_of` says of the same bars."""
        return str(self._digest.hexdigest())

    def _forget(self) -> None:
        # New memory: what was handed out goes on holding the old one.
        self._take(self.bars().rows(self._length - self._keep, self._length))

    def _take(self, bars: Bars) -> None:
        self._columns: dict[str, Array] = {
            name: np.empty(self._capacity, dtype=dtype) for name, dtype in _COLUMNS.items()
        }
        self._scan = np.empty(self._capacity, dtype=np.uint8), np.empty(self._capacity, dtype=np.float64)
        # What is cut from something read-only is read-only, too, and that is six times as quick as saying so.
        self._seen = {name: _frozen(column.view()) for name, column in self._columns.items()}
        self._seen_scan = tuple(_frozen(column.view()) for column in self._scan)
        self._length = len(bars)
        for name, column in self._columns.items():
            column[: self._length] = getattr(bars, name)
        self._digest = _digest_of(bars)
        self._newest = self._handed_out(0)

    def _handed_out(self, start: int) -> Bars:
        """Return all bars, scanned from `start` on: scanning all at every bar would take longer than the decision."""
        *columns, _ = self._columns.values()
        door.scan_on(columns, self._timeframe.ms, *self._scan, self._reached, start, self._length)
        cut = {name: column[: self._length] for name, column in self._seen.items()}
        bars = Bars(timeframe=self._timeframe, **cut)
        know_scan(bars, *(column[: self._length] for column in self._seen_scan))
        return bars


def hash_of(bars: Bars) -> str:
    """Return the SHA-256 of bars, row by row: open time (int64), OHLCV (float64), partial (one byte), little-endian."""
    return str(_digest_of(bars).hexdigest())


def _digest_of(bars: Bars) -> Any:
    record = np.dtype([(name, np.dtype(dtype).newbyteorder("<")) for name, dtype in _COLUMNS.items()])
    rows = np.empty(len(bars), dtype=record)
    for name in _COLUMNS:
        rows[name] = getattr(bars, name)
    return hashlib.sha256(rows.tobytes())


def _frozen(array: Array) -> Array:
    array.flags.writeable = False
    return array
