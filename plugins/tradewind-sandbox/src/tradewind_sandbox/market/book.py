"""Five levels on each side of the last price, seeded."""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np

from tradewind_sandbox.exchange.messages import BookInput
from tradewind_sandbox.market.draws import generator
from tradewind_sandbox.market.grid import Floats, Grid

LEVELS: Final = 5


@attrs.frozen(kw_only=True)
class BookShape:
    """
    How the book around a price looks.

    Args:
        spread_bps: Distance of best bid and best ask, hundredths of a percent; never below one step.
        level_bps: Distance of one level and the next, hundredths of a percent; never below one step.
        depth: Quantity on a level as a part of what is traded in a bar, on average.
    """

    spread_bps: float = 1.0
    level_bps: float = 1.0
    depth: float = 0.05


@attrs.frozen(kw_only=True, eq=False)
class Books:
    """
    The books of one bar, one for each of its prints.

    Args:
        symbol: The pair.
        grid: The pair's steps.
        lot: The step of an order's quantity, units of 10^-8.
        shape: Spread and distances.
        sizes: Quantities by print, side and level, units of 10^-8.
        below: Where in the spread the price lies, by print, 0 to 1.
    """

    symbol: str
    grid: Grid
    lot: int
    shape: BookShape
    sizes: Floats
    below: Floats

    @classmethod
    def of_bar(
        cls, symbol: str, begin: int, *, volume: int, prints: int, grid: Grid, lot: int, shape: BookShape, seed: int
    ) -> Books:
        """
        Draw the books of a bar.

        Args:
            symbol: The pair.
            begin: The bar's open, milliseconds UTC.
            volume: What is traded in the bar, quantity steps; depth scales with it.
            prints: How many prints the bar has.
            grid: The pair's steps.
            lot: The step of an order's quantity, units of 10^-8.
            shape: Spread, distances and depth.
            seed: The sandbox's seed.
        """
        draws = generator(seed, "book", symbol, begin)
        growth = 1.0 + np.arange(LEVELS) / 2.0
        sizes = draws.gamma(2.0, 0.5, (prints, 2, LEVELS)) * growth * (volume * shape.depth) * grid.quantity
        return cls(symbol=symbol, grid=grid, lot=max(lot, 1), shape=shape, sizes=sizes, below=draws.random(prints))

    def at(self, number: int, price: int) -> BookInput:
        """
        Return the book around a print.

        The price lies between best bid and best ask or on one of them, so that what trades there agrees
        with the book. Quantities are whole lots, at least one.

        Args:
            number: Which print of the bar.
            price: Its price, price steps.
        """
        spread = max(1, round(price * self.shape.spread_bps / 10_000))
        apart = max(1, round(price * self.shape.level_bps / 10_000))
        bid = price - int(self.below[number] * (spread + 1))
        tick = self.grid.price
        sizes = self.sizes[number]
        bids = [(bid - level * apart, self._lots(sizes[0, level])) for level in range(LEVELS)]
        asks = [(bid + spread + level * apart, self._lots(sizes[1, level])) for level in range(LEVELS)]
        return BookInput(
            symbol=self.symbol,
            bids=tuple((steps * tick, size) for steps, size in bids if steps > 0),
            asks=tuple((steps * tick, size) for steps, size in asks if steps > 0),
        )

    def _lots(self, size: float) -> int:
        return max(int(size) // self.lot, 1) * self.lot
