"""Trades that were worked out on paper from the page, held against every engine."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest

from generators.cases import Case
from generators.markets import MONDAY
from oracle.engines import Outcome, with_kernel, with_oracle
from oracle.scenes import BTC, HOUR, QUIET, at, pair, scene
from tradewind.model.costs import Costs
from tradewind.model.instrument import MaintenanceTier
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan

Engine = Callable[[Case], Outcome]
CHEAP = Costs(maker_fee=0.001, taker_fee=0.002, slippage=0.003, half_spread=0.001, stop_slippage_factor=2.0)


@pytest.fixture(params=[with_oracle, with_kernel], ids=["oracle", "kernel"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Return what simulates a case."""
    chosen: Engine = request.param
    return chosen


def near(value: float) -> Any:
    return pytest.approx(value, rel=1e-9, abs=1e-12)


@pytest.mark.critical
def test_an_entry_risks_what_was_asked_and_loses_just_that_at_its_stop(engine: Engine) -> None:
    bars = [QUIET, (100, 101, 99, 100), (100, 100, 95, 96)]
    run = engine(scene(bars, {"enter": at(0, 3, 1), "stop_dist": 4.0}))
    (trade,) = run.trades
    # 1% of 10,000 over a distance of max(4, 5 ticks) = 5: 20 units, stopped at 95
    assert trade.quantity == near(20)
    assert (trade.entry_price, trade.exit_price, trade.exit_reason) == (100, 95, "stop")
    assert trade.pnl == near(-100)
    assert trade.r_multiple == near(-1)
    assert (trade.entry_time, trade.exit_time, trade.bars_held) == (MONDAY + HOUR, MONDAY + 2 * HOUR, 1)
    assert run.equity[-1].equity == near(9_900)
    assert run.decisions[0].binding == "risk"


@pytest.mark.critical
def test_costs_make_every_market_fill_worse_and_shrink_the_quantity(engine: Engine) -> None:
    bars = [QUIET, (100, 101, 99, 100), QUIET, (100, 101, 99, 100)]
    run = engine(
        scene(bars, {"enter": at(0, 4, 1), "exit_long": at(2, 4, True, False), "stop_dist": 20.0}, costs=CHEAP)
    )
    # rt = 2 × (0.002 + 0.003 + 0.001) = 0.012: 100 / (20 + 1.2) = 4.7169 floored to 4.716
    (trade,) = run.trades
    assert trade.quantity == near(4.716)
    assert trade.entry_price == near(100 * 1.004)
    assert trade.exit_price == near(100 * 0.996)
    fees = 4.716 * (100.4 + 99.6) * 0.002
    assert trade.fees == near(fees)
    assert trade.pnl == near(-4.716 * 0.8 - fees)
    assert trade.exit_reason == "signal"
    assert run.decisions[0].effective_risk == near(4.716 * 21.2 / 10_000)


@pytest.mark.critical
def test_an_open_beyond_the_stop_fills_at_the_open(engine: Engine) -> None:
    bars = [QUIET, QUIET, (90, 91, 89, 90)]
    (trade,) = engine(scene(bars, {"enter": at(0, 3, 1), "stop_dist": 5.0}, costs=CHEAP)).trades
    assert trade.exit_price == near(90 * (1 - 0.004))
    assert trade.exit_reason == "stop"


@pytest.mark.critical
@pytest.mark.parametrize(
    ("order", "reason", "price"), [("pessimistic", "stop", 95), ("optimistic", "take_profit", 110)]
)
def test_the_order_decides_a_bar_that_reaches_stop_and_target(
    engine: Engine, order: str, reason: str, price: float
) -> None:
    bars = [QUIET, (100, 110, 95, 100)]
    case = scene(bars, {"enter": at(0, 2, 1), "stop_dist": 5.0, "tp_r": [2.0], "tp_frac": [1.0]}, order=order)
    (trade,) = engine(case).trades
    assert (trade.exit_reason, trade.exit_price, trade.ambiguous) == (reason, price, True)


def test_a_ladder_closes_in_tranches_and_what_is_left_has_no_target(engine: Engine) -> None:
    bars = [QUIET, (100, 106, 99, 105), (112, 113, 111, 112), (120, 121, 119, 120)]
    columns = {"enter": at(0, 4, 1), "stop_dist": 5.0, "tp_r": [1.0, 2.0], "tp_frac": [0.25, 0.5]}
    run = engine(scene(bars, columns, close_at_end=True))
    found = [(trade.quantity, trade.exit_price, trade.exit_reason) for trade in run.trades]
    # targets 105 (inside the entry bar) and 110 (the open of the third bar is beyond it); the rest goes at the end
    assert found == [
        (near(5), 105, "take_profit"),
        (near(10), 112, "take_profit"),
        (near(5), 120, "end"),
    ]


def test_a_tranche_that_is_too_small_joins_the_next_one(engine: Engine) -> None:
    bars = [QUIET, (100, 106, 99, 105), (105, 111, 104, 110)]
    columns = {"enter": at(0, 3, 1), "stop_dist": 5.0, "tp_r": [1.0, 2.0], "tp_frac": [0.2, 0.8]}
    run = engine(scene(bars, columns, instrument={BTC: pair(min_notional=500)}))
    # 4 of 20 units are worth 400, less than 550: they wait for the second target
    (trade,) = run.trades
    assert (trade.quantity, trade.exit_price) == (near(20), 110)


def test_a_limit_entry_fills_only_when_traded_through_by_a_tick(engine: Engine) -> None:
    touched = [QUIET, (100, 101, 97, 100), (100, 101, 96, 100)]
    columns = {"enter": at(0, 3, 1), "stop_dist": 20.0, "limit_off": 3.0}
    assert engine(scene(touched, columns)).decisions[0].outcome == "expired"
    optimistic = engine(scene(touched, columns, order="optimistic"))
    assert [fill.price for fill in optimistic.fills] == [97]
    through = [QUIET, (100, 101, 96, 100), QUIET]
    run = engine(scene(through, columns, costs=CHEAP))
    assert [(fill.price, fill.reason) for fill in run.fills] == [(97, "entry")]
    assert run.fills[0].fee == near(run.fills[0].quantity * 97 * 0.001)


def test_a_limit_that_the_open_beats_fills_at_the_open_but_never_worse_than_the_limit(engine: Engine) -> None:
    columns = {"enter": at(0, 2, 1), "stop_dist": 30.0, "limit_off": 3.0}
    run = engine(scene([QUIET, (90, 101, 89, 100)], columns, costs=CHEAP))
    assert run.fills[0].price == near(90 * 1.004)
    run = engine(scene([QUIET, (97, 101, 96, 100)], columns, costs=CHEAP))
    assert run.fills[0].price == near(97)


@pytest.mark.critical
def test_the_trail_arms_tightens_by_whole_steps_and_works_from_the_next_bar(engine: Engine) -> None:
    bars = [
        QUIET,
        (100, 104, 99, 103),  # best 104: below one R of 10, not armed
        (103, 112, 102, 111),  # best 112: armed, stop from 90 to 106
        (111, 114, 107, 113),  # candidate 108: tighter by 2, less than 5 ticks
        (113, 118, 107, 117),  # candidate 112
        (117, 118, 111, 112),  # stopped at 112
    ]
    columns = {"enter": at(0, 6, 1), "stop_dist": 10.0, "trail_dist": 6.0, "trail_arm_r": 1.0}
    (trade,) = engine(scene(bars, columns)).trades
    assert (trade.exit_time, trade.exit_price) == (MONDAY + 5 * HOUR, 112)
    assert trade.exit_reason == "trailing"
    assert (trade.mae, trade.mfe) == (near(-0.01), near(0.18))


def test_a_position_ends_by_time_at_an_open_and_its_successor_may_enter_there(engine: Engine) -> None:
    bars = [QUIET] * 6
    columns = {"enter": [1, 0, 1, 1, 0, 0], "stop_dist": 10.0, "max_bars": 3}
    run = engine(scene(bars, columns))
    assert [(trade.exit_reason, trade.bars_held) for trade in run.trades] == [("time", 3)]
    assert [decision.outcome for decision in run.decisions] == ["filled", "blocked:already_open", "filled"]
    assert run.fills[-1].time == MONDAY + 4 * HOUR


@pytest.mark.critical
def test_no_entry_fills_after_a_gap_but_a_stop_does(engine: Engine) -> None:
    bars = [QUIET, QUIET, None, (80, 81, 79, 80), (80, 81, 79, 80)]
    columns = {"enter": [1, 0, 1, 0], "stop_dist": 5.0}
    run = engine(scene(bars, columns))
    (trade,) = run.trades
    assert (trade.exit_time, trade.exit_price, trade.exit_reason) == (MONDAY + 3 * HOUR, 80, "stop")
    assert [decision.outcome for decision in run.decisions] == ["filled", "blocked:stale_data"]


def test_an_entry_that_meets_a_gap_expires(engine: Engine) -> None:
    bars = [QUIET, None, QUIET, QUIET]
    run = engine(scene(bars, {"enter": at(0, 3, 1), "stop_dist": 5.0}))
    assert [decision.outcome for decision in run.decisions] == ["expired"]
    assert run.fills == []


def test_an_impossible_bar_fills_nothing_and_marks_at_the_last_good_close(engine: Engine) -> None:
    bars = [QUIET, (100, 105, 99, 104), (90, 80, 95, 90), (104, 105, 103, 104)]
    run = engine(scene(bars, {"enter": at(0, 4, 1), "exit_long": at(1, 4, True, False), "stop_dist": 5.0}))
    assert run.equity[2].equity == near(10_080)
    (trade,) = run.trades
    assert (trade.exit_time, trade.exit_reason, trade.exit_price) == (MONDAY + 3 * HOUR, "signal", 104)


@pytest.mark.critical
def test_a_fee_in_the_base_asset_shrinks_what_was_bought(engine: Engine) -> None:
    costs = Costs(maker_fee=0.001, taker_fee=0.001, slippage=0.0, fee_asset="base")
    bars = [QUIET, QUIET, QUIET]
    run = engine(
        scene(bars, {"enter": at(0, 3, 1), "exit_long": at(1, 3, True, False), "stop_dist": 20.0}, costs=costs)
    )
    # rt = 0.002: 100 / 20.2 = 4.950; 4.950 × 0.999 = 4.945 of the lot, the rest is the fee
    (trade,) = run.trades
    assert trade.quantity == near(4.945)
    assert trade.fees == near(0.005 * 100 + 4.945 * 100 * 0.001)
    assert run.equity[-1].cash == near(10_000 - 4.950 * 100 + 4.945 * 100 * 0.999)


@pytest.mark.critical
def test_a_linear_position_is_liquidated_before_a_stop_that_lies_beyond(engine: Engine) -> None:
    steps = (MaintenanceTier(notional_from=0, rate="0.01", deduction=0),)
    rules = pair(kind="linear", leverage=10, maintenance=steps)
    bars = [QUIET, QUIET, (100, 101, 85, 86)]
    run = engine(scene(bars, {"enter": at(0, 3, 1), "stop_dist": 20.0}, instrument={BTC: rules}))
    # 5 units at 100 with a margin of 50: 5 × P − 450 = 0.01 × 5 × P, so P = 450 / 4.95
    (trade,) = run.trades
    assert trade.exit_reason == "liquidation"
    assert trade.exit_price == near(450 / 4.95)
    assert trade.pnl == near(-50)
    assert run.equity[-1].equity == near(9_950)


def test_a_short_pays_a_negative_funding_rate(engine: Engine) -> None:
    bars = [QUIET, QUIET, QUIET, QUIET]
    case = scene(
        bars,
        {"enter": at(0, 4, -1), "exit_short": at(2, 4, True, False), "stop_dist": 20.0},
        instrument={BTC: pair(kind="linear")},
        funding={BTC: {MONDAY + 2 * HOUR: -0.01}},
    )
    (trade,) = engine(case).trades
    assert trade.quantity == near(5)
    assert trade.pnl == near(-5)
    assert trade.fees == 0


@pytest.mark.critical
def test_the_daily_halt_holds_until_the_utc_day_ends(engine: Engine) -> None:
    stopped = (100, 100, 95, 100)
    bars = [QUIET, stopped] + [QUIET] * 28
    enter = [1, 0] + [1] * 28
    limits = attrs.evolve(Limits.open(), max_daily_risk=0.01)
    run = engine(scene(bars, {"enter": enter, "stop_dist": 5.0, "max_bars": 1}, limits=limits))
    outcomes = [decision.outcome for decision in run.decisions]
    # the loss of 1% stands from the close of the second bar to the close of the last bar of the day
    assert outcomes[1:22] == ["blocked:halted_daily"] * 21
    assert outcomes[22] == "filled"


@pytest.mark.critical
def test_the_drawdown_halt_stays_for_good_and_can_flatten(engine: Engine) -> None:
    bars = [QUIET, (100, 101, 96, 96), (96, 97, 96, 96), QUIET]
    limits = attrs.evolve(Limits.open(), max_drawdown=0.03, flatten_on_drawdown=True)
    columns = {"enter": [1, 0, 1, 1], "stop_dist": 10.0, "risk": 0.1}
    run = engine(scene(bars, columns, limits=limits))
    (trade,) = run.trades
    assert (trade.exit_reason, trade.exit_price) == ("halt", 96)
    assert [decision.outcome for decision in run.decisions][1:] == ["blocked:halted_drawdown"] * 2


@pytest.mark.critical
def test_a_deposit_changes_no_ratio(engine: Engine) -> None:
    bars = [QUIET, (100, 101, 96, 98), (98, 99, 97, 98)]
    case = scene(bars, {"enter": at(0, 3, 1), "stop_dist": 10.0}, flows={MONDAY + 2 * HOUR: 5_000.0})
    run = engine(case)
    # 10 units bought at 100 and marked at 98: 9,980 of 10,000
    assert [row.drawdown for row in run.equity] == [0, near(0.002), near(0.002)]
    assert run.equity[2].equity == near(14_980)
    assert run.equity[2].flow == 5_000


@pytest.mark.critical
def test_the_second_of_two_entries_is_outranked_when_only_one_may_be_open(engine: Engine) -> None:
    case = scene([QUIET] * 3, {"enter": at(0, 3, 1), "stop_dist": 10.0})
    bars = case.bars[BTC]
    meek = Plan.from_arrays(bars.time, enter=at(0, 3, 1), stop_dist=10.0, risk=0.01, confidence=0.5)
    case = attrs.evolve(
        case,
        plan={("carry", BTC): meek, **case.plan},
        limits=attrs.evolve(Limits.open(), max_concurrent_positions=1),
    )
    outcomes = {decision.strategy: decision.outcome for decision in engine(case).decisions}
    assert outcomes == {"trend": "filled", "carry": "outranked"}


def test_a_stop_pauses_the_slot_for_the_cooldown(engine: Engine) -> None:
    bars = [QUIET, (100, 100, 95, 100), QUIET, QUIET, QUIET]
    limits = attrs.evolve(Limits.open(), cooldown_bars=2)
    run = engine(scene(bars, {"enter": 1, "stop_dist": 5.0}, limits=limits))
    outcomes = [decision.outcome for decision in run.decisions]
    assert outcomes == ["filled", "blocked:cooldown", "blocked:cooldown", "filled", "blocked:already_open"]


@pytest.mark.critical
def test_fills_are_taken_from_finer_bars_and_rows_decided_at_the_last_of_them(engine: Engine) -> None:
    from oracle.scenes import bars_of

    halves = [QUIET, QUIET, (100, 101, 99, 100), (100, 112, 99, 100), (100, 101, 94, 95), QUIET]
    case = scene(
        [QUIET, (100, 112, 99, 100), (100, 101, 94, 100)],
        {"enter": at(0, 3, 1), "stop_dist": 5.0, "tp_r": [2.0], "tp_frac": [1.0]},
        timeframe="2h",
    )
    case = attrs.evolve(case, fine={BTC: bars_of(halves)})
    (trade,) = engine(case).trades
    assert (trade.exit_reason, trade.exit_price, trade.ambiguous) == ("take_profit", 110, False)
    assert (trade.entry_time, trade.exit_time) == (MONDAY + 2 * HOUR, MONDAY + 3 * HOUR)
    assert trade.bars_held == 0


def test_the_volume_share_and_the_caps_bind_in_words(engine: Engine) -> None:
    columns = {"enter": at(0, 2, 1), "stop_dist": 5.0}
    share = attrs.evolve(Limits.open(), max_volume_share=0.001)
    decision = engine(scene([QUIET, QUIET], columns, limits=share)).decisions[0]
    assert (decision.binding, decision.quantity) == ("volume_share", near(1))
    tight = attrs.evolve(Limits.open(), max_position=0.1)
    decision = engine(scene([QUIET, QUIET], columns, limits=tight)).decisions[0]
    assert (decision.binding, decision.quantity) == ("engine_cap", near(10))
    capped = engine(scene([QUIET, QUIET], columns | {"cap": 0.05}, limits=tight)).decisions[0]
    assert (capped.binding, capped.quantity) == ("strategy_cap", near(5))
    full = engine(scene([QUIET, QUIET], columns, instrument={BTC: pair(max_qty=Decimal(3))})).decisions[0]
    assert (full.binding, full.quantity) == ("max_qty", near(3))


@pytest.mark.critical
def test_the_day_s_budget_cuts_the_next_entry_to_what_open_risk_leaves(engine: Engine) -> None:
    case = scene([QUIET] * 4, {"enter": at(0, 4, 1), "stop_dist": 10.0, "risk": 0.02})
    other = Plan.from_arrays(case.bars[BTC].time, enter=at(1, 4, 1), stop_dist=10.0, risk=0.02)
    case = attrs.evolve(
        case,
        plan={**case.plan, ("carry", BTC): other},
        limits=attrs.evolve(Limits.open(), max_daily_risk=0.03),
    )
    first, second = engine(case).decisions
    assert (first.quantity, first.binding) == (near(20), "risk")
    assert (second.quantity, second.binding) == (near(10), "daily_budget")
    assert (second.requested_risk, second.effective_risk) == (near(0.02), near(0.01))
