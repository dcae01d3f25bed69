"""The market as it really was: minute bars, made up as they close, and every version the exchange ever told."""

from __future__ import annotations

import math
from random import Random
from typing import Final

from simulation.weather import Weather
from tradewind.live.feed.candles import bars_of
from tradewind.live.feed.moment import Candle
from tradewind.model.bars import Bars
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.resample import resample

MINUTE: Final = 60_000
_MINUTES: Final = Timeframe("1m")
PRICES: Final = {"BTCUSDT": 20_000.0, "ETHUSDT": 1_500.0, "SOLUSDT": 90.0}
"""The symbols, and where their prices begin."""


class Ticker:
    """
    Bars of some symbols.

    Args:
        random: Where prices come from.
        weather: Decides about holes and crashes.
        symbols: The symbols.
        first_ms: Open of the first bar, UTC milliseconds.
        volatility: Of one minute's return.
    """

    def __init__(
        self, random: Random, weather: Weather, symbols: tuple[str, ...], first_ms: int, volatility: float
    ) -> None:
        self.symbols = symbols
        self.next_ms = first_ms
        self._random = random
        self._weather = weather
        self._volatility = volatility
        self._price = {name: PRICES[name] for name in symbols}
        self._drift = dict.fromkeys(symbols, 0.0)
        self.bars: dict[str, dict[int, Candle]] = {name: {} for name in symbols}
        """What the exchange's history has now."""
        self.versions: dict[tuple[str, int], tuple[Candle, ...]] = {}
        """Other versions of bars that were told, by symbol and open."""

    def close(self, *, faults: bool) -> int:
        """Let the next minute close; return its open, UTC milliseconds."""
        opened, self.next_ms = self.next_ms, self.next_ms + MINUTE
        for name in self.symbols:
            candle = self._made(name, opened, faults=faults)
            if not (faults and self._weather.strikes("hole", self._weather.intensity / 4)):
                self.bars[name][opened] = candle
        return opened

    def _made(self, name: str, opened: int, *, faults: bool) -> Candle:
        draw, price = self._random, self._price[name]
        if draw.random() < 0.08:
            self._drift[name] = draw.gauss(0.0, self._volatility)
        move = draw.gauss(self._drift[name], self._volatility)
        if faults and self._weather.strikes("crash", self._weather.intensity / 6):
            move = draw.choice((-0.35, -0.25, 0.3))
        close = round(price * math.exp(move), 4)
        high = round(max(price, close) * (1.0 + abs(draw.gauss(0.0, self._volatility / 2))), 4)
        low = round(min(price, close) * (1.0 - abs(draw.gauss(0.0, self._volatility / 2))), 4)
        self._price[name] = close
        return Candle(
            opened, price, max(high, price, close), min(low, price, close), close, round(draw.uniform(5, 50), 3)
        )

    def revise(self, name: str, opened: int) -> Candle:
        """Change a bar that was final; return the new one."""
        old = self.bars[name][opened]
        close = round(old.low + (old.high - old.low) * self._random.random(), 4)
        new = old._replace(close=close, volume=round(old.volume + 1.0, 3))
        self.versions[name, opened] = (*self.versions.get((name, opened), ()), old)
        self.bars[name][opened] = new
        return new

    def told(self, name: str, opened: int) -> tuple[Candle, ...]:
        """Return every version of a bar that the exchange ever told; none for a hole."""
        now = self.bars[name].get(opened)
        return (*self.versions.get((name, opened), ()), *((now,) if now is not None else ()))

    def history(self, name: str, timeframe: Timeframe, start_ms: int, end_ms: int) -> Bars:
        """Return the bars of a timeframe that open in [start, end) and have closed."""
        own = self.bars[name]
        last = min(end_ms, self.next_ms)
        rows = bars_of([own[at] for at in range(start_ms, last, MINUTE) if at in own], _MINUTES)
        if timeframe.ms == MINUTE:
            return rows
        return resample(rows, timeframe, until_ms=self.next_ms).between(start_ms, end_ms)
