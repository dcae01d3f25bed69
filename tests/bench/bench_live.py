"""
Time a closed bar to its decision, through pandas-ta as it is installed and on the array path, and to a durable intent.

Run with plain python, the tests' folder in its path: `PYTHONPATH=tests python tests/bench/bench_live.py`. Prints
median and 99th percentile of the bars of a session, in microseconds, and the parts it is made of.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.intents import at_a_venue, on_paper
from live.market import Setting, StillClock, catalog, named
from tradewind.backtest.history import Window, load_histories
from tradewind.backtest.source import build_source
from tradewind.config.schema import Settings
from tradewind.live.feed.feed import ReplayFeed
from tradewind.live.feed.moment import Moment
from tradewind.live.position.account import PlanRow
from tradewind.live.session import loading
from tradewind.live.session.session import paper_account, seat_all, windows_of
from tradewind.live.strategy.decide import Decider
from tradewind.model.plan import Plan
from tradewind.model.timeframe import Timeframe

BARS = 1_500
MINUTES = 120


def setting(name: str, days: float) -> Setting:
    """Return a shipped strategy on the end of the sample."""
    settings = Settings()
    assembly = named(name, settings)
    source = build_source("sample", settings, catalog())
    warmup = assembly.strategy.warmup
    histories = load_histories(source, settings.symbols, Timeframe("4h"), Window(days=days), warmup, settings)
    return Setting(assemblies=(assembly,), histories=histories, settings=settings)


def timed(work: Callable[[Any], Any], items: Iterator[Any] | list[Any]) -> list[float]:
    """Return how long each call took, microseconds."""
    took = []
    for item in items:
        begun = time.perf_counter_ns()
        work(item)
        took.append((time.perf_counter_ns() - begun) / 1_000.0)
    return took


def tell(what: str, took: list[float]) -> None:
    """Print median and 99th percentile."""
    low, middle, high = np.percentile(took, (5, 50, 99))
    sys.stdout.write(f"{what:<66} {low:9.1f} {middle:9.1f} {high:9.1f}\n")


def whole_path(name: str) -> None:
    """Time a closed bar to its decision, and its parts."""
    chosen = setting(name, BARS / 6)
    feed = ReplayFeed(chosen.histories, StillClock())
    windows = windows_of(feed, chosen.players.warmup)
    seats = seat_all(chosen.players, feed, windows)
    account = paper_account(chosen.players, feed, seats, chosen.settings)
    account.lead([window.bars() for window in windows])
    decider = Decider(chosen.assemblies[0].pipeline, windows[0])
    rows: list[Any] = []
    moments = list(feed.told())
    loading.done()

    def decide(moment: Moment) -> None:
        windows[0].append(moment.rows[0])  # type: ignore[arg-type]
        rows.append(decider.row())

    def whole(moment: Moment) -> None:
        decide(moment)
        account.carry_out(moment, [rows[-1]])

    tell(f"{name}: closed bar -> decision (pandas-ta, kernel, parity)", timed(whole, moments[: BARS // 2])[50:])
    tell(f"{name}: of that the pipeline", timed(decide, moments[BARS // 2 : -100]))


def array_path() -> None:
    """Time what is left when the plan's row is there: window, hash, reel, kernel, parity alarm."""
    chosen = setting("adaptive", BARS / 6)
    feed = ReplayFeed(chosen.histories, StillClock())
    windows = windows_of(feed, chosen.players.warmup)
    seats = seat_all(chosen.players, feed, windows)
    plan = chosen.assemblies[0].pipeline(next(iter(chosen.histories.values())).bars).plan
    first = len(windows[0])
    for look_back in (0, 500):
        account = paper_account(chosen.players, feed, seats, chosen.settings)
        account.lead([windows[0].bars()])
        step(account, feed, plan, first, windows_of(feed, chosen.players.warmup)[0], look_back)


def step(account: Any, feed: ReplayFeed, plan: Plan, first: int, window: Any, look_back: int) -> None:
    """Time each bar of a feed whose plan is known."""
    count = iter(range(first, first + 10_000))

    def carry(moment: Moment) -> None:
        at = next(count)
        window.append(moment.rows[0])
        row = PlanRow(plan=plan.rows(at, at + 1), bars=window.bars(), inputs_hash=window.inputs_hash())
        account.carry_out(moment, [row])
        if not look_back:
            account._parity = None

    watch = "with" if look_back else "without"
    tell(f"window, hash, rows, kernel; {watch} the parity alarm", timed(carry, list(feed.told()))[50:])


def durable() -> None:
    """Time a closed bar until what follows from it is on the disk, where the disk is that of the folder for scratch."""
    with tempfile.TemporaryDirectory() as paper, tempfile.TemporaryDirectory() as venue:
        session = on_paper(setting("adaptive", BARS / 12), Path(paper))
        after_all, alone = at_a_venue(MINUTES, Path(venue))
    watches = {
        "on paper, session and checkpoint": session,
        "at a venue, an entry after exits and stops": after_all,
        "at a venue, the entry by itself": alone,
    }
    for what, watch in watches.items():
        tell(f"closed bar -> durable {what}", watch.passed[10:])
        tell("  of that the processor", watch.worked[10:])
        tell("  a row alone on this disk, in turns with it", watch.disk[10:])


def main() -> None:
    """Print everything."""
    sys.stdout.write(f"{'microseconds':<66} {'5%':>9} {'median':>9} {'99%':>9}\n")
    for name in ("adaptive", "enhanced"):
        whole_path(name)
    array_path()
    durable()


if __name__ == "__main__":
    main()
