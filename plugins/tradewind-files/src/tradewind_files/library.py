"""The files of all places by pair and timeframe, read when they are asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.api import Bars, DataError, Timeframe
from tradewind_files.checks import check_times, checked
from tradewind_files.csv_file import read_csv
from tradewind_files.folder import Found, Place
from tradewind_files.headers import FIELDS
from tradewind_files.origin import Origin
from tradewind_files.settings import FilesConfig

Times = npt.NDArray[np.int64]

_KEPT_ROWS: Final = 3_000_000
"""So many rows stay in memory for the next question."""


@attrs.define(eq=False)
class Library:
    """
    The price history in several places; of each pair, the first place that has it.

    Args:
        config: The settings.
        places: The places, in order.
    """

    config: FilesConfig
    places: Sequence[Place]
    _shelf: OrderedDict[object, Bars] = attrs.field(factory=OrderedDict, init=False)
    _times: dict[object, Times] = attrs.field(factory=dict, init=False)

    @cached_property
    def index(self) -> Mapping[str, Mapping[Timeframe, tuple[Found, ...]]]:
        """The files by symbol and timeframe."""
        out: dict[str, dict[Timeframe, tuple[Found, ...]]] = {}
        for place in self.places:
            here: dict[str, dict[Timeframe, tuple[Found, ...]]] = {}
            for file in place.files:
                lengths = here.setdefault(file.symbol, {})
                lengths[file.timeframe] = (*lengths.get(file.timeframe, ()), file)
            out = here | out
        return dict(sorted(out.items()))

    def lengths(self, symbol: str) -> Mapping[Timeframe, tuple[Found, ...]]:
        """
        Return a pair's files by timeframe.

        Raises:
            DataError: TW-D001 when there is none.
        """
        if symbol in self.index:
            return self.index[symbol]
        close = get_close_matches(symbol, self.index, n=1)
        searched = ", ".join(str(place.path) for place in self.places) or "no folder"
        names = ", ".join(list(self.index)[:20]) or "no pair"
        raise DataError(
            f"there is no file of {symbol} bars.",
            code="TW-D001",
            hint=(f"Did you mean {close[0]!r}? " if close else "")
            + f"Searched: {searched}. Found: {names}{' …' if len(self.index) > 20 else ''}. "
            "Name another folder with sources.files.path or TRADEWIND_MARKET_DATA.",
            symbol=symbol,
        )

    def times(self, symbol: str, timeframe: Timeframe) -> Times:
        """Return the opens of a pair's bars of one timeframe; errors as of `bars`."""
        parts = [self._times_of(file) for file in self.lengths(symbol)[timeframe]]
        return parts[0] if len(parts) == 1 else np.unique(np.concatenate(parts))

    def bars(self, symbol: str, timeframe: Timeframe) -> Bars:
        """
        Return all bars of a pair that its files of this timeframe hold.

        Raises:
            DataError: TW-D001 for an unknown pair; TW-D003 to TW-D009 and TW-D012 for a file that cannot be used;
                TW-D005 when two files differ where they overlap.
        """
        files = self.lengths(symbol)[timeframe]
        if len(files) == 1:
            return self._read(files[0])
        label = tuple(file.version for file in files)
        if label not in self._shelf:
            self._keep(label, _joined([(file, self._read(file)) for file in files]))
        return self._shelf[label]

    def _keep(self, label: object, bars: Bars) -> None:
        self._shelf[label] = bars
        while len(self._shelf) > 1 and sum(map(len, self._shelf.values())) > _KEPT_ROWS:
            self._shelf.popitem(last=False)

    def _times_of(self, file: Found) -> Times:
        label = file.version
        if label not in self._times:
            if file.path.suffix.lower() == ".parquet":
                from tradewind_files.parquet_file import read_times  # 100 ms that a run on CSV does not pay

                origin = self._origin(file)
                found = read_times(file.path, origin, max_rows=self.config.max_rows)
                check_times(found, file.timeframe, origin)
                self._times[label] = found
            else:
                self._times[label] = self._read(file).time
        return self._times[label]

    def _read(self, file: Found) -> Bars:
        label = file.version
        if label not in self._shelf:
            origin, mask = self._origin(file), self.config.on_bad_rows == "mask"
            read = read_csv
            if file.path.suffix.lower() == ".parquet":
                from tradewind_files.parquet_file import read_parquet as read  # see above
            time, columns, origin = read(file.path, origin, max_rows=self.config.max_rows, mask=mask)
            self._keep(label, checked(time, columns, file.timeframe, origin, mask=mask))
        return self._shelf[label]

    def _origin(self, file: Found) -> Origin:
        origin = Origin(name=file.shown)
        _, _, size = file.version
        try:
            with file.path.open("rb"):
                pass
        except OSError as error:
            raise origin.unreadable(error) from error
        if size > self.config.max_file_bytes:
            raise origin.fault(
                f"it has {size:,} bytes, expected at most {self.config.max_file_bytes:,}.",
                "TW-D012",
                "Raise sources.files.max_file_bytes.",
            )
        return origin


def _joined(parts: Sequence[tuple[Found, Bars]]) -> Bars:
    held = [bars for _, bars in parts]
    time = np.concatenate([bars.time for bars in held])
    owner = np.repeat(np.arange(len(held)), [len(bars) for bars in held])
    order = np.argsort(time, kind="stable")
    time, owner = time[order], owner[order]
    columns = {name: np.concatenate([getattr(bars, name) for bars in held])[order] for name in FIELDS}
    twice = np.flatnonzero(time[1:] == time[:-1]) + 1
    for name, values in columns.items():
        differs = ~((values[twice] == values[twice - 1]) | (np.isnan(values[twice]) & np.isnan(values[twice - 1])))
        if differs.any():
            row = int(twice[np.flatnonzero(differs)[0]])
            first, second = parts[owner[row - 1]][0].shown, parts[owner[row]][0].shown
            moment = np.datetime_as_string(np.datetime64(int(time[row]), "ms"), unit="m")
            raise DataError(
                f"{first} and {second} disagree on the bar of {moment}Z: {name} is "
                f"{values[row - 1]:g} in one and {values[row]:g} in the other.",
                code="TW-D005",
                hint="Remove the file that is wrong.",
            )
    keep = np.ones(len(time), dtype=np.bool_)
    keep[twice] = False
    frozen = {name: _frozen(values[keep]) for name, values in columns.items()}
    return Bars(timeframe=held[0].timeframe, time=_frozen(time[keep]), **frozen)


def _frozen[T: np.generic](values: npt.NDArray[T]) -> npt.NDArray[T]:
    values.flags.writeable = False
    return values
