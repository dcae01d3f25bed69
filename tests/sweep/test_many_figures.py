"""Figures of many runs at once are those of each run by itself, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.backtest.figures import traded_value
from tradewind.kernel.layout import FILL, TRADE
from tradewind.metrics.curve import Curve
from tradewind.metrics.many import Benchmark, Columns, Meter, summarise_many
from tradewind.metrics.summary import Market, summarise
from tradewind.metrics.trades import ClosedTrades

HOUR_MS = 3_600_000
START_MS = 1_577_836_800_000


def random_trades(rng: np.random.Generator, count: int) -> Any:
    trades = np.zeros(count, dtype=TRADE)
    trades["pnl"] = rng.normal(0.0, 50.0, count)
    trades["pnl"][rng.random(count) < 0.1] = 0.0
    trades["pnl_pct"] = trades["pnl"] / 1000.0
    trades["r_multiple"] = np.where(rng.random(count) < 0.2, np.nan, trades["pnl"] / 30.0)
    trades["bars_held"] = rng.integers(0, 90, count)
    trades["position"] = rng.integers(0, max(1, count // 2), count)
    trades["ambiguous"] = rng.random(count) < 0.1
    return trades


def random_fills(rng: np.random.Generator, count: int) -> Any:
    fills = np.zeros(count, dtype=FILL)
    for name in ("price", "quantity", "fee"):
        fills[name] = rng.uniform(0.1, 100.0, count)
    return fills


def closed(trades: Any) -> ClosedTrades:
    own = {name: trades[name].astype(np.float64) for name in ("pnl", "pnl_pct", "r_multiple", "fees", "bars_held")}
    ambiguous = trades["ambiguous"].astype(np.bool_)
    return ClosedTrades(value=own["pnl"], position=trades["position"], ambiguous=ambiguous, **own)


def together(benchmark: Benchmark, equity: Any, exposure: Any, fills: list[Any], trades: list[Any]) -> Columns:
    meter = Meter(benchmark, len(equity))
    for run in zip(equity, exposure, fills, trades, strict=True):
        meter.take(*run)
    return summarise_many(meter.figures, benchmark)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    runs=st.integers(1, 5),
    bars=st.sampled_from([1, 2, 23, 255, 256, 257, 700, 20_000]),
    hours=st.sampled_from([1, 4, 24, 168]),
    spread=st.sampled_from([0.0, 1e-3, 0.05, 0.7]),
    compared=st.booleans(),
)
def test_many_runs_have_the_figures_that_each_has_alone(
    seed: int, runs: int, bars: int, hours: int, spread: float, compared: bool
) -> None:
    rng = np.random.default_rng(seed)
    time = START_MS + np.arange(bars, dtype=np.int64) * hours * HOUR_MS
    time[bars // 2 :] += 3 * 24 * 7 * HOUR_MS
    equity = 10_000.0 * np.exp(np.cumsum(rng.normal(0.0, spread, (runs, bars)), axis=1))
    if rng.random() < 0.3:
        equity[0, bars // 2 :] = rng.choice([0.0, -5.0, 1e-300, 1e300])
    exposure = np.where(rng.random((runs, bars)) < 0.5, 0.0, equity * rng.uniform(0.0, 2.0, (runs, bars)))
    trades = [random_trades(rng, int(rng.integers(0, 40))) for _ in range(runs)]
    fills = [random_fills(rng, 2 * len(one)) for one in trades]
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, bars)))
    markets = {"BTCUSDT": Market(time=time, open=close, close=close)} if compared else {}

    benchmark = Benchmark.of(time, hours * HOUR_MS, 10_000.0, markets)
    found = together(benchmark, equity, exposure, fills, trades)

    for run in range(runs):
        curve = Curve(
            time=time,
            equity=equity[run],
            exposure=exposure[run],
            initial_balance=10_000.0,
            bar_ms=hours * HOUR_MS,
        )
        paid, traded = float(fills[run]["fee"].sum()), traded_value(fills[run]["price"], fills[run]["quantity"])
        alone = summarise(curve, closed(trades[run]), markets=markets, fees=paid, traded_value=traded)
        assert list(found) == list(alone)
        assert {name: values[run] for name, values in found.items()} == alone
        assert {name: type(values[run]) for name, values in found.items()} == {
            name: type(value) for name, value in alone.items()
        }


@pytest.mark.parametrize("counts", [[0], [0, 0], [3, 0, 2]])
def test_runs_without_trades_have_no_averages(counts: list[int]) -> None:
    rng = np.random.default_rng(3)
    trades = [random_trades(rng, count) for count in counts]
    time = START_MS + np.arange(48, dtype=np.int64) * HOUR_MS
    level = np.full((len(counts), 48), 10_000.0)
    fills = [random_fills(rng, 0) for _ in counts]
    found = together(Benchmark.of(time, HOUR_MS, 10_000.0, {}), level, level * 0.0, fills, trades)
    assert counts == found["total_trades"]
    assert [count == 0 for count in counts] == [value is None for value in found["average_trade"]]
