"""Comparing and rounding, with a note of every case that binary floats might decide otherwise."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import attrs

ZERO = Decimal(0)
ONE = Decimal(1)
ROUNDING = Decimal("1e-9")
"""A relative difference below which two amounts may compare otherwise in floats."""

STEP_TOLERANCE = Decimal("1e-9")
"""What misses a step by no more than this part of it counts as on it."""

FLOAT_TOLERANCE = Decimal("1e-15")
"""What misses a step by no more than this part of its own value counts as on it as well."""


def is_binary(value: Decimal) -> bool:
    """Tell whether a float holds this value exactly, so that exact ties are exact in floats too."""
    return Decimal(float(value)) == value


@attrs.define
class Scales:
    """Weighs amounts against each other; `notes` lists what was too close to call in floats."""

    notes: list[str] = attrs.field(factory=list)

    def weigh(self, what: str, left: Decimal, right: Decimal, size: Decimal | None = None) -> int:
        """Return −1, 0 or 1 as `left` is below, at or above `right`; `size` is the magnitude that was rounded."""
        difference = left - right
        scale = max(abs(left), abs(right)) if size is None else abs(size)
        close = abs(difference) <= ROUNDING * scale
        certain = difference == 0 and is_binary(left) and is_binary(right)
        if close and not certain:
            self.notes.append(f"{what}: {left} against {right}")
        return (difference > 0) - (difference < 0)

    def below(self, what: str, left: Decimal, right: Decimal, size: Decimal | None = None) -> bool:
        """Tell whether `left` is below `right`."""
        return self.weigh(what, left, right, size) < 0

    def at_least(self, what: str, left: Decimal, right: Decimal, size: Decimal | None = None) -> bool:
        """Tell whether `left` is at or above `right`."""
        return self.weigh(what, left, right, size) >= 0

    def rest(self, what: str, amount: Decimal, size: Decimal) -> Decimal:
        """Return what a subtraction left; as good as nothing of `size` may be a hair above or below it in floats."""
        if abs(amount) <= ROUNDING * size:
            self.notes.append(f"{what}: {amount} left")
        return amount

    def lots(self, quantity: Decimal, step: Decimal) -> Decimal:
        """Return `floor_lot(quantity)`; a step of 0 leaves the quantity as it is."""
        if step == 0 or quantity <= 0:
            return max(quantity, ZERO)
        return self._steps("lots", quantity / step, ROUND_FLOOR) * step

    def away_from_market(self, price: Decimal, side: int, tick: Decimal) -> Decimal:
        """Return a stop price rounded to the tick: down for a long position, up for a short one."""
        if tick == 0:
            return price
        return self._steps("tick", price / tick, ROUND_FLOOR if side > 0 else ROUND_CEILING) * tick

    def _steps(self, what: str, steps: Decimal, rounding: str) -> Decimal:
        """Round to whole steps; what lies as good as on one is on it."""
        tolerance = max(STEP_TOLERANCE, abs(steps) * FLOAT_TOLERANCE)
        nearest = steps.to_integral_value()
        missed = abs(steps - nearest)
        if tolerance / 3 < missed < tolerance * 3:
            self.notes.append(f"{what}: {steps} steps")
        return nearest if missed <= tolerance else steps.to_integral_value(rounding)
