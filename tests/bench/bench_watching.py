"""
Let twenty browsers watch a session of twenty symbols, beside the same session that nobody watches.

Run with plain python: `python tests/bench/bench_watching.py --minutes 60`. Prints what a bar takes in both, side by
side, memory at the beginning and at the end, and how even the events came, with three clients that read nothing.
With `--filled` a dashboard over full lists is asked as fast as it answers instead, and its memory is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from bench.filled import curve, hammer, kept
from bench.watching import summary, watch


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long")
    parser.add_argument("--clients", type=int, default=20, help="how many browsers")
    parser.add_argument("--speed", default="1200", help="how many times as fast as history a session goes")
    parser.add_argument("--days", default="300", help="of history")
    parser.add_argument("--filled", action="store_true", help="only the dashboard's memory, with full lists")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.filled:
            kept(Path(folder))
            sys.stdout.write(curve(asyncio.run(hammer(Path(folder), given.minutes, given.clients))) + "\n")
            return
        found = asyncio.run(watch(Path(folder), given.minutes, given.clients, given.speed, given.days))
    sys.stdout.write(summary(found) + "\n")


if __name__ == "__main__":
    main()
