"""Rules T1 to T7: what is a bar, what is a row, and which of them count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kernel.stage import BAD, BTC, FLAT, HOUR, MONDAY, bars_of, fills, only, outcomes, pair, plan_of, play
from tradewind.backtest.simulate import run_plan
from tradewind.model.costs import Costs
from tradewind.model.limits import Limits

pytestmark = pytest.mark.critical

FREE: dict[str, Any] = {"limits": Limits.open(), "costs": Costs.free(), "instrument": pair()}


def test_t1_a_row_is_decided_at_the_close_of_the_last_finer_bar_inside_it() -> None:
    coarse = bars_of([FLAT, FLAT, FLAT], "2h")
    fine = bars_of([FLAT, FLAT, (102.0, 103.0, 101.0, 102.0), FLAT, FLAT, FLAT])
    run = run_plan(coarse, plan_of(coarse, {0: {"enter": 1}}), fine=fine, **FREE)
    assert fills(run) == [(2, "buy", 102.0, "entry")]


def test_t1_a_row_whose_last_finer_bars_are_missing_is_decided_at_the_last_that_exists() -> None:
    coarse = bars_of([FLAT, FLAT, FLAT], "2h")
    fine = bars_of([FLAT, None, FLAT, FLAT, FLAT, FLAT])
    run = run_plan(coarse, plan_of(coarse, {0: {"enter": 1}}), fine=fine, **FREE)
    # decided at the close of bar 0; the next bar comes after the gap, so the entry expires
    assert outcomes(run) == ["expired"]


def test_t1_a_row_without_any_finer_bar_is_never_decided_but_says_what_it_asked() -> None:
    coarse = bars_of([FLAT, FLAT, FLAT], "2h")
    fine = bars_of([FLAT, FLAT, None, None, FLAT, FLAT])
    run = run_plan(coarse, plan_of(coarse, {1: {"enter": 1, "risk": 0.02}}), fine=fine, **FREE)
    assert outcomes(run) == ["blocked:stale_data"]
    assert run.decisions["requested_risk"].tolist() == [0.02]


def test_t2_a_row_is_carried_out_at_the_next_open() -> None:
    run = play([FLAT, (102.0, 103.0, 101.0, 102.0), FLAT], {0: {"enter": 1}})
    assert fills(run) == [(1, "buy", 102.0, "entry")]


@pytest.mark.parametrize(
    "bad",
    [
        BAD,
        (0.0, 101.0, 0.0, 100.0),
        (np.nan, 101.0, 99.0, 100.0),
        (100.0, np.inf, 99.0, 100.0),
        (98.0, 101.0, 99.0, 99.5),
    ],
)
def test_t3_nothing_fills_on_a_bar_with_impossible_prices(bad: tuple[float, float, float, float]) -> None:
    run = play([FLAT, FLAT, bad, FLAT], {0: {"enter": 1}, 1: {"exit_long": True}})
    assert fills(run) == [(1, "buy", 100.0, "entry"), (3, "sell", 100.0, "signal")]


def test_t3_the_last_good_close_marks_a_position_over_a_masked_bar() -> None:
    run = play([FLAT, (100.0, 104.0, 100.0, 103.0), BAD, FLAT], {0: {"enter": 1}})
    assert run.equity["equity"].tolist() == [10_000.0, 10_060.0, 10_060.0, 10_000.0]


def test_t4_an_entry_pending_over_a_missing_bar_expires() -> None:
    run = play([FLAT, None, FLAT, FLAT], {0: {"enter": 1}})
    assert outcomes(run) == ["expired"]
    assert fills(run) == []


def test_t4_an_entry_pending_over_a_masked_bar_expires_after_it() -> None:
    run = play([FLAT, BAD, FLAT, FLAT], {0: {"enter": 1}, 2: {"enter": 1}})
    assert outcomes(run) == ["expired", "blocked:stale_data"]


def test_t4_exits_and_stops_fill_after_a_gap() -> None:
    asked = play([FLAT, FLAT, None, (99.0, 100.0, 98.0, 99.0)], {0: {"enter": 1}, 1: {"exit_long": True}})
    stopped = play([FLAT, FLAT, None, (94.0, 96.0, 93.0, 94.0)], {0: {"enter": 1}})
    assert fills(asked)[1] == (3, "sell", 99.0, "signal")
    assert fills(stopped)[1] == (3, "sell", 94.0, "stop")


def test_t5_rows_that_are_masked_or_after_a_gap_take_no_entry() -> None:
    run = play([FLAT, BAD, FLAT, FLAT, FLAT], {1: {"enter": 1}, 2: {"enter": 1}, 3: {"enter": 1}})
    assert outcomes(run) == ["blocked:stale_data", "blocked:stale_data", "filled"]


def test_t5_an_exit_asked_for_after_a_gap_is_honoured_and_on_a_masked_row_not() -> None:
    after = play([FLAT, FLAT, None, FLAT, FLAT], {0: {"enter": 1}, 2: {"exit_long": True}})
    masked = play([FLAT, FLAT, BAD, FLAT, FLAT], {0: {"enter": 1}, 2: {"exit_long": True}})
    assert fills(after)[-1] == (4, "sell", 100.0, "signal")
    assert len(fills(masked)) == 1


def test_t6_slots_of_one_symbol_keep_their_own_positions_and_share_cash() -> None:
    bars = bars_of([FLAT, FLAT, (94.0, 96.0, 93.0, 94.0), FLAT])
    plans = {
        ("near", BTC): plan_of(bars, {0: {"enter": 1}}),
        ("far", BTC): plan_of(bars, {0: {"enter": 1, "stop_dist": 20.0}}),
    }
    run = run_plan({BTC: bars}, plans, limits=Limits.open(), costs=Costs.free(), instrument=pair())
    assert run.trades["strategy"].tolist() == ["near"]
    assert run.positions["strategy"].tolist() == ["far"]
    assert run.equity["cash"].tolist() == [10_000.0, 10_000.0 - 2_000.0 - 500.0, 10_000.0 - 500.0 - 120.0, 9_380.0]


def test_t7_plan_bars_count_rows_and_not_hours() -> None:
    run = play([FLAT, FLAT, None, None, FLAT, FLAT, FLAT], {0: {"enter": 1, "max_bars": 3}})
    trade = only(run)
    # rows 1, 2 (after the gap), 3, 4: entered in row 1, out at the open of row 4
    assert trade.bars_held == 3
    assert fills(run)[-1] == (6, "sell", 100.0, "time")


def test_t7_a_finer_bar_belongs_to_the_row_that_holds_it() -> None:
    coarse = bars_of([FLAT, FLAT, FLAT, FLAT], "2h")
    fine = bars_of([FLAT] * 4 + [(100.0, 101.0, 94.0, 95.0)] + [FLAT] * 3)
    run = run_plan(coarse, plan_of(coarse, {0: {"enter": 1}}), fine=fine, **FREE)
    assert only(run).bars_held == 1
    assert run.trades["exit_time"].astype("int64").tolist() == [MONDAY + 4 * HOUR]
