"""Seeded draws that depend on what they are for and on nothing drawn before."""

from __future__ import annotations

import hashlib
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

LEVELS: Final = 5
"""Levels on each side of a book."""

_GROUP: Final = 64
"""So many bars are drawn for at once: a generator costs more than what it draws for one bar."""

Floats = npt.NDArray[np.float64]


def generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """
    Return a generator for one purpose: the same in every process, whatever else was drawn.

    Args:
        seed: The sandbox's seed.
        purpose: What it is for, such as a symbol, a word and a moment.
    """
    text = "\x1f".join(map(str, (seed, *purpose))).encode()
    key = np.frombuffer(hashlib.blake2b(text, digest_size=16).digest(), dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key))


@attrs.frozen(kw_only=True, eq=False)
class BarDraws:
    """
    Everything that is drawn for one bar; lists have one element for each print.

    Args:
        places: Where the two extremes come, 0 to 1 each.
        order: Which of them comes first, 0 to 1.
        jitter: How late in its slot a print is, 0 to 1.
        noise: Standard normal steps of the price.
        share: Standard exponential weights of the volume.
        coin: Which side took, 0 to 1, where the price does not tell.
        below: Where in the spread the price lies, 0 to 1.
        sizes: Weights of the book's quantities, mean 1 at the touch, by print, side and level.
    """

    places: tuple[float, float]
    order: float
    jitter: list[float]
    noise: list[float]
    share: list[float]
    coin: list[float]
    below: list[float]
    sizes: Floats


@attrs.define(kw_only=True, eq=False)
class Draws:
    """
    The draws of one pair's bars, each the same whichever bars were asked for before.

    Args:
        seed: The sandbox's seed.
        symbol: The pair.
        length_ms: How long a bar is, milliseconds.
        steps: Prints in a bar.
    """

    seed: int
    symbol: str
    length_ms: int
    steps: int
    _number: int = attrs.field(default=-1, init=False)
    _group: tuple[Floats, ...] = attrs.field(default=(), init=False)

    def of_bar(self, begin_ms: int) -> BarDraws:
        """Return what is drawn for the bar that opens at a moment, milliseconds UTC."""
        number, row = divmod(begin_ms // self.length_ms, _GROUP)
        if number != self._number:
            self._number, self._group = number, self._drawn(number)
        single, jitter, noise, share, coin, below, sizes = (column[row] for column in self._group)
        return BarDraws(
            places=(float(single[0]), float(single[1])),
            order=float(single[2]),
            jitter=jitter.tolist(),
            noise=noise.tolist(),
            share=share.tolist(),
            coin=coin.tolist(),
            below=below.tolist(),
            sizes=sizes,
        )

    def _drawn(self, number: int) -> tuple[Floats, ...]:
        draws = generator(self.seed, "bars", self.symbol, self.length_ms, self.steps, number)
        shape = (_GROUP, self.steps)
        growth = 1.0 + np.arange(LEVELS) / 2.0
        return (
            draws.random((_GROUP, 3)),
            draws.random(shape),
            draws.standard_normal(shape),
            draws.standard_exponential(shape),
            draws.random(shape),
            draws.random(shape),
            draws.gamma(2.0, 0.5, (*shape, 2, LEVELS)) * growth,
        )
