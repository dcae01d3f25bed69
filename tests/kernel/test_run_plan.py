"""`run_plan`: what it takes, what it refuses, and the tables it answers with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from kernel.stage import BTC, FLAT, HOUR, MONDAY, bars_of, outcomes, pair, plan_of, play
from tradewind.backtest.simulate import STRATEGY, SYMBOL, run_plan
from tradewind.errors import DataError, PlanError, TradewindError, UsageError
from tradewind.model.costs import Costs
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan

TRADES = (
    "symbol strategy side entry_time entry_price exit_time exit_price quantity fees pnl pnl_pct r_multiple "
    "exit_reason bars_held mae mfe ambiguous position"
)
FILLS = "time symbol strategy side price quantity fee reason position"
DECISIONS = "time symbol strategy enter outcome requested_risk effective_risk quantity distance price binding bits"
POSITIONS = "symbol strategy side entry_time entry_price quantity stop mark unrealised_pnl"


def refused(kind: type[TradewindError], code: str, *arguments: Any, **named: Any) -> str:
    """Return the words in which `run_plan` refuses these arguments."""
    with pytest.raises(kind) as caught:
        run_plan(*arguments, **named)
    assert caught.value.code == code
    return str(caught.value)


def test_a_frame_and_a_plan_are_enough() -> None:
    bars = bars_of([FLAT] * 5)
    frame = bars.to_frame()
    run = run_plan(frame, Plan.from_arrays(frame.index, enter=[0, 1, 0, 0, 0], stop_dist=4.0))
    assert outcomes(run) == ["filled"]
    assert run.positions[["symbol", "strategy"]].to_numpy().tolist() == [[SYMBOL, STRATEGY]]


def test_the_instrument_names_a_single_symbol() -> None:
    run = play([FLAT] * 3, {0: {"enter": 1}}, instrument=pair(symbol="ETHUSDT"))
    assert run.fills["symbol"].tolist() == ["ETHUSDT"]


def test_plans_go_by_symbol_or_by_strategy_and_symbol() -> None:
    bars = bars_of([FLAT] * 4)
    by_symbol = run_plan({BTC: bars}, {BTC: plan_of(bars, {0: {"enter": 1}})})
    by_both = run_plan({BTC: bars}, {("trend", BTC): plan_of(bars, {0: {"enter": 1}})})
    assert by_symbol.fills["strategy"].tolist() == [STRATEGY]
    assert by_both.fills["strategy"].tolist() == ["trend"]


def test_a_plan_of_a_part_of_the_bars_is_carried_out_on_that_part() -> None:
    bars = bars_of([FLAT] * 20)
    plan = plan_of(bars, {15: {"enter": 1, "stop_dist": np.nan}}).rows(10, 18)
    run = run_plan(bars, plan, limits=Limits.open(), costs=Costs.free(), instrument=pair())
    # the bars before the plan count for its ATR
    assert run.decisions["distance"].tolist() == [4.0]
    assert run.fills["time"].astype("int64").tolist() == [MONDAY + 16 * HOUR]


def test_a_plan_without_rows_and_a_market_of_one_bar_are_run() -> None:
    bars = bars_of([FLAT] * 3)
    empty = run_plan(bars, plan_of(bars, {}).rows(0, 0))
    single = run_plan(bars_of([FLAT]), plan_of(bars_of([FLAT]), {0: {"enter": 1}}), limits=Limits.open())
    assert empty.equity["equity"].tolist() == [10_000.0] * 3
    assert outcomes(single) == ["sent"]


def test_the_columns_of_every_table_are_those_of_the_reference() -> None:
    run = play([FLAT] * 5, {0: {"enter": 1}, 1: {"exit_long": True}, 2: {"enter": 1}})
    assert list(run.trades.columns) == TRADES.split()
    assert list(run.fills.columns) == FILLS.split()
    assert list(run.decisions.columns) == DECISIONS.split()
    assert list(run.positions.columns) == POSITIONS.split()
    assert str(run.trades["entry_time"].dtype) == "datetime64[ms, UTC]"
    assert run.equity.index.name == "open_time"


def test_tables_without_rows_keep_their_columns_and_types() -> None:
    run, full = play([FLAT] * 3, {}), play([FLAT] * 3, {0: {"enter": 1}, 1: {"exit_long": True}})
    for name in ("trades", "fills", "decisions"):
        empty, some = getattr(run, name), getattr(full, name)
        assert len(empty) == 0
        assert empty.dtypes.to_dict() == some.dtypes.to_dict()


def test_outcomes_of_every_row_of_every_slot_can_be_had() -> None:
    bars = bars_of([FLAT] * 4)
    plans = {("a", BTC): plan_of(bars, {0: {"enter": 1}}), ("b", BTC): plan_of(bars, {2: {"enter": -1}})}
    run = run_plan({BTC: bars}, plans)
    assert run.outcomes(0).tolist() == [1, 0, 0, 0]
    assert run.outcomes(1).tolist() == [0, 0, 20, 0]


def test_flows_and_funding_come_as_mappings_or_series() -> None:
    when = pd.Timestamp(MONDAY + HOUR, unit="ms", tz="UTC")
    forms: list[Any] = [{when: 5.0}, {MONDAY + HOUR: 5.0}, pd.Series([5.0], index=[when]), {when.isoformat(): 5.0}]
    curves = [play([FLAT] * 3, {}, flows=form).equity["flow"].tolist() for form in forms]
    assert curves == [[0.0, 5.0, 0.0]] * 4


def test_the_drawdown_of_the_curve_is_that_of_the_account() -> None:
    rng = np.random.default_rng(2)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, 60)))
    prices = [(price, price * 1.01, price * 0.99, price) for price in close.tolist()]
    flows = {MONDAY + i * HOUR: amount for i, amount in ((5, 3_000.0), (20, -2_000.0), (21, 500.0))}
    rows = {0: {"enter": 1, "qty_fraction": 0.9, "stop_dist": np.inf}}
    run = play(prices, rows, flows=flows)
    fall = (run.state.account["peak"][0] - run.state.account["equity"][0]) / run.state.account["peak"][0]
    assert run.equity["drawdown"].iloc[-1] == pytest.approx(fall, rel=1e-12)
    assert run.equity["drawdown"].max() > 0.05


def test_bars_and_plans_that_do_not_belong_together_are_refused() -> None:
    bars = bars_of([FLAT] * 5)
    other = plan_of(bars_of([FLAT] * 6), {})
    shifted = Plan.from_arrays(bars.time + 60_000, enter=0)
    assert "6 rows" in refused(PlanError, "TW-K005", bars, other)
    refused(PlanError, "TW-K005", bars, shifted)
    assert "ETHUSDT" in refused(PlanError, "TW-K005", {BTC: bars}, {"ETHUSDT": plan_of(bars, {})})
    refused(PlanError, "TW-K005", {BTC: bars}, {})
    refused(PlanError, "TW-K005", {}, plan_of(bars, {}))
    assert "list" in refused(PlanError, "TW-K005", {BTC: bars}, {BTC: [1]})


def test_finer_bars_must_fill_the_rows_and_be_of_the_same_symbols() -> None:
    bars = bars_of([FLAT] * 5)
    plan = plan_of(bars, {})
    refused(PlanError, "TW-K005", {BTC: bars}, {BTC: plan}, fine={"ETHUSDT": bars})
    assert "2h" in refused(PlanError, "TW-K005", bars, plan, fine=bars_of([FLAT] * 3, "2h"))
    mixed = {BTC: bars, "ETHUSDT": bars_of([FLAT] * 3, "2h")}
    assert "1h, 2h" in refused(PlanError, "TW-K005", mixed, {BTC: plan})


def test_arguments_that_cannot_be_used_are_refused_in_words() -> None:
    bars = bars_of([FLAT] * 5)
    plan = plan_of(bars, {})
    for balance in (0.0, -5.0, float("nan"), float("inf")):
        refused(UsageError, "TW-U008", bars, plan, initial_balance=balance)
    assert "'middling'" in refused(UsageError, "TW-U008", bars, plan, order="middling")
    refused(UsageError, "TW-U008", bars, plan, flows={MONDAY: float("nan")})
    refused(DataError, "TW-D003", pd.DataFrame({"close": [1.0, 2.0]}), plan)


def test_a_ladder_of_more_than_eight_rungs_is_refused() -> None:
    bars = bars_of([FLAT] * 5)
    plan = plan_of(bars, {}, tp_r=[1.0] * 9, tp_frac=[0.1] * 9)
    assert "9 rungs" in refused(PlanError, "TW-K002", bars, plan)
