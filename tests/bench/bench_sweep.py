"""
What a parameter sweep costs: 1,000 EMA pairs with an ATR stop on a year of hours, figures for each.

Run with plain python: `python tests/bench/bench_sweep.py`. Minima over rounds, in milliseconds, with the time of
processors beside them; nothing is asserted. The performance page asks for about 100 ms and 200 MB.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from bench.crossover import Crossover, market  # found beside this file
from tradewind.api import Bars, Limits, Plan, indicator, sweep

ROUNDS = 9
GRID = {"fast": range(5, 45), "slow": range(50, 150, 4)}
SETTINGS: dict[str, Any] = {"risk": [], "certificate": {"enabled": False}}


def best(work: Callable[[], Any], rounds: int = ROUNDS) -> tuple[float, float]:
    """Return the shortest time of several rounds and the shortest processor time, milliseconds."""
    times, spent = [], []
    for _ in range(rounds):
        begun, used = time.perf_counter(), time.process_time()
        work()
        times.append(time.perf_counter() - begun)
        spent.append(time.process_time() - used)
    return 1e3 * min(times), 1e3 * min(spent)


def crossing(bars: Bars) -> Callable[..., Plan]:
    """Return a function that makes the plan of a pair; averages are computed once each."""
    prices = {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume", "time")}

    @cache
    def column(name: str, length: int) -> Any:
        return indicator(name, length=length).arrays(prices)[name]

    def plan(bars: Bars, fast: int, slow: int) -> Plan:
        up = column("ema", fast) > column("ema", slow)
        before = np.empty_like(up)
        before[0], before[1:] = False, up[:-1]
        enter = (up & ~before).view(np.int8)
        return Plan.from_arrays(bars.time, enter=enter, exit_long=~up, stop_dist=3.0 * column("atr", 14))

    return plan


def resident() -> float:
    """Return the peak resident memory of this process, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def tell(name: str, times: tuple[float, float]) -> None:
    """Print one line."""
    print(f"{name:<58} {times[0]:>9.1f} ms, {times[1]:>9.1f} ms of processors", flush=True)


def main() -> None:
    """Print the time of a sweep with plans of a function and of a strategy."""
    hours = Bars.from_frame(market(8760, freq="1h"))
    plan, free = crossing(hours), Limits.open()
    print(f"{'peak resident memory before':<58} {resident():>9.1f} MB")
    sweep(plan, hours, GRID, limits=free)
    tell("W3 1,000 pairs on 8,760 hours, a function", best(lambda: sweep(plan, hours, GRID, limits=free)))
    tell("the same in one thread", best(lambda: sweep(plan, hours, GRID, limits=free, threads=1)))
    print(f"{'peak resident memory so far':<58} {resident():>9.1f} MB")
    tell("W3 with a strategy", best(lambda: sweep(Crossover, hours, GRID, settings=SETTINGS, limits=free), 3))
    year = Bars.from_frame(market())
    few = {"fast": range(10, 20), "slow": [40, 60]}
    long = crossing(year)
    sweep(long, year, few, limits=free)
    tell("20 pairs on 525,600 minutes", best(lambda: sweep(long, year, few, limits=free), 3))
    print(
        f"{'peak resident memory at the end':<58} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:>9.1f} MB"
    )


if __name__ == "__main__":
    main()
