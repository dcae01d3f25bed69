"""Figures of many runs at once are those of each run by itself, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.metrics.curve import Curve
from tradewind.metrics.many import Benchmark, Book, Curves, summarise_many
from tradewind.metrics.summary import Market, summarise
from tradewind.metrics.trades import ClosedTrades

HOUR_MS = 3_600_000
START_MS = 1_577_836_800_000


def random_trades(rng: np.random.Generator, count: int) -> ClosedTrades:
    pnl = rng.normal(0.0, 50.0, count)
    pnl[rng.random(count) < 0.1] = 0.0
    r_multiple = pnl / 30.0
    r_multiple[rng.random(count) < 0.2] = np.nan
    return ClosedTrades(
        pnl=pnl,
        pnl_pct=pnl / 1000.0,
        r_multiple=r_multiple,
        fees=rng.uniform(0.0, 2.0, count),
        value=rng.uniform(100.0, 2000.0, count),
        bars_held=rng.integers(0, 90, count).astype(np.float64),
        position=np.sort(rng.integers(0, max(1, count // 2), count)),
        ambiguous=rng.random(count) < 0.1,
    )


def joined(trades: list[ClosedTrades]) -> Book:
    names = ("pnl", "pnl_pct", "r_multiple", "bars_held", "position", "ambiguous")
    columns = {name: np.concatenate([getattr(one, name) for one in trades]) for name in names}
    return Book(counts=np.array([len(one.pnl) for one in trades]), **columns)


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
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, bars)))
    markets = {"BTCUSDT": Market(time=time, open=close, close=close)} if compared else {}
    fees, traded = rng.uniform(0.0, 100.0, runs), rng.uniform(0.0, 1e6, runs)

    found = summarise_many(
        Curves(time=time, equity=equity, exposure=exposure, initial_balance=10_000.0, bar_ms=hours * HOUR_MS),
        joined(trades),
        Benchmark.of(time, hours * HOUR_MS, markets),
        fees,
        traded,
    )

    for run in range(runs):
        curve = Curve(
            time=time,
            equity=equity[run],
            exposure=exposure[run],
            initial_balance=10_000.0,
            bar_ms=hours * HOUR_MS,
        )
        alone = summarise(curve, trades[run], markets=markets, fees=float(fees[run]), traded_value=float(traded[run]))
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
    none = np.zeros(len(counts))
    curves = Curves(time=time, equity=level, exposure=level * 0.0, initial_balance=10_000.0, bar_ms=HOUR_MS)
    found = summarise_many(curves, joined(trades), Benchmark.of(time, HOUR_MS, {}), none, none)
    assert counts == found["total_trades"]
    assert [count == 0 for count in counts] == [value is None for value in found["average_trade"]]
