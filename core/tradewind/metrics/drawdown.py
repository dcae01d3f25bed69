"""How far and how long equity was below its peak."""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.metrics.curve import DAY_MS, Curve, Floats

NONE: Final = 1e-12
"""A fall below this share of the peak is rounding, not a drawdown."""

BLOCK: Final = 256
"""Rows are looked at in blocks of this many."""

Rows = npt.NDArray[np.intp]


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


def falls(values: Floats, start: float) -> tuple[Rows, Floats]:
    """
    Return falls from the highest value so far, `start` included, as fractions of it.

    Only the rows of blocks that hold a peak or may hold the deepest fall are looked at: a running
    maximum over all rows would take most of the time of all figures together.

    Returns:
        Rows in order, among them every row at a peak and the one of the deepest fall, and the fall in each.
    """
    whole = len(values) // BLOCK * BLOCK
    blocks = values[:whole].reshape(-1, BLOCK)
    tops, lows = blocks.max(axis=1), blocks.min(axis=1)
    peaks = np.maximum.accumulate(np.concatenate(([start], tops)))
    before, after = peaks[:-1], peaks[1:]
    reached, possible = 1.0 - lows / before, 1.0 - lows / after
    kept = (possible > reached.max(initial=0.0)) | (tops >= before * (1.0 - NONE))
    if len(reached):
        kept[reached.argmax()] = True
    place = np.flatnonzero(kept)
    inside = _falls(blocks[kept], before[kept])
    tail = _falls(values[np.newaxis, whole:], peaks[-1:])
    rows = (place[:, np.newaxis] * BLOCK + np.arange(BLOCK)).ravel()
    return np.concatenate((rows, np.arange(whole, len(values)))), np.concatenate((inside.ravel(), tail.ravel()))


def _falls(blocks: Floats, before: Floats) -> Floats:
    peak = np.maximum.accumulate(blocks, axis=1)
    np.maximum(peak, before[:, np.newaxis], out=peak)
    return np.asarray(1.0 - blocks / peak)


def drawdown(curve: Curve) -> Drawdown:
    """Return the deepest and the longest drawdown, flows taken out."""
    bars = len(curve.time)
    if not bars:
        return Drawdown()
    rows, fall = falls(curve.steady, curve.initial_balance)
    deepest = int(fall.argmax())
    valley, depth = int(rows[deepest]), float(fall[deepest])
    if not depth > NONE:
        return Drawdown()
    at_peak = rows[fall <= NONE]
    # The initial balance is a peak before the first row.
    edges = np.concatenate(([-1], at_peak, [bars]))
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
        recovery_ms=int(curve.time[recovery]) if recovery < bars else None,
        days=float(stamps[after] - stamps[after - 1]) / DAY_MS,
        longest_days=float(spans.max()) / DAY_MS,
    )
