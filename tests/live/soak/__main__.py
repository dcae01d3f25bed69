"""
Measure what only shows with time: decisions on their way out, starts on a long journal, a week of broken streams.

    python -m live.soak                    all of it
    python -m live.soak --days 1           a shorter week

The bars: 99 of 100 decisions leave within 25 ms, commit included; a session on a journal of 10,000 orders is ready
within 15 s; memory and descriptors grow by at most 5 % over seven days of twenty symbols and over ten thousand
reconnections.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from live.soak.bookwork import decisions_ms, start_s
from live.soak.week import growth, reconnections, week

DECISION_MS, START_S, GROWTH = 25.0, 15.0, 0.05


def tell(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Measure everything, print it, and leave with 1 when a bar is missed."""
    asked = argparse.ArgumentParser()
    for name, default in (("decisions", 1_000), ("orders", 10_000), ("symbols", 20), ("reconnections", 10_000)):
        asked.add_argument(f"--{name}", type=int, default=default)
    asked.add_argument("--days", type=float, default=7.0)
    wanted = asked.parse_args()
    missed = []
    with tempfile.TemporaryDirectory() as name:
        wall, used = np.percentile(decisions_ms(Path(name), decisions=wanted.decisions), (50, 99), axis=0).T
        tell(f"decision to send: median {wall[0]:.1f} ms, 99 % {wall[1]:.1f} ms; of processor time {used[0]:.1f} ms, "
             f"99 % {used[1]:.1f} ms")  # fmt: skip
        missed += ["decision to send"] if wall[1] > DECISION_MS else []
        took = start_s(Path(name), orders=wanted.orders)
        tell(f"start on a journal of {wanted.orders:,} orders: ready after {took:.1f} s")
        missed += ["start"] if took > START_S else []
    uses, opened, rows = week(days=wanted.days, symbols=wanted.symbols, minutes=1)
    memory, handles = growth(uses)
    tell(f"{wanted.days:g} days of {wanted.symbols} symbols: {rows:,} bars decided, stream opened {opened:,} times, "
         f"{uses[-1].memory / 1e6:.0f} MB; memory {memory:+.1%}, descriptors {handles:+.1%}")  # fmt: skip
    missed += ["week"] if max(memory, handles) > GROWTH else []
    memory, handles = growth(reconnections(wanted.reconnections))
    tell(f"{wanted.reconnections:,} reconnections over sockets: memory {memory:+.1%}, descriptors {handles:+.1%}")
    missed += ["reconnections"] if max(memory, handles) > GROWTH else []
    raise SystemExit(f"missed: {', '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    main()
