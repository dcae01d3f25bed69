"""The source `files`: bars from CSV and Parquet files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
from pandas import DataFrame, Timestamp

from tradewind.api import Bars, DataError, Instrument, Timeframe, check_symbol, resample
from tradewind_files.folder import ENVIRONMENT, look_into, usual_places, with_files_as_one
from tradewind_files.library import Library
from tradewind_files.rules import RULE_FILES, known_rules, read_rules, rules_from
from tradewind_files.settings import FilesConfig

_HOLE_MS: Final = 2 * 86_400_000
"""A longer hole separates two pieces of a history, as it restarts the warm-up of indicators."""

Span = tuple[int, int]


@attrs.define(eq=False)
class FilesSource:
    """
    Bars from files; a timeframe without files is built from shorter ones.

    Bars of a timeframe come from its own files; those that they lack are built from the files of the shorter timeframe
    that gives most. What is answered does not depend on the range that is asked for.

    Args:
        config: The settings.
        environment: Environment variables.
        working_folder: What paths are relative to; None for the process's own.
    """

    config: FilesConfig = attrs.field(factory=FilesConfig)
    environment: Mapping[str, str] = attrs.field(factory=lambda: os.environ)
    working_folder: Path | None = None
    _built: dict[object, Bars] = attrs.field(factory=dict, init=False)

    @cached_property
    def library(self) -> Library:
        """
        The files that were found.

        Raises:
            DataError: TW-D001 when a place that was named is not there; TW-D012 for too many files.
        """
        here = self.working_folder if self.working_folder is not None else Path()
        named = [here / path for path in self.config.paths]
        places = named or usual_places(self.environment, here)
        if named or self.environment.get(ENVIRONMENT):
            for place in places:
                if not place.exists():
                    raise DataError(
                        f"the folder of price history {str(place)!r} is not there.",
                        code="TW-D001",
                        hint=f"Mend sources.files.path or {ENVIRONMENT}; paths are relative to the working folder.",
                    )
        found = [
            look_into(place, max_files=self.config.max_files, descriptions=RULE_FILES)
            for place in places
            if place.exists()
        ]
        return Library(config=self.config, places=with_files_as_one(found))

    def instruments(self) -> Sequence[Instrument]:
        """
        Return the pairs that have files, with the rules that a file, a table or their own decimals give them.

        Raises:
            DataError: When a file that describes pairs is wrong, or an unknown pair's bars are.
        """
        described: dict[str, Instrument] = {}
        for place in reversed(self.library.places):
            described |= read_rules(place.described)
        return [described.get(symbol) or known_rules(symbol) or self._inferred(symbol) for symbol in self.library.index]

    def available(self, symbol: str) -> Mapping[Timeframe, Span]:
        """
        Return what there is without a long hole: per timeframe the longest piece, [start, end) in UTC milliseconds.

        A timeframe whose files cover a few weeks here and there must not pass for one that covers
        the years between; `pieces` has them all.

        Raises:
            DataError: TW-D001 for an unknown pair, and what a damaged file raises.
        """
        return {
            timeframe: max(spans, key=lambda span: (span[1] - span[0], span[0]))
            for timeframe, spans in self.pieces(symbol).items()
        }

    def pieces(self, symbol: str) -> Mapping[Timeframe, tuple[Span, ...]]:
        """Return per timeframe every span without a hole longer than two days; errors as of `available`."""
        return {
            timeframe: _pieces(self.library.times(symbol, timeframe), timeframe)
            for timeframe in sorted(self.library.lengths(symbol))
        }

    def bars(self, instrument: Instrument, timeframe: Timeframe, start: Timestamp, end: Timestamp) -> DataFrame:
        """
        Return closed bars of [start, end), indexed by open time (UTC).

        Beside the five fields there is `partial`: the bar was built from fewer shorter bars than it spans.

        Raises:
            DataError: TW-D001 for an unknown pair, TW-D008 for a timeframe that cannot be built, and
                TW-D003 to TW-D009 and TW-D012 for a file that cannot be used.
            UsageError: TW-U001 for a malformed symbol.
        """
        symbol = check_symbol(instrument.symbol)
        bars = self._whole(symbol, Timeframe(str(timeframe))).between(_ms(start), _ms(end))
        return bars.to_frame().assign(partial=bars.partial)

    def _whole(self, symbol: str, timeframe: Timeframe) -> Bars:
        lengths = self.library.lengths(symbol)
        usable = [length for length in lengths if length.nests_in(timeframe)]
        if not usable:
            raise DataError(
                f"{symbol}: bars of {timeframe} cannot be built from {', '.join(map(str, sorted(lengths)))}.",
                code="TW-D008",
                hint="Take a timeframe that one of these fills without remainder.",
            )
        label = (symbol, timeframe, *(file.version for length in usable for file in lengths[length]))
        if label not in self._built:
            self._built = {label: self._spliced(symbol, timeframe, usable)}
        return self._built[label]

    def _spliced(self, symbol: str, timeframe: Timeframe, usable: Sequence[Timeframe]) -> Bars:
        if len(usable) == 1:
            return resample(self.library.bars(symbol, usable[0]), timeframe)
        opens = {length: _opens(self.library.times(symbol, length), length, timeframe) for length in usable}
        ranked = sorted(
            usable, key=lambda length: (length != timeframe, *(-count for count in opens[length][1]), length)
        )
        out: Bars | None = None
        for length in ranked:
            if out is not None and bool(np.isin(opens[length][0], out.time).all()):
                continue
            more = resample(self.library.bars(symbol, length), timeframe)
            out = more if out is None else _filled(out, more)
        return out if out is not None else resample(self.library.bars(symbol, ranked[0]), timeframe)

    def _inferred(self, symbol: str) -> Instrument:
        finest = min(self.library.lengths(symbol))
        return rules_from(symbol, self.library.bars(symbol, finest))


def _opens(
    time: npt.NDArray[np.int64], length: Timeframe, longer: Timeframe
) -> tuple[npt.NDArray[np.int64], tuple[int, int]]:
    """Return the longer bars that these fall into, and how many there are and how many are whole."""
    opens, counts = np.unique(time - (time - longer.origin_ms) % longer.ms, return_counts=True)
    return opens, (len(opens), int(np.count_nonzero(counts * length.ms == longer.ms)))


def _filled(bars: Bars, others: Bars) -> Bars:
    new = others.where(~np.isin(others.time, bars.time))
    if not len(new):
        return bars
    order = np.argsort(np.concatenate([bars.time, new.time]), kind="stable")
    names = ("time", "open", "high", "low", "close", "volume", "partial")
    columns: dict[str, Any] = {name: np.concatenate([getattr(bars, name), getattr(new, name)])[order] for name in names}
    for values in columns.values():
        values.flags.writeable = False
    return Bars(timeframe=bars.timeframe, **columns)


def _pieces(time: npt.NDArray[np.int64], timeframe: Timeframe) -> tuple[Span, ...]:
    breaks = np.flatnonzero(np.diff(time) - timeframe.ms > max(_HOLE_MS, 2 * timeframe.ms))
    starts = time[np.concatenate(([0], breaks + 1))]
    ends = time[np.concatenate((breaks, [len(time) - 1]))] + timeframe.ms
    return tuple((int(start), int(end)) for start, end in zip(starts, ends, strict=True))


def _ms(moment: Timestamp) -> int:
    stamp = Timestamp(moment)
    zoned = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp
    micros = int(zoned.tz_convert("UTC").as_unit("us").asm8.astype(np.int64))
    # a moment inside a millisecond is after the bar that opens with it
    return -(-micros // 1000)
