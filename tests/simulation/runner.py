"""Many seeds on several processes, and what they came to in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import attrs

from simulation.weather import KINDS
from simulation.world import Outcome, Scene, live


@attrs.define
class Tally:
    """
    What many seeds came to.

    Args:
        seeds: How many.
        faults: How often each kind happened.
        unprotected: Every time that a position was without a stop while venue and engine were up, seconds.
        level_a: Those of guarantee level A, where no normal way leads to one.
        positions_a: How many positions were opened at level A.
        promised: Those of them where nobody else had a hand in the account: what others sell, cancel or hold is looked
            into for longer, so that no one's coins are sold for ours.
        broken: Seeds with violations.
        copied: Entries that were executed twice, because a copy arrived when nothing of them rested any more.
        points: How many persist, send and receive steps there were.
    """

    seeds: int = 0
    kills: int = 0
    copied: int = 0
    entries: int = 0
    trades: int = 0
    closed: int = 0
    faults: Counter[str] = attrs.field(factory=Counter)
    unprotected: list[float] = attrs.field(factory=list)
    level_a: list[float] = attrs.field(factory=list)
    positions_a: int = 0
    promised: list[float] = attrs.field(factory=list)
    broken: dict[int, tuple[str, ...]] = attrs.field(factory=dict)
    points: Counter[str] = attrs.field(factory=Counter)

    def add(self, outcome: Outcome) -> None:
        """Take a seed in."""
        self.seeds += 1
        self.kills += outcome.kills
        self.copied += outcome.copied
        self.entries += outcome.entries
        self.trades += outcome.trades
        self.closed += outcome.closed
        self.faults += outcome.faults
        self.points += outcome.points
        self.unprotected.extend(outcome.unprotected)
        if outcome.level in {"sized", "fixed"}:
            self.level_a.extend(outcome.unprotected)
            self.positions_a += outcome.entries
            self.promised.extend(() if outcome.hands else outcome.unprotected)
        if outcome.violations:
            self.broken[outcome.seed] = outcome.violations

    def without_stop_s(self) -> float:
        """Return for how long 99 of 100 positions at level A were without a stop at most, seconds; most never were."""
        never = max(0, self.positions_a - len(self.level_a))
        return percentile([0.0] * never + self.level_a, 0.99)

    def words(self) -> str:
        """Return it for people."""
        work = f"{self.entries} entries, {self.trades} executions, {self.closed} closed trades, {self.kills} kills"
        lines = [
            f"{self.seeds} seeds, {work}",
            f"steps: {', '.join(f'{name} {count}' for name, count in sorted(self.points.items()))}",
            f"unprotected: {spread(self.unprotected)}",
            f"  at level A: {spread(self.level_a)}",
            f"  99 % of the {self.positions_a} positions of level A: at most {self.without_stop_s():.2f} s",
            f"  at level A, nobody else at the account: {spread(self.promised)}",
            f"entries of which the venue executed a copy, their stop being gone: {self.copied}",
            "faults: " + ", ".join(f"{name} {self.faults[name]}" for name in KINDS),
            f"seeds with violations: {len(self.broken)}",
        ]
        return "\n".join(lines + broken_lines(self.broken))


def broken_lines(broken: Mapping[int, Sequence[str]]) -> list[str]:
    """Return a line for each of the first seeds with violations."""
    return [
        f"  {seed}: {violations[0]}" + (f" (and {len(violations) - 1} more)" if violations[1:] else "")
        for seed, violations in sorted(broken.items())[:40]
    ]


def percentile(seconds: Iterable[float], fraction: float) -> float:
    """Return how long so large a fraction of the moments were at most; 0 without any."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * fraction))] if ordered else 0.0


def spread(seconds: Collection[float]) -> str:
    """Return how many moments there were, and how long."""
    median, most, longest = (percentile(seconds, fraction) for fraction in (0.5, 0.99, 1.0))
    return f"{len(seconds)} times, median {median:.2f} s, 99 % within {most:.2f} s, longest {longest:.2f} s"


def outcomes[S, O](live: Callable[[S], O], scenes: Iterable[S], workers: int) -> Iterator[O]:
    """Live scenes through, in order; on this process when there is one worker."""
    if workers <= 1:
        yield from map(live, scenes)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(live, scenes, chunksize=4)


def tally(scenes: Iterable[Scene], workers: int = 1) -> Tally:
    """Live scenes through and return what they came to."""
    total = Tally()
    for outcome in outcomes(live, scenes, workers):
        total.add(outcome)
    return total
