"""Values as they are written on the command line: moments, fractions, the options of a run."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import click

from tradewind.cli import completing
from tradewind.errors import UsageError


def now_ms() -> int:
    """Return the wall clock, UTC milliseconds: the command line is the one place below live that reads it."""
    return time.time_ns() // 1_000_000


def moment(text: str, option: str) -> int:
    """
    Return a date or time as UTC milliseconds; without a zone it is UTC.

    Raises:
        UsageError: TW-U008 when it is no date, TW-U004 when it lies in the future.
    """
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{option} was {text!r}, expected a date such as 2024-01-31 or 2024-01-31T16:00.",
            code="TW-U008",
            hint="Dates are ISO 8601 and UTC unless they state another zone.",
        ) from None
    aware = found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)
    stamp = int(aware.timestamp() * 1000)
    if stamp > now_ms():
        raise UsageError(
            f"{option} was {text}, which lies in the future.", code="TW-U004", hint="History ends now at the latest."
        )
    return stamp


def positive(text: float, option: str) -> float:
    """Return a number above 0 or refuse it, TW-U008."""
    if not 0 < text < 1e15:
        raise UsageError(f"{option} was {text}, expected a number above 0.", code="TW-U008")
    return text


def stated(option: str, text: str | None) -> str | None:
    """Return what was given, or None when the option was left out; an empty text is neither and refused, TW-U008."""
    if text is not None and not text.strip():
        raise UsageError(
            f"{option} was empty.", code="TW-U008", hint="Give it a value, or leave it out where it has a default."
        )
    return text


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what a run trades and with how much."""
    options = (
        click.option(
            "--symbol", "symbols", multiple=True, metavar="SYMBOL", help="Pair to trade; may be repeated.",
            shell_complete=completing.symbols,
        ),
        click.option(
            "--timeframe", metavar="LENGTH", help="Bar length of the strategy, such as 4h.",
            shell_complete=completing.timeframes,
        ),
        click.option(
            "--source", metavar="NAME", help="Data source, such as files.", shell_complete=completing.sources
        ),
        click.option("--initial-balance", type=float, metavar="AMOUNT", help="Balance at the start."),
        click.option("--risk-per-trade", type=float, metavar="FRACTION", help="Loss at the stop of a normal trade."),
        click.option("--max-risk-per-trade", type=float, metavar="FRACTION", help="The most a trade may risk."),
        click.option("--max-position", type=float, metavar="FRACTION", help="Largest position, of equity."),
        click.option("--set", "assignments", multiple=True, metavar="PATH=VALUE", help="Any setting; repeatable."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def overrides(
    *,
    symbols: tuple[str, ...],
    timeframe: str | None,
    source: str | None,
    initial_balance: float | None,
    risk_per_trade: float | None,
    max_risk_per_trade: float | None,
    max_position: float | None,
    assignments: tuple[str, ...],
    allow_unproven_model: bool = False,
) -> list[Any]:
    """Return the settings layers of the command line, the strongest last."""
    from tradewind.config.layers import Layer, assigned

    values: dict[str, Any] = {}
    stated("--timeframe", timeframe)
    stated("--source", source)
    if symbols:
        values["symbols"] = list(symbols)
    plain = {"timeframe": timeframe, "source": source, "initial_balance": initial_balance}
    values |= {name: value for name, value in plain.items() if value is not None}
    limits = {
        "base_risk_per_trade": risk_per_trade,
        "max_risk_per_trade": max_risk_per_trade,
        "max_position": max_position,
    }
    caps = {name: value for name, value in limits.items() if value is not None}
    if caps:
        values["limits"] = caps
    if allow_unproven_model:
        values["indicators"] = {"onnx": {"allow_unproven": True}}
    return [
        Layer(origin="command line", values=values),
        Layer(origin="command line", values=assigned(assignments)),
    ]
