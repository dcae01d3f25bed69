"""Every decision has its words, on bars with a wish and on bars without one."""

from __future__ import annotations

import attrs
import numpy as np
import pandas as pd
import pytest

from tradewind.backtest.explain import explain, explain_all
from tradewind.backtest.result import Result
from tradewind.backtest.rows import PlanRows
from tradewind.errors import UsageError
from tradewind.model.decisions import BINDINGS, OUTCOME_CODES, OUTCOMES
from tradewind.model.plan import Plan
from tradewind.pipeline.words import BINDING_WORDS, OUTCOME_WORDS, Decision, decision_words, outcome_words
from trust.hand_made import START, decisions, result, times, trade, trades

FOUR_HOURS = 4 * 3_600_000
ROWS = 18


def explained() -> Result:
    """Return a result whose plan is known: conditions on all rows, an exit on row 8, a veto on row 0."""
    bits = np.full(ROWS, 4)
    bits[2], bits[11] = 5, 1
    veto = np.zeros(ROWS, dtype=np.uint8)
    veto[0] = OUTCOME_CODES["blocked:warming_up"]
    plan = Plan.from_arrays(times(list(range(ROWS))), bits=bits, regime=1, exit_long=np.arange(ROWS) == 8, veto=veto)
    return result(rows=(PlanRows.of("adaptive", "BTCUSDT", plan),))


def test_every_outcome_and_every_binding_has_its_words() -> None:
    assert list(OUTCOME_WORDS) == list(dict.fromkeys(OUTCOME_WORDS))
    assert set(OUTCOME_WORDS) == set(OUTCOMES.values())
    assert set(BINDING_WORDS) == set(BINDINGS.values())


def test_a_bar_that_asked_for_an_entry_is_told_with_risk_size_and_outcome() -> None:
    assert explain(explained(), "BTCUSDT", START + 2 * FOUR_HOURS) == (
        "BTCUSDT 2024-01-01T08:00:00Z adaptive: enter long\n"
        "  regime      trending\n"
        "  conditions  cross, trending held; above_200 did not\n"
        "  risk        3.00% of equity requested, 0.40% effective\n"
        "  stop        800 away from 40,000 (2.00%)\n"
        "  size        0.025 worth 1,000.00, set by the engine's cap of one position (max_position)\n"
        "  outcome     filled: filled at the next open\n"
        "  held        nothing"
    )


def test_a_bar_without_a_wish_is_told_too() -> None:
    assert explain(explained(), "BTCUSDT", START + 5 * FOUR_HOURS) == (
        "BTCUSDT 2024-01-01T20:00:00Z adaptive: no wish\n"
        "  regime      trending\n"
        "  conditions  trending held; cross, above_200 did not\n"
        "  outcome     no_signal: nothing was asked for\n"
        "  held        long 0.1 from 2024-01-01T12:00:00Z at 40,000"
    )


def test_a_bar_that_asks_to_leave_and_the_bar_that_closes_are_told() -> None:
    assert "adaptive: leave long\n" in explain(explained(), "BTCUSDT", START + 8 * FOUR_HOURS)
    closing = explain(explained(), "BTCUSDT", START + 9 * FOUR_HOURS)
    assert "  closed      long 0.1 from 2024-01-01T12:00:00Z at 40,000: signal at 42,000, +200.00\n" in closing
    assert closing.endswith("held        nothing")


def test_a_bar_on_which_entries_were_forbidden_says_why() -> None:
    words = explain(explained(), "BTCUSDT", START)

    assert "  forbidden   an entry would have been blocked: too little history for a decision\n" in words


def test_a_refused_entry_names_the_refusal_and_no_size() -> None:
    row = {"time": 4, "outcome": "blocked:cooldown", "quantity": np.nan, "effective_risk": np.nan, "binding": ""}

    words = explain(result(decisions=decisions(row)), "BTCUSDT", START + 4 * FOUR_HOURS)

    assert "  outcome     blocked:cooldown: a stop was hit less than cooldown_bars ago" in words
    assert "  risk        3.00% of equity requested\n" in words
    assert "size" not in words


def test_any_moment_inside_the_bar_and_any_form_of_it_means_the_bar() -> None:
    expected = explain(explained(), "BTCUSDT", START + 2 * FOUR_HOURS)

    for time in (
        START + 3 * FOUR_HOURS - 1,
        "2024-01-01T08:00",
        "2024-01-01T11:59:59",
        "2024-01-01T10:00+01:00",
        pd.Timestamp("2024-01-01T09:00"),
        pd.Timestamp("2024-01-01T09:00", tz="UTC"),
    ):
        assert explain(explained(), "BTCUSDT", time) == expected


def test_the_words_are_the_same_after_the_result_was_stored() -> None:
    stored = Result.from_json(explained().to_json())

    for row in range(ROWS):
        moment = START + row * FOUR_HOURS
        assert explain(stored, "BTCUSDT", moment) == explain(explained(), "BTCUSDT", moment)


def test_live_has_the_same_words_from_the_same_row() -> None:
    row = {"outcome": "filled", "enter": 1, "bits": 5, "regime": 1, "requested_risk": 0.03, "effective_risk": 0.004}
    row |= {"quantity": 0.025, "distance": 800.0, "price": 40_000.0, "binding": "engine_cap", "slot": 7}

    decision = Decision.from_row(row, symbol="BTCUSDT", strategy="adaptive", time="2024-01-01T08:00:00Z")

    words = decision_words(decision, ("cross", "above_200", "trending"))
    assert explain(explained(), "BTCUSDT", START + 2 * FOUR_HOURS).startswith(words)


def test_each_of_several_strategies_is_told() -> None:
    ledger = decisions({"time": 2}, {"time": 2, "strategy": "enhanced", "outcome": "outranked", "enter": -1})

    words = explain(result(decisions=ledger), "BTCUSDT", START + 2 * FOUR_HOURS)

    assert "adaptive: enter long" in words
    assert "enhanced: enter short" in words
    assert "outranked: other entries of the same moment took the room for it" in words


def test_a_missing_bar_is_called_missing() -> None:
    quality = {
        "BTCUSDT": {
            "gaps": [{"first_missing": "2024-01-01T08:00:00+00:00", "last_missing": "2024-01-01T12:00:00+00:00"}]
        }
    }

    words = explain(attrs.evolve(explained(), quality=quality), "BTCUSDT", START + 3 * FOUR_HOURS)

    assert words.startswith("BTCUSDT 2024-01-01T12:00:00Z: there is no bar at this time, it is missing in the data\n")
    assert "no_signal" not in words


def test_a_symbol_that_was_not_traded_is_refused() -> None:
    with pytest.raises(UsageError, match=r"TW-U001 ETHUSDT was not traded in this run\.\nIt traded BTCUSDT\."):
        explain(result(), "ETHUSDT", START)


@pytest.mark.parametrize("time", [START - 1, START + ROWS * FOUR_HOURS, "2030-01-01"])
def test_a_time_outside_the_run_is_refused_with_its_span(time: int | str) -> None:
    with pytest.raises(
        UsageError, match=r"TW-U008 the bar .* lies outside the run\.\nThe run goes from 2024-01-01T00:00:00Z"
    ):
        explain(result(), "BTCUSDT", time)


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(UsageError, match="TW-U008 the time was 'yesterday-ish'"):
        explain(result(), "BTCUSDT", "yesterday-ish")


def test_a_position_that_is_still_open_is_held() -> None:
    open_now = pd.DataFrame(
        {
            "symbol": ["BTCUSDT"],
            "side": ["long"],
            "quantity": [0.5],
            "entry_price": [41_000.0],
            "entry_time": times([15]),
        }
    )

    words = explain(result(positions=open_now), "BTCUSDT", START + 16 * FOUR_HOURS)

    assert words.endswith("held        long 0.5 from 2024-01-03T12:00:00Z at 41,000")


def test_conditions_without_names_are_numbered_and_an_unknown_outcome_stands_as_it_is() -> None:
    decision = Decision(symbol="X", strategy="s", time="t", bits=0b1010, outcome="something new")

    assert "conditions  bit 1, bit 3 held\n" in decision_words(decision)
    assert "outcome     something new: something new" in decision_words(decision)
    assert outcome_words("rejected:-2010") == "the venue rejected the order: -2010"


def test_all_entries_are_listed_one_a_line() -> None:
    ledger = decisions(
        {"time": 2},
        {"time": 5, "enter": -1, "outcome": "blocked:shorts_refused", "quantity": 0.0, "binding": ""},
    )

    assert explain_all(result(decisions=ledger)) == (
        "2024-01-01T08:00Z  BTCUSDT adaptive long  filled  risk 3.00% -> 0.40%  0.025 at 40000 (engine_cap)\n"
        "2024-01-01T20:00Z  BTCUSDT adaptive short  blocked:shorts_refused"
    )
    assert explain_all(result(decisions=decisions())) == "No entry was asked for."


def test_tranches_of_one_bar_are_all_told() -> None:
    ladder = trades(trade(3, 9, 50.0, position=3), trade(3, 9, 150.0, position=3, exit_reason="take_profit"))

    words = explain(result(trades=ladder), "BTCUSDT", START + 9 * FOUR_HOURS)

    assert words.count("closed      ") == 2
