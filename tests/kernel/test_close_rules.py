"""Rules C1 to C7: what happens at a bar's close."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from kernel.stage import (
    BTC,
    DAY,
    FLAT,
    HOUR,
    MONDAY,
    Rows,
    bars_of,
    fills,
    near,
    only,
    outcomes,
    pair,
    perpetual,
    plan_of,
    play,
)
from tradewind.backtest.simulate import run_plan
from tradewind.model.costs import Costs
from tradewind.model.limits import Limits

pytestmark = pytest.mark.critical

TRAIL = {"enter": 1, "stop_dist": 10.0, "trail_dist": 6.0, "trail_arm_r": 1.0}


def test_c1_the_trail_arms_follows_the_best_price_and_works_from_the_next_bar() -> None:
    run = play(
        [FLAT, (100.0, 104.0, 99.0, 103.0), (103.0, 112.0, 102.0, 111.0), (111.0, 111.5, 105.0, 106.0)], {0: TRAIL}
    )
    # 112 is 1.2 R above the entry: the stop goes to 106, though the same bar's low was 102
    assert fills(run)[-1] == (3, "sell", 106.0, "trailing")


def test_c1_a_stop_that_never_moved_keeps_its_name() -> None:
    run = play([FLAT, (100.0, 104.0, 99.0, 103.0), (103.0, 104.0, 89.0, 90.0)], {0: TRAIL})
    assert only(run).exit_reason == "stop"


def test_c1_the_trail_moves_only_by_five_ticks_or_a_tenth_of_the_atr() -> None:
    prices = [FLAT, (100.0, 112.0, 99.0, 111.0), (111.0, 114.0, 107.0, 111.0), (111.0, 111.5, 105.5, 106.0)]
    run = play(prices, {0: TRAIL})
    # 106 after the first bar; the candidate of 108 is two away, less than five ticks of 0.5
    assert fills(run)[-1] == (3, "sell", 106.0, "trailing")


def test_c1_the_trail_is_rounded_away_from_the_market() -> None:
    run = play([FLAT, (100.0, 112.3, 99.0, 111.0), (111.0, 111.5, 105.0, 106.0)], {0: TRAIL})
    assert fills(run)[-1][2] == 106.0


def test_c1_the_bar_of_a_limit_entry_counts_only_by_the_limit_price() -> None:
    ask = {"enter": 1, "limit_off": 2.0, "stop_dist": 10.0, "trail_dist": 6.0, "trail_arm_r": 0.2}
    run = play([FLAT, (100.0, 110.0, 97.0, 100.0), (100.0, 101.0, 99.0, 100.0)], {0: ask})
    assert run.positions["stop"].tolist() == [95.0]


def test_c1_finer_bars_move_the_trail_only_when_they_complete_a_row() -> None:
    coarse = bars_of([FLAT, (100.0, 112.0, 99.0, 105.0), FLAT], "2h")
    fine = bars_of(
        [FLAT, FLAT, (100.0, 112.0, 99.0, 111.0), (111.0, 111.0, 105.0, 105.0), (105.0, 107.0, 105.0, 107.0)]
    )
    run = run_plan(
        coarse, plan_of(coarse, {0: TRAIL}), fine=fine, limits=Limits.open(), costs=Costs.free(), instrument=pair()
    )
    # the stop of 106 stands only from the third row on, whose open of 105 lies beyond it
    assert fills(run)[-1] == (4, "sell", 105.0, "trailing")


def test_c1_a_trail_protects_where_no_stop_did() -> None:
    ask = {"enter": 1, "stop_dist": float("inf"), "trail_dist": 3.0, "qty_fraction": 0.1}
    run = play([FLAT, (100.0, 104.0, 99.0, 103.0), (103.0, 103.5, 100.0, 101.0)], {0: ask})
    assert fills(run)[-1] == (2, "sell", 101.0, "trailing")


def test_c2_a_linear_position_is_worth_its_margin_and_its_gain() -> None:
    run = play([FLAT, (100.0, 103.0, 99.0, 102.0)], {0: {"enter": 1}}, instrument=perpetual())
    assert run.equity["cash"].tolist() == [10_000.0, 10_000.0 - 400.0]
    assert run.equity["equity"].tolist() == [10_000.0, 10_040.0]
    assert run.equity["exposure"].tolist() == [0.0, 20 * 102.0]


def test_c3_the_drawdown_halt_latches_and_exits_go_on() -> None:
    limits = Limits.open(max_drawdown=0.01)
    prices = [FLAT, (100.0, 101.0, 96.0, 96.0), (100.0, 120.0, 99.0, 110.0), FLAT, FLAT]
    rows: Rows = {
        0: {"enter": 1, "stop_dist": 10.0, "qty_fraction": 0.5, "risk": 1.0},
        2: {"exit_long": True},
        3: {"enter": 1},
    }
    run = play(prices, rows, limits=limits)
    # 2% lost at the first close; the rise after it does not unlatch
    assert outcomes(run) == ["filled", "blocked:halted_drawdown"]
    assert fills(run)[-1] == (3, "sell", 100.0, "signal")


def test_c3_the_halt_can_flatten() -> None:
    limits = Limits.open(max_drawdown=0.01, flatten_on_drawdown=True)
    run = play(
        [FLAT, (100.0, 101.0, 96.0, 96.0), FLAT], {0: {"enter": 1, "stop_dist": 10.0, "risk": 0.05}}, limits=limits
    )
    assert fills(run)[-1] == (2, "sell", 100.0, "halt")


def test_c4_the_daily_halt_is_set_by_the_loss_since_midnight_and_clears_with_the_day() -> None:
    limits = Limits.open(max_daily_risk=0.02)
    prices = [FLAT] * 20 + [(100.0, 101.0, 90.0, 92.0), FLAT, FLAT, FLAT, FLAT, FLAT]
    rows = {19: {"enter": 1}, 20: {}, 21: {"enter": 1}, 22: {"enter": 1}, 23: {"enter": 1}}
    lost = play(prices, {**rows, 19: {"enter": 1, "risk": 0.02, "stop_dist": 4.0}}, limits=limits)
    # stopped in bar 20 for 2% of equity; the day ends with the close of bar 23
    assert outcomes(lost) == ["filled", "blocked:halted_daily", "blocked:halted_daily", "filled"]


def test_c4_the_first_day_starts_with_the_initial_balance_and_rolls_at_the_close_that_ends_it() -> None:
    run = play([(100.0, 101.0, 90.0, 92.0)] * 30, {})
    account = run.state.account[0]
    assert account["day_start"] == 10_000.0
    assert account["next_roll"] == MONDAY + 2 * DAY


def test_c5_a_flow_changes_no_ratio() -> None:
    limits = Limits.open(max_drawdown=0.05)
    prices = [FLAT, (100.0, 101.0, 97.0, 98.0), FLAT, (100.0, 101.0, 97.0, 98.0)]
    ask = {0: {"enter": 1, "stop_dist": 10.0, "risk": 1.0, "qty_fraction": 1.0}}
    run = play(prices, ask, limits=limits, flows={MONDAY + 2 * HOUR: -5_000.0})
    equity = run.equity
    assert equity["flow"].tolist() == [0.0, 0.0, -5_000.0, 0.0]
    # peak 10,000 and equity 9,800 before: the peak becomes 10,000 × 4,800 / 9,800
    peak = 10_000 * 4_800 / 9_800
    assert equity["drawdown"].tolist() == [
        0.0,
        near(0.02),
        0.0,
        near(200 / 5_000),
    ]
    assert peak < 5_000
    assert run.state.account[0]["peak"] == near(5_000.0)


def test_c5_a_flow_between_bars_is_booked_at_the_next_open_and_flows_of_one_bar_add_up() -> None:
    flows = {MONDAY + HOUR - 1: 10.0, MONDAY + HOUR: 5.0, MONDAY + 9 * HOUR: 1.0}
    run = play([FLAT, FLAT, FLAT], {}, flows=flows)
    assert run.equity["flow"].tolist() == [0.0, 15.0, 0.0]
    assert run.equity["equity"].tolist() == [10_000.0, 10_015.0, 10_015.0]


def test_c6_each_exit_column_closes_its_own_side() -> None:
    wrong = play([FLAT, FLAT, FLAT], {0: {"enter": 1}, 1: {"exit_short": True}}, instrument=perpetual())
    right = play([FLAT, FLAT, FLAT], {0: {"enter": -1}, 1: {"exit_short": True}}, instrument=perpetual())
    assert len(wrong.trades) == 0
    assert fills(right)[-1] == (2, "buy", 100.0, "signal")


def test_c6_an_exit_asked_for_in_the_row_of_the_entry_is_carried_out() -> None:
    run = play([FLAT, FLAT, FLAT], {0: {"enter": 1}, 1: {"exit_long": True}})
    assert fills(run) == [(1, "buy", 100.0, "entry"), (2, "sell", 100.0, "signal")]


def test_c7_a_limit_left_unfilled_expires_before_its_slot_decides_again() -> None:
    run = play([FLAT] * 3, {0: {"enter": 1, "limit_off": 5.0}, 1: {"enter": 1}})
    assert outcomes(run) == ["expired", "filled"]


def test_c7_a_limit_lives_through_the_finer_bars_of_one_row() -> None:
    coarse = bars_of([FLAT] * 3, "2h")
    dip = (100.0, 101.0, 95.0, 96.0)
    asked = plan_of(coarse, {0: {"enter": 1, "limit_off": 4.0}})
    rules: dict[str, Any] = {"limits": Limits.open(), "costs": Costs.free(), "instrument": pair()}
    within = run_plan(coarse, asked, fine=bars_of([FLAT, FLAT, FLAT, dip, FLAT, FLAT]), **rules)
    after = run_plan(coarse, asked, fine=bars_of([FLAT, FLAT, FLAT, FLAT, dip, FLAT]), **rules)
    assert fills(within)[0] == (3, "buy", 96.0, "entry")
    assert outcomes(after) == ["expired"]


def test_a_curve_is_one_row_per_market_bar_of_all_symbols() -> None:
    one, other = bars_of([FLAT, None, FLAT]), bars_of([None, FLAT, FLAT])
    run = run_plan({BTC: one, "ETHUSDT": other}, {BTC: plan_of(one, {})}, limits=Limits.open())
    assert pd.DatetimeIndex(run.equity.index).as_unit("ms").asi8.tolist() == [MONDAY, MONDAY + HOUR, MONDAY + 2 * HOUR]
    assert np.all(run.equity["equity"] == 10_000.0)
