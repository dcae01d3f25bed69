"""Two results on one page."""

from __future__ import annotations

from html import escape
from typing import Any

from tradewind.backtest.compare import Comparison, compare
from tradewind.backtest.pages.document import document
from tradewind.backtest.pages.payload import curves_of
from tradewind.backtest.pages.sections import trade_table
from tradewind.backtest.report import figure_text
from tradewind.backtest.result import Result


def comparison_page(first: Result, second: Result) -> str:
    """Return a page that shows two results side by side: curves, figures, inputs and trades that differ."""
    found = compare(first, second)
    one, other = f"{first.strategy} {first.id}", f"{second.strategy} {second.id}"
    body = [
        f"<h1>{escape(one)} <span>beside {escape(other)}</span></h1>",
        _same(found),
        "<h2>Equity and drawdown</h2><p class='key' id='legend'></p><div class='chart low' id='chart'></div>",
        _figures(found, one, other),
        _inputs(found),
        trade_table(f"Trades only in {first.id}", found.only_first),
        trade_table(f"Trades only in {second.id}", found.only_second),
    ]
    return document(f"{one} beside {other}", body, _payload(first, second, (one, other)))


def _payload(first: Result, second: Result, names: tuple[str, str]) -> dict[str, Any]:
    mine, theirs = curves_of(first, None), curves_of(second, None)
    curves = {
        "equity": mine["equity"],
        "other": theirs["equity"],
        "drawdown": mine["drawdown"],
        "other_drawdown": theirs["drawdown"],
    }
    return {"symbols": [], "curves": curves, "labels": {"equity": names[0], "other": names[1]}}


def _same(found: Comparison) -> str:
    if found.same:
        return "<p class='headline'>The same trades and equity, to the last bit.</p>"
    changed = f"{found.changed} trades at the same times with another profit." if found.changed else ""
    only = f"{len(found.only_first)} trades only in the first, {len(found.only_second)} only in the second."
    return f"<p class='headline'>{escape(f'{only} {changed}'.strip())}</p>"


def _figures(found: Comparison, one: str, other: str) -> str:
    rows = "".join(
        f"<tr><th>{escape(name.replace('_', ' '))}</th><td>{escape(figure_text(name, a))}</td>"
        f"<td>{escape(figure_text(name, b))}</td></tr>"
        for name, (a, b) in found.metrics.items()
    )
    top = f"<thead><tr><th></th><th>{escape(one)}</th><th>{escape(other)}</th></tr></thead>"
    return f"<h2>Figures that differ</h2><div class='scroll'><table>{top}<tbody>{rows}</tbody></table></div>"


def _inputs(found: Comparison) -> str:
    if not found.inputs:
        return "<h2>Inputs</h2><p>All inputs are the same.</p>"
    listed = "".join(f"<li>{escape(line)}</li>" for line in found.inputs)
    return f"<h2>Inputs that differ</h2><ul class='notes'>{listed}</ul>"
