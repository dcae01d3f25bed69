"""`python -m simulation --seeds 0:300 [--bars]`, `--kills` or `--mutants`, from the folder of the tests."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

from simulation.bars.runner import tally as tally_on_bars
from simulation.bars.world import Scene as BarScene
from simulation.kills import NAMED, kill, points_of
from simulation.mutants import MUTANTS, noticed
from simulation.runner import tally
from simulation.world import Scene

MANY: Final = 1_000
"""So many seeds tell how long positions are without a stop."""
UNPROTECTED_S: Final = 2.0
"""For longer than this at most one position of a hundred, where the venue can do what level A takes."""


def kills(workers: int) -> int:
    """Kill one session at every step and 50 sessions at 24 named points; return how many were not healed."""
    steps = points_of(4)
    jobs = [(4, (what, number)) for what, most in sorted(steps.items()) for number in range(1, most + 1)]
    jobs += [(seed, point) for seed in range(100, 150) for point in NAMED]
    broken = 0
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for seed, point, violations in pool.map(kill, jobs, chunksize=8):
            if violations:
                broken += 1
                print(f"  seed {seed} killed at {point}: {violations[0]}", flush=True)
    print(f"{len(jobs)} kills, {broken} not healed")
    return broken


def mutants(names: Iterable[str], workers: int) -> int:
    """Plant every fault; return how many were not noticed."""
    missed = 0
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for name, seed in pool.map(noticed, names):
            missed += seed is None
            print(f"  {name}: {'not noticed' if seed is None else f'noticed by seed {seed}'}", flush=True)
    print(f"{missed} of {len(MUTANTS)} planted faults not noticed")
    return missed


def main() -> int:
    """Run what is asked and print what it came to; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(
        prog="simulation", description="The real order desk, or the real engine, on a virtual clock."
    )
    parser.add_argument("--seeds", default="0:300", help="FIRST:AFTER_LAST, or one seed")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kills", action="store_true", help="kill sessions at every step instead")
    parser.add_argument("--mutants", action="store_true", help="plant faults instead")
    parser.add_argument("--bars", action="store_true", help="the engine on bars that cannot be relied on instead")
    asked = parser.parse_args()
    if asked.kills:
        return 1 if kills(asked.workers) else 0
    if asked.mutants:
        return 1 if mutants(MUTANTS, asked.workers) else 0
    first, _, after = asked.seeds.partition(":")
    seeds = range(int(first), int(after) if after else int(first) + 1)
    if asked.bars:
        on_bars = tally_on_bars((BarScene(seed=seed) for seed in seeds), asked.workers)
        print(on_bars.words())
        return 1 if on_bars.broken else 0
    total = tally((Scene(seed=seed) for seed in seeds), asked.workers)
    print(total.words())
    long = len(seeds) >= MANY and total.without_stop_s() > UNPROTECTED_S
    if long:
        print(f"expected 99 % of the positions at level A without a stop for at most {UNPROTECTED_S:g} s")
    return 1 if total.broken or long else 0


if __name__ == "__main__":
    sys.exit(main())
