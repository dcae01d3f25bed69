"""Rules I1 to I8: what happens inside a bar."""

from __future__ import annotations

import pytest

from kernel.stage import DEAR, FLAT, fills, near, only, outcomes, perpetual, play, tier
from tradewind.model.costs import Costs

pytestmark = pytest.mark.critical

LADDER = {"tp_r": [1.0], "tp_frac": [1.0]}
NO_STOP = float("inf")


def test_i1_a_long_is_liquidated_where_its_margin_falls_to_maintenance_and_loses_it_all() -> None:
    run = play(
        [FLAT, FLAT, (100.0, 101.0, 70.0, 75.0)],
        {0: {"enter": 1, "qty_fraction": 0.5, "stop_dist": NO_STOP}},
        instrument=perpetual(),
    )
    trade = only(run)
    # 50 units at 100, margin 1,000: (5,000 − 1,000) / (50 × 0.99)
    assert trade.exit_price == near(4_000 / 49.5)
    assert trade.exit_reason == "liquidation"
    assert trade.pnl == near(-1_000.0)
    assert trade.fees == near(1_000.0 - 50 * (100 - 4_000 / 49.5))
    assert run.equity["cash"].iloc[-1] == near(9_000.0)


def test_i1_a_short_is_liquidated_above_and_the_tier_of_its_notional_counts() -> None:
    table = (tier(0, "0.01"), tier(4_000, "0.02", 40))
    run = play(
        [FLAT, FLAT, (100.0, 130.0, 99.0, 100.0)],
        {0: {"enter": -1, "qty_fraction": 0.5, "stop_dist": NO_STOP}},
        instrument=perpetual(maintenance=table),
    )
    assert only(run).exit_price == near((5_000 + 1_000 + 40) / (50 * 1.02))


def test_i1_a_stop_before_the_liquidation_price_goes_first() -> None:
    run = play([FLAT, FLAT, (100.0, 101.0, 70.0, 75.0)], {0: {"enter": 1}}, instrument=perpetual())
    assert only(run).exit_reason == "stop"


def test_i1_an_open_beyond_the_liquidation_price_liquidates_whatever_was_pending() -> None:
    run = play(
        [FLAT, FLAT, (70.0, 71.0, 69.0, 70.0)],
        {0: {"enter": 1}, 1: {"exit_long": True}},
        instrument=perpetual(),
    )
    trade = only(run)
    assert trade.exit_reason == "liquidation"
    assert trade.pnl == near(-20 * 100 / 5)


def test_i1_without_leverage_a_long_is_never_liquidated() -> None:
    run = play(
        [FLAT, FLAT, (100.0, 101.0, 0.5, 1.0)],
        {0: {"enter": 1, "qty_fraction": 0.5, "stop_dist": NO_STOP}},
        instrument=perpetual(leverage=1),
    )
    assert len(run.trades) == 0


@pytest.mark.parametrize(
    ("low", "order", "filled"), [(98.0, "pessimistic", 0), (98.0, "optimistic", 1), (97.5, "pessimistic", 1)]
)
def test_i2_a_limit_fills_when_traded_through_by_a_tick_or_touched_in_the_optimistic_order(
    low: float, order: str, filled: int
) -> None:
    run = play([FLAT, (100.0, 101.0, low, 100.0)], {0: {"enter": 1, "limit_off": 2.0}}, order=order)
    assert len(run.fills) == filled


def test_i2_a_limit_fills_at_its_price_without_slippage_at_the_maker_fee() -> None:
    run = play([FLAT, (100.0, 101.0, 97.0, 100.0)], {0: {"enter": 1, "limit_off": 2.0, "stop_dist": 9.0}}, costs=DEAR)
    assert fills(run) == [(1, "buy", 98.0, "entry")]
    assert run.fills["fee"].iloc[0] == near(run.fills["quantity"].iloc[0] * 98.0 * 0.001)


def test_i3_the_stop_goes_before_the_target_in_the_pessimistic_order() -> None:
    run = play([FLAT, FLAT, (100.0, 106.0, 94.0, 100.0)], {0: {"enter": 1}}, always=LADDER)
    trade = only(run)
    assert (trade.exit_price, trade.exit_reason, trade.ambiguous) == (95.0, "stop", True)


def test_i3_a_target_alone_fills_at_its_price_at_the_maker_fee() -> None:
    run = play(
        [FLAT, FLAT, (100.0, 113.0, 99.0, 100.0)], {0: {"enter": 1, "stop_dist": 12.0}}, always=LADDER, costs=DEAR
    )
    trade = only(run)
    assert (trade.exit_price, trade.exit_reason, trade.ambiguous) == (near(112.5), "take_profit", False)
    assert run.fills["fee"].iloc[-1] == near(trade.quantity * 112.5 * 0.001)


def test_i4_targets_go_before_the_stop_in_the_optimistic_order_and_the_rest_is_stopped() -> None:
    half = {"tp_r": [1.0], "tp_frac": [0.5]}
    run = play([FLAT, FLAT, (100.0, 106.0, 94.0, 100.0)], {0: {"enter": 1}}, always=half, order="optimistic")
    assert run.trades["exit_reason"].tolist() == ["take_profit", "stop"]
    assert run.trades["exit_price"].tolist() == [105.0, 95.0]
    assert run.trades["ambiguous"].tolist() == [True, False]


def test_i5_a_position_can_be_stopped_and_reach_targets_in_the_bar_at_whose_open_it_was_opened() -> None:
    stopped = play([FLAT, (100.0, 101.0, 94.0, 100.0)], {0: {"enter": 1}}, always=LADDER)
    reached = play([FLAT, (100.0, 106.0, 99.0, 100.0)], {0: {"enter": 1}}, always=LADDER)
    assert only(stopped).exit_reason == "stop"
    assert only(reached).exit_reason == "take_profit"


@pytest.mark.parametrize(("order", "closed"), [("pessimistic", 0), ("optimistic", 1)])
def test_i5_a_position_opened_inside_reaches_targets_in_that_bar_only_in_the_optimistic_order(
    order: str, closed: int
) -> None:
    run = play([FLAT, (100.0, 106.0, 97.0, 100.0)], {0: {"enter": 1, "limit_off": 2.0}}, always=LADDER, order=order)
    assert len(run.trades) == closed


def test_i5_a_position_opened_inside_can_be_stopped_in_that_bar() -> None:
    run = play([FLAT, (100.0, 101.0, 92.0, 100.0)], {0: {"enter": 1, "limit_off": 2.0}})
    trade = only(run)
    assert (trade.entry_price, trade.exit_price, trade.bars_held) == (98.0, 93.0, 0)


def test_i6_a_limit_whose_own_bar_reached_the_target_is_ambiguous_however_it_ends() -> None:
    run = play(
        [FLAT, (100.0, 104.0, 97.0, 100.0), (100.0, 101.0, 92.0, 93.0)],
        {0: {"enter": 1, "limit_off": 2.0}},
        always=LADDER,
    )
    trade = only(run)
    assert (trade.exit_reason, trade.ambiguous) == ("stop", True)


def test_i6_a_gap_through_the_stop_is_not_ambiguous() -> None:
    run = play([FLAT, FLAT, (94.0, 106.0, 93.0, 100.0)], {0: {"enter": 1}}, always=LADDER)
    assert only(run).ambiguous == False  # noqa: E712  # the column's own scalar


def test_i7_a_stop_and_a_target_are_reached_when_touched() -> None:
    stopped = play([FLAT, FLAT, (100.0, 101.0, 95.0, 100.0)], {0: {"enter": 1}}, always=LADDER)
    reached = play([FLAT, FLAT, (100.0, 105.0, 99.0, 100.0)], {0: {"enter": 1}}, always=LADDER)
    assert (only(stopped).exit_reason, only(reached).exit_reason) == ("stop", "take_profit")


def test_i7_a_short_is_the_mirror_image() -> None:
    stopped = play([FLAT, FLAT, (100.0, 105.0, 99.0, 100.0)], {0: {"enter": -1}}, always=LADDER, instrument=perpetual())
    reached = play([FLAT, FLAT, (100.0, 101.0, 95.0, 100.0)], {0: {"enter": -1}}, always=LADDER, instrument=perpetual())
    assert (only(stopped).exit_price, only(stopped).exit_reason) == (105.0, "stop")
    assert (only(reached).exit_price, only(reached).exit_reason) == (95.0, "take_profit")


@pytest.mark.parametrize(("span", "slip"), [(6.0, 0.004), (6.5, 0.012)])
def test_i8_stops_slip_more_in_a_bar_that_spans_more_than_three_atr(span: float, slip: float) -> None:
    costs = Costs(maker_fee=0.0, taker_fee=0.0, slippage=0.004, half_spread=0.0, stop_slippage_factor=3.0)
    prices = [FLAT] * 17 + [(97.0, 97.5, 97.5 - span, 97.0)]
    run = play(prices, {15: {"enter": 1, "stop_dist": 4.0}}, costs=costs)
    # entered at 100.4, the stop is 96.4 rounded to 96; ATR is 2
    assert fills(run)[-1] == (17, "sell", round(96.0 * (1 - slip), 9), "stop")


def test_i8_without_a_known_atr_no_bar_is_wild() -> None:
    costs = Costs(maker_fee=0.0, taker_fee=0.0, slippage=0.004, stop_slippage_factor=3.0)
    run = play([FLAT, FLAT, (100.0, 101.0, 50.0, 60.0)], {0: {"enter": 1}}, costs=costs)
    assert fills(run)[-1][2] == round(95.0 * (1 - 0.004), 9)
    assert outcomes(run) == ["filled"]
