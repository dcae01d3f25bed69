"""
Kill, stop and double-start real sessions at the sandbox, many times, and say what the exchange saw.

    python -m live.venue.kills --kills 200 --stops 50 --doubles 20

A position has its stop in the same request as its entry, so what is measured after each kill is how long it takes until
the new process says it is the account's writer again and every position it finds is protected. Any moment without a
stop, any second entry of a bar, any sale beyond what was bought and any unit that the ledger lacks ends the run.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from live.venue import test_sandbox_session as rehearsal


def ready_s(stage: rehearsal.Stage, running: subprocess.Popen[bytes], begun: float, sessions: int) -> float:
    """Return how long it took until a session was open and every open chain protected, seconds."""
    query = "SELECT count(*) FROM chain WHERE state NOT IN ('protected', 'closed')"
    while time.monotonic() < begun + 90.0:
        if running.poll() is not None:
            raise SystemExit(f"the session ended with {running.returncode}")
        with contextlib.suppress(Exception):  # the file is locked for a moment
            if len(stage.rows("SELECT id FROM trading_sessions")) > sessions and stage.rows(query) == [(0,)]:
                return time.monotonic() - begun
        time.sleep(0.05)
    raise SystemExit("a session was not ready within 90 s")


def main() -> None:
    """Run everything and print the counts."""
    asked = argparse.ArgumentParser()
    for name, default in (("kills", 200), ("stops", 50), ("doubles", 20), ("seed", 1)):
        asked.add_argument(f"--{name}", type=int, default=default)
    wanted = asked.parse_args()
    chance = random.Random(wanted.seed)  # noqa: S311  # seeded on purpose
    deeds = ["kill"] * wanted.kills + ["stop"] * wanted.stops + ["double"] * wanted.doubles
    chance.shuffle(deeds)
    took: list[float] = []
    with tempfile.TemporaryDirectory() as name, rehearsal.sandbox(Path(name), seconds=86_400) as stage:
        begun = time.monotonic()
        running = stage.run("run.out")
        try:
            ready_s(stage, running, begun, 0)
            for deed in deeds:
                time.sleep(chance.uniform(0.0, 4.0))
                running, seconds = done(stage, running, deed, chance)
                took += seconds
                rehearsal.chains_of(stage.truth())
        finally:
            code = rehearsal.end(stage, running)
        truth = stage.truth()
        chains = rehearsal.chains_of(truth)
        rehearsal.assert_books_are_exact(stage, truth)
    sys.stdout.write(
        f"{wanted.kills} SIGKILL, {wanted.stops} SIGSTOP, {wanted.doubles} double starts; end code {code}\n"
    )
    sys.stdout.write(f"{sum(bool(one.bought) for one in chains.values())} positions; no violation; ledger exact\n")
    if took:
        sys.stdout.write(f"ready after a kill: median {np.median(took):.1f} s, 95 % {np.percentile(took, 95):.1f} s\n")


def done(
    stage: rehearsal.Stage, running: subprocess.Popen[bytes], deed: str, chance: random.Random
) -> tuple[subprocess.Popen[bytes], list[float]]:
    """Do one thing to the session; return the one that runs now, and how long it took to be ready."""
    if deed == "stop":
        running.send_signal(signal.SIGSTOP)
        time.sleep(chance.uniform(0.2, 3.0))
        running.send_signal(signal.SIGCONT)
        return running, []
    if deed == "double":
        code = stage.run("second.out").wait(60)
        if code != 75:
            raise SystemExit(f"a second session ended with {code}, expected 75")
        return running, []
    sessions = len(stage.rows("SELECT id FROM trading_sessions"))
    running.kill()
    running.wait(10)
    begun = time.monotonic()
    running = stage.run("run.out")
    return running, [ready_s(stage, running, begun, sessions)]


if __name__ == "__main__":
    main()
