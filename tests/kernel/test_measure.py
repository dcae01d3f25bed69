"""The pass over what a finished run left behind says the same compiled and as plain Python."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tradewind.kernel import door
from tradewind.kernel.compile import uncompiled
from tradewind.kernel.figures import FIGURES
from tradewind.kernel.layout import FILL, TRADE
from tradewind.kernel.measure import measure
from tradewind.kernel.sums import total
from tradewind.metrics import sums

HOUR_MS = 3_600_000


def measured(run: Any, equity: Any, exposure: Any, fills: Any, trades: Any, last_row: Any, market: Any) -> Any:
    bars = len(equity)
    found = np.zeros(1, dtype=FIGURES)
    centred = market - market.mean() if len(market) else market
    power = float((centred * centred).sum()) if len(market) else np.nan
    at, share, last = np.array([1, 0]), np.array([0.25, 0.75]), np.array([1, 0])
    with np.errstate(all="ignore"):
        run(
            found, 0, np.arange(bars) * HOUR_MS, equity, exposure, fills, trades, 100.0, HOUR_MS, 1e-12, 1e-12,
            last_row, market, centred, power, at, share, last, np.empty((5, 4 * bars)),
        )  # fmt: skip
    return found


@pytest.mark.parametrize("seed", range(8))
def test_the_source_measures_as_the_compiled_code_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    equity = np.round(100.0 + np.cumsum(rng.normal(0.0, 3.0, 200)), int(rng.integers(0, 3)))
    if seed % 3 == 0:
        equity[150:] = rng.choice([0.0, -5.0, 1e300])
    exposure = np.where(rng.random(200) < 0.5, 0.0, -2.0 * equity)
    fills, trades = np.zeros(20, dtype=FILL), np.zeros(10 * (seed % 2), dtype=TRADE)
    for name in ("price", "quantity", "fee"):
        fills[name] = rng.uniform(1.0, 2.0, len(fills))
    for name in ("pnl", "pnl_pct", "r_multiple"):
        trades[name] = rng.normal(0.0, 2.0, len(trades))
    trades["r_multiple"][:1] = np.nan
    trades["position"] = rng.integers(0, 7, len(trades))
    trades["bars_held"] = rng.integers(0, 7, len(trades))
    market = rng.normal(0.0, 0.1, 8) if seed % 4 else np.empty(0)
    what = (equity, exposure, fills, trades, np.arange(24, 200, 24), market)
    plain, compiled = measured(uncompiled(measure), *what), measured(door.compiled_measure(), *what)
    assert plain.tobytes() == compiled.tobytes()


def test_a_fall_lasts_from_its_peak_to_the_close_that_is_back_at_it() -> None:
    equity = np.array([110.0, 99.0, 105.0, 110.0, 120.0, 119.0, 119.0, 118.0])
    nothing = np.zeros(0, dtype=FILL), np.zeros(0, dtype=TRADE)
    found = measured(door.compiled_measure(), equity, np.zeros(8), *nothing, np.array([3, 7]), np.empty(0))[0]
    assert found["depth"] == 1.0 - 99.0 / 110.0
    # the deepest fall takes three bars; the one that is still open at the end is as long
    assert (found["lasted"], found["longest"]) == (3 * HOUR_MS, 3 * HOUR_MS)
    assert (found["held"], found["exposed"]) == (0, 0.0)


@pytest.mark.parametrize("count", [0, 1, 7, 8, 127, 128, 129, 365, 1_000, 8_192, 8_193, 20_000])
def test_sums_are_those_of_the_figures_to_the_last_bit(count: int) -> None:
    values = np.random.default_rng(count).normal(0.0, 1.0, count)
    assert uncompiled(total)(values) == sums.total(values)
    assert sums.total(values) == pytest.approx(math.fsum(values), abs=1e-9)
