"""How far and how long equity was below its peak."""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np

from tradewind.metrics.curve import DAY_MS, Curve, Floats

NONE: Final = 1e-12
"""A fall below this share of the peak is rounding, not a drawdown."""

_PIECE: Final = 16_384


@attrs.frozen(kw_only=True)
class Drawdown:
    """
    The deepest and the longest fall from a peak.

    Args:
        depth: The deepest fall as a fraction of its peak, at bar closes; 0 for none.
        peak_ms: Bar open of the deepest fall's peak (the first bar when it is the initial balance).
        valley_ms: Bar open of its lowest close.
        recovery_ms: Bar open of the first close back at the peak; None while it is under water.
        days: From its peak to its recovery, or to the end of the run, days.
        longest_days: The same of the fall that lasted longest, days.
    """

    depth: float = 0.0
    peak_ms: int = 0
    valley_ms: int = 0
    recovery_ms: int | None = None
    days: float = 0.0
    longest_days: float = 0.0


def falls(values: Floats, start: float) -> Floats:
    """Return the fall from the highest value so far, `start` included, as a fraction of it."""
    fall = np.empty_like(values)
    for first in range(0, len(values), _PIECE):
        piece = values[first : first + _PIECE]
        peak = np.maximum.accumulate(piece)
        np.maximum(peak, start, out=peak)
        start = float(peak[-1])
        np.divide(piece, peak, out=peak)
        np.subtract(1.0, peak, out=fall[first : first + _PIECE])
    return fall


def drawdown(curve: Curve) -> Drawdown:
    """Return the deepest and the longest drawdown, flows taken out."""
    if not len(curve.time):
        return Drawdown()
    fall = curve.drawdown if curve.drawdown is not None else falls(curve.steady, curve.initial_balance)
    valley = int(fall.argmax())
    depth = float(fall[valley])
    if not depth > NONE:
        return Drawdown()
    at_peak = np.flatnonzero(fall <= NONE)
    # The initial balance is a peak before the first row.
    edges = np.concatenate(([-1], at_peak, [len(fall)]))
    after = int(np.searchsorted(at_peak, valley)) + 1
    peak, recovery = int(edges[after - 1]), int(edges[after])
    # A close is known one bar after its open; at both ends of a fall that bar cancels.
    stamps = np.concatenate(([curve.time[0] - curve.bar_ms], curve.time[at_peak], [curve.time[-1]]))
    # A step of one row is no fall: the next close was at the peak again.
    under_water = np.diff(edges) > 1
    spans = np.where(under_water, np.diff(stamps), 0)
    return Drawdown(
        depth=depth,
        peak_ms=int(curve.time[max(0, peak)]),
        valley_ms=int(curve.time[valley]),
        recovery_ms=int(curve.time[recovery]) if recovery < len(fall) else None,
        days=float(stamps[after] - stamps[after - 1]) / DAY_MS,
        longest_days=float(spans.max()) / DAY_MS,
    )
