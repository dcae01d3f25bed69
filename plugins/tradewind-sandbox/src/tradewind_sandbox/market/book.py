"""Five levels on each side of the last price, seeded."""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np

from tradewind_sandbox.exchange.messages import BookInput
from tradewind_sandbox.market.draws import BarDraws
from tradewind_sandbox.market.grid import Grid

_MOST: Final = 4e18
"""More units than this on a level would not fit an int64."""


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
        tick: The step of prices, units of 10^-8.
        shape: Spread and distances.
        sizes: Quantities by print, side and level, units of 10^-8.
        below: Where in the spread the price lies, by print, 0 to 1.
    """

    symbol: str
    tick: int
    shape: BookShape
    sizes: list[Any]
    below: list[float]

    @classmethod
    def of_bar(cls, symbol: str, draws: BarDraws, *, volume: int, grid: Grid, lot: int, shape: BookShape) -> Books:
        """
        Return the books of a bar.

        Args:
            symbol: The pair.
            draws: What is drawn for this bar.
            volume: What is traded in the bar, quantity steps; depth scales with it.
            grid: The pair's steps.
            lot: The step of an order's quantity, units of 10^-8; quantities are whole lots, at least one.
            shape: Spread, distances and depth.
        """
        step = max(lot, 1)
        lots = np.maximum(np.minimum(draws.sizes * (volume * shape.depth * grid.quantity), _MOST) // step, 1.0)
        sizes = (lots.astype(np.int64) * step).tolist()
        return cls(symbol=symbol, tick=grid.price, shape=shape, sizes=sizes, below=draws.below)

    def at(self, number: int, price: int) -> BookInput:
        """
        Return the book around a print.

        The price lies between best bid and best ask or on one of them, so that what trades there agrees
        with the book.

        Args:
            number: Which print of the bar.
            price: Its price, price steps.
        """
        spread = max(1, round(price * self.shape.spread_bps / 10_000))
        apart = max(1, round(price * self.shape.level_bps / 10_000)) * self.tick
        best = price - int(self.below[number] * (spread + 1))
        bid, ask = best * self.tick, (best + spread) * self.tick
        bids, asks = self.sizes[number]
        return BookInput(
            symbol=self.symbol,
            bids=tuple((bid - level * apart, size) for level, size in enumerate(bids) if bid > level * apart),
            asks=tuple((ask + level * apart, size) for level, size in enumerate(asks)),
        )
