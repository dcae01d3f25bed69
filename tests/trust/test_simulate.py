"""`simulate` gives a result that explains, measures and stores itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tradewind.api import Costs, Instrument, Limits, Plan, Result, simulate
from tradewind.backtest.explain import explain
from tradewind.backtest.figures import curve_of_run, figures, trades_of_run
from tradewind.backtest.run import Run
from tradewind.backtest.tables import curve_of
from tradewind.errors import UsageError
from tradewind.metrics.trades import ClosedTrades
from trust.random_markets import market

BARS = market(1, 900)
FRAME = BARS.to_frame()


def plan(seed: int = 0, **columns: object) -> Plan:
    """Return a plan with entries and exits at random rows and a ladder, path-independent and seeded."""
    rng = np.random.default_rng(seed)
    rows = len(BARS)
    values = {
        "enter": (rng.random(rows) < 0.05).astype(np.int8),
        "exit_long": rng.random(rows) < 0.03,
        "stop_dist": 0.03 * BARS.close,
        "tp_r": (1.0, 2.0),
        "tp_frac": (0.3, 0.4),
        "bits": (rng.random(rows) < 0.5).astype(np.uint32),
    }
    return Plan.from_arrays(BARS.time, conditions=("coin",), **(values | columns))


@pytest.fixture(scope="module")
def found() -> Result:
    return simulate(FRAME, plan(), instrument=Instrument(symbol="BTCUSDT"))


def test_the_result_says_what_was_run(found: Result) -> None:
    assert (found.strategy, found.symbols, found.timeframe) == ("plan", ("BTCUSDT",), "4h")
    assert (found.start, found.end) == (FRAME.index[0], FRAME.index[-1] + pd.Timedelta("4h"))
    assert found.conditions == ("coin",)
    assert len(found.trades) > 10


def test_pnl_of_trades_and_open_positions_is_the_change_of_equity(found: Result) -> None:
    open_fees = found.metrics["fees"] or 0.0
    closed = found.trades["pnl"].sum()
    still = found.positions["unrealised_pnl"].sum() - (open_fees - found.trades["fees"].sum())

    assert found.metrics["total_pnl"] == pytest.approx(closed + still, abs=1e-6)


def test_figures_are_the_same_from_records_and_from_tables(found: Result) -> None:
    run = found.tables
    assert isinstance(run, Run)

    fast, slow = curve_of_run(run), curve_of(found.equity, 10_000.0)
    for name in ("time", "equity", "exposure"):
        assert np.array_equal(getattr(fast, name), getattr(slow, name))
    quick, careful = trades_of_run(run), ClosedTrades.from_frame(found.trades)
    for name in ("pnl", "fees", "value", "bars_held", "position", "ambiguous"):
        assert np.array_equal(getattr(quick, name), getattr(careful, name))
    stored = Result.from_json(found.to_json())
    without_market = figures(found.tables, 10_000.0, None, {})
    assert figures(stored.tables, 10_000.0, None, {}) == pytest.approx(without_market)


def test_it_goes_through_json_without_loss(found: Result) -> None:
    stored = Result.from_json(found.to_json())

    for name in ("trades", "fills", "equity", "decisions", "positions"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(stored, name))
    assert stored.hash == found.hash
    assert stored.to_json() == found.to_json()


def test_equal_inputs_give_equal_ids_and_hashes(found: Result) -> None:
    again = simulate(FRAME, plan(), instrument=Instrument(symbol="BTCUSDT"))

    assert (again.id, again.hash) == (found.id, found.hash)


@pytest.mark.parametrize(
    "change",
    [
        {"plan": plan(1)},
        {"bars": FRAME * 1.001},
        {"costs": Costs.free()},
        {"limits": Limits(max_position=0.05)},
        {"initial_balance": 20_000.0},
        {"order": "optimistic"},
        {"close_at_end": True},
        {"flows": {int(BARS.time[100]): 500.0}},
        {"instrument": Instrument(symbol="BTCUSDT", tick_size="0.1")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_argument_changes_the_id(found: Result, change: dict[str, object]) -> None:
    given: dict[str, object] = {"bars": FRAME, "plan": plan(), "instrument": Instrument(symbol="BTCUSDT")}

    assert simulate(**(given | change)).id != found.id  # type: ignore[arg-type]  # arguments of several kinds


def test_the_interval_holds_the_result_and_costs_hurt(found: Result) -> None:
    interval = found.interval

    assert interval is not None
    assert interval.pessimistic == found.metrics["total_return"]
    assert interval.optimistic >= interval.pessimistic
    assert interval.returns_at_cost["0.5"] > interval.returns_at_cost["1"] > interval.returns_at_cost["2"]
    assert interval.ambiguous_trades == found.metrics["ambiguous_trades"]


def test_the_interval_of_an_optimistic_run_is_still_from_worst_to_best(found: Result) -> None:
    optimistic = simulate(FRAME, plan(), instrument=Instrument(symbol="BTCUSDT"), order="optimistic")

    assert optimistic.interval == found.interval
    assert optimistic.interval is not None
    assert optimistic.metrics["total_return"] == optimistic.interval.optimistic


def test_the_break_even_cost_breaks_even(found: Result) -> None:
    assert found.interval is not None
    bps = found.interval.break_even_bps or 0.0
    below, above = (
        simulate(FRAME, plan(), costs=Costs().scaled(scale * bps / 15.0)).metrics["total_return"] > 0.0  # type: ignore[operator]
        for scale in (0.9, 1.1)
    )

    assert bps == 0.0 or (below and (found.interval.beyond or not above))


def test_fees_of_the_instrument_are_scaled_with_the_costs() -> None:
    dear = Instrument(symbol="BTCUSDT", taker_fee="0.01", maker_fee="0.01")

    interval = simulate(FRAME, plan(), instrument=dear, costs=Costs(slippage=0.0)).interval

    assert interval is not None
    assert interval.cost_bps == pytest.approx(100.0)
    assert interval.returns_at_cost["0.5"] > interval.returns_at_cost["1"] > interval.returns_at_cost["2"]


def test_every_bar_can_be_explained(found: Result) -> None:
    for row in range(0, len(BARS), 37):
        words = explain(found, "BTCUSDT", int(BARS.time[row]))
        assert words.count("outcome") == 1
        assert "conditions  " in words


def test_two_symbols_and_two_strategies_share_one_account() -> None:
    other = market(2, 900)
    plans = {
        ("one", "BTCUSDT"): plan(0),
        ("two", "BTCUSDT"): plan(1),
        ("one", "ETHUSDT"): Plan.from_arrays(
            other.time, enter=plan(3).enter[: len(other)], stop_dist=0.03 * other.close
        ),
    }

    result = simulate({"BTCUSDT": BARS, "ETHUSDT": other}, plans)

    assert result.strategy == "one, two"
    assert result.symbols == ("BTCUSDT", "ETHUSDT")
    assert set(result.trades["symbol"]) == {"BTCUSDT", "ETHUSDT"}
    assert len(result.rows) == 3
    assert Result.from_json(result.to_json()).hash == result.hash


def test_an_argument_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError, match="slipage"):
        simulate(FRAME, plan(), slipage=0.1)


def test_a_balance_of_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="TW-U008"):
        simulate(FRAME, plan(), initial_balance=0.0)


def test_flows_change_neither_drawdown_nor_what_the_kernel_records_of_it() -> None:
    flows = {int(BARS.time[100]): 5_000.0, int(BARS.time[300]): -4_000.0, int(BARS.time[500]): 20_000.0}

    moved = simulate(FRAME, plan(), instrument=Instrument(symbol="BTCUSDT"), flows=flows)

    assert moved.metrics["max_drawdown"] == pytest.approx(moved.equity["drawdown"].max(), rel=1e-9)
    closed = moved.trades["pnl"].sum() + moved.positions["unrealised_pnl"].sum()
    unpaid = (moved.metrics["fees"] or 0.0) - moved.trades["fees"].sum()
    assert moved.metrics["total_pnl"] == pytest.approx(closed - unpaid, abs=1e-6)


def test_finer_bars_are_the_ones_that_equity_is_measured_on() -> None:
    hourly = market(1, 900).to_frame().resample("1h").ffill()
    finer = simulate(FRAME, plan(), fine=hourly, instrument=Instrument(symbol="BTCUSDT"))

    assert finer.bar_ms == 3_600_000
    assert finer.end - finer.start == FRAME.index[-1] - FRAME.index[0] + pd.Timedelta("4h")
    assert "BTCUSDT 1h (fine)" in finer.inputs.data
