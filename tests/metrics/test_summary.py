"""All figures together: what is not defined, what the guide names, what the page documents."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.curves import START, curve, trades
from tradewind.metrics.curve import DAY_MS, Curve, Periods
from tradewind.metrics.summary import Market, holding, performance_summary, summarise

PAGE = Path(__file__).parents[2] / "docs/reference/metrics.md"

NO_BARS = curve([])
ONE_BAR = curve([100.0], exposure=[0.0])
FLAT = curve([100.0] * 400, exposure=[0.0] * 400)
STEADY = curve((100.0 * 1.001 ** np.arange(1, 400)).tolist())
RUINED = curve([50.0, 0.0, 0.0], exposure=[50.0, 0.0, 0.0])


def market(close: list[float], first: float = 10.0) -> Market:
    values = np.array(close)
    time = START + np.arange(len(close), dtype=np.int64) * DAY_MS
    return Market(time=time, open=np.concatenate(([first], values[:-1])), close=values)


@pytest.mark.parametrize("account", [NO_BARS, ONE_BAR, FLAT, STEADY, RUINED], ids=lambda c: f"{len(c.time)} bars")
@pytest.mark.parametrize("pnl", [[], [0.0], [5.0], [-5.0]], ids=str)
def test_every_figure_is_a_number_or_none(account: Curve, pnl: list[float]) -> None:
    figures = summarise(account, trades(pnl), markets={"X": market([10.0] * max(1, len(account.time)))})

    json.dumps(figures, allow_nan=False)
    assert all(value is None or isinstance(value, int | float) for value in figures.values())


def test_an_account_that_never_traded_has_no_ratios_and_lost_nothing() -> None:
    figures = summarise(FLAT, trades([]), markets={"X": market([11.0] * 400)})

    zero = ("total_pnl", "total_return", "cagr", "volatility", "max_drawdown", "var_95", "cvar_99", "turnover", "fees")
    assert {name: figures[name] for name in zero} == dict.fromkeys(zero, 0.0)
    none = ("sharpe_ratio", "sortino_ratio", "calmar_ratio", "probabilistic_sharpe_ratio", "win_rate", "profit_factor")
    assert {name: figures[name] for name in none} == dict.fromkeys(none)
    assert figures["time_in_market"] == 0.0
    assert figures["beta"] == 0.0
    assert figures["buy_and_hold"] == pytest.approx(0.1)


def test_equal_returns_have_no_variance_although_rounding_makes_them_differ() -> None:
    figures = summarise(STEADY, trades([]))

    assert len(set(STEADY.returns.tolist())) > 1
    assert figures["volatility"] == 0.0
    assert figures["sharpe_ratio"] is None
    assert figures["cagr"] == pytest.approx(1.001**365 - 1.0)


def test_one_bar_has_a_return_and_no_spread() -> None:
    figures = summarise(curve([103.0]), trades([3.0]))

    assert figures["total_return"] == pytest.approx(0.03)
    assert figures["volatility"] is None
    assert figures["var_95"] == pytest.approx(-0.03)


def test_exposure_is_the_share_of_bars_and_the_mean_share_of_equity() -> None:
    figures = summarise(curve([100.0, 200.0, 100.0, 100.0], exposure=[0.0, 50.0, -50.0, 0.0]), trades([]))

    assert figures["time_in_market"] == 0.5
    assert figures["average_exposure"] == pytest.approx((0.25 + 0.5) / 4)


def test_exposure_without_equity_counts_nothing() -> None:
    figures = summarise(curve([50.0, 0.0], exposure=[25.0, 10.0]), trades([]))

    assert figures["average_exposure"] == pytest.approx(0.25)


def test_turnover_is_what_was_bought_and_sold_over_mean_equity() -> None:
    figures = summarise(curve([100.0, 300.0]), trades([10.0]))

    assert figures["traded_value"] == pytest.approx(210.0)
    assert figures["turnover"] == pytest.approx(1.05)
    assert figures["fees"] == pytest.approx(0.1)


def test_fees_and_value_of_open_positions_count_when_they_are_told() -> None:
    figures = summarise(curve([100.0, 100.0]), trades([10.0]), fees=0.5, traded_value=400.0)

    assert (figures["fees"], figures["turnover"]) == (0.5, 4.0)


def test_holding_several_symbols_splits_evenly_and_waits_for_late_ones() -> None:
    early = market([10.0, 20.0, 20.0, 20.0])
    late = Market(time=early.time[2:], open=np.array([5.0, 7.0]), close=np.array([6.0, 10.0]))

    held = holding({"A": early, "B": late}, Periods.over(early.time, DAY_MS))

    assert held == pytest.approx([0.5 + 0.5, 1.0 + 0.5, 1.0 + 0.6, 1.0 + 1.0])


def test_holding_passes_over_impossible_prices() -> None:
    broken = market([11.0, math.nan, -1.0, 12.0])

    assert holding({"A": broken}, Periods.over(broken.time, DAY_MS)) == pytest.approx([1.1, 1.1, 1.1, 1.2])


def test_holding_a_symbol_without_any_price_is_holding_cash() -> None:
    nothing = market([math.nan, math.nan], first=math.nan)

    assert holding({"A": nothing}, Periods.over(nothing.time, DAY_MS)) == pytest.approx([1.0, 1.0])


def test_the_guide_s_summary_prints_as_the_guide_prints_it() -> None:
    summary = performance_summary(summarise(curve([110.0, 99.0, 120.0]), trades([15.0, -5.0, 10.0])))

    assert f"Total P&L: ${summary['total_pnl']:.2f}" == "Total P&L: $20.00"
    assert f"Win Rate: {summary['win_rate']:.2f}%" == "Win Rate: 66.67%"
    assert f"Sharpe Ratio: {summary['sharpe_ratio']:.2f}" == "Sharpe Ratio: 8.54"
    assert summary["max_drawdown"] == pytest.approx(10.0)
    assert summary["total_trades"] == 3
    assert summary["average_trade"] == pytest.approx(20.0 / 3.0)


def test_the_guide_s_summary_of_nothing_is_zero_and_prints_too() -> None:
    assert performance_summary(summarise(ONE_BAR, trades([]))) == dict.fromkeys(
        ("total_pnl", "win_rate", "sharpe_ratio", "max_drawdown", "total_trades", "average_trade"), 0
    )


@given(
    equity=st.lists(st.floats(0.0, 1e9), min_size=1, max_size=40),
    pnl=st.lists(st.floats(-1e9, 1e9), max_size=10),
    hours=st.sampled_from([1, 4, 24, 168]),
)
def test_no_account_whatever_makes_a_figure_that_json_cannot_hold(
    equity: list[float], pnl: list[float], hours: int
) -> None:
    account = curve(equity, bar_ms=hours * 3_600_000, exposure=[value / 2.0 for value in equity])

    json.dumps(summarise(account, trades(pnl), markets={"X": market([10.0, 11.0, 9.0])}), allow_nan=False)


def test_every_figure_is_documented() -> None:
    figures: dict[str, Any] = summarise(FLAT, trades([]))

    rows = [line.split("|")[1].strip().strip("`") for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert rows == list(figures)
