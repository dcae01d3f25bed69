"""Rules E1 to E4 and R1 to R6: what an entry fixes, and what is written down."""

from __future__ import annotations

import numpy as np
import pytest

from kernel.stage import (
    BTC,
    DEAR,
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

THIRDS = {"tp_r": [1.0, 2.0], "tp_frac": [0.3, 0.4]}


@pytest.mark.parametrize(("side", "stop"), [(1, 94.5), (-1, 105.5)])
def test_e1_the_stop_stands_off_the_fill_rounded_away_from_the_market(side: int, stop: float) -> None:
    run = play([FLAT, FLAT], {0: {"enter": side, "stop_dist": 5.2}}, instrument=perpetual())
    assert run.positions["stop"].tolist() == [stop]


def test_e1_the_distance_decided_at_the_close_stays_whatever_the_fill() -> None:
    run = play([FLAT, (110.0, 111.0, 109.0, 110.0)], {0: {"enter": 1}})
    assert run.positions["stop"].tolist() == [105.0]


def test_e1_what_later_rows_say_does_not_change_an_open_position() -> None:
    prices = [FLAT, FLAT, FLAT, (100.0, 101.0, 94.0, 95.0)]
    run = play(prices, {0: {"enter": 1}, 1: {"enter": 1, "stop_dist": 50.0}, 2: {"enter": 1, "max_bars": 1}})
    assert fills(run)[-1] == (3, "sell", 95.0, "stop")


def test_e2_a_ladder_splits_the_quantity_and_leaves_the_rest_without_a_target() -> None:
    run = play([FLAT, FLAT, (100.0, 111.0, 99.0, 100.0), FLAT], {0: {"enter": 1, "risk": 0.0101}}, always=THIRDS)
    assert run.trades["quantity"].tolist() == [6.06, 8.08]
    assert run.trades["exit_price"].tolist() == [105.0, 110.0]
    assert run.positions["quantity"].tolist() == [near(6.06)]


def test_e2_a_tranche_too_small_joins_the_next_and_the_last_the_one_before() -> None:
    ask = {0: {"enter": 1}}
    up = (100.0, 130.0, 99.0, 100.0)
    first = play([FLAT, FLAT, up], ask, always={"tp_r": [1.0, 2.0], "tp_frac": [0.1, 0.4]}, instrument=pair(min_qty=3))
    last = play([FLAT, FLAT, up], ask, always={"tp_r": [1.0, 2.0], "tp_frac": [0.5, 0.4]}, instrument=pair(min_qty=3))
    assert list(zip(first.trades["quantity"], first.trades["exit_price"], strict=True)) == [(10.0, 110.0)]
    assert list(zip(last.trades["quantity"], last.trades["exit_price"], strict=True)) == [(10.0, 105.0), (10.0, 110.0)]


def test_e2_fractions_beyond_the_whole_are_cut_and_empty_rungs_left_out() -> None:
    ladder = {"tp_r": [np.nan, 1.0, 2.0, 3.0], "tp_frac": [0.5, 0.7, 0.0, 0.9]}
    run = play([FLAT, FLAT, (100.0, 130.0, 99.0, 100.0)], {0: {"enter": 1}}, always=ladder)
    assert run.trades["quantity"].tolist() == [14.0, near(6.0)]
    assert run.trades["exit_price"].tolist() == [105.0, 115.0]


def test_e2_a_ladder_of_eight_rungs_is_carried_out() -> None:
    ladder = {"tp_r": [float(k) for k in range(1, 9)], "tp_frac": [0.1] * 8}
    run = play([FLAT, FLAT, (100.0, 145.0, 99.0, 100.0)], {0: {"enter": 1}}, always=ladder)
    assert run.trades["exit_price"].tolist() == [100.0 + 5 * k for k in range(1, 9)]
    assert run.positions["quantity"].tolist() == [near(4.0)]


def test_e3_a_fee_in_base_is_taken_from_what_was_bought() -> None:
    costs = Costs(maker_fee=0.001, taker_fee=0.001, slippage=0.0, fee_asset="base")
    run = play([FLAT, FLAT, FLAT], {0: {"enter": 1, "stop_dist": 9.8}, 1: {"exit_long": True}}, costs=costs)
    trade = only(run)
    # 10 bought, 9.99 held: the fee of the entry is 0.01 at 100
    assert run.fills["quantity"].tolist() == [10.0, 9.99]
    assert trade.quantity == 9.99
    assert trade.fees == near(1.0 + 0.999)
    assert run.equity["cash"].iloc[-1] == near(10_000.0 - 1_000.0 + 999.0 - 0.999)


def test_e3_a_fee_in_base_that_leaves_nothing_lets_the_entry_expire() -> None:
    costs = Costs(maker_fee=0.001, taker_fee=0.001, slippage=0.0, fee_asset="base")
    run = play([FLAT, FLAT], {0: {"enter": 1, "qty_fraction": 0.01}}, costs=costs, instrument=pair(lot_step=1))
    assert outcomes(run) == ["expired"]
    assert run.equity["cash"].tolist() == [10_000.0, 10_000.0]


def test_e4_closing_returns_proceeds_less_fee_and_the_margin_of_a_perpetual() -> None:
    prices = [FLAT, FLAT, (110.0, 111.0, 109.0, 110.0)]
    costs = Costs(maker_fee=0.0, taker_fee=0.01, slippage=0.0)
    rows: Rows = {0: {"enter": 1, "qty_fraction": 0.1, "stop_dist": np.inf}, 1: {"exit_long": True}}
    spot = play(prices, rows, costs=costs)
    linear = play(prices, rows, costs=costs, instrument=perpetual())
    assert spot.equity["cash"].tolist() == [10_000.0, near(8_990.0), near(8_990.0 + 1_100.0 - 11.0)]
    assert linear.equity["cash"].tolist() == [10_000.0, near(9_790.0), near(9_790.0 + 200.0 + 100.0 - 11.0)]


def test_r1_one_fill_for_the_entry_and_one_per_tranche_with_one_trade_each() -> None:
    run = play([FLAT, FLAT, (100.0, 101.0, 90.0, 95.0)], {0: {"enter": 1}}, always=THIRDS)
    assert fills(run) == [(1, "buy", 100.0, "entry")] + [(2, "sell", 95.0, "stop")] * 3
    assert run.trades["quantity"].tolist() == [6.0, 8.0, 6.0]
    assert run.trades["position"].tolist() == [1, 1, 1]
    assert (run.trades["entry_time"].astype("int64") == MONDAY + HOUR).all()
    assert (run.trades["exit_time"].astype("int64") == MONDAY + 2 * HOUR).all()


def test_r2_profit_is_net_of_both_fees_and_stated_in_fractions_and_multiples() -> None:
    prices = [FLAT, FLAT, (110.0, 111.0, 109.0, 110.0)]
    run = play(prices, {0: {"enter": 1, "stop_dist": 20.0}, 1: {"exit_long": True}}, costs=DEAR)
    trade = only(run)
    fees = trade.quantity * (100.5 + 110 * 0.995) * 0.002
    assert trade.fees == near(fees)
    assert trade.pnl == near(trade.quantity * (110 * 0.995 - 100.5) - fees)
    assert trade.pnl_pct == near(trade.pnl / (100.5 * trade.quantity))
    assert trade.r_multiple == near(trade.pnl / (20.0 * trade.quantity))


def test_r2_funding_is_part_of_a_trades_profit_and_shared_by_its_tranches() -> None:
    up = (100.0, 106.0, 99.0, 100.0)
    run = play(
        [FLAT, FLAT, up, (94.0, 95.0, 93.0, 94.0)],
        {0: {"enter": 1}},
        always={"tp_r": [1.0], "tp_frac": [0.5]},
        instrument=perpetual(),
        funding={MONDAY + 2 * HOUR: 0.001, MONDAY + 3 * HOUR: 0.002},
    )
    assert run.trades["pnl"].tolist() == [near(50 - 1.0), near(-60 - 1.0 - 94 * 10 * 0.002)]


def test_r3_excursions_leave_out_the_exits_bar_but_not_its_price() -> None:
    prices = [FLAT, (100.0, 103.0, 98.0, 101.0), (101.0, 104.0, 97.0, 102.0), (96.0, 110.0, 80.0, 96.0)]
    run = play(prices, {0: {"enter": 1}, 2: {"exit_long": True}})
    trade = only(run)
    assert (trade.mae, trade.mfe) == (near(-0.04), near(0.04))
    assert trade.bars_held == 2


def test_r3_a_trade_closed_in_its_own_bar_knows_its_exit_alone() -> None:
    run = play([FLAT, (100.0, 104.0, 90.0, 95.0)], {0: {"enter": 1}})
    assert (only(run).mae, only(run).mfe) == (near(-0.05), 0.0)


def test_r3_a_short_has_its_excursions_mirrored() -> None:
    prices = [FLAT, (100.0, 103.0, 98.0, 101.0), FLAT]
    run = play(prices, {0: {"enter": -1}, 1: {"exit_short": True}}, instrument=perpetual())
    assert (only(run).mae, only(run).mfe) == (near(-0.03), near(0.02))


def test_r4_open_positions_stay_open_and_are_listed_with_their_mark() -> None:
    run = play([FLAT, (100.0, 104.0, 99.0, 103.0)], {0: {"enter": 1}})
    (held,) = run.positions.to_dict("records")
    assert len(run.trades) == 0
    assert (held["symbol"], held["side"], held["entry_price"], held["quantity"]) == (BTC, "long", 100.0, 20.0)
    assert (held["stop"], held["mark"], held["unrealised_pnl"]) == (95.0, 103.0, 60.0)


def test_r4_asked_to_close_at_the_end_they_close_at_the_last_close_with_slippage() -> None:
    run = play([FLAT, (100.0, 104.0, 99.0, 103.0)], {0: {"enter": 1, "stop_dist": 20.0}}, costs=DEAR, close_at_end=True)
    trade = only(run)
    assert (trade.exit_reason, trade.exit_price) == ("end", near(103 * 0.995))
    assert trade.mfe == near((104 - 100.5) / 100.5)
    assert len(run.positions) == 0
    last = run.equity.iloc[-1]
    assert last["equity"] == last["cash"] == near(10_000 + trade.pnl)
    assert last["exposure"] == 0.0


def test_r5_every_row_that_asks_has_its_line_and_a_refused_one_no_quantity() -> None:
    run = play([FLAT] * 4, {0: {"enter": 1, "bits": 5}, 1: {"enter": 1, "bits": 6}})
    table = run.decisions
    assert table["time"].astype("int64").tolist() == [MONDAY, MONDAY + HOUR]
    assert table["enter"].tolist() == [1, 1]
    assert table["bits"].tolist() == [5, 6]
    assert table["quantity"].tolist() == [20.0, 0.0]
    assert table["effective_risk"].tolist() == [near(0.01), 0.0]
    assert table["requested_risk"].tolist() == [0.01, 0.01]
    assert run.outcomes().tolist() == [1, 22, 0, 0]


def test_r6_the_curve_states_equity_cash_exposure_drawdown_and_flow_at_every_close() -> None:
    run = play([FLAT, (100.0, 104.0, 99.0, 103.0), (103.0, 103.0, 98.0, 99.0)], {0: {"enter": 1}})
    curve = run.equity
    assert list(curve.columns) == ["equity", "cash", "exposure", "drawdown", "flow"]
    assert curve["equity"].tolist() == [10_000.0, 10_060.0, 9_980.0]
    assert curve["cash"].tolist() == [10_000.0, 8_000.0, 8_000.0]
    assert curve["exposure"].tolist() == [0.0, 2_060.0, 1_980.0]
    assert curve["drawdown"].tolist() == [0.0, 0.0, near(80 / 10_060)]


def test_sub_ledgers_of_strategies_sum_to_the_account() -> None:
    prices = [FLAT, FLAT, (100.0, 111.0, 99.0, 110.0), (110.0, 111.0, 94.0, 95.0), FLAT]
    bars = bars_of(prices)
    plans = {
        ("a", BTC): plan_of(bars, {0: {"enter": 1}, 2: {"exit_long": True}}),
        ("b", BTC): plan_of(bars, {1: {"enter": 1, "stop_dist": 6.0}}, **THIRDS),
    }
    run = run_plan({BTC: bars}, plans, limits=Limits.open(), costs=DEAR, instrument=pair(), close_at_end=True)
    assert run.trades.groupby("strategy")["pnl"].sum().sum() == near(run.equity["equity"].iloc[-1] - 10_000.0)
