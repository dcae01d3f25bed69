"""Equity and drawdown as a drawing, for where no script runs."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from tradewind.backtest.pages.thin import Floats, extremes
from tradewind.backtest.result import Result

WIDTH: Final = 960
CURVE_HEIGHT: Final = 260
DROP_HEIGHT: Final = 110
POINTS: Final = 1_200


def drawing(result: Result) -> str:
    """Return equity and drawdown as two drawings with their scales in words."""
    equity = result.equity["equity"].to_numpy(np.float64)
    if len(equity) < 2:
        return "<p>There are too few bars to draw.</p>"
    stamps = pd.DatetimeIndex(result.equity.index).as_unit("ms").asi8.astype(np.float64)
    time = (stamps - stamps[0]) / (stamps[-1] - stamps[0])
    drop = -result.equity["drawdown"].to_numpy(np.float64)
    low, high = float(equity.min()), float(equity.max())
    curve = _path(time, equity, low, high, CURVE_HEIGHT)
    fall = _path(time, drop, min(float(drop.min()), -1e-9), 0.0, DROP_HEIGHT)
    return (
        f"<svg viewBox='0 0 {WIDTH} {CURVE_HEIGHT}' role='img' aria-label='Equity'>"
        f"<path class='curve' d='{curve}'/></svg>"
        f"<p class='key'>Equity from {low:,.2f} to {high:,.2f}.</p>"
        f"<svg viewBox='0 0 {WIDTH} {DROP_HEIGHT}' role='img' aria-label='Drawdown'>"
        f"<path class='drop' d='{fall}'/></svg>"
        f"<p class='key'>Drawdown, at worst {-drop.min():.2%}.</p>"
    )


def _path(time: Floats, values: Floats, low: float, high: float, height: int) -> str:
    rows = extremes(values, POINTS)
    x = time[rows] * WIDTH
    y = height - (values[rows] - low) / ((high - low) or 1.0) * (height - 10) - 5
    return "M" + "L".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
