"""
Amounts as whole numbers of 10^-8.

Prices, quantities and balances are integers of this unit everywhere in the exchange; text
with eight decimals exists only at its edge. Nothing is ever a float.
"""

from decimal import Decimal
from functools import lru_cache
from typing import Final

PLACES: Final = 8
UNIT: Final = 10**PLACES


@lru_cache(maxsize=65536)
def _units_of_text(value: str) -> int:
    sign = -1 if value.startswith("-") else 1
    whole, _, fraction = value.lstrip("-").partition(".")
    if not (whole or fraction) or not (whole + fraction).isascii() or not (whole + fraction).isdigit():
        raise ValueError(f"{value!r} is not a plain decimal number")
    kept = fraction.rstrip("0")
    if len(kept) > PLACES:
        raise ValueError(f"{value!r} has more than {PLACES} decimals")
    return sign * (int(whole or "0") * UNIT + int(kept.ljust(PLACES, "0")))


def units(value: str | int | Decimal) -> int:
    """
    Return an amount in units of 10^-8; `units("0.5") == 50_000_000`.

    Args:
        value: Plain decimal text, a whole number or a Decimal.

    Raises:
        ValueError: The text is no plain decimal number or has more than eight decimals.
    """
    if isinstance(value, int):
        return value * UNIT
    return _units_of_text(value if isinstance(value, str) else format(value, "f"))


@lru_cache(maxsize=131_072)
def text(amount: int) -> str:
    """Return units of 10^-8 as text with eight decimals, as the venue writes amounts."""
    if amount < 0:
        return "-" + text(-amount)
    return f"{amount // UNIT}.{amount % UNIT:08d}"


def decimal(amount: int) -> Decimal:
    """Return units of 10^-8 as an exact Decimal."""
    return Decimal(amount).scaleb(-PLACES)


def product(price: int, quantity: int) -> int:
    """Return what a quantity costs at a price, in quote units, rounded down to 10^-8."""
    return price * quantity // UNIT


def product_up(price: int, quantity: int) -> int:
    """Return what must be locked for a quantity at a price, in quote units, rounded up to 10^-8."""
    return -(-price * quantity // UNIT)


def floor_to(amount: int, step: int) -> int:
    """Return the largest multiple of `step` that is not above `amount`; a step of zero changes nothing."""
    return amount - amount % step if step > 0 else amount
