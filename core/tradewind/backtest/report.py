"""A result as plain text: what the command line prints."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Final

from tradewind.backtest.doubts import entry_lines, quality_lines
from tradewind.backtest.result import Result
from tradewind.metrics.trades import Figure

WIDTH: Final = 96

_LABEL: Final = 13

_PERCENT: Final = frozenset(
    {
        "total_return", "cagr", "volatility", "max_drawdown", "var_95", "var_99", "cvar_95", "cvar_99", "win_rate",
        "position_win_rate", "average_trade_pct", "time_in_market", "average_exposure", "buy_and_hold", "alpha",
        "probabilistic_sharpe_ratio",
    }
)  # fmt: skip
_SIGNED: Final = frozenset({"total_return", "cagr", "buy_and_hold", "alpha", "total_pnl", "average_trade_pct"})
_MONEY: Final = frozenset(
    {
        "initial_balance", "final_equity", "total_pnl", "expectancy", "average_trade", "average_position",
        "average_win", "average_loss", "best_trade", "worst_trade", "traded_value", "fees",
    }
)  # fmt: skip

_LEFT: Final = (
    ("total return", "total_return"),
    ("a year (CAGR)", "cagr"),
    ("buy and hold", "buy_and_hold"),
    ("profit or loss", "total_pnl"),
    ("fees", "fees"),
    ("Sharpe ratio", "sharpe_ratio"),
    ("Sortino ratio", "sortino_ratio"),
    ("Calmar ratio", "calmar_ratio"),
    ("chance that Sharpe > 0", "probabilistic_sharpe_ratio"),
    ("alpha a year", "alpha"),
    ("beta", "beta"),
    ("volatility a year", "volatility"),
    ("max drawdown", "max_drawdown"),
    ("its length, days", "max_drawdown_days"),
)
_RIGHT: Final = (
    ("trades", "total_trades"),
    ("positions closed", "closed_positions"),
    ("win rate", "win_rate"),
    ("profit factor", "profit_factor"),
    ("average trade", "average_trade"),
    ("average in units of risk", "expectancy_r"),
    ("best trade", "best_trade"),
    ("worst trade", "worst_trade"),
    ("longest losing streak", "longest_losing_streak"),
    ("bars held", "average_bars_held"),
    ("time in market", "time_in_market"),
    ("turnover", "turnover"),
    ("VaR 95% of a day", "var_95"),
    ("CVaR 95% of a day", "cvar_95"),
)

FIGURES: Final = (*_LEFT, *_RIGHT)
"""The figures that are shown: label and name."""


def figure_text(name: str, value: Figure) -> str:
    """Return a figure as it is printed: fractions in percent, money with thousands, `n/a` when not defined."""
    if value is None:
        return "n/a"
    sign = "+" if name in _SIGNED else ""
    if name in _PERCENT:
        return f"{value:{sign}.2%}"
    if name in _MONEY:
        return f"{value:{sign},.2f}"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def text_report(result: Result) -> str:
    """Return the report of a result, at most 96 characters wide, without a final line break."""
    table = () if result.in_sample else _table(result)
    blocks = (_head(result), table, _trust(result), _notes(result))
    return "\n\n".join("\n".join(lines) for lines in map(list, blocks) if lines)


def _head(result: Result) -> Iterator[str]:
    days = (result.end - result.start).total_seconds() / 86_400.0
    span = f"{result.start:%Y-%m-%d} to {result.end:%Y-%m-%d}, {days:,.0f} days"
    yield from _wrapped(f"{result.strategy} on {', '.join(result.symbols)}, {result.timeframe}, {span}")
    if result.synthetic:
        yield "SYNTHETIC bars: these figures say nothing of any market."
    if result.certificate is not None and result.certificate.status == "failed":
        yield "NOT TO BE TRUSTED: the certificate below failed."
    if result.in_sample:
        yield "IN-SAMPLE: the model had seen every bar of this run, so there is no headline."
    elif result.interval is not None:
        yield from _wrapped(result.interval.headline)


def _table(result: Result) -> Iterator[str]:
    figures = result.metrics
    for left, right in zip_longest(_LEFT, _RIGHT):
        cells = [f"{label:26}{figure_text(name, figures[name]):>18}" for label, name in (left, right)]
        yield "    ".join(cells).rstrip()


def _trust(result: Result) -> Iterator[str]:
    for label, text in trust_lines(result):
        yield from _labelled(label, text)


def trust_lines(result: Result) -> Iterator[tuple[str, str]]:
    """Yield what tells how far a result can be trusted: label and sentence; the label is empty where it goes on."""
    interval, trials = result.interval, result.trials
    if interval is not None:
        between = f"{interval.pessimistic:+.2%} (stops first) to {interval.optimistic:+.2%} (targets first)"
        yield "interval", f"{between}, {interval.ambiguous_trades} ambiguous trades"
        yield "costs", _costs(result)
    words = ["not made"] if result.certificate is None else result.certificate.words.splitlines()
    yield "certificate", words[0]
    yield from (("", line) for line in words[1:])
    if trials is not None:
        yield "trials", _trials(trials["trials"], trials["overlapping"])
        deflated = trials["deflated_sharpe_ratio"]
        if deflated is not None and trials["trials"] > 1:
            beat = f"luck alone would show a Sharpe ratio of {trials['sharpe_to_beat']:.2f}"
            yield "", f"{beat}; chance that this one is better: {deflated:.0%}"
    yield "result", result.id


def _costs(result: Result) -> str:
    interval = result.interval
    if interval is None or interval.break_even_bps is None:
        return "nothing was traded" if interval is not None and interval.cost_bps > 0.0 else "none assumed"
    text = f"{interval.cost_bps:.1f} bp a side assumed; "
    if interval.beyond:
        text += f"still in profit at {interval.break_even_bps:.0f} bp"
    elif interval.break_even_bps == 0.0:
        text += "loses even without costs"
    else:
        text += f"breaks even at {interval.break_even_bps:.1f} bp"
    scales = ", ".join(f"{value:+.2%} at {scale}×" for scale, value in interval.returns_at_cost.items())
    return f"{text}; {scales}"


def _trials(trials: int, overlapping: int) -> str:
    looks = "the first look at this window" if trials == 1 else f"{trials} variants tried on this very window"
    return looks + (f", {overlapping} on overlapping ones" if overlapping else "")


def _notes(result: Result) -> Iterator[str]:
    for line in (*entry_lines(result), *quality_lines(result), *result.warnings):
        yield from _wrapped(line, "- ")


def _labelled(label: str, text: str) -> Iterable[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=f"{label:{_LABEL}}", subsequent_indent=" " * _LABEL)


def _wrapped(text: str, bullet: str = "") -> Iterable[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=bullet, subsequent_indent=" " * len(bullet))
