"""Prices and quantities as a venue takes them: steps, slippage, and the cost of a round trip."""

from __future__ import annotations

from typing import Any

import numpy as np

from tradewind.kernel.compile import kernel


@kernel
def floor_step(value: float, num: float, den: float) -> float:
    """
    Return the largest multiple of `num / den` not above the value; a value a hair below a multiple counts as on it.

    Dividing whole numbers last gives the double that is nearest to the decimal multiple.
    """
    if num == 0.0:
        return value
    steps = value * den / num
    return np.floor(steps + 1e-9 + abs(steps) * 1e-15) * num / den  # type: ignore[no-any-return]


@kernel
def ceil_step(value: float, num: float, den: float) -> float:
    """Return the smallest multiple of `num / den` not below the value, with the tolerance of `floor_step`."""
    if num == 0.0:
        return value
    steps = value * den / num
    return np.ceil(steps - 1e-9 - abs(steps) * 1e-15) * num / den  # type: ignore[no-any-return]


@kernel
def nearest_step(value: float, num: float, den: float) -> float:
    """Return the multiple of `num / den` nearest to a value that should be one but for rounding."""
    if num == 0.0:
        return value
    return np.floor(value * den / num + 0.5) * num / den  # type: ignore[no-any-return]


@kernel
def away_from_market(price: float, side: int, instrument: Any) -> float:
    """Return the price rounded to the tick: down below a long position, up above a short one (E1)."""
    if side > 0:
        return floor_step(price, instrument["tick_num"], instrument["tick_den"])  # type: ignore[no-any-return]
    return ceil_step(price, instrument["tick_num"], instrument["tick_den"])  # type: ignore[no-any-return]


@kernel
def market_price(reference: float, side: int, slip: float, half: float) -> float:
    """Return what a market order pays (`side` +1) or gets (−1) at a reference price (I8)."""
    return reference * (1.0 + side * (slip + half))


@kernel
def round_trip(instrument: Any) -> float:
    """Return the cost of a market entry and a market exit as a fraction of the value."""
    return 2.0 * (instrument["taker"] + instrument["slip"] + instrument["half"])  # type: ignore[no-any-return]


@kernel
def cash_per_value(instrument: Any) -> float:
    """Return the cash that one unit of notional needs at entry, costs included (D13)."""
    return 1.0 / instrument["leverage"] + instrument["taker"] + instrument["slip"] + instrument["half"]  # type: ignore[no-any-return]
