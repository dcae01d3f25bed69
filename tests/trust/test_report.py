"""The printed report says what a result is worth, and fits a terminal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tradewind.backtest.interval import Interval
from tradewind.backtest.report import WIDTH, figure_text, text_report
from tradewind.pipeline.certificate import Certificate, Finding
from trust.hand_made import decisions, equity, result, times, trade, trades

PASSED = Certificate(status="passed", warmup=1000, cuts=200, seed=0, columns=38)
FAILED = Certificate(
    status="failed",
    warmup=1000,
    cuts=200,
    seed=0,
    columns=38,
    findings=(
        Finding(column="leak", kind="look-ahead", time="2024-01-01", whole="1", cut="2", difference=0.5, cuts=9),
    ),
)
INTERVAL = Interval(
    pessimistic=0.01,
    optimistic=0.02,
    ambiguous_trades=3,
    break_even_bps=24.3,
    cost_bps=15.0,
    returns_at_cost={"0.5": 0.02, "1": 0.01, "2": -0.01},
)
TRIALS = {"trials": 7, "overlapping": 2, "sharpe_to_beat": 0.8, "deflated_sharpe_ratio": 0.43}


def report(**changes: Any) -> str:
    return text_report(result(**({"interval": INTERVAL, "certificate": PASSED, "trials": TRIALS} | changes)))


def plain(text: str) -> str:
    """Return the text without its line breaks."""
    return " ".join(text.split())


def test_it_is_narrow_and_has_no_loose_ends() -> None:
    long_names = {"symbols": tuple(f"SYMBOL{k}USDT" for k in range(20)), "warnings": ("word " * 80,)}

    for text in (report(), report(**long_names), report(certificate=FAILED)):
        assert max(map(len, text.splitlines())) <= WIDTH
        assert text == text.strip()
        assert all(line == line.rstrip() for line in text.splitlines())


def test_it_names_what_was_run_and_its_id() -> None:
    assert report().startswith("adaptive on BTCUSDT, 4h, 2024-01-01 to 2024-01-04, 3 days\n")
    assert f"result       {result().id}" in report()


def test_made_up_bars_are_called_so() -> None:
    assert "SYNTHETIC bars: these figures say nothing of any market." in report(synthetic=True)
    assert "SYNTHETIC" not in report()


def test_figures_stand_in_two_columns() -> None:
    line = next(line for line in report().splitlines() if line.startswith("total return"))

    assert line.split() == ["total", "return", "+1.00%", "trades", "2"]


def test_interval_costs_and_headline_are_told() -> None:
    text = plain(report())

    assert "Total return +1.00%, at best +2.00% with another order within bars." in text
    assert "+1.00% (stops first) to +2.00% (targets first), 3 ambiguous trades" in text
    assert "15.0 bp a side assumed; breaks even at 24.3 bp; +2.00% at 0.5×, +1.00% at 1×, -1.00% at 2×" in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"break_even_bps": None}, "nothing was traded"),
        ({"break_even_bps": None, "cost_bps": 0.0}, "none assumed"),
        ({"break_even_bps": 240.0, "beyond": True}, "still in profit at 240 bp"),
        ({"break_even_bps": 0.0}, "loses even without costs"),
    ],
    ids=["idle", "free", "beyond", "loses"],
)
def test_odd_break_evens_have_their_words(fields: dict[str, Any], words: str) -> None:
    known = {"pessimistic": 0.0, "optimistic": 0.0, "ambiguous_trades": 0, "cost_bps": 15.0}

    assert words in plain(report(interval=Interval(**(known | fields))))


def test_a_passed_certificate_is_told_and_a_failed_one_stands_at_the_top() -> None:
    assert "certificate  No look-ahead, warm-up long enough (38 columns at 200 cuts, warm-up 1000 bars)." in report()

    failed = report(certificate=FAILED)
    assert failed.splitlines()[1] == "NOT TO BE TRUSTED: the certificate below failed."
    assert "leak looks ahead" in plain(failed)
    assert "certificate  not made" in report(certificate=None)


def test_trials_are_counted_and_deflated() -> None:
    text = plain(report())

    assert "7 variants tried on this very window, 2 on overlapping ones" in text
    assert "luck alone would show a Sharpe ratio of 0.80; chance that this one is better: 43%" in text
    first = TRIALS | {"trials": 1, "overlapping": 0, "deflated_sharpe_ratio": None}
    assert "the first look at this window result" in plain(report(trials=first))


def test_when_the_cap_sets_the_sizes_it_says_so_next_to_the_requested_risk() -> None:
    ledger = decisions(*({"time": k} for k in range(8)), {"time": 9, "binding": "risk"})
    settings = {"limits": {"base_risk_per_trade": 0.02}}

    text = plain(report(decisions=ledger, settings=settings))

    assert "the engine's cap of one position (max_position) 89%, the risk asked for 11%" in text
    assert (
        "The notional cap rather than the requested 2.00% of risk sets 89% of the entries: "
        "the typical one risks 0.40% of equity."
    ) in text


def test_when_risk_sets_the_sizes_the_cap_is_not_blamed() -> None:
    text = report(decisions=decisions({"time": 1, "binding": "risk"}))

    assert "The notional cap" not in text


def test_refusals_are_counted_by_reason() -> None:
    reasons = (
        ["cooldown"] * 5 + ["already_open"] * 4 + ["max_positions"] * 3 + ["policy"] * 2 + ["stop_guard", "min_qty"]
    )
    ledger = decisions({"time": 0}, *({"time": k, "outcome": f"blocked:{name}"} for k, name in enumerate(reasons, 1)))

    text = plain(report(decisions=ledger))

    assert (
        "Of 17 entries asked for 16 were refused: cooldown 5, already_open 4, max_positions 3, policy 2, others 2."
        in text
    )


def test_what_the_data_lacked_and_the_trades_it_touched_are_told() -> None:
    quality = {
        "BTCUSDT": {
            "missing": 3,
            "gaps": [{"first_missing": "2024-01-01T20:00:00+00:00", "last_missing": "2024-01-02T04:00:00+00:00"}],
            "masked": [{"time": "2024-01-03T16:00:00+00:00", "reason": "high is below low"}],
            "partial": ["2024-01-01T16:00:00+00:00"],
            "decisions_from": "2024-01-01T08:00:00+00:00",
        }
    }

    text = plain(report(quality=quality))

    assert (
        "BTCUSDT: 3 bars are missing in 1 gap, 1 bar is impossible and masked (first 2024-01-03T16:00:00+00:00)" in text
    )
    assert "1 bar is partial; 1 trade lay over them." in text
    assert "decisions were possible from 2024-01-01T08:00:00+00:00 on" in text


def test_flawless_data_are_passed_over_and_too_short_a_history_is_not() -> None:
    clean = {"missing": 0, "gaps": [], "masked": [], "partial": [], "decisions_from": "2024-01-01T00:00:00+00:00"}

    assert "BTCUSDT:" not in report(quality={"BTCUSDT": clean})
    assert "the history is too short for any decision" in report(quality={"BTCUSDT": clean | {"decisions_from": None}})


def test_open_positions_are_said_to_be_open() -> None:
    open_now = pd.DataFrame({"symbol": ["BTCUSDT"], "quantity": [0.1], "entry_time": times([3])})

    assert "1 position is open at the end and marked at the last close, not closed." in plain(
        report(positions=open_now)
    )


def test_a_run_without_trades_prints() -> None:
    text = report(trades=trades(), decisions=decisions(), equity=equity([10_000.0] * 5), interval=None, trials=None)

    assert "n/a" in text
    assert "interval" not in text


def test_warnings_are_shown() -> None:
    assert "- BTCUSDT: the stop is close to the cost." in report(warnings=("BTCUSDT: the stop is close to the cost.",))


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("total_return", 0.1234, "+12.34%"),
        ("max_drawdown", 0.1, "10.00%"),
        ("total_pnl", 1234.5, "+1,234.50"),
        ("fees", 1234.5, "1,234.50"),
        ("sharpe_ratio", 1.234, "1.23"),
        ("total_trades", 1234, "1,234"),
        ("profit_factor", None, "n/a"),
    ],
)
def test_figures_are_printed_by_their_kind(name: str, value: float | None, text: str) -> None:
    assert figure_text(name, value) == text


def test_a_ladder_shows_trades_and_positions_apart() -> None:
    ladder = trades(trade(3, 9, 50.0, position=3), trade(3, 9, 150.0, position=3))

    lines = {" ".join(line[48:].split()) for line in report(trades=ladder).splitlines()}

    assert {"trades 2", "positions closed 1"} <= lines
    assert np.isclose(result(trades=ladder).metrics["average_position"] or 0.0, 200.0)
