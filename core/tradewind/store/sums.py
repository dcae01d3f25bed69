"""Amounts as text, and sums of them that are exact or fail."""

from __future__ import annotations

from collections.abc import Hashable, MutableMapping
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Final

from tradewind.model.orders import Side
from tradewind.store.records import ZERO, Fill, LedgerEntry

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


def entries_of(fill: Fill, *, base: str, quote: str) -> tuple[LedgerEntry, ...]:
    """
    Return what an execution changes: the base asset, the quote asset, and what its commission was taken in.

    Args:
        fill: The execution.
        base: The pair's base asset.
        quote: The pair's quote asset.
    """
    sign = 1 if fill.side is Side.BUY else -1
    legs = (
        ("base", base, fill.qty * sign),
        ("quote", quote, fill.quote_qty * -sign),
        ("commission", fill.commission_asset, -fill.commission),
    )
    return tuple(
        LedgerEntry(
            account_fp=fill.account_fp,
            asset=asset,
            delta=delta,
            cause="fill",
            symbol=fill.symbol,
            ref=str(fill.trade_id),
            leg=leg,
            chain_id=fill.chain_id,
            time_ms=fill.time_ms,
        )
        for leg, asset, delta in legs
        if delta
    )
