"""
Time the kernel on the shapes of the performance page.

Run with plain python: `python tests/bench/bench_kernel.py`. Prints the least of several rounds, in milliseconds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from tradewind.backtest.run import Run
from tradewind.backtest.simulate import run_plan
from tradewind.kernel import door, grid
from tradewind.model.bars import Bars
from tradewind.model.costs import Costs
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan
from tradewind.model.timeframe import Timeframe

START_MS = 1_577_836_800_000
Floats = npt.NDArray[np.float64]


def walk(rows: int, timeframe: str, seed: int) -> Bars:
    """Return a seeded random walk."""
    length = Timeframe(timeframe)
    draw = np.random.default_rng(seed)
    close = 30_000.0 * np.exp(np.cumsum(draw.normal(0.0, 0.0006, rows)))
    opened = np.concatenate([close[:1], close[:-1]])
    high = np.maximum(opened, close) * (1.0 + np.abs(draw.normal(0.0, 0.0003, rows)))
    low = np.minimum(opened, close) * (1.0 - np.abs(draw.normal(0.0, 0.0003, rows)))
    prices = {"open": opened, "high": high, "low": low, "close": close}
    time = START_MS + np.arange(rows, dtype=np.int64) * length.ms
    rounded = {name: np.round(values, 2) for name, values in prices.items()}
    return Bars(timeframe=length, time=time, volume=np.full(rows, 100.0), **rounded)


def ema(values: Floats, length: int) -> Floats:
    """Return the exponential moving average."""
    alpha = 2.0 / (length + 1.0)
    out = np.empty_like(values)
    last = values[0]
    for i, value in enumerate(values.tolist()):
        last += alpha * (value - last)
        out[i] = last
    return out


def cross(bars: Bars, *, dense: bool = False) -> Plan:
    """Return the plan of an EMA 12/26 crossover with a stop of two ATR."""
    above = ema(bars.close, 12) > ema(bars.close, 26)
    rose = np.zeros(len(bars), dtype=np.bool_)
    fell = rose.copy()
    rose[1:] = above[1:] & ~above[:-1]
    fell[1:] = ~above[1:] & above[:-1]
    atr = grid.scanned(bars)[1]
    enter = (above if dense else rose).astype(np.int8)
    return Plan.from_arrays(bars.time, enter=enter, exit_long=fell, stop_dist=2.0 * atr)


def least(work: Callable[[], Any], rounds: int) -> float:
    """Return the shortest time of several calls, ms."""
    times = []
    for _ in range(rounds):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return 1e3 * min(times)


def report(name: str, bars: Any, plan: Any, rounds: int, **more: Any) -> None:
    """Print the times of one shape: the kernel, all of `run_plan`, and the trade frame with it."""
    kernel: list[float] = []
    inner = door.advance

    def timed(*arguments: Any, **named: Any) -> None:
        start = perf_counter()
        inner(*arguments, **named)
        kernel.append(1e3 * (perf_counter() - start))

    runs: list[Run] = []

    def whole() -> None:
        runs[:] = [run_plan(bars, plan, **more)]

    def framed() -> None:
        len(run_plan(bars, plan, **more).trades)

    door.advance = timed
    try:
        whole()
        all_of_it = least(whole, rounds)
        with_frame = least(framed, rounds)
    finally:
        door.advance = inner
    trades = len(runs[0].trade_records)
    print(
        f"{name:34s} kernel {min(kernel):7.2f}  run_plan {all_of_it:7.2f}  "
        f"with trades {with_frame:7.2f} ms  ({trades} trades)"
    )


def main(rounds: int = 15) -> None:
    """Print the times of W1, W2, W4 and their kin."""
    start = perf_counter()
    door.compiled_advance()
    door.compiled_scan()
    print(f"kernel ready in {perf_counter() - start:.2f} s")
    free = Limits.open()
    cheap = Costs.free()
    year = walk(525_600, "1m", 1)
    plan = cross(year)
    print(f"{'scan of a year of minutes':34s} kernel {least(lambda: scan(year), rounds):7.2f}")
    report("W1 free of cost, all trades", year, plan, rounds, limits=free, costs=cheap)
    report("W1 with costs, open limits", year, plan, rounds, limits=free)
    report("W1 default limits", year, plan, rounds)
    report("W1 a level instead of an edge", year, cross(year, dense=True), rounds, limits=free, costs=cheap)
    trailing = plan.replaced(trail_dist=3.0 * plan.stop_dist, tp_r=[1.0, 2.0], tp_frac=[0.3, 0.4])
    report("W1 trail and ladder", year, trailing, rounds, limits=free, costs=cheap)
    years = walk(2_628_000, "1m", 2)
    report("W2 five years of minutes", years, cross(years), 5, limits=free, costs=cheap)
    day = walk(8_760, "1h", 3)
    report("W3 one trial of a year of hours", day, cross(day), 200, limits=free, costs=cheap)
    many = {f"S{n:03d}USDT": walk(17_520, "1h", 100 + n) for n in range(100)}
    plans = {name: cross(bars) for name, bars in many.items()}
    wide = Limits.open(max_concurrent_positions=1000, max_position=0.01)
    report("W4 100 symbols, open limits", many, plans, 5, limits=wide, costs=cheap)
    report("W4 100 symbols, default limits", many, plans, 5)


def scan(bars: Bars) -> None:
    """Flag the bars and work out their ATR, as the first use of them does."""
    door.scan(bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume, bars.timeframe.ms)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
