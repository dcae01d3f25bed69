"""The parts of a result's page that are words and tables: readable without a script."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any, Final

import numpy as np
import pandas as pd

from tradewind.backtest.doubts import entry_lines, quality_lines
from tradewind.backtest.pages.payload import monthly
from tradewind.backtest.report import FIGURES, figure_text, trust_lines
from tradewind.backtest.result import Result

MOST_TRADES: Final = 2_000
"""Rows of the table of trades; the newest are kept."""

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SHADES: Final = (0.005, 0.02, 0.05, 0.10)
"""Monthly returns from which a cell is shaded one step more."""
TENTH: Final = 0.0005
"""A return below it is written as zero, and zero has no minus."""

UNITS: Final = "times are UTC, amounts in the quote asset"

_TRADE_COLUMNS: Final = (
    "symbol", "side", "entry_time", "entry_price", "exit_time", "exit_price", "quantity", "fees", "pnl", "pnl_pct",
    "r_multiple", "exit_reason", "bars_held", "mae", "mfe",
)  # fmt: skip
_FRACTIONS: Final = frozenset({"pnl_pct", "mae", "mfe"})
_DECIMALS: Final = {"fees": 2, "pnl": 2, "r_multiple": 2}


def head(result: Result) -> str:
    """Return title and what must be known before anything else."""
    names = ", ".join(result.symbols)
    days = (result.end - result.start).total_seconds() / 86_400.0
    lines = [
        f"<h1>{escape(result.strategy)} <span>on {escape(names)}, {escape(result.timeframe)}</span></h1>",
        f"<p class='span'>{result.start:%Y-%m-%d} to {result.end:%Y-%m-%d}, {days:,.0f} days; {UNITS}</p>",
    ]
    lines += [f"<p class='banner'>{escape(text)}</p>" for text in _banners(result)]
    if not result.in_sample and result.interval is not None:
        lines.append(f"<p class='headline'>{escape(result.interval.headline)}</p>")
    return "\n".join(lines)


def _banners(result: Result) -> Iterator[str]:
    if result.synthetic:
        yield "SYNTHETIC bars: these figures say nothing of any market."
    if result.certificate is not None and result.certificate.status == "failed":
        yield "NOT TO BE TRUSTED: the certificate below failed."
    if result.in_sample:
        yield "IN-SAMPLE: the model had seen every bar of this run, so there is no headline."


def figures(result: Result) -> str:
    """Return the figures as tiles."""
    if result.in_sample:
        return ""
    metrics = result.metrics
    tiles = [
        f"<div><dt>{escape(label)}</dt><dd class='{_tone(name, metrics[name])}'>"
        f"{escape(figure_text(name, metrics[name]))}</dd></div>"
        for label, name in FIGURES
    ]
    return f"<dl class='figures'>{''.join(tiles)}</dl>"


def _tone(name: str, value: Any) -> str:
    if name not in {"total_return", "cagr", "total_pnl", "average_trade"} or not isinstance(value, int | float):
        return ""
    return "up" if value > 0 else "down" if value < 0 else ""


def charts(result: Result) -> str:
    """Return the places of the charts; nothing when there is nothing to draw."""
    if len(result.equity) < 2:
        return ""
    choices = "".join(f"<option>{escape(symbol)}</option>" for symbol in result.bars)
    choice = f"<label>Symbol <select id='symbol'>{choices}</select></label>" if len(result.bars) > 1 else ""
    what = "Price, trades and equity" if result.bars else "Equity"
    note = "" if result.bars else "A stored result has no bars: prices are drawn in the report of the run itself."
    return (
        f"<section><h2>{what} {choice}</h2><p class='key' id='legend'>{note}</p>"
        f"<div class='chart{'' if result.bars else ' low'}' id='chart' role='img' "
        f"aria-label='{what}: a chart; figures and trades stand in words and tables on this page.'></div></section>"
    )


def heatmap(result: Result) -> str:
    """Return the table of monthly returns, years down and months across, each cell shaded by its return."""
    returns = monthly(result)
    if not returns or result.in_sample:
        return ""
    rows = []
    for year in sorted({year for year, _ in returns}):
        cells = [_month(returns.get((year, month))) for month in range(1, 13)]
        whole = math.prod(1.0 + returns.get((year, month), 0.0) for month in range(1, 13)) - 1.0
        rows.append(f"<tr><th>{year}</th>{''.join(cells)}{_month(whole)}</tr>")
    top = "".join(f"<th>{name}</th>" for name in (*MONTHS, "Year"))
    return (
        "<h2>Months</h2><div class='scroll' tabindex='0' role='region' aria-label='Months'><table class='months'>"
        f"<thead><tr><th></th>{top}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _month(value: float | None) -> str:
    if value is None:
        return "<td></td>"
    step = sum(abs(value) >= edge for edge in SHADES)
    shade = f"{'g' if value > 0 else 'l'}{step}" if step else ""
    return f"<td class='{shade}'>{value if abs(value) >= TENTH else 0.0:+.1%}</td>"


def trust(result: Result) -> str:
    """Return what the result is worth: interval, costs, certificate, trials."""
    rows = "".join(f"<tr><th>{escape(label)}</th><td>{escape(text)}</td></tr>" for label, text in trust_lines(result))
    notes = [*entry_lines(result), *quality_lines(result), *result.warnings]
    listed = "".join(f"<li>{escape(line)}</li>" for line in notes)
    return f"<h2>What it is worth</h2><table class='facts'><tbody>{rows}</tbody></table>" + (
        f"<ul class='notes'>{listed}</ul>" if listed else ""
    )


def trades(result: Result) -> str:
    """Return the table of trades, the newest last."""
    return trade_table("Trades", result.trades) or "<h2>Trades</h2><p>There were no trades.</p>"


def trade_table(title: str, table: pd.DataFrame) -> str:
    """Return a table of trades, the newest last; nothing when there are none."""
    if not len(table):
        return ""
    shown = table[list(_TRADE_COLUMNS)].tail(MOST_TRADES)
    top = "".join(f"<th scope='col'>{escape(name.replace('_', ' '))}</th>" for name in _TRADE_COLUMNS)
    # a row's end tags can be left out, and thousands of them are a part of the file
    rows = "\n".join(f"<tr>{''.join(_cells(row))}" for row in shown.itertuples(index=False, name=None))
    left_out = len(table) - len(shown)
    note = f"<p class='key'>The first {left_out:,} trades are left out; the JSON has them all.</p>" if left_out else ""
    return (
        f"<h2>{escape(title)}</h2><div class='scroll tall' tabindex='0' role='region' "
        f"aria-label='{escape(title)}'><table class='trades'><thead><tr>{top}</tr></thead>"
        f"<tbody>\n{rows}\n</tbody></table></div>{note}"
    )


def _cells(row: Iterable[Any]) -> Iterator[str]:
    for name, value in zip(_TRADE_COLUMNS, row, strict=True):
        tone = ""
        if isinstance(value, pd.Timestamp):
            text = f"{value:%Y-%m-%d %H:%M}"
        elif name in _FRACTIONS:
            text = "" if not math.isfinite(value) else f"{value:+.2%}"
        elif isinstance(value, float):
            text = "" if math.isnan(value) else _amount(name, value)
            tone = ("up" if value > 0 else "down") if name == "pnl" and value else ""
        else:
            text = str(value)
        yield f"<td class={tone}>{escape(text)}" if tone else f"<td>{escape(text)}"


def _amount(name: str, value: float) -> str:
    """Return money with two places, prices and quantities with eight digits that say something; never an exponent."""
    if name in _DECIMALS:
        return f"{value:,.{_DECIMALS[name]}f}"
    places = 8 - math.ceil(math.log10(abs(value))) if value else 0
    text = f"{value:,.{min(12, max(0, places))}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def inputs(result: Result) -> str:
    """Return what decides the result, and how to repeat it."""
    rows = [
        ("id", result.id),
        *((f"data {name}", digest[:16]) for name, digest in result.inputs.data.items()),
        *((name, version) for name, version in result.inputs.plugins.items()),
        ("seed", str(result.inputs.seed)),
    ]
    listed = "".join(f"<tr><th>{escape(name)}</th><td><code>{escape(text)}</code></td></tr>" for name, text in rows)
    plain = "".join(f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in flat(result.settings))
    return (
        "<h2>Inputs</h2><p>To repeat the run and compare the outcome: "
        f"<code>tradewind rerun {escape(result.id)}</code></p>"
        f"<table class='facts'><tbody>{listed}</tbody></table>"
        f"<details><summary>Settings in force</summary><table class='facts'><tbody>{plain}</tbody></table></details>"
    )


def flat(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the leaves of nested settings: path and value as text."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{path}{name}.")
        else:
            shown = value.tolist() if isinstance(value, np.ndarray) else value
            yield f"{path}{name}", str(shown)
