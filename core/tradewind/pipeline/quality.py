"""What is wrong with bars: what is missing, what cannot be traded on, what was built from too little."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.model.bars import PRICES, Bars
from tradewind.model.gaps import Gap, find_gaps

MAX_GAP_MS: Final = 2 * 86_400_000
"""A gap longer than two days restarts the warm-up of indicators."""

_SHOWN: Final = 20


@attrs.frozen(kw_only=True)
class MaskedBar:
    """
    A bar that exists and cannot be traded on.

    Args:
        row: Its place.
        time_ms: Its open, UTC milliseconds.
        reason: What is impossible about it, in words.
    """

    row: int
    time_ms: int
    reason: str


@attrs.frozen(kw_only=True)
class Quality:
    """
    What a history is worth.

    Args:
        rows: Number of bars.
        first_ms: Open of the first bar, UTC milliseconds; None without bars.
        last_ms: Open of the last bar, UTC milliseconds; None without bars.
        gaps: Runs of missing bars between them.
        masked: Bars that cannot be traded on.
        partial_ms: Opens of bars that were built from fewer finer bars than they span.
    """

    rows: int
    first_ms: int | None
    last_ms: int | None
    gaps: tuple[Gap, ...]
    masked: tuple[MaskedBar, ...]
    partial_ms: tuple[int, ...]

    @property
    def missing(self) -> int:
        """How many bars are missing in all gaps."""
        return sum(gap.bars for gap in self.gaps)

    @property
    def flawless(self) -> bool:
        """Whether nothing is missing and every bar can be traded on."""
        return not self.gaps and not self.masked

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; times are ISO 8601 UTC."""
        return {
            "rows": self.rows,
            "first": iso(self.first_ms),
            "last": iso(self.last_ms),
            "missing": self.missing,
            "gaps": [
                {"first_missing": iso(g.first_missing_ms), "last_missing": iso(g.last_missing_ms), "bars": g.bars}
                for g in self.gaps
            ],
            "masked": [{"row": m.row, "time": iso(m.time_ms), "reason": m.reason} for m in self.masked],
            "partial": [iso(moment) for moment in self.partial_ms],
        }

    def lines(self, shown: int = _SHOWN) -> list[str]:
        """
        Return what a report prints, one fact a line.

        Args:
            shown: How many gaps and masked bars are named before the rest is counted.
        """
        if not self.rows:
            return ["no bars"]
        out = [f"{self.rows} bars from {iso(self.first_ms)} to {iso(self.last_ms)}"]
        if self.gaps:
            out.append(f"{self.missing} bars missing in {len(self.gaps)} gaps")
            longest = sorted(self.gaps, key=lambda gap: -gap.bars)[:shown]
            out += [f"  {g.bars} from {iso(g.first_missing_ms)} to {iso(g.last_missing_ms)}" for g in longest]
            if len(self.gaps) > shown:
                out.append(f"  and {len(self.gaps) - shown} shorter gaps")
        if self.masked:
            out.append(f"{len(self.masked)} bars masked")
            out += [f"  {iso(m.time_ms)}: {m.reason}" for m in self.masked[:shown]]
            rest = Counter(m.reason for m in self.masked[shown:])
            out += [f"  and {count} more: {reason}" for reason, count in rest.most_common()]
        if self.partial_ms:
            out.append(f"{len(self.partial_ms)} bars partial, the first at {iso(self.partial_ms[0])}")
        return out


def iso(time_ms: int | None) -> str | None:
    """Return UTC milliseconds as ISO 8601, or None for None."""
    return None if time_ms is None else pd.Timestamp(time_ms, unit="ms", tz="UTC").isoformat()


def describe(bars: Bars) -> Quality:
    """Return what is missing, masked and partial in these bars."""
    return Quality(
        rows=len(bars),
        first_ms=int(bars.time[0]) if len(bars) else None,
        last_ms=int(bars.time[-1]) if len(bars) else None,
        gaps=find_gaps(bars.time, bars.timeframe),
        masked=tuple(
            MaskedBar(row=int(row), time_ms=int(bars.time[row]), reason=_reason(bars, int(row)))
            for row in np.flatnonzero(bars.masked)
        ),
        partial_ms=tuple(int(moment) for moment in bars.time[bars.partial]),
    )


def segments(bars: Bars, max_gap_ms: int = MAX_GAP_MS) -> list[tuple[int, int]]:
    """
    Split bars where more than `max_gap_ms` is missing; indicators warm up anew in each part.

    Args:
        bars: The bars that exist.
        max_gap_ms: The longest span without bars that is borne, milliseconds.

    Returns:
        (start, stop) row ranges that cover all bars in order.
    """
    if bars.whole:
        return [(0, len(bars))] if len(bars) else []
    cuts: npt.NDArray[np.intp] = np.flatnonzero(np.diff(bars.time) - bars.timeframe.ms > max_gap_ms) + 1
    edges = [0, *map(int, cuts), len(bars)]
    return list(pairwise(edges))


def _reason(bars: Bars, row: int) -> str:
    values = {name: float(getattr(bars, name)[row]) for name in (*PRICES, "volume")}
    for name, value in values.items():
        if not np.isfinite(value):
            return f"{name} is not a finite number"
        if name == "volume" and value < 0.0:
            return "volume is negative"
        if name != "volume" and value <= 0.0:
            return f"{name} is not positive"
    if values["high"] < values["low"]:
        return "high is below low"
    return "open or close lies outside low and high"
