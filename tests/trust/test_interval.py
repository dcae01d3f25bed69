"""The interval between the orders of prices, and the cost a result bears."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.backtest.interval import (
    MOST_RUNS,
    Interval,
    Order,
    break_even,
    instrument_at,
    measure,
    one_way_bps,
)
from tradewind.backtest.tables import StoredTables
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument
from trust.hand_made import decisions, equity, trade, trades


class Runs:
    """A market in which a plan gains `gross` and pays `cost` per multiple of its costs; it counts its runs."""

    def __init__(self, gross: float, cost: float, *, bonus: float = 0.0, ambiguous: int = 0) -> None:
        self.gross, self.cost, self.bonus, self.ambiguous = gross, cost, bonus, ambiguous
        self.asked: list[tuple[Order, float]] = []

    def __call__(self, order: Order, scale: float) -> StoredTables:
        self.asked.append((order, scale))
        total = self.gross - self.cost * scale + (self.bonus if order == "optimistic" else 0.0)
        return tables(10_000.0 * (1.0 + total), TRADED[self.ambiguous])


NOTHING, NO_DECISIONS = trades(), decisions()
TRADED = {n: trades(*(trade(k, k + 1, 1.0, ambiguous=k < n) for k in range(5))) for n in (0, 2, 3)}
"""Five trades, of which so many are ambiguous."""


def tables(final: float, traded: pd.DataFrame = NOTHING) -> StoredTables:
    return StoredTables(
        trades=traded,
        fills=NOTHING,
        equity=equity([10_000.0, final]),
        decisions=NO_DECISIONS,
        positions=NOTHING,
    )


def measured(runs: Runs, cost_bps: float = 15.0) -> Interval:
    return measure(runs, initial_balance=10_000.0, cost_bps=cost_bps)


def test_both_orders_and_three_costs_are_told() -> None:
    found = measured(Runs(0.10, 0.04, bonus=0.02, ambiguous=3))

    assert found.pessimistic == pytest.approx(0.06)
    assert found.optimistic == pytest.approx(0.08)
    assert found.ambiguous_trades == 3
    assert found.returns_at_cost == {"0.5": pytest.approx(0.08), "1": pytest.approx(0.06), "2": pytest.approx(0.02)}


@pytest.mark.parametrize(("cost", "expected"), [(0.04, 37.5), (0.16, 9.375), (0.2, 7.5), (0.027, 55.56)])
def test_the_break_even_cost_is_found(cost: float, expected: float) -> None:
    assert measured(Runs(0.10, cost)).break_even_bps == pytest.approx(expected, rel=0.01)


def test_a_plan_that_loses_without_costs_breaks_even_at_no_cost() -> None:
    assert measured(Runs(-0.01, 0.04)).break_even_bps == 0.0


def test_a_plan_that_bears_the_highest_cost_says_so() -> None:
    found = measured(Runs(0.10, 0.001))

    assert (found.break_even_bps, found.beyond) == (4 * 15.0, True)


def test_costs_are_never_raised_to_what_no_run_accepts() -> None:
    runs = Runs(0.10, 0.001)

    found = measured(runs, cost_bps=2_000.0)

    assert max(scale for _, scale in runs.asked) * 2_000.0 <= 4_900.0
    assert found.beyond


def test_without_costs_there_is_no_break_even() -> None:
    assert measured(Runs(0.10, 0.0), cost_bps=0.0).break_even_bps is None


def test_without_trades_nothing_is_run_again() -> None:
    asked: list[float] = []

    def idle(order: Order, scale: float) -> StoredTables:
        asked.append(scale)
        return tables(10_000.0)

    found = measure(idle, initial_balance=10_000.0, cost_bps=15.0)

    assert asked == [1.0]
    assert found.break_even_bps is None
    assert set(found.returns_at_cost.values()) == {0.0}


@settings(max_examples=25, deadline=None)
@given(gross=st.floats(-0.5, 0.5), cost=st.floats(0.0, 0.2))
def test_the_number_of_runs_is_bounded_and_none_is_made_twice(gross: float, cost: float) -> None:
    runs = Runs(gross, cost)

    measured(runs)

    assert len(runs.asked) <= MOST_RUNS
    assert len(set(runs.asked)) == len(runs.asked)


def test_the_run_that_is_there_is_not_made_again() -> None:
    runs = Runs(0.10, 0.04)

    measure(runs, initial_balance=10_000.0, cost_bps=15.0, base=runs("pessimistic", 1.0))

    assert runs.asked.count(("pessimistic", 1.0)) == 1


@given(st.floats(0.001, 3.9))
def test_break_even_is_a_change_of_sign(truth: float) -> None:
    found, beyond = break_even(lambda scale: truth - scale)

    assert not beyond
    assert found == pytest.approx(truth, rel=0.01, abs=0.01)


def test_the_headline_says_when_the_order_decides_between_profit_and_loss() -> None:
    found = measured(Runs(0.03, 0.04, bonus=0.02, ambiguous=2))

    assert found.straddles_zero
    assert found.headline.startswith("Undecided: between -1.00% and +1.00%")
    assert "2 bars" in found.headline


@pytest.mark.parametrize(
    ("bonus", "words"), [(0.0, "makes no difference"), (0.01, "at best +7.00%")], ids=["equal", "better"]
)
def test_otherwise_the_headline_gives_the_return(bonus: float, words: str) -> None:
    found = measured(Runs(0.10, 0.04, bonus=bonus))

    assert not found.straddles_zero
    assert found.headline.startswith("Total return +6.00%")
    assert words in found.headline


def test_an_interval_survives_its_plain_form() -> None:
    found = measured(Runs(0.10, 0.04, bonus=0.02))

    assert Interval.from_dict(found.to_dict()) == found


def test_fees_that_instruments_state_take_the_place_of_the_general_one() -> None:
    costs = Costs(taker_fee=0.001, slippage=0.0005, half_spread=0.0001)
    own = Instrument(symbol="BTCUSDT", taker_fee="0.0004", maker_fee="0.0002")

    assert one_way_bps(costs) == pytest.approx(16.0)
    assert one_way_bps(costs, [own]) == pytest.approx(10.0)
    assert one_way_bps(costs, [own, Instrument(symbol="ETHUSDT")]) == pytest.approx(13.0)


def test_fees_that_instruments_state_are_scaled_like_the_others() -> None:
    own = Instrument(symbol="BTCUSDT", taker_fee="0.0004", maker_fee="0.0002")

    assert instrument_at(own, 2.5).taker_fee == Decimal("0.001")
    assert instrument_at(own, 2.5).maker_fee == Decimal("0.0005")
    assert instrument_at(Instrument(symbol="BTCUSDT"), 2.5).taker_fee is None
