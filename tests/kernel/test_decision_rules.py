"""Rules D1 to D15: from a row that asks to an order or the first reason against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kernel.stage import (
    BTC,
    DAY,
    DEAR,
    FLAT,
    MONDAY,
    Rows,
    bars_of,
    fills,
    near,
    outcomes,
    pair,
    perpetual,
    plan_of,
    play,
)
from tradewind.backtest.run import Run
from tradewind.backtest.simulate import run_plan
from tradewind.model.bars import Bars
from tradewind.model.costs import Costs
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan

pytestmark = pytest.mark.critical

STOPPED = (100.0, 101.0, 94.0, 100.0)
NO_STOP = float("inf")


def together(plans: Mapping[tuple[str, str], Rows], **changes: Any) -> Run:
    """Run several slots on flat bars."""
    symbols = sorted({symbol for _, symbol in plans})
    bars: Bars = bars_of([FLAT] * changes.pop("bars", 4))
    arguments: dict[str, Any] = {"limits": Limits.open(), "costs": Costs.free()}
    arguments["instrument"] = {symbol: pair(symbol=symbol) for symbol in symbols}
    made: dict[tuple[str, str], Plan] = {key: plan_of(bars, rows) for key, rows in plans.items()}
    return run_plan(dict.fromkeys(symbols, bars), made, **(arguments | changes))


def words(run: Run) -> dict[tuple[str, str], str]:
    """Return the outcome by slot, where each slot asked once."""
    table = run.decisions
    keys = zip(table["strategy"], table["symbol"], strict=True)
    return dict(zip(keys, table["outcome"], strict=True))


def test_d1_a_slot_with_a_pending_exit_counts_as_flat() -> None:
    run = play([FLAT] * 4, {0: {"enter": 1}, 1: {"enter": -1, "exit_long": True}}, instrument=perpetual())
    assert outcomes(run) == ["filled", "filled"]
    assert fills(run)[1:] == [(2, "sell", 100.0, "signal"), (2, "sell", 100.0, "entry")]


def test_d1_a_position_whose_time_is_up_counts_as_flat() -> None:
    run = play([FLAT] * 4, {0: {"enter": 1, "max_bars": 1}, 1: {"enter": 1}})
    assert outcomes(run) == ["filled", "filled"]
    assert [fill[3] for fill in fills(run)] == ["entry", "time", "entry"]


def test_d2_priority_comes_before_confidence_and_confidence_before_the_name() -> None:
    asks = {
        ("a", "ADAUSDT"): {0: {"enter": 1, "confidence": 0.5}},
        ("a", "BTCUSDT"): {0: {"enter": 1, "confidence": 0.9}},
        ("b", "ADAUSDT"): {0: {"enter": 1, "confidence": 0.1}},
        ("a", "ETHUSDT"): {0: {"enter": 1, "confidence": 0.5}},
    }
    run = together(asks, priorities={"b": -1})
    order = list(zip(run.fills["strategy"], run.fills["symbol"], strict=True))
    assert order == [("b", "ADAUSDT"), ("a", "BTCUSDT"), ("a", "ADAUSDT"), ("a", "ETHUSDT")]


def test_d2_who_would_have_been_taken_alone_is_outranked() -> None:
    asks = {(name, BTC): {0: {"enter": 1}} for name in ("a", "b", "c")}
    run = together(asks, limits=Limits.open(max_concurrent_positions=2))
    assert words(run) == {("a", BTC): "filled", ("b", BTC): "filled", ("c", BTC): "outranked"}


def test_d2_who_would_have_been_refused_anyway_is_told_so() -> None:
    asks: dict[tuple[str, str], Rows] = {
        ("a", BTC): {0: {"enter": 1}},
        ("b", BTC): {0: {"enter": 1, "qty_fraction": 0.0}},
    }
    run = together(asks, limits=Limits.open(max_concurrent_positions=1))
    assert words(run) == {("a", BTC): "filled", ("b", BTC): "blocked:max_positions"}


def test_d2_cash_that_the_first_reserved_outranks_the_second() -> None:
    ask = {"enter": 1, "qty_fraction": 1.0, "stop_dist": 40.0, "risk": 0.5}
    run = together({(name, BTC): {0: ask} for name in ("a", "b")})
    assert words(run) == {("a", BTC): "filled", ("b", BTC): "outranked"}
    assert run.decisions["binding"].tolist() == ["qty_fraction", "free_cash"]


def test_d3_the_drawdown_halt_is_named_before_the_daily_one() -> None:
    limits = Limits.open(max_drawdown=0.01, max_daily_risk=0.01)
    run = play([FLAT, (100.0, 101.0, 90.0, 91.0), FLAT], {0: {"enter": 1}, 1: {"enter": 1}}, limits=limits)
    assert outcomes(run) == ["filled", "blocked:halted_drawdown"]


def test_d4_the_run_can_close_only() -> None:
    run = play([FLAT] * 3, {0: {"enter": 1}}, limits=Limits.open(close_only=True))
    assert outcomes(run) == ["blocked:close_only"]


def test_d4_the_veto_of_a_row_is_its_outcome() -> None:
    bars = bars_of([FLAT] * 3)
    plan = plan_of(bars, {0: {"enter": 1}, 1: {"enter": 1}}).forbid(np.array([True, False, False]), "no_opinion")
    run = run_plan(bars, plan, limits=Limits.open())
    assert outcomes(run) == ["blocked:no_opinion", "filled"]


def test_d4_without_stop_and_atr_a_row_is_warming_up() -> None:
    run = play([FLAT] * 20, {13: {"enter": 1, "stop_dist": np.nan}, 14: {"enter": 1, "stop_dist": np.nan}})
    assert outcomes(run) == ["blocked:warming_up", "filled"]
    assert run.decisions["distance"].iloc[1] == near(4.0)


def test_d5_an_entry_that_asks_to_leave_as_well_is_in_conflict() -> None:
    run = play([FLAT] * 3, {0: {"enter": 1, "exit_long": True}, 1: {"enter": 1, "exit_short": True}})
    assert outcomes(run) == ["blocked:conflicting_signals", "filled"]


def test_d5_spot_refuses_shorts() -> None:
    assert outcomes(play([FLAT] * 3, {0: {"enter": -1}})) == ["blocked:shorts_refused"]


def test_d6_a_full_account_is_named_before_an_open_position() -> None:
    full = play([FLAT] * 4, {0: {"enter": 1}, 1: {"enter": 1}}, limits=Limits.open(max_concurrent_positions=1))
    room = play([FLAT] * 4, {0: {"enter": 1}, 1: {"enter": 1}})
    assert outcomes(full) == ["filled", "blocked:max_positions"]
    assert outcomes(room) == ["filled", "blocked:already_open"]


def test_d7_a_stop_cools_the_slot_down_for_rows_from_its_own_on() -> None:
    asks = {row: {"enter": 1} for row in range(5)}
    run = play([FLAT, STOPPED, FLAT, FLAT, FLAT], asks, limits=Limits.open(cooldown_bars=2))
    assert outcomes(run) == ["filled", "blocked:cooldown", "blocked:cooldown", "filled", "blocked:already_open"]


def test_d7_stops_in_a_window_lock_the_slot_for_its_own_row_and_those_after() -> None:
    limits = Limits.open(stop_guard_stops=2, stop_guard_window=3, stop_guard_bars=2)
    asks = {row: {"enter": 1} for row in range(7)}
    run = play([FLAT, STOPPED, STOPPED, FLAT, FLAT, FLAT, FLAT], asks, limits=limits)
    # stopped in rows 1 and 2: rows 2 to 4 are locked
    guard = "blocked:stop_guard"
    assert outcomes(run) == ["filled", "filled", guard, guard, guard, "filled", "blocked:already_open"]


def test_d7_stops_outside_the_window_do_not_count() -> None:
    limits = Limits.open(stop_guard_stops=2, stop_guard_window=2, stop_guard_bars=5)
    run = play([FLAT, STOPPED, FLAT, STOPPED, FLAT], {0: {"enter": 1}, 2: {"enter": 1}, 3: {"enter": 1}}, limits=limits)
    assert outcomes(run) == ["filled", "filled", "filled"]


def test_d7_positions_that_earned_too_little_lock_the_pair() -> None:
    limits = Limits.open(low_profit_trades=2, low_profit_required=0.0, low_profit_bars=2)
    dip = (100.0, 101.0, 94.0, 100.0)
    run = play([FLAT, dip, dip, FLAT, FLAT, FLAT], {row: {"enter": 1} for row in range(5)}, limits=limits)
    locked = "blocked:pair_locked"
    assert outcomes(run) == ["filled", "filled", locked, locked, "filled"]


@pytest.mark.parametrize(
    ("regime", "confidence", "risk"), [(0, 1.0, 0.01), (1, 1.0, 0.015), (2, 0.5, 0.003), (1, 4.0, 0.03)]
)
def test_d8_regime_and_confidence_scale_the_risk_up_to_the_most_allowed(
    regime: int, confidence: float, risk: float
) -> None:
    limits = Limits.open(max_risk_per_trade=0.03, trending_multiplier=1.5, volatile_multiplier=0.6)
    run = play([FLAT] * 3, {0: {"enter": 1, "regime": regime, "confidence": confidence}}, limits=limits)
    assert run.decisions["requested_risk"].iloc[0] == near(risk)
    assert run.decisions["quantity"].iloc[0] == near(10_000 * risk / 5)


def test_d8_a_row_without_risk_takes_the_base_of_the_limits() -> None:
    run = play([FLAT] * 3, {0: {"enter": 1, "risk": np.nan}}, limits=Limits.open(base_risk_per_trade=0.02))
    assert run.decisions["quantity"].iloc[0] == 40.0


def test_d8_drawdown_throttles_linearly() -> None:
    limits = Limits.open(max_drawdown=0.2, throttle_start=0.05, throttle_end=0.8, throttle_floor=0.25)
    prices = [FLAT, (100.0, 101.0, 89.5, 90.0), (90.0, 90.0, 90.0, 90.0), (100.0, 100.0, 100.0, 100.0)]
    rows: Rows = {0: {"enter": 1, "qty_fraction": 1.0, "stop_dist": 20.0, "risk": 1.0}, 1: {"exit_long": True}}
    run = play(prices, {**rows, 2: {"enter": 1, "stop_dist": 5.0}}, limits=limits)
    # 10% down, between 5% and 16%: 1 − 0.75 × 5 / 11
    share = 1 - 0.75 * 5 / 11
    assert run.decisions["quantity"].iloc[1] == near(np.floor(9_000 * 0.01 * share / 5 * 1_000) / 1_000)


@pytest.mark.parametrize(
    ("asked", "distance"),
    [
        ({"stop_dist": 0.1}, 2.5),
        ({"stop_dist": 7.0}, 7.0),
        ({"stop_dist": 5.0, "limit_off": 20.0}, 5.0),
        ({"stop_dist": NO_STOP}, 100.0),
    ],
)
def test_d9_the_distance_is_at_least_five_ticks_and_without_a_stop_the_price(
    asked: dict[str, float], distance: float
) -> None:
    run = play([FLAT] * 3, {0: {"enter": 1, **asked}})
    assert run.decisions["distance"].iloc[0] == distance


def test_d9_the_distance_is_at_least_four_round_trips_and_a_quarter_of_the_atr() -> None:
    dear = play([FLAT] * 3, {0: {"enter": 1}}, costs=DEAR)
    wild = play([(100.0, 120.0, 80.0, 100.0)] * 16, {14: {"enter": 1}})
    assert dear.decisions["distance"].iloc[0] == near(4 * 0.014 * 100)
    assert wild.decisions["distance"].iloc[0] == near(10.0)


def test_d9_a_limit_is_planned_at_its_own_price_rounded_away_from_the_market() -> None:
    run = play(
        [FLAT] * 3, {0: {"enter": 1, "limit_off": 2.3}, 1: {"enter": -1, "limit_off": 2.3}}, instrument=perpetual()
    )
    assert run.decisions["price"].tolist() == [97.5, 102.5]


def test_d10_open_risk_eats_the_daily_budget_until_nothing_is_left() -> None:
    limits = Limits.open(max_daily_risk=0.025)
    asks = {(name, BTC): {row: {"enter": 1}} for row, name in enumerate(("a", "b", "c", "d"))}
    run = together(asks, limits=limits, bars=6)
    assert outcomes(run) == ["filled", "filled", "filled", "blocked:daily_budget"]
    assert run.decisions["binding"].tolist() == ["risk", "risk", "daily_budget", ""]
    assert run.decisions["effective_risk"].iloc[2] == near(0.005)


def test_d10_a_position_that_is_ending_counts_nothing() -> None:
    limits = Limits.open(max_daily_risk=0.01)
    asks: dict[tuple[str, str], Rows] = {
        ("a", BTC): {0: {"enter": 1}, 1: {"exit_long": True}},
        ("b", BTC): {1: {"enter": 1}},
    }
    assert outcomes(together(asks, limits=limits)) == ["filled", "filled"]


def test_d10_a_stop_moved_into_profit_frees_its_risk() -> None:
    limits = Limits.open(max_daily_risk=0.01)
    bars = bars_of([FLAT, (100.0, 120.0, 99.0, 119.0), (119.0, 119.5, 118.0, 119.0)])
    plans = {
        ("a", BTC): plan_of(bars, {0: {"enter": 1, "trail_dist": 4.0}}),
        ("b", BTC): plan_of(bars, {1: {"enter": 1}}),
    }
    run = run_plan({BTC: bars}, plans, limits=limits, costs=Costs.free(), instrument=pair())
    # the stop of a stands at 116 under a mark of 119: 20 × 3 of 10,380 are at risk, and nothing was lost today
    assert run.decisions["binding"].tolist() == ["risk", "daily_budget"]
    assert run.decisions["effective_risk"].iloc[1] == near(
        np.floor((0.01 - 60 / 10_380) * 10_380 / 5 * 1e3) / 1e3 * 5 / 10_380
    )


def test_d11_a_cluster_shares_its_own_budget_and_who_stands_alone_has_none() -> None:
    limits = Limits.open(max_correlated_risk=0.015)
    names = ("ADAUSDT", "BTCUSDT", "ETHUSDT", "XRPUSDT")
    asks = {("a", name): {0: {"enter": 1}} for name in names}
    run = together(asks, limits=limits, clusters={"ADAUSDT": 7, "BTCUSDT": 7, "ETHUSDT": -1})
    assert run.decisions["binding"].tolist() == ["risk", "correlated", "risk", "risk"]
    assert run.decisions["effective_risk"].iloc[1] == near(0.005)


def test_d11_the_clusters_of_the_day_or_the_last_before_it_hold() -> None:
    limits = Limits.open(max_correlated_risk=0.015)
    days = pd.to_datetime([MONDAY, MONDAY + 2 * DAY], unit="ms", utc=True)
    table = pd.DataFrame({"ADAUSDT": [-1, 3], "BTCUSDT": [-1, 3]}, index=days)
    for row, binding in ((0, "risk"), (30, "risk"), (47, "correlated"), (80, "correlated")):
        asks = {("a", name): {row: {"enter": 1}} for name in table.columns}
        run = together(asks, limits=limits, clusters=table, bars=100)
        assert run.decisions["binding"].tolist() == ["risk", binding]


def test_d12_costs_of_the_round_trip_are_part_of_the_risk() -> None:
    run = play([FLAT] * 3, {0: {"enter": 1, "stop_dist": 10.0}}, costs=DEAR)
    assert run.decisions["quantity"].iloc[0] == near(np.floor(100 / 11.4 * 1_000) / 1_000)


@pytest.mark.parametrize(
    ("stop", "quantity", "binding"), [(5.0, 20.0, "risk"), (50.0, 2.0, "risk"), (NO_STOP, 30.0, "qty_fraction")]
)
def test_d12_a_stated_fraction_is_held_by_risk_where_there_is_a_stop(
    stop: float, quantity: float, binding: str
) -> None:
    run = play([FLAT] * 3, {0: {"enter": 1, "qty_fraction": 0.3, "stop_dist": stop}})
    assert run.decisions["quantity"].iloc[0] == quantity
    assert run.decisions["binding"].iloc[0] == binding


@pytest.mark.parametrize(
    ("changes", "ask", "rules", "quantity", "binding"),
    [
        ({"max_position_size": 0.1}, {}, {}, 10.0, "policy_cap"),
        ({"max_position": 0.1}, {}, {}, 10.0, "engine_cap"),
        ({}, {"cap": 0.05}, {}, 5.0, "strategy_cap"),
        ({"max_total_exposure": 0.12}, {}, {}, 12.0, "total_exposure"),
        ({"max_volume_share": 0.003}, {}, {}, 3.0, "volume_share"),
        ({}, {}, {"max_qty": 2}, 2.0, "max_qty"),
        ({"max_position_size": 0.1, "max_position": 0.1}, {"cap": 0.1}, {}, 10.0, "policy_cap"),
        ({"max_position_size": 0.2}, {}, {}, 20.0, "risk"),
    ],
)
def test_d13_the_smallest_cap_wins_and_is_named(
    changes: dict[str, float], ask: dict[str, float], rules: dict[str, Any], quantity: float, binding: str
) -> None:
    run = play([FLAT] * 3, {0: {"enter": 1, **ask}}, limits=Limits.open(**changes), instrument=pair(**rules))
    assert run.decisions["quantity"].iloc[0] == quantity
    assert run.decisions["binding"].iloc[0] == binding


def test_d13_cash_pays_the_costs_too_and_only_the_margin_of_a_perpetual() -> None:
    ask = {0: {"enter": 1, "risk": 1.0, "stop_dist": 50.0, "qty_fraction": np.nan}}
    spot = play([FLAT] * 3, ask, costs=DEAR, limits=Limits.open(max_total_exposure=9.0, max_position_size=1.0))
    assert spot.decisions["binding"].iloc[0] == "free_cash"
    assert spot.decisions["quantity"].iloc[0] == near(np.floor(10_000 / 100.7 * 1_000) / 1_000)
    margin = play([FLAT] * 3, ask, costs=DEAR, instrument=perpetual())
    assert margin.decisions["binding"].iloc[0] == "policy_cap"


def test_d13_what_is_held_and_reserved_counts_to_total_exposure() -> None:
    limits = Limits.open(max_total_exposure=0.5)
    asks = {(name, BTC): {row: {"enter": 1}} for row, name in enumerate(("a", "b", "c"))}
    run = together(asks, limits=limits, bars=5)
    assert run.decisions["quantity"].tolist() == [20.0, 20.0, 10.0]
    assert run.decisions["binding"].tolist() == ["risk", "risk", "total_exposure"]


@pytest.mark.parametrize(
    ("rules", "ask", "outcome"),
    [
        ({"min_qty": "20.001"}, {}, "blocked:min_qty"),
        ({"min_qty": 20}, {}, "filled"),
        ({"min_notional": 1_819}, {}, "blocked:min_notional"),
        ({"min_notional": 1_818}, {}, "filled"),
        ({"percent_price_down": "0.96"}, {}, "blocked:percent_price"),
        ({"percent_price_down": "0.95"}, {}, "filled"),
        ({"percent_price_down": "0.9"}, {"limit_off": 11.0}, "blocked:percent_price"),
        ({"percent_price_down": "0.96"}, {"stop_dist": NO_STOP, "qty_fraction": 0.1}, "filled"),
        ({}, {"limit_off": 101.0}, "blocked:percent_price"),
        ({}, {"stop_dist": 101.0}, "blocked:percent_price"),
        ({}, {"risk": 0.0}, "blocked:min_qty"),
    ],
)
def test_d14_the_venues_rules_are_kept(rules: dict[str, Any], ask: dict[str, float], outcome: str) -> None:
    run = play([FLAT] * 3, {0: {"enter": 1, **ask}}, instrument=pair(**rules))
    assert outcomes(run) == [outcome]


def test_d15_an_entry_that_the_run_does_not_carry_out_any_more_was_sent() -> None:
    assert outcomes(play([FLAT] * 2, {1: {"enter": 1}})) == ["sent"]


def test_d15_a_pending_limit_reserves_cash_and_a_position() -> None:
    ask = {"enter": 1, "qty_fraction": 0.7, "stop_dist": NO_STOP}
    bars, coarse = bars_of([FLAT] * 8), bars_of([FLAT] * 2, "4h")
    asks = {
        ("slow", "ADAUSDT"): plan_of(coarse, {0: {**ask, "limit_off": 5.0}}),
        ("fast", BTC): plan_of(bars, {4: ask}),
    }
    run = run_plan(
        {"ADAUSDT": coarse, BTC: bars},
        asks,
        fine={"ADAUSDT": bars, BTC: bars},
        limits=Limits.open(),
        costs=Costs.free(),
        instrument={"ADAUSDT": pair(symbol="ADAUSDT"), BTC: pair()},
    )
    # 70% of 10,000 at a limit of 95 is 73.684 units for 6,999.98
    assert run.decisions["quantity"].tolist() == [73.684, 30.0]
    assert run.decisions["binding"].tolist() == ["qty_fraction", "free_cash"]
