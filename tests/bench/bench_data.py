"""
What market data cost: write and open the cache, open through the cached source, resample, read files.

Run with plain python: `python tests/bench/bench_data.py`. Prints the least of several rounds, in milliseconds;
nothing is asserted. The performance page asks for 2.6M cached bars in at most 200 ms.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from tradewind.cache.cached import CachedDataProvider
from tradewind.cache.export import csv_of, parquet_of
from tradewind.cache.key import Key
from tradewind.cache.store import BarCache
from tradewind.model.bars import Bars
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.resample import resample
from tradewind.plugins.catalog import load_catalog

ROUNDS = 7
START_MS = 1_577_836_800_000
MILLION, FIVE_YEARS = 1_000_000, 2_628_000
KEY = Key(source="bench", symbol="BTCUSDT", timeframe=Timeframe("1m"))
BTC = Instrument(symbol="BTCUSDT")


def minutes(rows: int) -> Bars:
    """Return seeded minutes with the venue's decimals."""
    draw = np.random.default_rng(1)
    close = np.round(30_000.0 * np.exp(np.cumsum(draw.normal(0.0, 0.0006, rows))), 2)
    opened = np.concatenate([close[:1], close[:-1]])
    wick = np.abs(draw.normal(0.0, 3.0, (2, rows)))
    return Bars(
        timeframe=Timeframe("1m"),
        time=START_MS + np.arange(rows, dtype=np.int64) * 60_000,
        open=opened,
        high=np.round(np.maximum(opened, close) + wick[0], 2),
        low=np.round(np.minimum(opened, close) * 0.9999, 2),
        close=close,
        volume=np.round(draw.lognormal(1.0, 1.0, rows), 5),
    )


def best(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Return the shortest time of several rounds, milliseconds."""
    times = []
    for _ in range(rounds):
        begun = perf_counter()
        work()
        times.append(perf_counter() - begun)
    return 1e3 * min(times)


def span(bars: Bars) -> tuple[int, int]:
    """Return where the bars begin and end, UTC milliseconds."""
    return int(bars.time[0]), int(bars.time[-1]) + bars.timeframe.ms


def told(what: str, milliseconds: float) -> None:
    """Print one line."""
    sys.stdout.write(f"{what:<46}{milliseconds:>10.1f} ms\n")


def cache(folder: Path, bars: Bars, name: str) -> None:
    """Time writing and reading one history."""
    store = BarCache(folder / name)
    told(
        f"write {name} bars to the cache",
        best(lambda: store.write(KEY, bars, span(bars), fetched_at_ms=START_MS), rounds=3),
    )
    told(f"open {name} cached bars, hashes checked", best(lambda: store.read(KEY, *span(bars))))
    told(f"find nothing missing in {name} cached bars", best(lambda: store.manifest(KEY)))
    start, end = (pd.Timestamp(edge, unit="ms", tz="UTC") for edge in span(bars))
    files: Any = load_catalog().build("data_sources", "synthetic", {})
    provider = CachedDataProvider(files, folder / name, name="bench", clock=lambda: span(bars)[1])
    told(f"open {name} bars through the cached source", best(lambda: provider.bars(BTC, Timeframe("1m"), start, end)))


def main() -> None:
    """Run all."""
    million, five = minutes(MILLION), minutes(FIVE_YEARS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cache(folder, million, "1M")
        cache(folder, five, "2.6M")
        for longer in ("1h", "4h", "1d"):
            told(f"resample 2.6M minutes to {longer}", best(partial(resample, five, longer)))
        (folder / "BTCUSDT-1m.parquet").write_bytes(parquet_of(million))
        (folder / "ETHUSDT-1m.csv").write_bytes(csv_of(million))
        for symbol, kind in (("BTCUSDT", "Parquet"), ("ETHUSDT", "CSV")):
            start, end = (pd.Timestamp(edge, unit="ms", tz="UTC") for edge in span(million))

            def read(symbol: str = symbol, start: pd.Timestamp = start, end: pd.Timestamp = end) -> Any:
                source = load_catalog().build("data_sources", "files", {"path": str(folder)})
                return source.bars(Instrument(symbol=symbol), Timeframe("1m"), start, end)

            told(f"read 1M bars from one {kind} file, checked", best(read, rounds=3))


if __name__ == "__main__":
    main()
