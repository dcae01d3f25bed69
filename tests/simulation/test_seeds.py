"""The real order desk, killed, cut off and lied to, on a virtual clock: no promise is broken."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulation.kills import NAMED, killed, points_of
from simulation.mutants import MUTANTS, caught_at
from simulation.runner import tally
from simulation.weather import KINDS
from simulation.world import Scene, live

TESTS = Path(__file__).parent.parent
FOUND = (
    303, 309, 324, 364, 398, 430, 438, 461, 499, 508, 516, 558, 569, 577, 580, 615, 630, 674, 733, 765, 1127, 1340,
    1341, 1395, 1461, 1485, 1495, 1705, 1959, 2309, 7795, 8518, 8800, 9073,
)  # fmt: skip
"""Seeds beyond those that always run that once found a fault of the engine."""
SOLD_WITHIN_S = 5.0
"""After so long without a stop a position is sold."""
RARE = ("error_before", "error_after", "external_lock", "commit_failed", "disk_failed", "key_revoked", "half_done")
"""Faults that need luck to strike: a test without them would show nothing."""


@pytest.mark.critical
@pytest.mark.parametrize("first", range(0, 300, 60))
def test_no_seed_breaks_a_promise_and_no_kind_of_fault_is_rare(first: int) -> None:
    total = tally(Scene(seed=seed) for seed in range(first, first + 60))
    assert total.broken == {}
    assert total.entries > 120
    # So few seeds tell of a handful of such moments: what 99 of 100 must keep to is held where many seeds run.
    assert max(total.promised, default=0.0) <= SOLD_WITHIN_S
    assert {kind: total.faults[kind] for kind in KINDS if total.faults[kind] < 3} == {}


@pytest.mark.critical
def test_a_seed_that_once_found_a_fault_finds_none() -> None:
    total = tally(Scene(seed=seed) for seed in FOUND)
    assert total.broken == {}
    assert max(total.promised, default=0.0) <= SOLD_WITHIN_S


@pytest.mark.critical
def test_an_entry_whose_stop_expired_at_once_is_not_sent_again() -> None:
    assert live(Scene(seed=21, intensity=0.05, rate=2.0)).violations == ()


@pytest.mark.critical
def test_no_seed_of_much_bad_weather_breaks_a_promise() -> None:
    assert tally(Scene(seed=seed, intensity=0.03, rate=2.0) for seed in range(8)).broken == {}


@pytest.mark.critical
def test_every_kind_of_fault_alone_breaks_no_promise() -> None:
    scenes = [
        Scene(seed=number, intensity=0.1, rate=6.0, only=frozenset({kind}), storm_s=300)
        for number, kind in enumerate(KINDS)
    ]
    total = tally(scenes)
    assert total.broken == {}
    assert [kind for kind in RARE if total.faults[kind] == 0] == []


@pytest.mark.critical
def test_in_fair_weather_no_position_is_ever_without_its_stop() -> None:
    outcomes = [live(Scene(seed=seed, intensity=0.0, only=frozenset(), storm_s=240)) for seed in range(12)]
    protected = [outcome for outcome in outcomes if outcome.level in {"sized", "fixed"}]
    assert [()] * len(protected) == [outcome.unprotected for outcome in protected]
    assert sum(outcome.entries for outcome in protected) > 20


@pytest.mark.critical
def test_killed_at_any_step_the_session_is_healed() -> None:
    seed = 4
    steps = points_of(seed)
    points = [(what, number) for what, most in sorted(steps.items()) for number in range(1, most + 1, 9)]
    assert killed(seed, points) == {}


@pytest.mark.critical
def test_killed_at_the_named_points_every_session_is_healed() -> None:
    assert killed(11, NAMED[::2]) | killed(12, NAMED[1::2]) == {}


@pytest.mark.parametrize("name", ["no write-ahead", "sale doubled", "half done is done", "no epoch check"])
def test_a_planted_fault_is_noticed(name: str) -> None:
    assert name in MUTANTS
    assert caught_at(name, 40) is not None


def test_a_seed_is_the_same_on_every_process_and_with_every_hash_seed() -> None:
    code = "from simulation.world import Scene, live; print(live(Scene(seed=21, intensity=0.03)).trace)"
    traces = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=TESTS,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for hash_seed in ("1", "2")
    ]
    assert [live(Scene(seed=21, intensity=0.03)).trace] * 2 == traces
