"""A scripted session that is killed at one chosen step."""

from __future__ import annotations

from collections.abc import Iterable

from simulation.world import Outcome, Scene, live

STEPS = ("persist", "persisted", "send", "receive")
NAMED = tuple((what, number) for what in STEPS for number in (2, 5, 9, 14, 20, 27))
"""24 named points: before and after a commit, before a request leaves, when its answer is there."""


def scripted(seed: int, kill_at: tuple[str, int] | None = None) -> Scene:
    """Return a session in fair weather, killed at most once."""
    return Scene(seed=seed, storm_s=330, quiet_s=130, only=frozenset(), intensity=0.0, kill_at=kill_at, eagerness=0.9)


def points_of(seed: int) -> dict[str, int]:
    """Return how many steps of each kind the session has when nothing kills it."""
    return dict(live(scripted(seed)).points)


def killed(seed: int, points: Iterable[tuple[str, int]]) -> dict[tuple[str, int], tuple[str, ...]]:
    """Kill the session at each of these points, each time anew; return the violations."""
    found: dict[tuple[str, int], tuple[str, ...]] = {}
    for point in points:
        outcome: Outcome = live(scripted(seed, point))
        if outcome.violations:
            found[point] = outcome.violations
    return found


def kill(job: tuple[int, tuple[str, int]]) -> tuple[int, tuple[str, int], tuple[str, ...]]:
    """Kill one session at one point; return seed, point and violations."""
    seed, point = job
    return seed, point, killed(seed, [point]).get(point, ())
