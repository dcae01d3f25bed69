"""All figures of a run in one mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs
import numpy as np

from tradewind.metrics.curve import Curve, Floats, Periods, Times, change
from tradewind.metrics.drawdown import drawdown
from tradewind.metrics.returns import (
    alpha,
    beta,
    cagr,
    calmar_ratio,
    sharpe_ratio,
    sortino_ratio,
    total_return,
    volatility,
)
from tradewind.metrics.significance import kurtosis, probabilistic_sharpe_ratio, skewness
from tradewind.metrics.tail import conditional_value_at_risk, value_at_risk
from tradewind.metrics.trades import ClosedTrades, Figure, trade_figures

GUIDE_KEYS: Final = ("total_pnl", "win_rate", "sharpe_ratio", "max_drawdown", "total_trades", "average_trade")
"""The keys of `performance_summary`."""


@attrs.frozen(kw_only=True, eq=False)
class Market:
    """
    One symbol's prices, for the comparison with holding it.

    Args:
        time: Bar opens, int64 milliseconds UTC, strictly increasing.
        open: First prices, quote units.
        close: Last prices, quote units.
    """

    time: Times
    open: Floats
    close: Floats


def holding(markets: Mapping[str, Market], periods: Periods) -> Floats:
    """
    Return what one unit spread evenly over the symbols and held has become, at the end of each period.

    Each share buys at the open of its symbol's first bar, without costs, and is cash until then.
    Prices that are not positive numbers are passed over.
    """
    total = np.zeros(len(periods.end_ms))
    for market in markets.values():
        good = np.isfinite(market.close) & (market.close > 0.0)
        time, close = (market.time, market.close) if good.all() else (market.time[good], market.close[good])
        if not len(time):
            total += 1.0
            continue
        paid = float(market.open[int(good.argmax())])
        row = np.searchsorted(time, periods.end_ms, side="left") - 1
        total += np.where(row >= 0, close[np.maximum(row, 0)] / (paid if paid > 0.0 else close[0]), 1.0)
    return total / max(1, len(markets))


def summarise(
    curve: Curve,
    trades: ClosedTrades,
    *,
    markets: Mapping[str, Market] | None = None,
    fees: float | None = None,
    traded_value: float | None = None,
) -> dict[str, Figure]:
    """
    Return every figure of the reference page by name; None where a figure is not defined.

    Args:
        curve: The account's equity.
        trades: The closed trades.
        markets: Prices by symbol; without them buy-and-hold, alpha and beta are None.
        fees: All fees paid, quote units; None takes those of closed trades.
        traded_value: Value bought and sold, quote units; None takes that of closed trades.
    """
    deepest = drawdown(curve)
    annual = cagr(curve)
    returns, per_year = curve.returns, curve.periods.per_year
    final = float(curve.equity[-1]) if len(curve.equity) else curve.initial_balance
    held = holding(markets, curve.periods) if markets and len(curve.time) else None
    market = change(np.concatenate(([1.0], held))) if held is not None else None
    value = float(trades.value.sum()) if traded_value is None else traded_value
    return {
        "initial_balance": curve.initial_balance,
        "final_equity": final,
        "total_pnl": final - curve.initial_balance - curve.total_flow,
        "total_return": total_return(curve),
        "cagr": annual,
        "volatility": volatility(returns, per_year),
        "sharpe_ratio": sharpe_ratio(returns, per_year),
        "sortino_ratio": sortino_ratio(returns, per_year),
        "calmar_ratio": calmar_ratio(annual, deepest.depth),
        "max_drawdown": deepest.depth,
        "max_drawdown_days": deepest.days,
        "longest_drawdown_days": deepest.longest_days,
        "var_95": value_at_risk(returns, 0.95),
        "var_99": value_at_risk(returns, 0.99),
        "cvar_95": conditional_value_at_risk(returns, 0.95),
        "cvar_99": conditional_value_at_risk(returns, 0.99),
        "skewness": skewness(returns),
        "kurtosis": kurtosis(returns),
        "probabilistic_sharpe_ratio": probabilistic_sharpe_ratio(returns),
        "periods": len(returns),
        **trade_figures(trades),
        "time_in_market": _time_in_market(curve),
        "average_exposure": _average_exposure(curve),
        "turnover": _turnover(curve, value),
        "traded_value": value,
        "fees": float(trades.fees.sum()) if fees is None else fees,
        "buy_and_hold": float(held[-1]) - 1.0 if held is not None else None,
        "alpha": alpha(returns, market, per_year) if market is not None else None,
        "beta": beta(returns, market) if market is not None else None,
    }


def performance_summary(metrics: Mapping[str, Figure]) -> dict[str, float]:
    """
    Return the six figures that people watch, ready for printing.

    `win_rate` and `max_drawdown` are in percent, `total_pnl` and `average_trade` in quote units;
    a figure that is not defined is 0.
    """
    figures = {key: metrics.get(key) or 0 for key in GUIDE_KEYS}
    for key in ("win_rate", "max_drawdown"):
        figures[key] = 100.0 * figures[key]
    return figures


def _time_in_market(curve: Curve) -> float | None:
    if curve.exposure is None or not len(curve.exposure):
        return None
    return float(np.count_nonzero(curve.exposure)) / len(curve.exposure)


def _average_exposure(curve: Curve) -> float | None:
    if curve.exposure is None or not len(curve.exposure):
        return None
    # Most bars are flat: only those in the market are divided.
    rows = np.flatnonzero(curve.exposure)
    equity, exposure = curve.equity[rows], np.abs(curve.exposure[rows])
    share = np.divide(exposure, equity, out=np.zeros_like(exposure), where=equity > 0.0)
    return float(share.sum()) / len(curve.exposure)


def _turnover(curve: Curve, value: float) -> float | None:
    mean = float(curve.equity.mean()) if len(curve.equity) else 0.0
    return value / mean if mean > 0.0 else None
