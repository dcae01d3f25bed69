"""What two engines answered differently, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from oracle.engines import Line, Outcome

RELATIVE = 1e-9
ABSOLUTE = 1e-9
"""For amounts that should be 0; quote units and fractions alike."""

SIZES = ("effective_risk", "quantity", "distance", "price", "binding")
"""Columns of a decision that are only stated for rows that came as far as sizing."""


def differences(expected: Outcome, found: Outcome) -> list[str]:
    """Return every difference, the earliest first; empty when the engines agree."""
    answer = [
        *_table("decision", _decided(expected), _decided(found)),
        *_table("fill", _ordered(expected.fills), _ordered(found.fills)),
        *_table("trade", _ordered(expected.trades), _ordered(found.trades)),
        *_table("position", _ordered(expected.positions), _ordered(found.positions)),
        *_table("equity", expected.equity, found.equity),
    ]
    return sorted(answer)


def _ordered(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return the lines by time and slot; within a slot they stay as they happened."""
    rows = [line.values for line in lines]
    return sorted(rows, key=lambda row: (_moment(row), row["symbol"], row["strategy"]))


def _moment(row: dict[str, Any]) -> int:
    """Return when the row happened: at its time, its exit or its entry."""
    return int(next(row[name] for name in ("time", "exit_time", "entry_time") if name in row))


def _decided(lines: Outcome) -> list[dict[str, Any]]:
    rows = []
    for row in _ordered(lines.decisions):
        kept = dict(row)
        if not kept["binding"]:
            kept = {name: value for name, value in kept.items() if name not in SIZES}
        rows.append(kept)
    return rows


def _table(name: str, expected: Sequence[Any], found: Sequence[Any]) -> list[str]:
    answer = []
    if len(expected) != len(found):
        answer.append(f"~ {name}s: {len(expected)} expected, {len(found)} found")
    for i, (left, right) in enumerate(zip(expected, found, strict=False)):
        wanted = left.values if isinstance(left, Line) else left
        got = right.values if isinstance(right, Line) else right
        label = f"{_moment(wanted)} {name} {i} {wanted.get('symbol', '')}"
        answer += [
            f"{label} {column}: {wanted.get(column)} expected, {got.get(column)} found"
            for column in sorted({*wanted, *got})
            if not same(wanted.get(column), got.get(column), slack=_slack(wanted, column))
        ]
    return answer


def _slack(row: dict[str, float], column: str) -> float:
    """Return the absolute tolerance: what is stated per amount inherits that of the amount, however small it is."""
    if column in ("pnl_pct", "r_multiple") and row["pnl"]:
        return ABSOLUTE * max(1.0, abs(row[column] / row["pnl"]))
    return ABSOLUTE


def same(expected: Any, found: Any, slack: float = ABSOLUTE) -> bool:
    """Tell whether two values of a table are equal; floats may differ in their last digits."""
    if isinstance(expected, float) and isinstance(found, int | float):
        return (math.isnan(expected) and math.isnan(found)) or math.isclose(
            expected, found, rel_tol=RELATIVE, abs_tol=slack
        )
    return bool(expected == found)
