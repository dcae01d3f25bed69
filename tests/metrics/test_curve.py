"""Days, gaps, flows and ends of an equity curve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.curves import HOUR, START, curve, trades
from tradewind.metrics.curve import DAY_MS, Curve
from tradewind.metrics.returns import cagr, total_return
from tradewind.metrics.summary import summarise


def test_days_are_utc_and_the_first_return_is_from_the_initial_balance() -> None:
    # 20:00, 00:00, 04:00 … : the first day has one bar.
    time = START + 20 * HOUR + np.arange(8, dtype=np.int64) * 4 * HOUR
    equity = np.array([110.0, 111.0, 112.0, 113.0, 114.0, 115.0, 121.0, 133.1])

    account = Curve(time=time, equity=equity, initial_balance=100.0, bar_ms=4 * HOUR)

    assert account.returns == pytest.approx([0.10, 0.10, 0.10])


def test_a_bar_that_closes_at_midnight_belongs_to_the_day_that_ends() -> None:
    account = curve([100.0] * 23 + [150.0] + [150.0] * 24, bar_ms=HOUR)

    assert account.returns == pytest.approx([0.5, 0.0])


def test_a_day_without_bars_repeats_the_day_before() -> None:
    time = START + np.array([0, 1, 4], dtype=np.int64) * DAY_MS
    account = Curve(time=time, equity=np.array([110.0, 121.0, 133.1]), initial_balance=100.0, bar_ms=DAY_MS)

    assert account.returns == pytest.approx([0.1, 0.1, 0.0, 0.0, 0.1])


def test_bars_longer_than_a_day_are_periods_themselves() -> None:
    account = curve([110.0, 121.0], bar_ms=7 * DAY_MS)

    assert account.returns == pytest.approx([0.1, 0.1])
    assert account.periods.per_year == pytest.approx(365 / 7)


def test_elapsed_time_reaches_from_the_first_open_to_the_last_close() -> None:
    account = curve([100.0 * 1.1] * 365)

    assert account.elapsed_ms == 365 * DAY_MS
    assert cagr(account) == pytest.approx(0.1)


def test_a_deposit_is_no_profit_and_a_withdrawal_no_loss() -> None:
    # 10% up, deposit 110, 10% down, withdrawal 98, flat.
    account = curve([110.0, 198.0, 100.0], flow=[0.0, 110.0, -98.0])

    assert account.returns == pytest.approx([0.10, -0.10, 0.0])
    assert total_return(account) == pytest.approx(1.1 * 0.9 - 1.0)
    assert summarise(account, trades([]))["total_pnl"] == pytest.approx(10.0 - 22.0)
    assert summarise(account, trades([]))["max_drawdown"] == pytest.approx(0.1)


def test_a_deposit_at_the_first_bar_is_no_profit() -> None:
    assert curve([330.0], flow=[200.0]).returns == pytest.approx([0.1])


def test_after_a_withdrawal_of_everything_returns_stay_level() -> None:
    account = curve([120.0, 0.0, 0.0, 55.0], flow=[0.0, -120.0, 0.0, 50.0])

    assert account.returns == pytest.approx([0.2, 0.0, 0.0, 0.1])


def test_equity_of_zero_is_a_loss_of_everything_and_nothing_after() -> None:
    account = curve([50.0, 0.0, 0.0])

    assert account.returns == pytest.approx([-0.5, -1.0, 0.0])
    assert total_return(account) == -1.0
    assert cagr(account) == -1.0
    assert summarise(account, trades([]))["max_drawdown"] == 1.0


def test_growth_beyond_all_numbers_is_not_defined() -> None:
    assert cagr(curve([1e300], bar_ms=60_000)) is None


@given(
    returns=st.lists(st.floats(-0.5, 1.0), min_size=1, max_size=30),
    flows=st.lists(st.floats(-0.4, 2.0), min_size=30, max_size=30),
)
def test_flows_never_change_returns(returns: list[float], flows: list[float]) -> None:
    still, moved, equity, amounts = [], [], 100.0, []
    level = 100.0
    for gain, share in zip(returns, flows, strict=False):
        amounts.append(equity * share)
        equity = equity * (1.0 + share) * (1.0 + gain)
        level *= 1.0 + gain
        moved.append(equity)
        still.append(level)

    plain, adjusted = curve(still), curve(moved, flow=amounts)

    assert adjusted.returns == pytest.approx(plain.returns, rel=1e-9, abs=1e-12)
    assert total_return(adjusted) == pytest.approx(total_return(plain), rel=1e-9, abs=1e-12)
