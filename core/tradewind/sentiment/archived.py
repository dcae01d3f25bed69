"""A source of series that remembers: what its host said is archived, and asked for only when it must be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np
import pandas as pd

from tradewind.cache.cached import source_name
from tradewind.cache.clock import wall_clock_ms
from tradewind.cache.spans import Span, subtract
from tradewind.errors import DataError
from tradewind.plugins.protocols import SeriesSource
from tradewind.sentiment.answers import utc
from tradewind.sentiment.archive import SeriesArchive
from tradewind.sentiment.archive_file import Archived, SeriesKey
from tradewind.sentiment.daily import DAY_MS, KNOWN_AT, moments

TTL_MS: Final = 15 * 60_000
"""The open end is not asked for again sooner than this."""
SETTLE_MS: Final = 7 * DAY_MS
"""A value that is missing for longer than this is not waited for."""
LOOK_BACK_MS: Final = 3 * DAY_MS
"""So far back a session looks for values that are new or corrected."""


@attrs.define(kw_only=True, eq=False)
class ArchivedSource:
    """
    A source of series behind the archive.

    Args:
        source: The source.
        name: The name it is archived under (`source_name`).
        archive: Where.
        ttl_ms: How long the open end holds, milliseconds.
        clock: Tells the time, UTC milliseconds.
    """

    source: SeriesSource
    name: str
    archive: SeriesArchive
    ttl_ms: int = TTL_MS
    clock: Callable[[], int] = wall_clock_ms
    trouble: str = attrs.field(default="", init=False)
    """What went wrong when the source was asked last; empty for nothing."""

    @classmethod
    def of(cls, source: SeriesSource, name: str, cache_dir: Path, **rest: Any) -> ArchivedSource:
        """Return a source behind the archive of a cache folder, under its own name."""
        return cls(source=source, name=source_name(source, name), archive=SeriesArchive(cache_dir), **rest)

    def key(self, symbol: str) -> SeriesKey:
        """Return under what a symbol's values are archived."""
        return SeriesKey(source=self.name, symbol=symbol)

    def series(self, symbol: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        """
        Return the values of [start, end) with every correction, asking the source for what is missing.

        When the source fails, what is archived is the answer and `trouble` says why.

        Raises:
            DataError: What the source raised, when nothing is archived; TW-D010 for a damaged archive.
        """
        edges = moments(pd.DatetimeIndex([utc(start), utc(end)]))
        span = int(edges[0]), int(edges[1])
        held = self._read(symbol)
        wanted = self._missing(held, span)
        if wanted is not None:
            try:
                held = self.ask(symbol, wanted)
            except DataError as error:
                self.trouble = f"{error.code} {error.message}"
                if not len(held):
                    raise
        return held.frame(*span)

    def kept(self, symbol: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        """Return what is archived of [start, end), asking nobody."""
        edges = moments(pd.DatetimeIndex([utc(start), utc(end)]))
        return self._read(symbol).frame(int(edges[0]), int(edges[1]))

    def ask(self, symbol: str, span: Span, *, live_from_ms: int | None = None) -> Archived:
        """
        Ask the source for a span and archive what it says.

        Args:
            symbol: The symbol.
            span: [start, end) in UTC milliseconds.
            live_from_ms: A session has watched since this moment; None for none.

        Raises:
            DataError: What the source raised; TW-D015 when its answer is no series of the span.
        """
        now_ms = self.clock()
        start, end = (pd.Timestamp(edge, unit="ms", tz="UTC") for edge in span)
        answer = self._checked(self.source.series(symbol, start, end), span, now_ms)
        origin = str(getattr(self.source, "origin", ""))
        held = self.archive.add(
            self.key(symbol),
            answer,
            span,
            now_ms=max(now_ms, self.clock()),
            settle_ms=SETTLE_MS,
            live_from_ms=live_from_ms,
            origin=origin,
        )
        self.trouble = ""
        return held

    def watch(self, symbol: str, start_ms: int, live_from_ms: int) -> Archived:
        """
        Ask for the last days once more, and for what is missing before them; raises what `ask` does.

        Args:
            symbol: The symbol.
            start_ms: From here on values are needed, UTC milliseconds.
            live_from_ms: Since when the session watches.
        """
        now_ms = self.clock()
        lately = now_ms // DAY_MS * DAY_MS - LOOK_BACK_MS
        missing = self._missing(self._read(symbol), (start_ms, lately))
        return self.ask(symbol, (missing[0] if missing else lately, now_ms), live_from_ms=live_from_ms)

    def _read(self, symbol: str) -> Archived:
        key = self.key(symbol)
        try:
            return self.archive.read(key)
        except DataError:
            self.archive.repair(key)
            return self.archive.read(key)

    def _missing(self, held: Archived, span: Span) -> Span | None:
        now_ms = self.clock()
        end = min(span[1], now_ms)
        holes = subtract([(span[0], end)], held.covered)
        if not holes:
            return None
        if held.tail is not None and held.covered and holes[0][0] >= held.covered[-1][1]:
            asked_to, asked_at = held.tail
            # of a stretch that begins where the last question ended nothing was ever asked
            if 0 <= now_ms - asked_at < self.ttl_ms and end - asked_to < self.ttl_ms:
                return None
        return holes[0][0], holes[-1][1]

    def _checked(self, answer: Any, span: Span, now_ms: int) -> pd.DataFrame:
        """Return the answer without what is not known yet; refuse what is no series of this span."""
        if not isinstance(answer, pd.DataFrame) or KNOWN_AT not in answer.columns:
            raise self._unusable(f"answered with {type(answer).__name__}, expected a DataFrame with {KNOWN_AT!r}")
        events, known = moments(answer.index), moments(pd.Index(answer[KNOWN_AT]))
        steps = np.diff(events)
        if bool(np.any((steps < 0) | ((steps == 0) & (np.diff(known) <= 0)))):
            raise self._unusable("has values out of order, or two for one time")
        if len(events) and (events[0] < span[0] or events[-1] >= span[1]):
            raise self._unusable("has values of times that were not asked for")
        if bool(np.any(events > now_ms)):
            raise self._unusable("has values of times to come")
        if bool(np.any(known < events)):
            raise self._unusable("has values that were known before their time")
        names = [name for name in answer.columns if name != KNOWN_AT]
        if any(answer[name].dtype != np.float64 or bool(np.isinf(answer[name]).any()) for name in names):
            raise self._unusable("has values that are no finite numbers")
        kept: pd.DataFrame = answer.loc[(known <= now_ms) & answer[names].notna().any(axis=1).to_numpy()]
        # of a source that tells its own corrections the last one counts, from when it was made
        return kept.loc[~kept.index.duplicated(keep="last")]

    def _unusable(self, what: str) -> DataError:
        return DataError(
            f"the answer of the source {self.name} {what}.",
            code="TW-D015",
            hint="Nothing of this answer is used; `tradewind plugins check` shows every breach.",
            source=self.name,
        )
