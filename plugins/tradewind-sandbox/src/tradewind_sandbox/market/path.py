"""A way for the price through one bar: seeded, on tick, and true to its open, high, low, close and volume."""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np

from tradewind_sandbox.market.draws import generator
from tradewind_sandbox.market.grid import TickBars, Whole

FEWEST: Final = 4
"""Open, the two extremes and close need a print each."""

_LIKELY: Final = 0.7
"""How often a rising bar sees its low first, and a falling one its high."""


@attrs.frozen(kw_only=True, eq=False)
class Path:
    """
    The prints of one bar, in order, as arrays of one length.

    Args:
        time: When, int64 milliseconds UTC; the first at the bar's open, the last before its end.
        price: Price steps.
        quantity: Quantity steps; 0 where a bar has less volume than prints.
        maker_bought: The resting side was the buyer, that is, the print was a sale into the book.
    """

    time: Whole
    price: Whole
    quantity: Whole
    maker_bought: tuple[bool, ...]


def walk(bars: TickBars, row: int, *, length_ms: int, steps: int, seed: int, symbol: str) -> Path:
    """
    Return the prints of one bar.

    The first print is the open, the last the close; the two extremes come between them in a seeded
    order, the near one first more often than not, and between these four the price wanders within the
    bar. Quantities are drawn and sum to the volume; a bar whose volume is less than its prints need has
    some without quantity. A bar without volume in which the price stood still was a silent market: one
    mark without quantity stands for it.

    Args:
        bars: The bars.
        row: Which of them.
        length_ms: How long a bar is, milliseconds.
        steps: How many prints there are, at least four.
        seed: The sandbox's seed.
        symbol: The pair; with the seed and the bar's open it decides every draw.
    """
    begin, volume = int(bars.time[row]), int(bars.volume[row])
    edges = tuple(int(getattr(bars, name)[row]) for name in ("open", "high", "low", "close"))
    if volume == 0 and len(set(edges)) == 1:
        return Path(time=_row(begin), price=_row(edges[0]), quantity=_row(0), maker_bought=(False,))
    steps = max(FEWEST, min(steps, volume))
    draws = generator(seed, "path", symbol, begin)
    price = _prices(edges, steps, draws)
    place = np.arange(steps, dtype=np.int64)
    jitter = draws.integers(0, length_ms, steps)
    jitter[0] = 0
    side = np.sign(np.diff(price, prepend=price[0]))
    coin = draws.random(steps) < 0.5
    return Path(
        time=begin + (place * length_ms + jitter) // steps,
        price=price,
        quantity=_shares(volume, steps, draws),
        maker_bought=tuple(bool(down) for down in np.where(side == 0, coin, side < 0)),
    )


def _row(value: int) -> Whole:
    return np.array([value], dtype=np.int64)


def _prices(edges: tuple[int, ...], steps: int, draws: np.random.Generator) -> Whole:
    opened, high, low, closed = edges
    first, second = sorted(int(place) for place in draws.choice(np.arange(1, steps - 1), 2, replace=False))
    low_first = bool(draws.random() < (_LIKELY if closed >= opened else 1 - _LIKELY))
    near, far = (low, high) if low_first else (high, low)
    anchors = np.array([0, first, second, steps - 1])
    way = np.interp(np.arange(steps), anchors, np.array([opened, near, far, closed], dtype=np.float64))
    noise = np.cumsum(draws.standard_normal(steps)) * (high - low) / (2.0 * np.sqrt(steps))
    # Tied down at the four anchors, the noise is a chain of bridges and leaves them exact.
    noise -= np.interp(np.arange(steps), anchors, noise[anchors])
    price: Whole = np.clip(np.rint(way + noise), low, high).astype(np.int64)
    price[anchors] = (opened, near, far, closed)
    return price


def _shares(volume: int, steps: int, draws: np.random.Generator) -> Whole:
    """Split a volume into whole parts that sum to it exactly; each is at least one step while there are enough."""
    least = min(1, volume // steps)
    rest = volume - least * steps
    bounds = np.cumsum(draws.standard_exponential(steps))
    cuts = np.minimum(np.floor(bounds / bounds[-1] * rest).astype(np.int64), rest)
    cuts[-1] = rest
    shares: Whole = np.diff(cuts, prepend=0) + least
    return shares
