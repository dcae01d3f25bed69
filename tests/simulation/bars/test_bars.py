"""The real engine on bars that are lost, garbled and revised, with strategies that fail: no promise is broken."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulation.bars.kinds import KINDS
from simulation.bars.runner import tally
from simulation.bars.world import Scene, live

TESTS = Path(__file__).parent.parent.parent
STALE_S = 10.0
"""Within so long a market that says nothing is seen to be silent."""


@pytest.mark.critical
@pytest.mark.parametrize("first", range(0, 51, 17))
def test_no_seed_breaks_a_promise(first: int) -> None:
    total = tally(Scene(seed=seed, minutes=15) for seed in range(first, first + 17))
    assert total.broken == {}
    assert total.entries > 20
    assert max(total.seen_s) <= STALE_S


def alone(kind: str) -> frozenset[str]:
    """Return what must happen for a kind to happen: history is asked when the stream has lost something."""
    return frozenset({kind, "missing"} if kind.startswith("history") else {kind})


@pytest.mark.critical
def test_every_kind_of_fault_alone_breaks_no_promise() -> None:
    scenes = [
        Scene(seed=seed, intensity=1.2, minutes=7, only=alone(kind), strategies=3) for seed, kind in enumerate(KINDS)
    ]
    total = tally(scenes)
    assert total.broken == {}
    assert [kind for kind in KINDS if not total.faults[kind]] == []


@pytest.mark.critical
def test_no_seed_of_much_bad_weather_breaks_a_promise() -> None:
    assert tally(Scene(seed=seed, intensity=0.15, minutes=15) for seed in range(4)).broken == {}


def test_a_seed_is_the_same_on_every_process_and_with_every_hash_seed() -> None:
    code = "from simulation.bars.world import Scene, live; print(live(Scene(seed=7, intensity=0.05, minutes=10)).trace)"
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
    assert [live(Scene(seed=7, intensity=0.05, minutes=10)).trace] * 2 == traces
