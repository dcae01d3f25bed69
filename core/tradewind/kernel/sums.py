"""Sums in the order in which numpy takes them, so that figures of one run and of many are the same to the last bit."""

from __future__ import annotations

from typing import Any, Final

from tradewind.kernel.compile import kernel

PIECE: Final = 8_192
"""numpy sums longer columns in pieces of this many, one after the other."""

_BLOCK: Final = 128


@kernel
def total(values: Any, count: int) -> float:
    """Return the sum of the first `count` values, as `numpy.sum` does."""
    out = 0.0
    start = 0
    while start < count:
        stop = min(start + PIECE, count)
        out += pairwise(values, start, stop)
        start = stop
    return out


@kernel
def pairwise(values: Any, start: int, stop: int) -> float:
    """Return the sum of the values from `start` to before `stop`, halved down to blocks of eight sums each."""
    count = stop - start
    if count < 8:
        out = 0.0
        for i in range(start, stop):
            out += values[i]
        return out
    if count <= _BLOCK:
        return block(values, start, stop)  # type: ignore[no-any-return]
    half = count // 2
    half -= half % 8
    return pairwise(values, start, start + half) + pairwise(values, start + half, stop)  # type: ignore[no-any-return]


@kernel
def block(values: Any, start: int, stop: int) -> float:
    """Return the sum of at least eight values: every eighth of them together, and what is left at the end."""
    a, b, c, d = values[start], values[start + 1], values[start + 2], values[start + 3]
    e, f, g, h = values[start + 4], values[start + 5], values[start + 6], values[start + 7]
    whole = stop - (stop - start) % 8
    for i in range(start + 8, whole, 8):
        a += values[i]
        b += values[i + 1]
        c += values[i + 2]
        d += values[i + 3]
        e += values[i + 4]
        f += values[i + 5]
        g += values[i + 6]
        h += values[i + 7]
    out = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for i in range(whole, stop):
        out += values[i]
    return out  # type: ignore[no-any-return]
