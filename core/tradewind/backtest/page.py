"""A result as one HTML file: no script, no network, readable in light and dark."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from html import escape
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tradewind.backtest.result import Result

WIDTH: Final = 960
CURVE_HEIGHT: Final = 260
DROP_HEIGHT: Final = 110
MOST_POINTS: Final = 1200
MOST_TRADES: Final = 2000

_STYLE: Final = """
:root { color-scheme: light dark; --line: #1f6feb; --hold: #8a8f98; --drop: #cf222e; --edge: #d0d7de; }
@media (prefers-color-scheme: dark) { :root { --line: #58a6ff; --drop: #ff7b72; --edge: #30363d; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
pre { overflow-x: auto; border: 1px solid var(--edge); border-radius: 6px; padding: 1rem; font-size: 13px; }
svg { width: 100%; height: auto; border: 1px solid var(--edge); border-radius: 6px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 2px 10px; border-bottom: 1px solid var(--edge); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
.note { border-left: 4px solid var(--drop); padding-left: .8rem; }
.key { color: var(--hold); font-size: 13px; }
"""

_TRADE_COLUMNS: Final = (
    "symbol", "side", "entry_time", "entry_price", "exit_time", "exit_price", "quantity", "fees", "pnl", "r_multiple",
    "exit_reason", "bars_held", "ambiguous",
)  # fmt: skip

Floats = npt.NDArray[np.float64]


def page(result: Result, report: str) -> str:
    """
    Return the report as a self-contained HTML page.

    Args:
        result: The result.
        report: The report as text, which the page shows whole.
    """
    title = f"{result.strategy} on {', '.join(result.symbols)}, {result.timeframe}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        "<p class='note'>The bars are synthetic: these figures say nothing of any market.</p>"
        if result.synthetic
        else "",
        f"<pre>{escape(report)}</pre>",
        "<h2>Equity and drawdown</h2>",
        _chart(result),
        "<h2>Trades</h2>",
        _trades(result),
    ]
    body = "\n".join(part for part in parts if part)
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>\n{body}\n</body></html>\n"
    )


def _kept(values: Floats) -> npt.NDArray[np.intp]:
    """Return the rows to draw: first, last, and the extremes of every stretch, so that none is lost."""
    if len(values) <= MOST_POINTS:
        return np.arange(len(values))
    edges = np.linspace(0, len(values), MOST_POINTS // 2 + 1).astype(np.intp)
    rows = {0, len(values) - 1}
    for low, high in itertools.pairwise(edges):
        if high > low:
            rows |= {int(low + values[low:high].argmin()), int(low + values[low:high].argmax())}
    return np.array(sorted(rows), dtype=np.intp)


def _path(time: Floats, values: Floats, low: float, high: float, height: int) -> str:
    rows = _kept(values)
    x = time[rows] * WIDTH
    y = height - (values[rows] - low) / ((high - low) or 1.0) * (height - 10) - 5
    return "M" + "L".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))


def _chart(result: Result) -> str:
    equity = result.equity["equity"].to_numpy(dtype=np.float64)
    if len(equity) < 2:
        return "<p>There are too few bars to draw.</p>"
    stamps = result.equity.index.asi8.astype(np.float64)  # type: ignore[attr-defined]  # a DatetimeIndex
    time = (stamps - stamps[0]) / (stamps[-1] - stamps[0])
    drop = -result.equity["drawdown"].to_numpy(dtype=np.float64)
    low, high = float(equity.min()), float(equity.max())
    curve = _path(time, equity, low, high, CURVE_HEIGHT)
    fall = _path(time, drop, min(float(drop.min()), -1e-9), 0.0, DROP_HEIGHT)
    first, last = (result.equity.index[place].strftime("%Y-%m-%d") for place in (0, -1))
    return (
        f"<svg viewBox='0 0 {WIDTH} {CURVE_HEIGHT}' role='img' aria-label='Equity'>"
        f"<path d='{curve}' fill='none' stroke='var(--line)' stroke-width='1.5'/></svg>"
        f"<p class='key'>Equity from {low:,.2f} to {high:,.2f}, {first} to {last}.</p>"
        f"<svg viewBox='0 0 {WIDTH} {DROP_HEIGHT}' role='img' aria-label='Drawdown'>"
        f"<path d='{fall}' fill='none' stroke='var(--drop)' stroke-width='1.2'/></svg>"
        f"<p class='key'>Drawdown, at worst {-drop.min():.2%}.</p>"
    )


def _trades(result: Result) -> str:
    trades = result.trades
    if not len(trades):
        return "<p>There were no trades.</p>"
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in _TRADE_COLUMNS)
    shown = trades[list(_TRADE_COLUMNS)].tail(MOST_TRADES)
    rows = "\n".join(f"<tr>{''.join(_cells(row))}</tr>" for row in shown.itertuples(index=False))
    left_out = len(trades) - len(shown)
    note = f"<p class='key'>The first {left_out:,} trades are left out; the JSON has them all.</p>" if left_out else ""
    return f"<div class='scroll'><table><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table></div>{note}"


def _cells(row: Iterable[Any]) -> Iterable[str]:
    for value in row:
        if hasattr(value, "strftime"):
            text = value.strftime("%Y-%m-%d %H:%M")
        elif isinstance(value, (bool, np.bool_)):
            text = "yes" if value else ""
        else:
            text = f"{value:,.6g}" if isinstance(value, float) else str(value)
        yield f"<td>{escape(text)}</td>"
