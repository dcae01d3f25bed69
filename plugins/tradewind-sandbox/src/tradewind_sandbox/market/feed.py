"""One pair as a sequence of moments at which something is fed to the exchange."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

import attrs

from tradewind_sandbox.exchange.messages import MarketInput, TradeInput
from tradewind_sandbox.exchange.money import PLACES, units
from tradewind_sandbox.market.book import Books, BookShape
from tradewind_sandbox.market.distortion import PLAIN, Distortion
from tradewind_sandbox.market.draws import Draws
from tradewind_sandbox.market.grid import Grid, TickBars
from tradewind_sandbox.market.history import History
from tradewind_sandbox.market.intervals import begin_of, end_of
from tradewind_sandbox.market.klines import Growing
from tradewind_sandbox.market.path import Path, walk

NEVER: Final = 2**62
"""Later than any moment, milliseconds."""

Give = Callable[[MarketInput], None]


@attrs.define(kw_only=True, eq=False)
class SymbolFeed:
    """
    Feeds one pair: books, prints, growing and closing klines.

    The kline of the replayed length always grows; others grow from when somebody wants them.

    Args:
        history: What is replayed.
        shape: Spread, distances and depth of the books.
        push_ms: How often a growing kline is told, milliseconds; 0 for when it closes only.
        history_bars: How many klines of the time before are there when an interval is first wanted.
        distort: What a fault does to the market at a moment, milliseconds UTC.
    """

    history: History
    shape: BookShape
    push_ms: int
    history_bars: int
    next_ms: int = attrs.field(default=NEVER, init=False)
    """When something is fed next, milliseconds UTC; NEVER when the history is over."""
    distort: Callable[[int], Distortion] = lambda _: PLAIN
    _blocks: Iterator[tuple[TickBars, Grid]] = attrs.field(init=False)
    _bars: TickBars | None = attrs.field(default=None, init=False)
    _grid: Grid = attrs.field(default=Grid(price=1, quantity=1), init=False)
    _row: int = attrs.field(default=-1, init=False)
    _path: Path | None = attrs.field(default=None, init=False)
    _books: Books | None = attrs.field(default=None, init=False)
    _times: list[int] = attrs.field(factory=list, init=False)
    _print: int = attrs.field(default=0, init=False)
    _growing: dict[str, Growing | None] = attrs.field(factory=dict, init=False)
    _told_from: dict[str, int] = attrs.field(factory=dict, init=False)
    _lot: int = attrs.field(init=False)
    _draws: Draws = attrs.field(init=False)
    _next_close: int = attrs.field(default=NEVER, init=False)
    _next_push: int = attrs.field(default=NEVER, init=False)

    def __attrs_post_init__(self) -> None:
        self._lot = units(self.history.instrument.lot_step.quantize(Decimal(1).scaleb(-PLACES)))
        self._draws = self.history.draws()
        self._blocks = self.history.blocks(self.history.start_ms)
        self._growing[self.history.timeframe.name] = None
        self._load_bar()
        self._note()

    @property
    def symbol(self) -> str:
        """The pair's name."""
        return self.history.symbol

    def step(self, give: Give) -> None:
        """Feed what is due at `next_ms`: closing klines first, then prints, then pushes of growing klines."""
        now = self.next_ms
        if self._next_close <= now:
            self._close(now, give)
        elif self._print < len(self._times) and self._times[self._print] <= now:
            self._trade(now, give)
        else:
            self._push(now, give)
        self._note()

    def _note(self) -> None:
        upcoming = self._times[self._print] if self._print < len(self._times) else NEVER
        self.next_ms = min(upcoming, self._next_close, self._next_push)

    def want(self, interval: str, now_ms: int, give: Give, from_ms: int | None = None) -> None:
        """
        Let klines of an interval be there: those of the past at once, the growing one from now on.

        Args:
            interval: As the venue writes it.
            now_ms: The market's time, milliseconds UTC.
            give: Takes what is fed.
            from_ms: The oldest open that is wanted; None for the usual number of bars.
        """
        current = begin_of(interval, now_ms)
        known_from = self._told_from.get(interval)
        usual = begin_of(interval, max(0, current - self.history_bars * (end_of(interval, current) - current)))
        wanted = usual if from_ms is None else min(usual, begin_of(interval, max(0, from_ms)))
        if known_from is not None and wanted >= known_from:
            return
        until = known_from if known_from is not None else current
        for one in self.history.past(interval, wanted, until):
            give(one.told(self.symbol, interval, closed=True, silent=True))
        self._told_from[interval] = wanted
        if known_from is None:
            self._begin_growing(interval, now_ms, give)
            self._note()

    def _begin_growing(self, interval: str, now_ms: int, give: Give) -> None:
        if interval not in self._growing:
            self._growing[interval] = self._so_far(interval, now_ms)
        found = self._growing[interval]
        if found is not None:
            self._next_close = min(self._next_close, end_of(interval, found.begin))
            give(found.told(self.symbol, interval, closed=False, silent=True))
            if self.push_ms and self._next_push == NEVER:
                self._next_push = now_ms + self.push_ms

    def _so_far(self, interval: str, now_ms: int) -> Growing | None:
        """Return the growing kline of an interval from what was fed up to now."""
        base = self.history.timeframe
        if not self.history.fills(interval):
            upcoming = self._times[self._print] if self._print < len(self._times) else NEVER
            return self.history.forming(interval, now_ms, until_ms=min(now_ms + 1, upcoming))
        begin = base.floor(now_ms)
        grown, live = self.history.forming(interval, now_ms, until_ms=begin), self._growing[base.name]
        if live is None or live.begin != begin:
            return grown
        if grown is None:
            return attrs.evolve(live, begin=begin_of(interval, begin))
        grown.absorb(live)
        return grown

    def _load_bar(self) -> None:
        self._row += 1
        while self._bars is None or self._row >= len(self._bars):
            block = next(self._blocks, None)
            if block is None:
                self._times, self._print = [], 0
                return
            self._bars, self._grid = block
            self._row = 0
        begin = int(self._bars.time[self._row])
        draws = self._draws.of_bar(begin)
        self._path = walk(self._bars, self._row, length_ms=self.history.timeframe.ms, draws=draws)
        self._times, self._print = self._path.time, 0
        volume = int(self._bars.volume[self._row])
        self._books = Books.of_bar(self.symbol, draws, volume=volume, grid=self._grid, lot=self._lot, shape=self.shape)

    def _trade(self, now: int, give: Give) -> None:
        if self._path is None or self._books is None:
            return
        number = self._print
        steps, quantity = self._path.price[number], self._path.quantity[number] * self._grid.quantity
        maker = self._path.maker_bought[number]
        odd = self.distort(now)
        if not odd.silent:
            steps = odd.price(steps)
            price = steps * self._grid.price
            give(odd.book(self._books.at(number, steps)))
            if quantity:
                give(TradeInput(symbol=self.symbol, price=price, quantity=quantity, buyer_is_maker=maker))
            for interval in self._growing:
                self._grow(interval, now, price, quantity, maker=maker)
        self._print += 1
        if self._print >= len(self._times):
            self._load_bar()

    def _grow(self, interval: str, now: int, price: int, quantity: int, *, maker: bool) -> None:
        found = self._growing[interval]
        if found is None:
            begin = begin_of(interval, now)
            found = Growing(begin=begin, open=price, high=price, low=price, close=price)
            self._growing[interval] = found
            self._next_close = min(self._next_close, end_of(interval, begin))
            if self.push_ms and self._next_push == NEVER:
                self._next_push = now + self.push_ms
        found.take(price, quantity, maker_bought=maker)

    def _close(self, now: int, give: Give) -> None:
        upcoming = NEVER
        for interval, found in self._growing.items():
            if found is None:
                continue
            end = end_of(interval, found.begin)
            if end <= now:
                self._growing[interval] = None
                give(found.told(self.symbol, interval, closed=True))
            else:
                upcoming = min(upcoming, end)
        self._next_close = upcoming

    def _push(self, now: int, give: Give) -> None:
        alive = False
        for interval, found in self._growing.items():
            if found is not None:
                alive = True
                give(found.told(self.symbol, interval, closed=False))
        self._next_push = now + self.push_ms if alive else NEVER
