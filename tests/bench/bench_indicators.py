"""
Measure features: half a million bars as in W1 of the performance page, and a thousand as live sees them.

Run `python tests/bench/bench_indicators.py`; each figure is the least of several rounds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from tradewind.model.bars import Bars
from tradewind.pipeline.features import features
from tradewind.pipeline.memo import FEATURES, data_key
from tradewind.plugins.protocols import Need
from tradewind.plugins.specs import IndicatorSpec
from tradewind_pandas_ta import indicator
from tradewind_pandas_ta.plugin import tradewind_indicators
from tradewind_pandas_ta.settings import settings_class

RECORDS = {record.name: record for record in tradewind_indicators()}

W1 = (
    Need("ema", {"length": 12}, columns="fast"),
    Need("ema", {"length": 26}, columns="slow"),
    Need("atr", {"length": 14}),
)
ADAPTIVE = (
    Need("kama", {"length": 10}, columns="kama_fast"),
    Need("kama", {"length": 30, "fast": 5, "slow": 60}, columns="kama_slow"),
    Need("ema", {"length": 200}),
    Need("atr"),
    Need("regime"),
    Need("previous_high"),
    Need("previous_low"),
)
ALONE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ema", {}),
    ("sma", {}),
    ("kama", {}),
    ("kama", {"length": 30, "fast": 5, "slow": 60}),
    ("atr", {}),
    ("rsi", {}),
    ("adx", {}),
    ("macd", {}),
    ("bbands", {}),
    ("previous_high", {}),
    ("volr", {}),
    ("regime", {}),
    ("squeeze", {}),
)


def lookup(name: str, params: Mapping[str, Any]) -> tuple[IndicatorSpec, Any]:
    """Find an indicator without a catalogue."""
    return RECORDS[name], getattr(indicator, name)(settings_class(name)(**params))


def market(rows: int, step: str) -> Bars:
    """Return a seeded random walk."""
    rng = np.random.default_rng(7)
    close = 50_000.0 * np.exp(np.cumsum(rng.normal(0.0, 1e-3, rows)))
    spread = close * np.abs(rng.normal(0.0, 1e-3, rows))
    columns = {"open": close, "high": close + spread, "low": close - spread, "close": close}
    index = pd.date_range("2024-01-01", periods=rows, freq=step, tz="UTC")
    return Bars.from_frame(pd.DataFrame(columns | {"volume": rng.lognormal(3.0, 1.0, rows)}, index=index))


def least(work: Callable[[], Any], rounds: int = 15) -> float:
    """Return the least time of several rounds in milliseconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000.0 * min(times)


def anew(bars: Bars, needs: tuple[Need, ...]) -> pd.DataFrame:
    """Return the features, computed."""
    FEATURES.clear()
    return features(bars, needs, lookup)


def main() -> None:
    """Print the figures."""
    year, window = market(525_600, "min"), market(1000, "4h")
    for title, bars, needs in (
        ("525,600 bars, EMA 12/26 and ATR 14", year, W1),
        ("525,600 bars, the features of adaptive", year, ADAPTIVE),
        ("1,000 bars, the features of adaptive", window, ADAPTIVE),
    ):
        print(f"{title}: {least(partial(anew, bars, needs)):.2f} ms computed", end=", ")
        print(f"{least(partial(features, bars, needs, lookup)):.2f} ms found again")
    print(f"525,600 bars, fingerprint of the data: {least(partial(data_key, year)):.2f} ms")
    frame, arrays = year.to_frame(), {name: getattr(year, name) for name in ("time", *year.to_frame().columns)}
    for name, params in ALONE:
        one = lookup(name, params)[1]
        words = f"{name} {dict(params)}" if params else name
        print(f"525,600 bars, {words}: {least(partial(one.arrays, arrays), 5):.2f} ms by arrays", end=", ")
        print(f"{least(partial(one.compute, frame), 5):.2f} ms by a frame")


if __name__ == "__main__":
    main()
