"""Amounts as text, and sums of them that are exact or fail."""

from __future__ import annotations

from collections.abc import Hashable, MutableMapping
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Final

from tradewind.store.records import ZERO

_EXACT: Final = Context(prec=80, traps=[Inexact, InvalidOperation, Overflow])


def decimal_text(value: Decimal) -> str:
    """Return a decimal as plain digits, without exponent or trailing zeros: equal amounts have equal text."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def exact_sum(first: Decimal, second: Decimal) -> Decimal:
    """Return the exact sum; an amount with more digits than any coin has raises rather than rounds."""
    return _EXACT.add(first, second)


def add_up[K: Hashable](sums: MutableMapping[K, Decimal], key: K, delta: Decimal) -> None:
    """Add a change to the sum of a key."""
    sums[key] = exact_sum(sums.get(key, ZERO), delta)
