"""The series of one symbol as bars see it: loaded once for a history, looked after while a session runs."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import attrs
import numpy as np
import pandas as pd

from tradewind.cache.clock import wall_clock_ms
from tradewind.errors import DataError, TradewindError
from tradewind.model.bars import Bars
from tradewind.pipeline.join import join_series
from tradewind.sentiment.blend import Voice, blend
from tradewind.sentiment.daily import DAY_MS, KNOWN_AT, times
from tradewind.sentiment.features import EXTREME_DAYS, sentiment_features
from tradewind.sentiment.series import SentimentSeries
from tradewind.sentiment.speaker import Speaker

LEAD_MS: Final = (EXTREME_DAYS + 20) * DAY_MS
"""So much is loaded before the first bar: what the slowest feature looks back, and a silence before it."""
PATIENCE_S: Final = 5.0
"""A session waits so long for its first values, then begins without them."""
_AHEAD_MS: Final = 30 * DAY_MS
_TODAY_BARS: Final = 3
_TODAY_MS: Final = 600_000


class Joined(Protocol):
    """Loaded values."""

    def until(self, moment_ms: int) -> Joined:
        """Return what was known at a moment, UTC milliseconds."""
        ...

    def joined(self, bars: Bars) -> pd.DataFrame:
        """Return the columns of bars, as of each close."""
        ...


@attrs.frozen(eq=False)
class PlainSeries:
    """A source's own columns."""

    frame: pd.DataFrame

    def until(self, moment_ms: int) -> PlainSeries:
        """Return what was known at a moment, UTC milliseconds."""
        return PlainSeries(self.frame[self.frame[KNOWN_AT] <= times(np.array([moment_ms]))[0]])

    def joined(self, bars: Bars) -> pd.DataFrame:
        """Return the columns of bars, as of each close."""
        return join_series(bars, self.frame)


def sentiment_of(speakers: Sequence[Speaker], said: Sequence[pd.DataFrame | None]) -> SentimentSeries:
    """Return the features of what speakers said; of one that said nothing, nothing."""
    never = times(np.empty(0, dtype=np.int64))
    nothing = pd.DataFrame({"mean": np.empty(0), KNOWN_AT: never}, index=never)
    voices = [
        Voice(name=speaker.name, series=nothing if frame is None else frame, reliability=speaker.reliability)
        for speaker, frame in zip(speakers, said, strict=True)
    ]
    return SentimentSeries(sentiment_features(blend(voices) if voices else nothing))


def plain_of(_: Sequence[Speaker], said: Sequence[pd.DataFrame | None]) -> PlainSeries | None:
    """Return the columns of the one speaker; None when it said nothing."""
    return None if not said or said[0] is None else PlainSeries(said[0])


@attrs.define(kw_only=True, eq=False)
class SymbolSeries:
    """
    A series of one symbol.

    What is handed to the bars of a run was known at the close of the last of them: a run on fewer bars
    knows less, which is how the certificate finds a join that looks ahead.

    Args:
        name: The need's name.
        symbol: The symbol.
        speakers: Who is asked.
        make: Makes the columns of what they said.
        optional: Go on without it when there is nothing.
        watched: Look after it while its bars are those of today: hosts are asked beside the strategies,
            which never wait for them.
        refresh_s: Seconds between two looks.
        clock: Tells the time, UTC milliseconds.
    """

    name: str
    symbol: str
    speakers: Sequence[Speaker]
    make: Callable[[Sequence[Speaker], Sequence[pd.DataFrame | None]], Joined | None]
    optional: bool = True
    watched: bool = False
    refresh_s: float = 900.0
    clock: Callable[[], int] = wall_clock_ms
    _held: Joined | None = attrs.field(default=None, init=False)
    _span: tuple[int, int] | None = attrs.field(default=None, init=False)
    _watching_since: int | None = attrs.field(default=None, init=False)
    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False)

    def joined(self, bars: Bars) -> pd.DataFrame | None:
        """
        Return the columns for each bar, as of its close; None when there is nothing and it is optional.

        Raises:
            DataError: TW-D002 when it is needed and there is nothing.
        """
        start, end = self._span or (0, 0)
        if len(bars):
            start, end = int(bars.time[0]) - LEAD_MS, int(bars.time[-1]) + bars.timeframe.ms
        if self.watched and self._watching_since is None and self._of_today(bars, end):
            self._begin(start)
        if self._span is None or start < self._span[0]:
            self._load(start, end, ask=self._watching_since is None)
        elif end > self._span[1] and self._watching_since is None:
            # bars that are told one by one: not a look into files for each of them
            self._load(self._span[0], max(end, min(end + _AHEAD_MS, self.clock())))
        if self._held is not None:
            return self._held.until(end).joined(bars)
        if self.optional:
            return None
        said = [trouble for speaker in self.speakers for trouble in [speaker.troubles.get(self.symbol)] if trouble]
        raise DataError(
            f"the series {self.name!r} has nothing for {self.symbol} in this range.",
            code="TW-D002",
            hint=said[0] if said else "Ask for a range that it covers, or for another symbol.",
            symbol=self.symbol,
        )

    @property
    def known_to_ms(self) -> int | None:
        """Up to when it is loaded, UTC milliseconds; None before it is."""
        return None if self._span is None else self._span[1]

    def _of_today(self, bars: Bars, end: int) -> bool:
        return len(bars) > 0 and self.clock() - end < _TODAY_BARS * bars.timeframe.ms + _TODAY_MS

    def _load(self, start: int, end: int, *, ask: bool = True) -> None:
        edges = [pd.Timestamp(edge, unit="ms", tz="UTC") for edge in (start // DAY_MS * DAY_MS, end)]
        said = [speaker.said(self.symbol, edges[0], edges[1], ask=ask) for speaker in self.speakers]
        try:
            made = self.make(self.speakers, said)
        except TradewindError as error:
            # of several, none can be told apart from the one whose values cannot be used: all are left out
            for speaker in self.speakers:
                speaker.note(self.symbol, f"{error.code} {error.message}")
            made = self.make(self.speakers, [None] * len(self.speakers))
        with self._lock:
            self._held, self._span = made, (start, end)

    def _begin(self, start: int) -> None:
        """Ask and go on asking in a thread that ends with this object, and wait a little for the first answer."""
        self._watching_since = self.clock()
        first, stop = threading.Event(), threading.Event()
        weakref.finalize(self, stop.set)
        threading.Thread(
            target=_look_after, args=(weakref.ref(self), start, first, stop), name="tradewind-series", daemon=True
        ).start()
        first.wait(PATIENCE_S)
        with self._lock:
            if self._span is None:
                self._held, self._span = self.make(self.speakers, [None] * len(self.speakers)), (start, start)

    def look(self, start: int) -> None:
        """Ask every speaker once more and take over what is known then."""
        if self._watching_since is None or self._span is None or self._span[1] <= start:
            self._load(start, self.clock())
            return
        for speaker in self.speakers:
            speaker.look(self.symbol, start, self._watching_since)
        self._load(start, self.clock(), ask=False)


def _look_after(ref: weakref.ref[SymbolSeries], start: int, first: threading.Event, stop: threading.Event) -> None:
    series = ref()
    while series is not None:
        series.look(start)
        first.set()
        pause = series.refresh_s
        del series
        if stop.wait(pause):
            return
        series = ref()
