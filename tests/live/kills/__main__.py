"""
Kill, stop and double-start real sessions at the sandbox, many times, and say what the exchange saw.

    python -m live.kills --kills 200 --stops 50 --doubles 20

A strategy that is in and out all the time trades on bars of a second, so that most kills find a position. A position
has its stop in the same request as its entry. What is measured after each kill is how long it takes until the new
process has reconciled, says so, and every position it found is protected. Any moment without a stop, any second entry
of a bar, any sale beyond what was bought, any unit that the ledger lacks and any exit code that is not expected ends
the run, with the end of what the process said. The market goes sixty times as fast as the network: a stop that it has
fallen through when the swap arrives is counted, and what that leaves bare must be sold.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from live.kills.session import Session, UnexpectedError
from live.venue.stage import Stage, assert_books_are_exact, chains_of, sandbox

SPEED = "60"
"""A minute's bar takes a second."""
START = "2024-04-23T10:00"
POSITION_S = 30.0
"""How long three of four kills wait for a position: on a busy machine a session may be late for many bars."""
WITHIN_S = 10.0
"""Within so many seconds of a kill a session must be back, 95 times of 100."""


def main() -> None:
    """Run everything and print the counts."""
    asked = argparse.ArgumentParser()
    for name, default in (("kills", 200), ("stops", 50), ("doubles", 20), ("seed", 1)):
        asked.add_argument(f"--{name}", type=int, default=default)
    asked.add_argument("--keep", type=Path, help="Folder for logs and database; a temporary one by default.")
    wanted = asked.parse_args()
    chance = random.Random(wanted.seed)  # noqa: S311  # seeded on purpose
    deeds = ["kill"] * wanted.kills + ["stop"] * wanted.stops + ["double"] * wanted.doubles
    chance.shuffle(deeds)
    with tempfile.TemporaryDirectory() as name:
        folder = wanted.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            took, entries, held = carried_out(folder, deeds, chance)
        except UnexpectedError as error:
            sys.stderr.write(f"{error}\n")
            raise SystemExit(1) from None
    sys.stdout.write(f"{wanted.kills} SIGKILL, {wanted.stops} SIGSTOP, {wanted.doubles} double starts\n")
    sys.stdout.write(f"{entries} positions, {held} kills with one open; no violation; ledger exact; ended in order\n")
    if took:
        waited, used = np.array(took).T
        median, most = np.percentile(waited, (50, 95))
        sys.stdout.write(f"ready after a kill: median {median:.1f} s, 95 % {most:.1f} s, most {waited.max():.1f} s; ")
        sys.stdout.write(f"processor time {np.median(used):.1f} s in the middle\n")
        raise SystemExit(0 if most <= WITHIN_S else f"expected 95 % within {WITHIN_S:g} s")


def wait_for_position(stage: Stage) -> None:
    """Wait until a stop rests, for a while: most kills are to find a position, some what there is."""
    deadline = time.monotonic() + POSITION_S
    while time.monotonic() < deadline:
        if any(one.resting for one in chains_of(stage.truth(), fast=True).values()):
            return
        time.sleep(0.2)


def carried_out(folder: Path, deeds: list[str], chance: random.Random) -> tuple[list[tuple[float, float]], int, int]:
    """Do everything to one session after the other; return times to be back, positions, and kills that found one."""
    took: list[tuple[float, float]] = []
    held = 0
    with sandbox(folder, "--speed", SPEED, start=START, seconds=86_400) as stage:
        session = Session(stage)
        try:
            session.start()
            for n, deed in enumerate(deeds):
                if deed == "kill" and n % 4:
                    wait_for_position(stage)
                time.sleep(chance.uniform(0.0, 4.0))
                if deed == "stop":
                    session.halt(chance.uniform(0.2, 3.0))
                elif deed == "double":
                    session.double()
                else:
                    session.kill()
                    held += any(one.resting for one in chains_of(stage.truth(), fast=True).values())
                    took.append(session.start())
                chains_of(stage.truth(), fast=True)
                if n % 10 == 9:
                    sys.stdout.write(f"{n + 1} of {len(deeds)} done\n")
                    sys.stdout.flush()
            session.end()
        finally:
            session.kill()
        truth = stage.truth()
        chains = chains_of(truth, fast=True)
        left = [name for name, one in chains.items() if one.is_bare()]
        if left:
            raise UnexpectedError(f"{', '.join(left)} ended without a stop")
        assert_books_are_exact(stage, truth)
    through = sum(one.through for one in chains.values())
    sys.stdout.write(f"{through} stops were refused because the market was through them\n")
    return took, sum(bool(one.bought) for one in chains.values()), held


if __name__ == "__main__":
    main()
