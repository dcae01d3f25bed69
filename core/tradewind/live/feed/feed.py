"""Where closed bars come from: history told bar by bar, on a clock that the telling drives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.backtest.history import History
from tradewind.kernel.grid import Grid
from tradewind.live.clock import Clock
from tradewind.live.feed.moment import Candle, Moment
from tradewind.model.bars import FIELDS, Bars
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe


class Feed(Protocol):
    """A teller of closed bars."""

    names: tuple[str, ...]
    """The symbols, in order."""
    instruments: tuple[Instrument, ...]
    """Their pairs."""
    timeframe: Timeframe
    """The bars of the strategies."""
    market: Timeframe
    """The bars on which fills are evaluated."""

    @property
    def clock(self) -> Clock:
        """The time as the feed has it."""
        ...

    def warm(self) -> Mapping[str, Bars]:
        """Return the bars of the strategies' timeframe that closed before the first moment, by symbol."""
        ...

    def moments(self) -> AsyncIterator[Moment]:
        """Yield each moment once, in order."""
        ...


class ReplayClock:
    """
    Time as it was: it stands at the close of the bars told last.

    Args:
        real: The machine's clock, for waiting.
        start_ms: The time before the first bar, UTC milliseconds.
    """

    def __init__(self, real: Clock, start_ms: int) -> None:
        self._real = real
        self._now_ms = start_ms

    @property
    def rate(self) -> float:
        """Return 1: waits are counted by the machine's clock."""
        return 1.0

    def stand_at(self, time_ms: int) -> None:
        """Move to this time, UTC milliseconds."""
        self._now_ms = time_ms

    def now_ms(self) -> int:
        """Return the time of the history, UTC milliseconds."""
        return self._now_ms

    def error_ms(self) -> int:
        """Return 0: what is past is known."""
        return 0

    def monotonic_ns(self) -> int:
        """Return the machine's monotonic clock, nanoseconds."""
        return self._real.monotonic_ns()

    async def sync(self, server_time: Any) -> int:
        """Return 0: there is no other clock."""
        del server_time
        return 0

    async def sleep(self, seconds: float) -> None:
        """Return after so long by the machine's clock."""
        await self._real.sleep(seconds)

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        """Return a context that raises TimeoutError when its block takes longer by the machine's clock."""
        return self._real.timeout(seconds)


@attrs.frozen(kw_only=True)
class Mark:
    """
    How far a session has come in its market.

    Args:
        anchor_ms: The oldest bar that its decisions were made on.
        last_ms: The last market bar it has carried out.
    """

    anchor_ms: int
    last_ms: int


class ReplayFeed:
    """
    Loaded history, told bar by bar.

    A row ends with the last market bar inside it that the history has, as in a backtest of the same bars.

    Args:
        histories: Bars by symbol.
        clock: The machine's clock.
        speed: How many times faster than the market it goes; 0 for as fast as possible.
        mark: Go on after this; None begins where the histories do.
    """

    def __init__(
        self, histories: Mapping[str, History], clock: Clock, *, speed: float = 0.0, mark: Mark | None = None
    ) -> None:
        first = next(iter(histories.values()))
        self.names = tuple(histories)
        self.instruments = tuple(history.instrument for history in histories.values())
        self.timeframe = first.bars.timeframe
        self.market = first.market_bars.timeframe
        self._histories = tuple(histories.values())
        self._grid = Grid.of([history.market_bars for history in self._histories])
        self._speed = speed
        self._mark = mark
        self._first = 0 if mark is None else int(np.searchsorted(self._grid.time, mark.last_ms, side="right"))
        self._clock = ReplayClock(clock, self._start_ms())

    def __len__(self) -> int:
        return len(self._grid.time) - self._first

    @property
    def clock(self) -> ReplayClock:
        """The time of the history."""
        return self._clock

    @property
    def end_ms(self) -> int:
        """Close of the last market bar, UTC milliseconds."""
        return int(self._grid.time[-1]) + self.market.ms

    def _start_ms(self) -> int:
        if len(self):
            return int(self._grid.time[self._first])
        return self.end_ms

    def warm(self) -> Mapping[str, Bars]:
        """Return the bars of the strategies' timeframe that closed before the first moment, by symbol."""
        found = {}
        for name, history in zip(self.names, self._histories, strict=True):
            stop = history.first_row
            start = 0
            if self._mark is not None:
                start = int(np.searchsorted(history.bars.time, self._mark.anchor_ms))
                ends = self._row_ends(history)
                stop += int(np.searchsorted(ends, self._first))
            found[name] = history.bars.rows(start, stop)
        return found

    async def moments(self) -> AsyncIterator[Moment]:
        """Yield each moment once, in order, at the chosen speed."""
        told_ms = self._start_ms()
        for moment in self.told():
            if self._speed > 0.0:
                await self.clock.sleep((moment.close_ms - told_ms) / 1000.0 / self._speed)
            else:
                await asyncio.sleep(0)
            told_ms = moment.close_ms
            self.clock.stand_at(told_ms)
            yield moment

    def told(self) -> Iterator[Moment]:
        """Yield the moments without any waiting."""
        time = self._grid.time
        market = [_Cursor(history.market_bars, self._places(n)) for n, history in enumerate(self._histories)]
        rows = [_Cursor(history.run_bars, self._row_ends(history)) for history in self._histories]
        for i in range(self._first, len(time)):
            opened = int(time[i])
            upcoming = int(time[i + 1]) if i + 1 < len(time) else opened + self.market.ms
            yield Moment(
                open_ms=opened,
                close_ms=opened + self.market.ms,
                bars=tuple(cursor.at(i) for cursor in market),
                rows=tuple(cursor.at(i) for cursor in rows),
                closes_row=self.timeframe.floor(upcoming) > self.timeframe.floor(opened),
            )

    def _places(self, n: int) -> npt.NDArray[Any]:
        places = self._grid.places[n]
        return np.arange(len(self._grid.time)) if places is None else places

    def _row_ends(self, history: History) -> npt.NDArray[Any]:
        """Return the market bar at whose close each row of a run is complete (rule T1)."""
        return np.searchsorted(self._grid.time, history.run_bars.time + self.timeframe.ms) - 1


class _Cursor:
    """Bars by the grid place at which each is told."""

    def __init__(self, bars: Bars, places: npt.NDArray[Any]) -> None:
        self._columns = [getattr(bars, name) for name in ("time", *FIELDS, "partial")]
        self._rows = {int(place): row for row, place in enumerate(places.tolist())}

    def at(self, place: int) -> Candle | None:
        row = self._rows.get(place)
        if row is None:
            return None
        time, first, high, low, last, volume, partial = (column[row].item() for column in self._columns)
        return Candle(time, first, high, low, last, volume, partial)
