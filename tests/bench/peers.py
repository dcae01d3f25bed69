"""
Tradewind against what its users would take instead: raptorbt and vectorbt's Rust engine.

Run it with `nox -s peers`. Every engine works in an interpreter of its own, the same bars before it; rounds are
interleaved, so that a busy machine is busy for all of them, and minima are compared, of the time that passed and of
the processors' time: who works with several threads needs less of the former. Nothing is asserted.

What is not the same: peers are given arrays (raptorbt) or ready frames (vectorbt), carry no venue rules, margins or
risk limits, and write no decisions; raptorbt sizes by its own rules. "vectorbt-bare" asks for four figures and raw
records, not for the tables of figures and trades that everyone else makes. "ready" leaves out indicators and signals
for the peers, and for Tradewind the indicators alone; "anew" has them computed by everyone, each with its own library.
"W3" sweeps a function, as the peers do; "W3 strategy" sweeps a class, of which every trial makes one and asks it.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

SERVER = Path(__file__).with_name("peer_server.py")
ROUNDS = {"w1": 12, "w3": 5, "w4": 7}
TRADEWIND = "tradewind"


class Engine:
    """One engine's process."""

    def __init__(self, name: str, python: str) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [python, str(SERVER), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, line: str) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"{self.name} ended while asked for {line}.")
        return json.loads(answer)

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def measured(part: str, pythons: dict[str, str]) -> None:
    """Run one piece of work on all engines and print minima and ratios."""
    engines = [Engine(name, python) for name, python in pythons.items()]
    works = {engine.name: engine.ask(f"make:{part}") for engine in engines}
    found: dict[tuple[str, str], list[list[float]]] = {}
    for _ in range(ROUNDS[part]):
        for name in sorted({name for names in works.values() for name in names}):
            for engine in engines:
                if name in works[engine.name]:
                    found.setdefault((name, engine.name), []).append(engine.ask(f"run:{name}"))
    for engine in engines:
        engine.close()
    for name in sorted({name for name, _ in found}):
        ours = least(found.get((name, TRADEWIND)))
        for engine in engines:
            answers = found.get((name, engine.name))
            if answers is None:
                print(f"{name:<11} {engine.name:<14}   not there", flush=True)
                continue
            spent, used = least(answers)
            print(
                f"{name:<11} {engine.name:<14} {spent:>9.1f} ms {spent / ours[0]:>6.2f} x "
                f"{used:>9.1f} ms of processors {used / ours[1]:>6.2f} x "
                f"{answers[-1][2]:>9,.0f} trades {answers[-1][3]:>6.0f} MB",
                flush=True,
            )


def least(answers: list[list[float]] | None) -> tuple[float, float]:
    """Return the shortest time and the shortest processor time of several rounds, milliseconds."""
    if not answers:
        return math.nan, math.nan
    return min(one[0] for one in answers), min(one[1] for one in answers)


def main(arguments: list[str]) -> None:
    """Compare; `--peers PYTHON` names the interpreter in which the peers are installed."""
    other = arguments[arguments.index("--peers") + 1] if "--peers" in arguments else sys.executable
    wanted = [part for part in arguments if part in ROUNDS] or list(ROUNDS)
    for part in wanted:
        engines = dict.fromkeys(("raptorbt", "vectorbt", "vectorbt-bare")[: 2 if part == "w3" else 3], other)
        measured(part, engines | {TRADEWIND: sys.executable})


if __name__ == "__main__":
    main(sys.argv[1:])
