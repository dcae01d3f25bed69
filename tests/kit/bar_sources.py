"""A source of bars that keeps its promises, and one that breaks each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import cache
from typing import Any, ClassVar, Final

import attrs
import pandas as pd

from kit.mutants import Mutant, path_of
from tradewind.api import Bars, DataError, Instrument, Timeframe
from tradewind.testing import BarSourceContract, markets

SYMBOL: Final = "BTCUSDT"


@cache
def _market() -> Bars:
    return markets.missing_bars(3, 400)


@cache
def _missing() -> str:
    """Return a bar open inside the first month at which the market has no bar."""
    index = _market().index
    whole = pd.date_range(index[0], periods=150, freq="4h")
    return str(whole.difference(index)[0])


@attrs.frozen(kw_only=True)
class Settings:
    """Settings of the source: nothing that changes a bar."""

    seed: int = 3


class Sound:
    """A month and a half of bars, some of them missing."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()

    def instruments(self) -> Sequence[Instrument]:
        """Return the one pair."""
        return (Instrument(symbol=SYMBOL),)

    def bars(self, instrument: Instrument, timeframe: Timeframe, start: pd.Timestamp, end: pd.Timestamp) -> Any:
        """Return the bars of [start, end)."""
        del timeframe
        if instrument.symbol != SYMBOL:
            raise DataError(f"no data for {instrument.symbol!r}.", code="TW-D001")
        frame = self.table()
        return frame[(frame.index >= start) & (frame.index < end)].copy()

    def table(self) -> pd.DataFrame:
        """Return all bars."""
        return _market().to_frame()

    async def stream(self, instruments: Sequence[Instrument], timeframe: Timeframe) -> AsyncIterator[Any]:
        """Yield bars as they close: all at once."""
        del timeframe
        for row in range(6):
            yield instruments[0].symbol, _market().rows(row, row + 1)


class Texts(Sound):
    def table(self) -> pd.DataFrame:
        return super().table().astype(str)


class Capitals(Sound):
    def table(self) -> pd.DataFrame:
        return super().table().rename(columns=str.title)


class AnswersRows(Sound):
    def bars(self, *asked: Any) -> Any:
        return super().bars(*asked).to_dict("records")


class AnotherZone(Sound):
    def table(self) -> pd.DataFrame:
        return super().table().tz_convert("Europe/Berlin")


class OffTheGrid(Sound):
    def table(self) -> pd.DataFrame:
        frame = super().table()
        return frame.set_axis(frame.index + pd.Timedelta(1, unit="h"), axis=0)


class Doubled(Sound):
    def table(self) -> pd.DataFrame:
        frame = super().table()
        return frame.loc[frame.index.repeat([2 if row == 5 else 1 for row in range(len(frame))])]


class Backwards(Sound):
    def table(self) -> pd.DataFrame:
        return super().table().iloc[::-1]


class HalfABar(Sound):
    """Builds the last bar from as much of it as was asked for."""

    def bars(self, instrument: Instrument, timeframe: Timeframe, start: pd.Timestamp, end: pd.Timestamp) -> Any:
        frame = super().bars(instrument, timeframe, start, end)
        cut = len(frame) and frame.index[-1] + pd.Timedelta(timeframe.ms, unit="ms") > end
        if cut:
            frame.loc[frame.index[-1], "close"] = frame["open"].iloc[-1]
        return frame


class WithTheEnd(Sound):
    def bars(self, instrument: Instrument, timeframe: Timeframe, start: pd.Timestamp, end: pd.Timestamp) -> Any:
        return super().bars(instrument, timeframe, start, end + pd.Timedelta(1, unit="ms"))


class WithoutTheStart(Sound):
    def bars(self, instrument: Instrument, timeframe: Timeframe, start: pd.Timestamp, end: pd.Timestamp) -> Any:
        return super().bars(instrument, timeframe, start + pd.Timedelta(1, unit="ms"), end)


class FailsOnNothing(Sound):
    def bars(self, *asked: Any) -> Any:
        frame = super().bars(*asked)
        if not len(frame):
            raise DataError("no bars in the range.", code="TW-D002")
        return frame


class NothingAtAll(Sound):
    def bars(self, *asked: Any) -> Any:
        frame = super().bars(*asked)
        return frame if len(frame) else pd.DataFrame()


class ColdStart(Sound):
    """Loses the volume of the first bar of every page."""

    def bars(self, *asked: Any) -> Any:
        frame = super().bars(*asked)
        if len(frame):
            frame.loc[frame.index[0], "volume"] = 0.0
        return frame


class HandsOutItsCache(Sound):
    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self.cache: dict[Any, Any] = {}

    def bars(self, instrument: Instrument, timeframe: Timeframe, start: pd.Timestamp, end: pd.Timestamp) -> Any:
        if (start, end) not in self.cache:
            self.cache[start, end] = super().bars(instrument, timeframe, start, end)
        return self.cache[start, end]


class RepeatsTheClose(Sound):
    """Fills gaps with the close before them."""

    def table(self) -> pd.DataFrame:
        frame = super().table()
        filled = frame.reindex(pd.date_range(frame.index[0], frame.index[-1], freq="4h"))
        close = filled["close"].ffill()
        filled = filled.fillna(dict.fromkeys(("open", "high", "low", "close"), close))
        return filled.fillna({"volume": 0.0})


class DrawsALine(Sound):
    """Fills gaps with a straight line and a made-up volume."""

    def table(self) -> pd.DataFrame:
        frame = super().table()
        return frame.reindex(pd.date_range(frame.index[0], frame.index[-1], freq="4h")).interpolate()


class UpsideDown(Sound):
    def table(self) -> pd.DataFrame:
        frame = super().table()
        return frame.assign(high=frame["low"], low=frame["high"])


class SilentOnStrangers(Sound):
    def bars(self, instrument: Instrument, timeframe: Timeframe, start: pd.Timestamp, end: pd.Timestamp) -> Any:
        known = instrument.symbol == SYMBOL
        return super().bars(Instrument(symbol=SYMBOL), timeframe, start, end if known else start)


class AnotherError(Sound):
    def bars(self, instrument: Instrument, timeframe: Timeframe, start: pd.Timestamp, end: pd.Timestamp) -> Any:
        if instrument.symbol != SYMBOL:
            raise KeyError(instrument.symbol)
        return super().bars(instrument, timeframe, start, end)


class Networked(Sound):
    """Asks a host, once a second at most."""

    log: ClassVar[list[float]] = []
    pause = 1.0

    def bars(self, *asked: Any) -> Any:
        for _ in range(3):
            self.log.append((self.log[-1] if self.log else 0.0) + self.pause)
        return super().bars(*asked)


class Hasty(Networked):
    log: ClassVar[list[float]] = []
    pause = 0.01


class StreamsOpenBars(Sound):
    async def stream(self, instruments: Sequence[Instrument], timeframe: Timeframe) -> AsyncIterator[Any]:
        for row in range(6):
            bar = _market().rows(row, row + 1)
            yield instruments[0].symbol, attrs.evolve(bar, close=bar.open)


class StreamsTwice(Sound):
    async def stream(self, instruments: Sequence[Instrument], timeframe: Timeframe) -> AsyncIterator[Any]:
        for row in (0, 1, 1, 2):
            yield instruments[0].symbol, _market().rows(row, row + 1)


class SkipsOne(Sound):
    async def stream(self, instruments: Sequence[Instrument], timeframe: Timeframe) -> AsyncIterator[Any]:
        for row in (0, 1, 3):
            yield instruments[0].symbol, _market().rows(row, row + 1)


class Bare:
    """A source without instruments."""

    def instruments(self) -> tuple[Instrument, ...]:
        """Return nothing."""
        return ()

    def bars(self, *_: object) -> None:
        """Be asked by nobody."""
        raise RuntimeError("nobody should ask")


class Told(Sound):
    """A source that tells what it has, and keeps what was asked."""

    length: ClassVar[int] = 160
    asked: ClassVar[list[tuple[pd.Timestamp, pd.Timestamp]]] = []

    def available(self, _: str) -> dict[Timeframe, tuple[int, int]]:
        """Return the range of its bars, UTC milliseconds."""
        return {Timeframe("4h"): (markets.START_MS, markets.START_MS + self.length * 14_400_000)}

    def bars(self, instrument: Instrument, timeframe: Timeframe, start: pd.Timestamp, end: pd.Timestamp) -> Any:
        self.asked.append((start, end))
        return super().bars(instrument, timeframe, start, end)


class ToldLittle(Told):
    length = 3


RECORD: Final[dict[str, Any]] = {"config": path_of(Settings), "timeframes": ("4h",)}


def _of(component: Any, breaks: str = "", says: str = "", *, streams: bool = False, **attributes: Any) -> Mutant:
    return Mutant(
        contract=BarSourceContract,
        breaks=breaks,
        says=says,
        component=component,
        record=RECORD | {"streams": streams},
        attributes={"missing": (_missing(),), **attributes},
    )


def _networked(component: type[Networked], breaks: str = "", says: str = "", **attributes: Any) -> Mutant:
    made = _of(component, breaks, says, streams=True, requests=lambda _: component.log, **attributes)
    return attrs.evolve(made, record=dict(made.record) | {"needs_network": True})


MUTANTS: Final = (
    _networked(Networked, rate_limit=(3, 3.0)),
    _of(Texts, "schema_and_dtypes", "'open'"),
    _of(Capitals, "schema_and_dtypes", "Open"),
    _of(AnswersRows, "schema_and_dtypes", "list"),
    _of(AnotherZone, "utc", "Europe/Berlin"),
    _of(OffTheGrid, "utc", "off the 4h grid"),
    _of(Doubled, "strictly_increasing", "bar 6"),
    _of(Backwards, "strictly_increasing", "bar 1"),
    _of(HalfABar, "closed_bars_only", "'close'"),
    _of(Sound, "closed_bars_only", "after the source's now", now="2021-01-15"),
    _of(WithTheEnd, "half_open_interval", "the last bar opens at"),
    _of(WithoutTheStart, "half_open_interval", "the first bar"),
    _of(FailsOnNothing, "empty_range", "no bars in the range"),
    _of(NothingAtAll, "empty_range", "columns"),
    _of(ColdStart, "pages_join_without_seam", "'volume'"),
    _of(HandsOutItsCache, "repeat_is_identical", "a second time"),
    _of(RepeatsTheClose, "gaps_not_invented", "look filled in", missing=()),
    _of(DrawsALine, "gaps_not_invented", "where none is known to be"),
    _of(UpsideDown, "ohlc_consistent", "impossible"),
    _of(SilentOnStrangers, "unknown_symbol_error", "0 rows"),
    _of(AnotherError, "unknown_symbol_error", "KeyError"),
    _networked(Hasty, "honours_rate_limit", "requests left", rate_limit=(3, 3.0)),
    _networked(Networked, "honours_rate_limit", "rate_limit"),
    _of(StreamsOpenBars, "stream_equals_history", "'close'", streams=True),
    _of(StreamsTwice, "stream_equals_history", "twice", streams=True),
    _of(SkipsOne, "stream_equals_history", "rows", streams=True),
)
