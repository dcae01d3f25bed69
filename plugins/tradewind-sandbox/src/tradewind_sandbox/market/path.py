"""A way for the price through one bar: seeded, on tick, and true to its open, high, low, close and volume."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Final

import attrs

from tradewind_sandbox.market.draws import BarDraws
from tradewind_sandbox.market.grid import TickBars

FEWEST: Final = 4
"""Open, the two extremes and close need a print each."""

_LIKELY: Final = 0.7
"""How often a rising bar sees its low first, and a falling one its high."""


@attrs.frozen(kw_only=True)
class Path:
    """
    The prints of one bar, in order, as lists of one length.

    Args:
        time: When, milliseconds UTC; the first at the bar's open, the last before its end.
        price: Price steps.
        quantity: Quantity steps; 0 where a bar has less volume than prints.
        maker_bought: The resting side was the buyer, that is, the print was a sale into the book.
    """

    time: list[int]
    price: list[int]
    quantity: list[int]
    maker_bought: list[bool]


def walk(bars: TickBars, row: int, *, length_ms: int, draws: BarDraws) -> Path:
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
        draws: What is drawn for this bar.
    """
    begin, volume = int(bars.time[row]), int(bars.volume[row])
    edges = (int(bars.open[row]), int(bars.high[row]), int(bars.low[row]), int(bars.close[row]))
    if volume == 0 and edges[1] == edges[2]:
        return Path(time=[begin], price=[edges[0]], quantity=[0], maker_bought=[False])
    steps = max(FEWEST, min(len(draws.noise), volume))
    price = _prices(edges, steps, draws)
    time = [begin, *(begin + int((place + draws.jitter[place]) * length_ms / steps) for place in range(1, steps))]
    return Path(time=time, price=price, quantity=_shares(volume, steps, draws), maker_bought=_sides(price, draws))


def _prices(edges: tuple[int, int, int, int], steps: int, draws: BarDraws) -> list[int]:
    opened, high, low, closed = edges
    one = 1 + int(draws.places[0] * (steps - 2))
    other = 1 + int(draws.places[1] * (steps - 3))
    other += other >= one
    low_first = draws.order < (_LIKELY if closed >= opened else 1 - _LIKELY)
    near, far = (low, high) if low_first else (high, low)
    scale = (high - low) / (2.0 * steps**0.5)
    noise = [total * scale for total in accumulate(draws.noise[:steps])]
    price = [opened]
    anchors = ((0, opened), (min(one, other), near), (max(one, other), far), (steps - 1, closed))
    for (begin, level), (end, target) in pairwise(anchors):
        for place in range(begin + 1, end):
            part = (place - begin) / (end - begin)
            # Tied down at both ends, the noise is a bridge and leaves the anchors exact.
            away = noise[place] - noise[begin] - (noise[end] - noise[begin]) * part
            price.append(min(high, max(low, round(level + (target - level) * part + away))))
        price.append(target)
    return price


def _shares(volume: int, steps: int, draws: BarDraws) -> list[int]:
    """Split a volume into whole parts that sum to it exactly; each is at least one step while there are enough."""
    least = min(1, volume // steps)
    rest = volume - least * steps
    bounds = list(accumulate(draws.share[:steps]))
    cuts = [0, *(min(rest, int(bound / bounds[-1] * rest)) for bound in bounds[:-1]), rest]
    return [later - earlier + least for earlier, later in pairwise(cuts)]


def _sides(price: list[int], draws: BarDraws) -> list[bool]:
    """Return where the price fell, or where a coin says so because it stood still."""
    moves = [0, *(later - earlier for earlier, later in pairwise(price))]
    return [move < 0 or (move == 0 and coin < 0.5) for move, coin in zip(moves, draws.coin, strict=False)]
