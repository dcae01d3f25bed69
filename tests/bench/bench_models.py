"""
Measure models: a year of minutes through the shipped price model, against the runtime alone, and one live bar.

Run `python tests/bench/bench_models.py [WINDOWS]`. Rounds of both sides take turns; processor seconds stand beside
those of the clock, because a busy machine shows the wrong clock.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from tradewind.api import ModelRegistry, model_windows
from tradewind_onnx import indicator as module
from tradewind_onnx.indicator import OnnxIndicator
from tradewind_onnx.model import load_model
from tradewind_onnx.settings import OnnxConfig

ROOT = Path(__file__).parents[2] / "ml"
BARS = 525_600
ROUNDS = 2
BATCHES = (16, 32, 64)
FOUR_HOURS = 14_400_000


def market(rows: int) -> dict[str, Any]:
    """Return a seeded walk as the columns that an indicator reads."""
    rng = np.random.default_rng(1)
    close = 30_000.0 * np.exp(np.cumsum(rng.normal(0.0, 0.001, rows)))
    first = np.concatenate([close[:1], close[:-1]])
    return {
        "time": 1_600_000_000_000 // FOUR_HOURS * FOUR_HOURS + FOUR_HOURS * np.arange(rows),
        "open": first,
        "high": np.maximum(first, close) * 1.0005,
        "low": np.minimum(first, close) * 0.9995,
        "close": close,
        "volume": rng.lognormal(3.0, 0.5, rows),
    }


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Return (seconds of the clock, processor seconds of all threads)."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def alone(content: bytes, table: Any, batch: int) -> None:
    """Ask the runtime for every window in batches, as plainly as can be."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    views = model_windows(table)
    for start in range(0, len(views), batch):
        session.run(["mu", "log_sigma"], {"window": np.ascontiguousarray(views[start : start + batch])})


def main(rows: int) -> None:
    """Print the figures."""
    stamp = ModelRegistry(ROOT).stamps("BTCUSDT", "price")[-1]
    folder = ROOT / "BTCUSDT" / "price" / stamp
    content, bars = (folder / "model.onnx").read_bytes(), market(rows)
    table = np.stack([bars[name] for name in ("close", "volume", "high", "low", "open")], axis=1).astype(np.float32)
    asked: dict[str, Any] = {"model": str(folder), "allow_unproven": True, "expiry_days": 0.0, "drift_limit": 0.0}
    quiet = load_model(folder).card
    bars["time"] = bars["time"] + (quiet.seen_until_ms // FOUR_HOURS + 1) * FOUR_HOURS
    windows = rows - 119

    def ours(threads: int) -> Callable[[], object]:
        def work() -> None:
            module._MEMORY.clear()
            OnnxIndicator(OnnxConfig(**asked, threads=threads)).arrays(bars)

        return work

    sides: dict[str, Callable[[], object]] = {
        f"the runtime alone, batches of {batch}": partial(alone, content, table, batch) for batch in BATCHES
    }
    sides |= {"the indicator, one thread": ours(1), "the indicator, two threads": ours(2)}
    least = {name: (float("inf"), float("inf")) for name in sides}
    for _ in range(ROUNDS):
        for name, work in sides.items():
            found = measured(work)
            least[name] = min(least[name][0], found[0]), min(least[name][1], found[1])
    for name, (clock, processor) in least.items():
        a_second = f"{windows / clock:9,.0f} windows/s; {windows / processor:9,.0f} per processor second"
        print(f"{name:36} {clock:7.1f} s, {a_second}")
    best = min(processor for name, (_, processor) in least.items() if "runtime" in name)
    print(f"the indicator takes {least['the indicator, one thread'][1] / best:.2f} of the runtime's own time")
    live(folder, bars)


def live(folder: Path, bars: dict[str, Any]) -> None:
    """Print what a new bar takes, with 4,000 bars of history, drift and expiry looked at."""
    module._MEMORY.clear()
    one = OnnxIndicator(OnnxConfig(model=str(folder), allow_unproven=True, expiry_days=0.0))
    taken = []
    for last in range(4_000, 4_400):
        window = {name: values[last - 4_000 : last] for name, values in bars.items()}
        clock, processor = time.perf_counter(), time.thread_time()
        one.arrays(window)
        taken.append((time.perf_counter() - clock, time.thread_time() - processor))
    told = np.array(taken[1:]) * 1000.0
    for place, name in enumerate(("of the clock", "of the processor")):
        median, late = np.quantile(told[:, place], [0.5, 0.99])
        print(f"a new bar: median {median:.2f} ms, p99 {late:.2f} ms {name}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else BARS)
