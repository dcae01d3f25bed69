"""All figures of a run in one mapping."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

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
from tradewind.metrics.sums import mean, total
from tradewind.metrics.tail import conditional_value_at_risk, value_at_risk
from tradewind.metrics.trades import ClosedTrades, Figure, trade_figures

GUIDE_KEYS: Final = ("total_pnl", "win_rate", "sharpe_ratio", "max_drawdown", "total_trades", "average_trade")
"""The keys of `performance_summary`."""

_PIECE: Final = 8_192


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
        total += _held(market, periods.end_ms)
    return total / max(1, len(markets))


def _held(market: Market, end_ms: Times) -> Floats:
    row = np.searchsorted(market.time, end_ms, side="left") - 1
    if not len(market.time):
        return np.ones(len(row))
    close = market.close[np.maximum(row, 0)]
    if not _is_price(close).all():
        good = _is_price(market.close)
        return _held(Market(time=market.time[good], open=market.open[good], close=market.close[good]), end_ms)
    paid = market.open[0] if _is_price(market.open[:1]).all() else market.close[0]
    return np.where(row >= 0, close / paid, 1.0)


def _is_price(values: Floats) -> npt.NDArray[np.bool_]:
    return np.asarray(np.isfinite(values) & (values > 0.0))


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
    # Prices and balances at the edge of what doubles hold overflow somewhere: such a figure is not defined.
    with np.errstate(all="ignore"):
        found = _figures(curve, trades, markets or {}, fees, traded_value)
    return {name: value if value is None or math.isfinite(value) else None for name, value in found.items()}


def _figures(
    curve: Curve, trades: ClosedTrades, markets: Mapping[str, Market], fees: float | None, traded_value: float | None
) -> dict[str, Figure]:
    deepest = drawdown(curve)
    annual = cagr(curve)
    returns, per_year = curve.returns, curve.periods.per_year
    final = float(curve.equity[-1]) if len(curve.equity) else curve.initial_balance
    held = holding(markets, curve.periods) if markets and len(curve.time) else None
    market = change(np.concatenate(([1.0], held))) if held is not None else None
    value = total(trades.value) if traded_value is None else traded_value
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
        "periods_per_year": per_year,
        **trade_figures(trades),
        **_exposure(curve),
        "turnover": _turnover(curve, value),
        "traded_value": value,
        "fees": total(trades.fees) if fees is None else fees,
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


def _exposure(curve: Curve) -> dict[str, Figure]:
    if curve.exposure is None or not len(curve.exposure):
        return {"time_in_market": None, "average_exposure": None}
    rows, bars, share = len(curve.exposure), 0, 0.0
    # Pieces that fit the processor's cache: whole-length intermediates would cost three times as much.
    for start in range(0, rows, _PIECE):
        exposure, equity = curve.exposure[start : start + _PIECE], curve.equity[start : start + _PIECE]
        held = int(np.count_nonzero(exposure != 0.0))
        if held:
            bars += held
            # A masked division is three times as slow: only a ruined account needs it.
            if equity.min() > 0.0:
                ratio = exposure / equity
            else:
                ratio = np.divide(exposure, equity, out=np.zeros_like(exposure), where=equity > 0.0)
            share += float(np.abs(ratio, out=ratio).sum())
    return {"time_in_market": bars / rows, "average_exposure": share / rows}


def _turnover(curve: Curve, value: float) -> float | None:
    average = mean(curve.equity) if len(curve.equity) else 0.0
    return value / average if average > 0.0 else None
