"""
What a backtest costs: one year of minutes, five years, a parameter sweep, a portfolio, a cold process.

Run it with `nox -s bench -- tests/bench/bench_backtest.py`. Minima over rounds; nothing is asserted.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.crossover import Crossover  # found beside this file
from bench.walk import book, market, pairs
from tradewind.api import Instrument, Limits, backtest  # after the path

ROUNDS = 7
SETTINGS: dict[str, Any] = {
    "risk": [],
    "certificate": {"enabled": False},
    "limits": {
        name: getattr(Limits.open(), name)
        for name in (
            "base_risk_per_trade", "max_risk_per_trade", "max_position_size", "max_position", "max_daily_risk",
            "max_drawdown", "max_correlated_risk", "max_total_exposure", "max_concurrent_positions", "cooldown_bars",
            "stop_guard_stops", "throttle_floor",
        )
    },
}  # fmt: skip


SHARED: dict[str, Any] = SETTINGS | {
    "limits": SETTINGS["limits"] | {"max_position_size": 0.02, "max_position": 0.02},
}
"""The same with at most a fiftieth of the equity in a symbol, so that a hundred of them share the cash."""

FREE: dict[str, Any] = {"lot_step": 0, "min_qty": 0, "min_notional": 0}
"""A venue without least sizes: the account of a strategy that loses goes on trading, as it does in other engines."""


@lru_cache
def venue(names: tuple[str, ...]) -> dict[str, Instrument]:
    """Return the pairs' rules."""
    return {name: Instrument(symbol=name, **FREE) for name in names}


def best(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Return the shortest time of several rounds, milliseconds."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return 1e3 * min(times)


def whole(bars: Any, strategy: Any) -> Any:
    """Run a backtest; return its trades and a figure."""
    shared = isinstance(bars, Mapping)
    names = tuple(bars) if shared else ("BTCUSDT",)
    result = backtest(strategy, bars, settings=SHARED if shared else SETTINGS, instrument=venue(names))
    return len(result.trades), result.metrics["sharpe_ratio"]


def trades_of(bars: Any, strategy: Any) -> int:
    """Run a backtest with trade frame and figures; return how many trades there were."""
    trades: int = whole(bars, strategy)[0]
    return trades


def process(command: list[str], folder: str) -> None:
    """Run a command in an empty folder; its modules are compiled as those of an installed package are."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "bytecode")
    subprocess.run(command, capture_output=True, check=True, cwd=folder, env=env)


def cold(*arguments: str) -> float:
    """Return the shortest time of a whole process, milliseconds, after one that fills the caches."""
    command = [sys.executable, "-m", "tradewind", *arguments]
    with TemporaryDirectory() as folder:
        process(command, folder)
        return best(lambda: process(command, folder), 5)


def years(strategy: Any) -> Callable[[], Any]:
    five = market(5 * 525_600)
    return lambda: whole(five, strategy)


def certificate(name: str, bars: Any) -> Callable[[], Any]:
    return lambda: backtest(name, bars).certificate


def resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def tell(name: str, value: float, unit: str, bar: str) -> None:
    print(f"{name:<58} {value:>9.1f} {unit:<3} (bar: {bar})", flush=True)


def main() -> None:
    year = market()
    strategy = Crossover()
    trades, _ = whole(year, strategy)
    tell(f"W1 525,600 minutes, {trades:,} trades, repeated", best(lambda: whole(year, strategy)), "ms", "about 20")
    tell("W1 peak resident memory, market and imports included", resident(), "MB", "200")
    lengths = iter(range(13, 13 + 2 * ROUNDS))
    tell("W1 with indicators computed anew", best(lambda: whole(year, Crossover(next(lengths), 60))), "ms", "about 40")
    tell("W2 five years, 2,628,000 minutes, repeated", best(years(strategy), 4), "ms", "100, 5.3 x W1")
    hours = market(8760, freq="1h")
    sweep = best(lambda: [whole(hours, Crossover(fast, slow)) for fast, slow in pairs()], 2)
    tell(f"W3 {len(pairs()):,} pairs on 8,760 hours, one thread", sweep, "ms", "about 100")
    books = book()
    tell("W4 100 symbols, two years of hours, shared cash", best(lambda: whole(books, strategy), 3), "ms", "about 70")
    adaptive = cold("backtest", "adaptive", "--no-certificate")
    tell("W1 cold: tradewind backtest, sample, no certificate", adaptive, "ms", "2500")
    tell("tradewind --help, every plugin installed", cold("--help"), "ms", "300")
    long = market(4_000, freq="4h", start="2020-01-01")
    for name in ("adaptive", "enhanced", "high_risk_high_reward"):
        tell(
            f"certificate of {name}, 200 cuts of 1,000 bars",
            best(certificate(name, long), 3), "ms", "1500",
        )  # fmt: skip


if __name__ == "__main__":
    main()
