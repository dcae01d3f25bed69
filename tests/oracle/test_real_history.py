"""The kernel against the oracle on real prices: BTCUSDT in early 2023, an exchange outage included."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest

from generators.cases import Case
from oracle.compare import differences
from oracle.engines import with_kernel, with_oracle
from oracle.scenes import BTC
from tradewind.model.bars import Bars
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan

HOURS = 4
HOW = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}


@pytest.fixture(scope="module")
def hourly(market_data: Path) -> pd.DataFrame:
    """Return three months of hourly bars with the outage of 2023-03-24."""
    frame = pd.read_parquet(market_data / "spot" / "1h" / "BTCUSDT-1h.parquet").set_index("open_time")
    return frame.loc["2023-02-01":"2023-04-30"]


def four_hours(hourly: pd.DataFrame) -> pd.DataFrame:
    """Return the bars of four hours each, from those that exist."""
    opened = pd.DatetimeIndex(hourly.index).floor(f"{HOURS}h")
    return hourly.groupby(opened)[list(HOW)].agg(HOW)


def crossover(bars: pd.DataFrame, **columns: Any) -> Plan:
    """Return a plan that buys when a fast mean crosses above a slow one and leaves when it crosses below."""
    fast, slow = bars["close"].rolling(8).mean(), bars["close"].rolling(24).mean()
    above = (fast > slow).to_numpy()
    turned = above != np.roll(above, 1)
    turned[:24] = False
    return Plan.from_arrays(
        bars.index,
        enter=(above & turned).astype(np.int8),
        exit_long=~above & turned,
        stop_dist=np.round(bars["close"].to_numpy() * 0.025, 2),
        **columns,
    )


def case_of(hourly: pd.DataFrame, **changes: Any) -> Case:
    """Return the simulation of the crossover on bars of four hours."""
    bars = four_hours(hourly)
    arguments: dict[str, Any] = {
        "bars": {BTC: Bars.from_frame(bars, f"{HOURS}h")},
        "plan": {("crossover", BTC): crossover(bars)},
        "instrument": {BTC: Instrument(symbol=BTC, tick_size=Decimal("0.01"), lot_step=Decimal("0.00001"))},
        "limits": Limits(),
        "costs": Costs(),
        "initial_balance": 10_000.0,
        "fine": None,
        "flows": {},
        "funding": {},
        "clusters": {},
        "priorities": {},
        "order": "pessimistic",
        "close_at_end": True,
    }
    return Case(**(arguments | changes))


@pytest.mark.critical
@pytest.mark.parametrize("order", ["pessimistic", "optimistic"])
@pytest.mark.parametrize("finer", [False, True], ids=["4h", "4h on 1h"])
def test_a_crossover_on_real_prices_goes_as_the_page_says(hourly: pd.DataFrame, order: str, *, finer: bool) -> None:
    fine = {BTC: Bars.from_frame(hourly, "1h")} if finer else None
    case = case_of(hourly, order=order, fine=fine)
    expected = with_oracle(case)
    assert expected.near_ties == []
    assert len(expected.trades) >= 5
    assert differences(expected, with_kernel(case)) == []


@pytest.mark.critical
def test_a_ladder_with_a_trail_on_real_prices_goes_as_the_page_says(hourly: pd.DataFrame) -> None:
    bars = four_hours(hourly)
    plan = crossover(
        bars,
        trail_dist=np.round(bars["close"].to_numpy() * 0.03, 2),
        trail_arm_r=1.0,
        tp_r=[1.5, 3.0],
        tp_frac=[0.3, 0.3],
        max_bars=40,
    )
    case = case_of(hourly, fine={BTC: Bars.from_frame(hourly, "1h")})
    case = attrs.evolve(case, plan={("crossover", BTC): plan})
    expected = with_oracle(case)
    assert expected.near_ties == []
    assert len({trade.exit_reason for trade in expected.trades}) >= 3
    assert differences(expected, with_kernel(case)) == []
