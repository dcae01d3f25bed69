"""The steps that a pair's prices and quantities lie on, and bars as whole numbers of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.api import Bars, DataError, Instrument
from tradewind_sandbox.exchange.money import PLACES, units

Whole = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_LARGEST: Final = 2.0**53
"""Beyond this a float64 no longer holds every whole number."""


@attrs.frozen(kw_only=True, eq=False)
class TickBars:
    """
    Bars in whole steps of their grid, as arrays of one length.

    Args:
        time: Bar opens, int64 milliseconds UTC.
        open: First price, price steps.
        high: Highest price, price steps.
        low: Lowest price, price steps.
        close: Last price, price steps.
        volume: Base volume, quantity steps.
    """

    time: Whole
    open: Whole
    high: Whole
    low: Whole
    close: Whole
    volume: Whole

    def __len__(self) -> int:
        return len(self.time)


@attrs.frozen(kw_only=True)
class Grid:
    """
    The steps of one pair, in units of 10^-8.

    Args:
        price: The step of prices, quote units.
        quantity: The step of traded quantities, base units; it may be finer than an order's lot step.
    """

    price: int
    quantity: int

    @classmethod
    def of(cls, instrument: Instrument, bars: Bars) -> Grid:
        """
        Return the instrument's own steps, or the finer ones that these bars need.

        Rules change over the years: old prices can be finer than today's tick, and a path must still
        pass through them exactly. Eight decimals are the finest there is.

        Args:
            instrument: Whose rules are the starting point.
            bars: What will be replayed.
        """
        prices = np.concatenate([bars.open, bars.high, bars.low, bars.close])
        return cls(price=_step(instrument.tick_size, prices), quantity=_step(instrument.lot_step, bars.volume))

    def ticks(self, bars: Bars) -> TickBars:
        """
        Return the bars in whole steps; what is finer than eight decimals is rounded.

        Bars that hold what is no market (not finite, not above zero, a high below the low) are left out.

        Raises:
            DataError: TW-D004 when a value is too large to be counted in steps.
        """
        good = bars.where(~bars.masked) if bars.masked.any() else bars
        volume = _counted(good.volume, self.quantity)
        columns = {name: _counted(getattr(good, name), self.price) for name in ("open", "high", "low", "close")}
        return TickBars(time=good.time.astype(np.int64), volume=volume, **columns)


def _decimals(values: Floats) -> int:
    """Return how many decimals write every value exactly, eight at most."""
    for decimals in range(PLACES):
        scale = 10.0**decimals
        # A quotient of two exact whole numbers is the float nearest to the decimal, so equality is exact.
        if bool((np.rint(values * scale) / scale == values).all()):
            return decimals
    return PLACES


def _step(stated: Decimal, values: Floats) -> int:
    finite = values[np.isfinite(values)]
    wanted = units(stated.quantize(Decimal(1).scaleb(-PLACES))) if stated > 0 else 0
    if wanted and _fits(finite, wanted):
        return wanted
    return int(10 ** (PLACES - _decimals(finite)))


def _fits(values: Floats, step: int) -> bool:
    """Tell whether every value is a whole number of steps; only steps that divide 1 or that 1 divides are tried."""
    if 10**PLACES % step == 0:
        per_unit = 10**PLACES / step
        return bool((np.rint(values * per_unit) / per_unit == values).all())
    return step % 10**PLACES == 0 and not bool((values % (step // 10**PLACES)).any())


def _counted(values: Floats, step: int) -> Whole:
    # Divide by a whole number of steps per unit, or multiply by it: both are exact where the value is on the grid.
    per_unit = 10**PLACES / step
    count: Floats = np.rint(values * per_unit) if per_unit >= 1 else np.rint(values / (step / 10**PLACES))
    if len(count) and float(count.max()) >= _LARGEST:
        raise DataError(
            f"a value of {float(values.max())} is too large to be counted in steps of {step} × 10^-8.",
            code="TW-D004",
            hint="Replay bars whose volume has fewer decimals.",
        )
    whole: Whole = count.astype(np.int64)
    return whole
