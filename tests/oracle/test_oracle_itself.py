"""The oracle against things that are known without it, and how much of the page the random cases reach."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import numpy as np
import pytest
import talib
from hypothesis import given, seed, settings

from generators.cases import Case, cases
from generators.markets import MONDAY, market, shapes
from oracle.engine import simulate_oracle
from oracle.market import History
from oracle.scales import Scales
from tradewind.model.decisions import BINDINGS, EXIT_REASONS, OUTCOMES
from tradewind.model.timeframe import Timeframe


@settings(max_examples=30)
@given(shapes(60, 1))
def test_the_average_true_range_is_that_of_ta_lib_over_the_good_bars(shape: object) -> None:
    bars = market(shape, Decimal("0.25"), Timeframe("1h"), MONDAY, np.random.default_rng(7)).coarse  # type: ignore[arg-type]
    good = bars.where(~bars.masked)
    if len(good) < 15:
        return
    expected = talib.ATR(good.high.copy(), good.low.copy(), good.close.copy(), timeperiod=14)
    found = [
        value for value, masked in zip(History.of(bars).average_true_range(), bars.masked, strict=True) if not masked
    ]
    assert [None if np.isnan(value) else pytest.approx(value, rel=1e-9) for value in expected] == [
        None if value is None else float(value) for value in found
    ]


def test_lots_are_floored_but_a_hair_below_a_step_counts_as_on_it() -> None:
    scales, step = Scales(), Decimal("0.1")
    assert scales.lots(Decimal("0.39999999999"), step) == Decimal("0.4")
    assert scales.lots(Decimal("0.3999"), step) == Decimal("0.3")
    assert scales.lots(Decimal("0.3999"), Decimal(0)) == Decimal("0.3999")


def test_a_tie_is_certain_only_where_floats_hold_both_sides() -> None:
    scales = Scales()
    assert scales.at_least("binary", Decimal("0.25"), Decimal("0.25"))
    assert scales.notes == []
    assert scales.at_least("decimal", Decimal("0.1"), Decimal("0.1"))
    assert len(scales.notes) == 1


@settings(max_examples=1, derandomize=True)
@given(cases())
def test_the_same_case_gives_the_same_answer(case: Case) -> None:
    assert simulate_oracle(**case.arguments()) == simulate_oracle(**case.arguments())


def test_random_cases_reach_every_word_of_the_ledger() -> None:
    words: Counter[str] = Counter()
    near: list[bool] = []

    def look(case: Case) -> None:
        run = simulate_oracle(**case.arguments())
        near.append(bool(run.near_ties))
        words.update(decision.outcome for decision in run.decisions)
        words.update(decision.binding for decision in run.decisions)
        words.update(trade.exit_reason for trade in run.trades)
        words.update("ambiguous" for trade in run.trades if trade.ambiguous)

    expected = {*OUTCOMES.values(), *BINDINGS.values(), *EXIT_REASONS.values(), "ambiguous"} - {"no_signal", ""}
    for attempt in range(10):
        for drawn in (cases(), cases(symbols=3, strategies=3), cases(symbols=2, finer=True)):
            seed(attempt)(settings(max_examples=60, derandomize=False)(given(drawn)(look)))()
        if expected <= set(words):
            break
    assert expected - set(words) == set()
    assert sum(near) < len(near) / 3
