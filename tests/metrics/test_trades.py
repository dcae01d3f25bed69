"""Figures of closed trades, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.curves import trades
from tradewind.metrics.trades import streak, trade_figures


def test_counts_shares_and_averages() -> None:
    figures = trade_figures(trades([10.0, -5.0, 0.0, 20.0, -5.0]))

    assert figures == {
        "total_trades": 5,
        "winning_trades": 2,
        "losing_trades": 2,
        "win_rate": 0.4,
        "profit_factor": 3.0,
        "expectancy": 4.0,
        "expectancy_r": 0.4,
        "average_trade": 4.0,
        "average_trade_pct": pytest.approx(0.04),
        "average_win": 15.0,
        "average_loss": -5.0,
        "best_trade": 20.0,
        "worst_trade": -5.0,
        "longest_winning_streak": 1,
        "longest_losing_streak": 1,
        "average_bars_held": 3.0,
        "ambiguous_trades": 0,
        "closed_positions": 5,
        "position_win_rate": 0.4,
        "average_position": 4.0,
    }


def test_without_trades_counts_are_zero_and_averages_not_defined() -> None:
    figures = trade_figures(trades([]))

    counted = {name for name, value in figures.items() if value is not None}
    assert all(figures[name] == 0 for name in counted)
    assert counted == {
        "total_trades",
        "winning_trades",
        "losing_trades",
        "longest_winning_streak",
        "longest_losing_streak",
        "ambiguous_trades",
        "closed_positions",
    }


def test_without_a_loss_the_profit_factor_is_not_defined() -> None:
    assert trade_figures(trades([1.0, 2.0]))["profit_factor"] is None


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_expectancy_is_shares_times_averages(pnl: list[float]) -> None:
    figures = trade_figures(trades(pnl))

    gains, losses = [x for x in pnl if x > 0.0], [x for x in pnl if x < 0.0]
    expected = sum(len(side) / len(pnl) * (sum(side) / len(side)) for side in (gains, losses) if side)
    assert figures["expectancy"] == pytest.approx(expected, rel=1e-9, abs=1e-6)
    assert figures["expectancy"] == figures["average_trade"]


def test_streaks_follow_the_order_of_exits_not_of_rows() -> None:
    figures = trade_figures(trades([1.0, -1.0, 1.0, -1.0, 1.0], exit_time=[0, 4, 1, 3, 2]))

    assert (figures["longest_winning_streak"], figures["longest_losing_streak"]) == (3, 2)


@given(st.lists(st.booleans(), max_size=40))
def test_a_streak_is_the_longest_run(flags: list[bool]) -> None:
    words = "".join("x" if flag else " " for flag in flags).split()

    assert streak(np.array(flags, dtype=np.bool_)) == max(map(len, words), default=0)


def test_tranches_of_a_ladder_make_one_position() -> None:
    figures = trade_figures(trades([5.0, 5.0, -20.0, 3.0], position=[1, 1, 1, 2]))

    assert figures["total_trades"] == 4
    assert figures["win_rate"] == 0.75
    assert figures["closed_positions"] == 2
    assert figures["position_win_rate"] == 0.5
    assert figures["average_position"] == -3.5


def test_a_trade_without_a_stop_has_no_units_of_risk() -> None:
    assert trade_figures(trades([1.0, 2.0], r_multiple=[np.nan, 0.5]))["expectancy_r"] == 0.5
    assert trade_figures(trades([1.0], r_multiple=[np.nan]))["expectancy_r"] is None
