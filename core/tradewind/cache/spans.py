"""Sets of half-open spans of time."""

from __future__ import annotations

from collections.abc import Iterable

Span = tuple[int, int]
Spans = tuple[Span, ...]


def union(spans: Iterable[Span]) -> Spans:
    """Return the spans sorted, with those that touch or overlap joined and empty ones dropped."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return tuple(out)


def intersect(spans: Iterable[Span], other: Iterable[Span]) -> Spans:
    """Return what lies in both sets."""
    right = union(other)
    return union((max(a, c), min(b, d)) for a, b in union(spans) for c, d in right)


def subtract(spans: Iterable[Span], other: Iterable[Span]) -> Spans:
    """Return what lies in the first set and not in the second."""
    left = union(spans)
    for start, end in union(other):
        left = union(part for a, b in left for part in ((a, min(b, start)), (max(a, end), b)))
    return left
