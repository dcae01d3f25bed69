"""Rules O0 to O5: what happens at a bar's open."""

from __future__ import annotations

import pytest

from kernel.stage import (
    BTC,
    DEAR,
    FLAT,
    HOUR,
    MONDAY,
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


def test_o0_flows_come_before_funding_and_funding_before_the_exit() -> None:
    run = play(
        [FLAT, FLAT, (110.0, 111.0, 109.0, 110.0)],
        {0: {"enter": 1}, 1: {"exit_long": True}},
        instrument=perpetual(),
        funding={MONDAY + 2 * HOUR: 0.01},
        flows={MONDAY + 2 * HOUR: 500.0},
    )
    trade = only(run)
    # 20 units long pay 1% of 20 × 110 and then leave with 200 of profit
    assert trade.pnl == near(200.0 - 22.0)
    assert run.equity["cash"].iloc[-1] == near(10_000.0 + 500.0 + 178.0)


def test_o0_a_short_receives_positive_funding() -> None:
    run = play([FLAT, FLAT, FLAT], {0: {"enter": -1}}, instrument=perpetual(), funding={MONDAY + 2 * HOUR: 0.01})
    assert run.equity["equity"].iloc[-1] == near(10_000.0 + 20.0)


def test_o0_spot_knows_no_funding() -> None:
    run = play([FLAT, FLAT, FLAT], {0: {"enter": 1}}, funding={MONDAY + 2 * HOUR: 0.01})
    assert run.equity["equity"].iloc[-1] == 10_000.0


def test_o1_an_exit_fills_at_the_open_worse_by_slippage_and_half_the_spread() -> None:
    run = play([FLAT, FLAT, (102.0, 103.0, 101.0, 102.0)], {0: {"enter": 1}, 1: {"exit_long": True}}, costs=DEAR)
    assert fills(run)[-1] == (2, "sell", round(102.0 * 0.995, 9), "signal")


def test_o1_an_exit_goes_before_a_stop_that_the_open_has_passed() -> None:
    run = play([FLAT, FLAT, (90.0, 91.0, 89.0, 90.0)], {0: {"enter": 1}, 1: {"exit_long": True}})
    assert fills(run)[-1] == (2, "sell", 90.0, "signal")


def test_o2_time_is_up_at_the_open_of_the_row_that_many_after_the_entry() -> None:
    run = play([FLAT] * 5, {0: {"enter": 1, "max_bars": 2}})
    assert fills(run)[-1] == (3, "sell", 100.0, "time")


def test_o2_time_that_is_up_on_a_masked_bar_waits_for_the_next_good_one() -> None:
    run = play([FLAT, FLAT, (100.0, 90.0, 99.0, 100.0), FLAT], {0: {"enter": 1, "max_bars": 1}})
    assert fills(run)[-1] == (3, "sell", 100.0, "time")


def test_o3_an_open_at_the_stop_counts_as_beyond_it() -> None:
    run = play([FLAT, FLAT, (95.0, 96.0, 94.0, 95.0)], {0: {"enter": 1}}, costs=Costs.free())
    assert fills(run)[-1] == (2, "sell", 95.0, "stop")


def test_o3_a_gap_through_the_stop_fills_at_the_open_with_stop_slippage() -> None:
    prices = [FLAT] * 17 + [(80.0, 81.0, 60.0, 70.0)]
    run = play(prices, {15: {"enter": 1, "stop_dist": 12.0}}, costs=DEAR)
    # the bar spans 21, more than 3 ATR of 2: slippage thrice 0.4%, and half a spread of 0.1%
    assert fills(run)[-1] == (17, "sell", round(80.0 * (1 - 0.013), 9), "stop")


def test_o3_an_open_beyond_targets_fills_them_at_the_open_without_slippage_at_the_maker_fee() -> None:
    ladder = {"tp_r": [1.0, 3.0], "tp_frac": [0.5, 0.5]}
    run = play(
        [FLAT, FLAT, (115.0, 116.0, 114.0, 115.0)], {0: {"enter": 1, "stop_dist": 12.0}}, always=ladder, costs=DEAR
    )
    trade = only(run)
    # entered at 100.5 with a stop 12 away: the first target is 112.5, the second 136.5
    assert (trade.exit_price, trade.exit_reason) == (115.0, "take_profit")
    assert run.fills["fee"].iloc[-1] == near(trade.quantity * 115.0 * 0.001)


def test_o4_an_entry_that_cash_cannot_pay_is_cut_and_floored() -> None:
    limits = Limits.open()
    run = play(
        [FLAT, (110.0, 111.0, 109.0, 110.0)],
        {0: {"enter": 1, "qty_fraction": 1.0, "stop_dist": float("inf")}},
        limits=limits,
    )
    # decided 100 units at 100; at 110 the cash of 10,000 pays 90.909
    assert run.decisions["quantity"].tolist() == [100.0]
    assert run.fills["quantity"].tolist() == [90.909]


def test_o4_an_entry_cut_below_the_minimum_expires() -> None:
    bars = bars_of([FLAT, (100.0, 101.0, 99.0, 100.0), (190.0, 191.0, 189.0, 190.0)])
    ask = {"enter": 1, "qty_fraction": 1.0, "stop_dist": float("inf")}
    run = run_plan(
        bars,
        plan_of(bars, {1: ask}),
        limits=Limits.open(),
        costs=Costs.free(),
        instrument=pair(min_qty=60),
    )
    # 100 units were decided; at 190 the cash pays 52.631, below the least of 60
    assert outcomes(run) == ["expired"]


def test_o4_entries_fill_by_rank_when_cash_is_short() -> None:
    one = bars_of([FLAT, (120.0, 121.0, 119.0, 120.0)])
    ask = {"enter": 1, "qty_fraction": 0.5, "stop_dist": float("inf")}
    plans = {("a", BTC): plan_of(one, {0: ask}), ("b", BTC): plan_of(one, {0: ask})}
    run = run_plan(
        {BTC: one}, plans, limits=Limits.open(), costs=Costs.free(), instrument=pair(), priorities={"a": 2, "b": 1}
    )
    # 50 units each were decided at 100; at 120 the first takes 6,000 and leaves 4,000 for 33.333
    assert run.fills["strategy"].tolist() == ["b", "a"]
    assert run.fills["quantity"].tolist() == [50.0, 33.333]


def test_o5_a_limit_that_the_open_has_passed_fills_at_the_open_as_a_taker() -> None:
    run = play([FLAT, (96.0, 97.0, 95.0, 96.0)], {0: {"enter": 1, "limit_off": 2.0, "stop_dist": 9.0}}, costs=DEAR)
    assert fills(run) == [(1, "buy", round(96.0 * 1.005, 9), "entry")]
    assert run.fills["fee"].iloc[0] == near(run.fills["quantity"].iloc[0] * 96.0 * 1.005 * 0.002)


def test_o5_a_limit_at_the_open_never_pays_more_than_the_limit() -> None:
    run = play([FLAT, (97.75, 99.0, 97.0, 98.0)], {0: {"enter": 1, "limit_off": 2.0, "stop_dist": 9.0}}, costs=DEAR)
    assert fills(run) == [(1, "buy", 98.0, "entry")]
