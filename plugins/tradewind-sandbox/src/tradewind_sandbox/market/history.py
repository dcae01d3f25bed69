"""What a source knows of one pair: bars to replay, and klines of the time before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import attrs
from pandas import Timestamp

from tradewind.api import Bars, BarSource, DataError, Instrument, Timeframe
from tradewind_sandbox.exchange.money import product
from tradewind_sandbox.market.draws import Draws
from tradewind_sandbox.market.grid import Grid, TickBars
from tradewind_sandbox.market.intervals import MONTH, SECOND, begin_of, end_of
from tradewind_sandbox.market.klines import Growing, fold
from tradewind_sandbox.market.path import walk

_BLOCK: Final = 2000
"""So many bars are read at once."""


@attrs.define(kw_only=True, eq=False)
class History:
    """
    One pair of a source, replayed on bars of one length.

    Args:
        source: Any source of bars.
        instrument: The pair.
        timeframe: The length of the bars that are replayed.
        start_ms: Where the replay begins, milliseconds UTC, on the timeframe's grid.
        end_ms: Where it ends.
        steps: Prints in a bar.
        seed: The sandbox's seed.
    """

    source: BarSource
    instrument: Instrument
    timeframe: Timeframe
    start_ms: int
    end_ms: int
    steps: int
    seed: int

    @property
    def symbol(self) -> str:
        """The pair's name."""
        return self.instrument.symbol

    def draws(self) -> Draws:
        """Return the draws of the replayed bars."""
        return Draws(seed=self.seed, symbol=self.symbol, length_ms=self.timeframe.ms, steps=self.steps)

    def blocks(self, from_ms: int) -> Iterator[tuple[TickBars, Grid]]:
        """
        Yield the bars from a moment to the end, some thousand at a time, with the steps they lie on.

        Old and new rules differ within a history, so each block has its own steps.
        """
        length = self.timeframe.ms
        for begin in range(self.timeframe.floor(from_ms), self.end_ms, _BLOCK * length):
            bars = self._bars(self.timeframe, begin, min(begin + _BLOCK * length, self.end_ms))
            if len(bars):
                grid = Grid.of(self.instrument, bars)
                yield grid.ticks(bars), grid

    def past(self, interval: str, begin_ms: int, until_ms: int) -> Iterator[Growing]:
        """
        Yield the klines that open at `begin_ms` or later and are over by `until_ms`, in order.

        Intervals that the replayed bars do not fill are folded from the very paths that a replay of
        these bars takes.
        """
        if interval == MONTH:
            found = fold(self.past("1d", begin_of(MONTH, begin_ms), until_ms), MONTH)
        elif self.fills(interval):
            found = self._rows(Timeframe(interval), begin_ms, until_ms)
        else:
            found = fold(self._prints(begin_of(interval, begin_ms), until_ms), interval)
        for one in found:
            if one.begin >= begin_ms and end_of(interval, one.begin) <= until_ms:
                yield one

    def fills(self, interval: str) -> bool:
        """Tell whether klines of an interval consist of whole replayed bars."""
        if interval == SECOND:
            return False
        return self.timeframe.nests_in(Timeframe("1d" if interval == MONTH else interval))

    def forming(self, interval: str, at_ms: int, *, until_ms: int) -> Growing | None:
        """Return the kline that holds a moment, made of what lies before `until_ms`; None when that is nothing."""
        begin = begin_of(interval, at_ms)
        if self.fills(interval):
            return next(fold(self._rows(self.timeframe, begin, until_ms), interval), None)
        return next(fold(self._prints(begin, until_ms), interval), None)

    def _rows(self, timeframe: Timeframe, begin_ms: int, until_ms: int) -> Iterator[Growing]:
        bars = self._bars(timeframe, begin_ms, until_ms)
        if not len(bars):
            return
        grid = Grid.of(self.instrument, bars)
        ticks = grid.ticks(bars)
        for row in range(len(ticks)):
            begin = int(ticks.time[row])
            if begin + timeframe.ms <= until_ms:
                yield self._grown(ticks, row, grid)

    def _grown(self, ticks: TickBars, row: int, grid: Grid) -> Growing:
        prices = [int(getattr(ticks, name)[row]) * grid.price for name in ("open", "high", "low", "close")]
        volume = int(ticks.volume[row]) * grid.quantity
        quote = product(sum(prices) // 4, volume)
        opened, high, low, closed = prices
        return Growing(
            begin=int(ticks.time[row]),
            open=opened,
            high=high,
            low=low,
            close=closed,
            volume=volume,
            quote=quote,
            trades=self.steps if volume else 0,
            taker_base=volume // 2,
            taker_quote=quote // 2,
        )

    def _prints(self, begin_ms: int, until_ms: int) -> Iterator[Growing]:
        """Yield every print before a moment as a kline of its own instant."""
        begin = self.timeframe.floor(begin_ms)
        bars = self._bars(self.timeframe, begin, until_ms)
        if not len(bars):
            return
        grid = Grid.of(self.instrument, bars)
        ticks, draws = grid.ticks(bars), self.draws()
        for row in range(len(ticks)):
            path = walk(ticks, row, length_ms=self.timeframe.ms, draws=draws.of_bar(int(ticks.time[row])))
            for time, price, quantity, maker in zip(
                path.time, path.price, path.quantity, path.maker_bought, strict=True
            ):
                if begin_ms <= time < until_ms:
                    level = price * grid.price
                    one = Growing(begin=time, open=level, high=level, low=level, close=level)
                    one.take(level, quantity * grid.quantity, maker_bought=maker)
                    yield one

    def _bars(self, timeframe: Timeframe, begin_ms: int, end_ms: int) -> Bars:
        frame = self.source.bars(self.instrument, timeframe, _stamp(begin_ms), _stamp(end_ms))
        return Bars.from_frame(frame, timeframe)


def open_history(
    source: Any, symbol: str, *, timeframe: str = "", start_ms: int | None = None, steps: int = 0, seed: int = 0
) -> History:
    """
    Return the history of one pair from a source, ready to be replayed.

    Args:
        source: Any source of bars.
        symbol: The pair.
        timeframe: The bars to replay; empty for the finest that the source says it has at the start.
        start_ms: Where the replay begins, milliseconds UTC; None for thirty days before the end, or the
            middle of a shorter history.
        steps: Prints in a bar; 0 for one in five seconds to one in a few minutes, by the bar's length.
        seed: The sandbox's seed.

    Raises:
        DataError: TW-D001 when the source does not have the pair, TW-D002 when it has no bars from the start on.
    """
    known = {one.symbol: one for one in source.instruments()}
    if symbol not in known:
        raise DataError(
            f"the source has no symbol {symbol!r}.",
            code="TW-D001",
            hint=f"It has: {', '.join(sorted(known)[:40])}.",
            symbol=symbol,
        )
    spans = _spans(source, symbol, timeframe)
    length, span = _chosen(spans, start_ms, symbol)
    start = start_ms if start_ms is not None else max((span[0] + span[1]) // 2, span[1] - 30 * 86_400_000)
    return History(
        source=source,
        instrument=known[symbol],
        timeframe=length,
        start_ms=length.ceil(start),
        end_ms=span[1],
        steps=steps or max(12, min(240, length.ms // 60_000)),
        seed=seed,
    )


def _spans(source: Any, symbol: str, timeframe: str) -> dict[Timeframe, list[tuple[int, int]]]:
    pieces = getattr(source, "pieces", None)
    if callable(pieces):
        held = {length: list(spans) for length, spans in pieces(symbol).items()}
    elif callable(getattr(source, "available", None)):
        held = {length: [span] for length, span in source.available(symbol).items()}
    else:
        held = {}
    if not timeframe:
        return held
    wanted = Timeframe(timeframe)
    if wanted in held:
        return {wanted: held[wanted]}
    within = [span for length, spans in held.items() for span in spans]
    whole = (min(span[0] for span in within), max(span[1] for span in within)) if within else (0, 2**53)
    return {wanted: [(wanted.ceil(whole[0]), wanted.floor(whole[1]))]}


def _chosen(
    spans: dict[Timeframe, list[tuple[int, int]]], start_ms: int | None, symbol: str
) -> tuple[Timeframe, tuple[int, int]]:
    if not spans:
        raise DataError(
            f"the source does not say which bars of {symbol} it has.",
            code="TW-D002",
            hint="Name the bars to replay: --timeframe 1h, and where to begin: --start DATE.",
        )
    for length in sorted(spans):
        for span in sorted(spans[length], reverse=True):
            if start_ms is None or span[0] <= start_ms < span[1]:
                return length, span
    listed = ", ".join(f"{length} {_day(a)} to {_day(b)}" for length in sorted(spans) for a, b in spans[length][:4])
    raise DataError(
        f"{symbol} has no bars from {_day(start_ms or 0)} on; there is: {listed}.",
        code="TW-D002",
        hint="Choose a --start inside one of these.",
    )


def _day(time_ms: int) -> str:
    return f"{_stamp(time_ms):%Y-%m-%d}"


def _stamp(time_ms: int) -> Timestamp:
    return Timestamp(time_ms, unit="ms", tz="UTC")
