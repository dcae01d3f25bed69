"""
One engine in an interpreter of its own, answering with how long each piece of work took.

Started by `peers.py` as `python peer_server.py ENGINE`; reads the name of a piece of work a line and writes its
milliseconds, its milliseconds of processors, trades and peak resident memory as JSON. Markets are made before the
clock starts; what an engine keeps between calls it may use.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.walk import HOURS_A_YEAR, book, market, pairs  # found beside this file

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Work = Callable[[], int]
FIELDS = ("open", "high", "low", "close", "volume")
FEE = 0.001
STOP_ATR = 3.0


def crossing(fast: Floats, slow: Floats) -> tuple[Flags, Flags]:
    """Return where the fast average rises above the slow one, and where it is not above."""
    up = np.asarray(fast > slow)
    before = np.zeros_like(up)
    before[1:] = up[:-1]
    return up & ~before, ~up


def naive(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame without its time zone: vectorbt takes seconds over one."""
    return frame.set_axis(pd.DatetimeIndex(frame.index).tz_localize(None))


class Raptor:
    """The Rust engine raptorbt: ATR stop of its own, fills at the next open."""

    def __init__(self) -> None:
        self.engine = import_module("raptorbt")
        self.config = self.engine.BacktestConfig(initial_capital=10_000.0, fees=FEE, fill_timing="next_bar_open")
        self.config.set_atr_stop(STOP_ATR, 14)

    def columns(self, frame: pd.DataFrame) -> list[Any]:
        return [
            pd.DatetimeIndex(frame.index).as_unit("ns").asi8,
            *(np.ascontiguousarray(frame[name].to_numpy()) for name in FIELDS),
        ]

    def signals(self, close: Floats, fast: int, slow: int) -> tuple[Flags, Flags]:
        return crossing(self.engine.ema(close, fast), self.engine.ema(close, slow))

    def w1(self) -> dict[str, Work]:
        columns = self.columns(market())
        ready = self.signals(columns[4], 12, 26)

        def run(signals: tuple[Flags, Flags]) -> int:
            result = self.engine.run_single_backtest(*columns, *signals, 1, 1.0, "X", self.config)
            assert result.metrics.sharpe_ratio != 0.0
            return len(result.trades())

        return {"W1 ready": lambda: run(ready), "W1 anew": lambda: run(self.signals(columns[4], 12, 26))}

    def w3(self) -> dict[str, Work]:
        columns = self.columns(market(HOURS_A_YEAR, freq="1h"))

        def run() -> int:
            close, item = columns[4], self.engine.BatchSingleItem
            averages = {n: self.engine.ema(close, n) for n in {n for pair in pairs() for n in pair}}
            items = [item(f"{a}/{b}", *crossing(averages[a], averages[b])) for a, b in pairs()]
            found = self.engine.batch_single_backtest(*columns, items, self.config)
            return sum(result.metrics.total_trades for _, result in found)

        return {"W3": run}

    def w4(self) -> dict[str, Work]:
        columns = {name: self.columns(frame) for name, frame in book().items()}

        def told(name: str) -> Any:
            return (*columns[name], *self.signals(columns[name][4], 12, 26), 1, 1.0, name)

        ready = [told(name) for name in columns]

        def run(instruments: list[Any]) -> int:
            found = self.engine.run_portfolio_backtest(instruments, self.config, "equal_weight").result
            assert found.metrics.sharpe_ratio != 0.0
            return len(found.trades())

        return {"W4 ready": lambda: run(ready), "W4 anew": lambda: run([told(name) for name in columns])}


class Vectorbt:
    """
    vectorbt with its Rust engine: prices of the next open, the stop as a share of the close before.

    Args:
        bare: Ask for four figures and raw records instead of its table of figures and its table of trades.
    """

    def __init__(self, bare: bool = False) -> None:
        self.engine = import_module("vectorbt")
        self.bare = bare

    def prepared(self, frame: pd.DataFrame, lengths: list[tuple[int, int]]) -> dict[str, Any]:
        close = frame["close"]
        averages = {n: close.ewm(span=n, adjust=False).mean().to_numpy() for n in {n for pair in lengths for n in pair}}
        before = close.shift(1)
        span = pd.concat([frame["high"], before], axis=1).max(axis=1) - pd.concat([frame["low"], before], axis=1).min(
            axis=1
        )
        stop = (STOP_ATR * span.ewm(alpha=1 / 14, adjust=False).mean() / close).shift(1).to_numpy()
        crossings = [crossing(averages[a], averages[b]) for a, b in lengths]
        late = [np.roll(np.column_stack(sides), 1, axis=0) for sides in zip(*crossings, strict=True)]
        for side in late:
            side[0] = False
        return {"entries": late[0], "exits": late[1], "sl_stop": stop}

    def run(self, frame: dict[str, Any], signals: dict[str, Any], *, share: bool = False) -> int:
        sized = {"cash_sharing": True, "group_by": True, "size": 0.02, "size_type": "percent"} if share else {}
        found = self.engine.Portfolio.from_signals(
            frame["close"], price=frame["open"], open=frame["open"], high=frame["high"], low=frame["low"],
            fees=FEE, init_cash=10_000.0, freq=frame["freq"], engine="rust", **signals, **sized,
        )  # fmt: skip
        trades = found.trades
        if not self.bare:
            assert len(found.stats(silence_warnings=True)) > 20
            return len(trades.records_readable)
        assert np.isfinite(np.asarray([found.total_return(), found.max_drawdown()])).all()
        assert np.asarray(found.sharpe_ratio()).size == np.asarray(trades.win_rate()).size
        return len(trades.records)

    def w1(self) -> dict[str, Work]:
        year = naive(market())
        frame = {name: year[name] for name in FIELDS} | {"freq": "1min"}
        ready = {name: value.ravel() for name, value in self.prepared(year, [(12, 26)]).items()}

        def anew() -> int:
            return self.run(frame, {name: value.ravel() for name, value in self.prepared(year, [(12, 26)]).items()})

        return {"W1 ready": lambda: self.run(frame, ready), "W1 anew": anew}

    def w3(self) -> dict[str, Work]:
        hours = naive(market(HOURS_A_YEAR, freq="1h"))
        frame = {name: hours[name] for name in FIELDS} | {"freq": "1h"}

        def run() -> int:
            signals = self.prepared(hours, pairs())
            columns = pd.RangeIndex(len(pairs()))
            flags = {name: pd.DataFrame(signals[name], hours.index, columns) for name in ("entries", "exits")}
            return self.run(frame, flags | {"sl_stop": signals["sl_stop"][:, np.newaxis]})

        # its table of figures is made for one portfolio at a time
        self.bare = True
        return {"W3": run}

    def w4(self) -> dict[str, Work]:
        books = {symbol: naive(one) for symbol, one in book().items()}
        frame: dict[str, Any] = {
            name: pd.DataFrame({symbol: one[name] for symbol, one in books.items()}) for name in FIELDS
        }
        frame["freq"] = "1h"

        def told() -> dict[str, Any]:
            each = [self.prepared(one, [(12, 26)]) for one in books.values()]
            return {name: np.column_stack([one[name] for one in each]) for name in each[0]}

        ready = told()
        return {
            "W4 ready": lambda: self.run(frame, ready, share=True),
            "W4 anew": lambda: self.run(frame, told(), share=True),
        }


class Tradewind:
    """The public `backtest`: the strategy is asked every time; ready indicators come out of its memory."""

    def __init__(self) -> None:
        self.bench = import_module("bench.bench_backtest")
        self.forget = import_module("tradewind.pipeline.memo").FEATURES.clear

    def both(self, name: str, bars: Any) -> dict[str, Work]:
        strategy = self.bench.Crossover()

        def ready() -> int:
            trades: int = self.bench.trades_of(bars, strategy)
            return trades

        def anew() -> int:
            self.forget()
            return ready()

        return {f"{name} ready": ready, f"{name} anew": anew}

    def w1(self) -> dict[str, Work]:
        return self.both("W1", market())

    def w3(self) -> dict[str, Work]:
        api, bench = import_module("tradewind.api"), self.bench
        bars, grid = market(HOURS_A_YEAR, freq="1h"), [{"fast": fast, "slow": slow} for fast, slow in pairs()]
        crossings, hours = import_module("bench.bench_sweep").crossing, api.Bars.from_frame(bars)
        shared = {"settings": bench.SETTINGS, "instrument": bench.venue(("BTCUSDT",))["BTCUSDT"]}

        def function() -> int:
            # as the peers do: averages once for every length, then the crossings of each pair
            return sum(api.sweep(crossings(hours), hours, grid, **shared).columns["total_trades"])

        def strategy() -> int:
            return sum(api.sweep(bench.Crossover, bars, grid, **shared).columns["total_trades"])

        return {"W3": function, "W3 strategy": strategy}

    def w4(self) -> dict[str, Work]:
        return self.both("W4", book())


ENGINES: dict[str, Callable[[], Raptor | Vectorbt | Tradewind]] = {
    "raptorbt": Raptor,
    "vectorbt": Vectorbt,
    "vectorbt-bare": partial(Vectorbt, bare=True),
    "tradewind": Tradewind,
}


def main() -> None:
    engine = ENGINES[sys.argv[1]]()
    works: dict[str, Work] = {}
    for line in sys.stdin:
        kind, _, name = line.strip().partition(":")
        if kind == "make":
            works = getattr(engine, name)()
            gc.collect()
            print(json.dumps(sorted(works)), flush=True)
            continue
        begun, used = time.perf_counter(), time.process_time()
        trades = works[name]()
        spent, used = 1e3 * (time.perf_counter() - begun), 1e3 * (time.process_time() - used)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps([spent, used, trades, peak]), flush=True)


if __name__ == "__main__":
    main()
