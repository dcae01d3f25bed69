"""Every figure that a second library has agrees with it."""

from __future__ import annotations

from collections.abc import Callable

import empyrical
import numpy as np
import pandas as pd
import pytest

from metrics.curves import as_series, curve, curve_of_returns, random_returns, trades
from tradewind.metrics.significance import kurtosis, skewness
from tradewind.metrics.summary import Market, summarise

DAILY = 365

EXPECTED: dict[str, Callable[[pd.Series[float]], float]] = {
    "total_return": empyrical.cum_returns_final,
    "cagr": lambda r: empyrical.annual_return(r, annualization=DAILY),
    "volatility": lambda r: empyrical.annual_volatility(r, annualization=DAILY),
    "sharpe_ratio": lambda r: empyrical.sharpe_ratio(r, annualization=DAILY),
    "sortino_ratio": lambda r: empyrical.sortino_ratio(r, annualization=DAILY),
    "calmar_ratio": lambda r: empyrical.calmar_ratio(r, annualization=DAILY),
    "max_drawdown": lambda r: -empyrical.max_drawdown(r),
    "var_95": lambda r: -empyrical.value_at_risk(r, 0.05),
    "var_99": lambda r: -empyrical.value_at_risk(r, 0.01),
    "cvar_95": lambda r: -empyrical.conditional_value_at_risk(r, 0.05),
    "cvar_99": lambda r: -empyrical.conditional_value_at_risk(r, 0.01),
}


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("seed", range(5))
def test_figure_of_daily_returns_agrees_with_empyrical(name: str, seed: int) -> None:
    returns = random_returns(seed)

    figures = summarise(curve_of_returns(returns), trades([]))

    assert figures[name] == pytest.approx(float(EXPECTED[name](as_series(returns))), rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_alpha_and_beta_agree_with_empyrical(seed: int) -> None:
    market = random_returns(seed + 100)
    returns = 0.4 * market + 0.5 * random_returns(seed)
    account = curve_of_returns(returns)
    close = np.asarray(50.0 * np.cumprod(1.0 + market), dtype=np.float64)
    prices = Market(time=account.time, open=np.concatenate(([50.0], close[:-1])), close=close)

    figures = summarise(account, trades([]), markets={"BTCUSDT": prices})

    alpha, beta = empyrical.alpha_beta(as_series(returns), as_series(market), annualization=DAILY)
    assert figures["alpha"] == pytest.approx(alpha, rel=1e-9)
    assert figures["beta"] == pytest.approx(beta, rel=1e-9)
    assert figures["buy_and_hold"] == pytest.approx(close[-1] / 50.0 - 1.0, rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_hours_give_the_figures_of_the_days_they_make(seed: int) -> None:
    hourly = 100.0 * np.cumprod(1.0 + 0.002 * np.random.default_rng(seed).standard_t(5, 240 * 24))

    by_hour = summarise(curve(hourly.tolist(), bar_ms=3_600_000), trades([]))

    closes = np.concatenate(([100.0], hourly[23::24]))
    days = np.asarray(closes[1:] / closes[:-1] - 1.0, dtype=np.float64)
    by_day = summarise(curve_of_returns(days), trades([]))
    same = ("total_return", "cagr", "volatility", "sharpe_ratio", "sortino_ratio", "var_95", "cvar_99", "periods")
    assert {name: by_hour[name] for name in same} == {name: pytest.approx(by_day[name], rel=1e-9) for name in same}
    assert by_hour["max_drawdown"] == pytest.approx(-float(empyrical.max_drawdown(pd.Series(hourly).pct_change()[1:])))


@pytest.mark.parametrize("seed", range(5))
def test_moments_agree_with_scipy(seed: int) -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy comes with the second library of the tests")
    returns = random_returns(seed)

    assert skewness(returns) == pytest.approx(float(stats.skew(returns)), rel=1e-9)
    assert kurtosis(returns) == pytest.approx(float(stats.kurtosis(returns, fisher=False)), rel=1e-9)
