"""Readings of the page that only show inside a bar or between slots, each on a market written by hand."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from generators.cases import Case
from generators.markets import MONDAY
from oracle.engines import Outcome, with_kernel, with_oracle
from oracle.scenes import BTC, HOUR, QUIET, at, bars_of, pair, scene
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan

Engine = Callable[[Case], Outcome]
ETH = "ETHUSDT"


@pytest.fixture(params=[with_oracle, with_kernel], ids=["oracle", "kernel"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Return what simulates a case."""
    chosen: Engine = request.param
    return chosen


@pytest.mark.critical
def test_a_trail_does_not_count_the_extreme_that_may_have_come_before_a_limit_entry(engine: Engine) -> None:
    bars = [QUIET, (100, 120, 96, 98), (98, 99, 95, 96), (96, 97, 90, 92)]
    columns = {"enter": at(0, 4, 1), "stop_dist": 20.0, "limit_off": 3.0, "trail_dist": 6.0}
    (trade,) = engine(scene(bars, columns)).trades
    # best is 97, then 99: the stop goes from 77 to 91 and to 93 only if that were five ticks more
    assert (trade.exit_reason, trade.exit_time, trade.exit_price) == ("trailing", MONDAY + 3 * HOUR, 91)


@pytest.mark.critical
def test_a_position_that_a_limit_opened_inside_a_bar_can_be_liquidated_in_it(engine: Engine) -> None:
    bars = [QUIET, (100, 101, 80, 95), (95, 96, 94, 95)]
    columns = {"enter": at(0, 3, 1), "stop_dist": 40.0, "limit_off": 3.0}
    case = scene(bars, columns, instrument={BTC: pair(kind="linear", leverage=10)})
    (trade,) = engine(case).trades
    assert (trade.entry_price, trade.exit_reason, trade.bars_held) == (97, "liquidation", 0)
    assert trade.pnl == pytest.approx(-trade.quantity * 9.7)


@pytest.mark.critical
def test_rows_of_one_moment_are_decided_together_though_one_lacks_its_last_finer_bar(engine: Engine) -> None:
    case = scene([QUIET] * 3, {"enter": at(0, 3, 1), "stop_dist": 10.0}, timeframe="2h")
    bars = case.bars[BTC]
    bolder = Plan.from_arrays(bars.time, enter=at(0, 3, 1), stop_dist=10.0, risk=0.01, confidence=2.0)
    case = attrs.evolve(
        case,
        bars={BTC: bars, ETH: bars},
        plan={**case.plan, ("trend", ETH): bolder},
        instrument={BTC: pair(), ETH: pair(symbol=ETH)},
        fine={BTC: bars_of([QUIET] * 6), ETH: bars_of([QUIET, None, QUIET, QUIET, QUIET, QUIET])},
        limits=attrs.evolve(Limits.open(), max_concurrent_positions=1),
    )
    outcomes = {decision.symbol: decision.outcome for decision in engine(case).decisions}
    assert outcomes == {ETH: "expired", BTC: "outranked"}


@pytest.mark.critical
@pytest.mark.parametrize("halt", ["max_drawdown", "max_daily_risk"])
def test_a_halt_ends_a_limit_entry_that_is_still_waiting(engine: Engine, halt: str) -> None:
    low = (90.0, 91.0, 89.0, 90.0)
    falls = [*[QUIET] * 5, *[low] * 7]
    waits = [*[QUIET] * 6, (100.0, 101.0, 90.0, 100.0), *[QUIET] * 5]
    case = scene(
        [QUIET, (100, 101, 89, 90), low], {"enter": at(0, 3, 1), "stop_dist": 5.0, "risk": 0.03}, timeframe="4h"
    )
    other = bars_of([QUIET, (100, 101, 90, 100), QUIET], "4h")
    limit = Plan.from_arrays(other.time, enter=at(0, 3, 1), stop_dist=20.0, limit_off=5.0, risk=0.005)
    case = attrs.evolve(
        case,
        bars={BTC: case.bars[BTC], ETH: other},
        plan={**case.plan, ("trend", ETH): limit},
        instrument={BTC: pair(), ETH: pair(symbol=ETH)},
        fine={BTC: bars_of(falls), ETH: bars_of(waits)},
    )
    assert [decision.outcome for decision in engine(case).decisions] == ["filled", "filled"]
    # 60 units are sold 10 below their entry: 6% are lost an hour before the market reaches the limit
    halted = attrs.evolve(case, limits=Limits.open(**{halt: 0.04}))
    assert [decision.outcome for decision in engine(halted).decisions] == ["filled", "expired"]


def test_a_limit_price_that_is_not_above_zero_is_refused(engine: Engine) -> None:
    (decision,) = engine(scene([QUIET] * 2, {"enter": at(0, 2, 1), "stop_dist": 5.0, "limit_off": 120.0})).decisions
    assert decision.outcome == "blocked:percent_price"
    assert decision.quantity == 0


@pytest.mark.critical
@pytest.mark.parametrize("stop", [5.0, 40.0], ids=["stop nearer", "stop beyond"])
def test_an_open_beyond_the_liquidation_price_takes_the_margin_wherever_the_stop_lies(
    engine: Engine, stop: float
) -> None:
    bars = [QUIET, QUIET, (85, 86, 84, 85)]
    columns = {"enter": at(0, 3, 1), "exit_long": at(1, 3, True, False), "stop_dist": stop}
    (trade,) = engine(scene(bars, columns, instrument={BTC: pair(kind="linear", leverage=10)})).trades
    assert trade.exit_reason == "liquidation"
    assert trade.pnl == pytest.approx(-trade.quantity * 10)


@pytest.mark.critical
def test_entries_that_wait_over_masked_bars_all_come_to_an_end(engine: Engine) -> None:
    broken = (100.0, 90.0, 99.0, 100.0)
    waits = [QUIET, broken, broken, QUIET, QUIET]
    case = scene(waits, {"enter": [1, 0, 1, 0, 0], "stop_dist": 10.0})
    bars = case.bars[BTC]
    once = Plan.from_arrays(bars.time, enter=at(0, 5, 1), stop_dist=10.0, risk=0.01)
    case = attrs.evolve(
        case,
        bars={BTC: bars, ETH: bars, "XRPUSDT": bars_of([QUIET] * 5)},
        plan={**case.plan, ("trend", ETH): once, ("trend", "XRPUSDT"): once},
        instrument={name: pair(symbol=name) for name in (BTC, ETH, "XRPUSDT")},
    )
    run = engine(case)
    outcomes = {(decision.symbol, decision.time): decision.outcome for decision in run.decisions}
    assert outcomes == {
        (BTC, MONDAY): "expired",
        (ETH, MONDAY): "expired",
        ("XRPUSDT", MONDAY): "filled",
        (BTC, MONDAY + 2 * HOUR): "blocked:stale_data",
    }
