"""Many seeds on several processes, and what they came to in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import attrs

from simulation.bars.kinds import KINDS
from simulation.bars.torn import TORN
from simulation.bars.world import Outcome, Scene, live
from simulation.runner import broken_lines, outcomes, spread


@attrs.define
class Tally:
    """
    What many seeds came to.

    Args:
        seeds: How many.
        rows: Rows that were decided.
        entries: Entries that were sent.
        trades: Trades that were closed.
        lives: Processes that began.
        halts: Breakers that were raised.
        faults: How often each kind happened.
        seen_s: After how long a silent market was seen, seconds.
        broken: Seeds with violations.
    """

    seeds: int = 0
    rows: int = 0
    entries: int = 0
    trades: int = 0
    lives: int = 0
    halts: int = 0
    faults: Counter[str] = attrs.field(factory=Counter)
    seen_s: list[float] = attrs.field(factory=list)
    broken: dict[int, tuple[str, ...]] = attrs.field(factory=dict)

    def add(self, outcome: Outcome) -> None:
        """Take a seed in."""
        self.seeds += 1
        self.rows += outcome.rows
        self.entries += outcome.entries
        self.trades += outcome.trades
        self.lives += outcome.lives
        self.halts += outcome.halts
        self.faults += outcome.faults
        self.seen_s.extend(outcome.seen_s)
        if outcome.violations:
            self.broken[outcome.seed] = outcome.violations

    def words(self) -> str:
        """Return it for people."""
        work = f"{self.rows} rows decided, {self.entries} entries, {self.trades} closed trades, {self.halts} halts"
        lines = [
            f"{self.seeds} seeds on bars, {self.lives} processes, {work}",
            f"silent markets seen: {spread(self.seen_s)}",
            "faults: " + ", ".join(f"{name} {self.faults[name]}" for name in (*KINDS, *TORN)),
            f"seeds with violations: {len(self.broken)}",
        ]
        return "\n".join(lines + broken_lines(self.broken))


def tally(scenes: Iterable[Scene], workers: int = 1) -> Tally:
    """Live scenes through and return what they came to."""
    total = Tally()
    for outcome in outcomes(live, scenes, workers):
        total.add(outcome)
    return total
