"""`python -m simulation --seeds 0:300 [--workers 2]`, from the folder of the tests."""

from __future__ import annotations

import argparse
import sys

from simulation.runner import tally
from simulation.world import Scene


def main() -> int:
    """Run seeds and print what they came to; 1 when any has a violation."""
    parser = argparse.ArgumentParser(prog="simulation", description="The real order desk on a virtual clock.")
    parser.add_argument("--seeds", default="0:300", help="FIRST:AFTER_LAST, or one seed")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    first, _, after = asked.seeds.partition(":")
    seeds = range(int(first), int(after) if after else int(first) + 1)
    total = tally((Scene(seed=seed) for seed in seeds), asked.workers)
    print(total.words())
    return 1 if total.broken else 0


if __name__ == "__main__":
    sys.exit(main())
