"""Sums in the order in which numpy takes them, so that figures of one run and of many are the same to the last bit."""

from __future__ import annotations

from typing import Any, Final

from tradewind.kernel.compile import kernel

PIECE: Final = 8_192
"""Longer columns are added up in pieces of this many, one after the other, as figures are."""

_BLOCK: Final = 128


@kernel
def total(values: Any) -> float:
    """Return the sum of the values, as `tradewind.metrics.sums.total` does."""
    out = 0.0
    for start in range(0, values.shape[0], PIECE):
        out += pairwise(values[start : start + PIECE])
    return out


@kernel
def pairwise(values: Any) -> float:
    """Return the sum of the values, halved down to blocks."""
    count = values.shape[0]
    if count <= _BLOCK:
        return block(values)  # type: ignore[no-any-return]
    half = count // 2
    half -= half % 8
    return pairwise(values[:half]) + pairwise(values[half:])  # type: ignore[no-any-return]


@kernel
def block(values: Any) -> float:
    """Return the sum of a few values: every eighth of them together, and what is left at the end."""
    out = 0.0
    whole = values.shape[0] // 8 * 8
    if whole > 0:
        a, b, c, d, e, f, g, h = (
            values[0], values[1], values[2], values[3], values[4], values[5], values[6], values[7],
        )  # fmt: skip
        for i in range(8, whole, 8):
            a += values[i]
            b += values[i + 1]
            c += values[i + 2]
            d += values[i + 3]
            e += values[i + 4]
            f += values[i + 5]
            g += values[i + 6]
            h += values[i + 7]
        out = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for i in range(whole, values.shape[0]):
        out += values[i]
    return out
