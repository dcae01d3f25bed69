"""What a fault does to a market for a while."""

from __future__ import annotations

from fractions import Fraction

import attrs

from tradewind_sandbox.exchange.messages import BookInput


@attrs.frozen(kw_only=True)
class Distortion:
    """
    A change of what is fed.

    Args:
        silent: Nothing is fed: no prints, no books, no bars.
        factor: What prices are multiplied by; the result is rounded to the step.
        depth: What quantities on the book are multiplied by, at least one unit stays.
    """

    silent: bool = False
    factor: Fraction = Fraction(1)
    depth: Fraction = Fraction(1)

    def price(self, steps: int) -> int:
        """Return the price to feed, price steps; never below one."""
        return steps if self.factor == 1 else max(1, round(steps * self.factor))

    def book(self, plain: BookInput) -> BookInput:
        """Return the book to feed."""
        if self.depth == 1:
            return plain
        return attrs.evolve(plain, bids=self._thinned(plain.bids), asks=self._thinned(plain.asks))

    def _thinned(self, side: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
        return tuple((price, max(1, int(quantity * self.depth))) for price, quantity in side)

    def joined(self, other: Distortion) -> Distortion:
        """Return both changes at once."""
        return Distortion(
            silent=self.silent or other.silent, factor=self.factor * other.factor, depth=self.depth * other.depth
        )


PLAIN = Distortion()
"""No change."""

SILENT = Distortion(silent=True)
"""Nothing is fed."""
