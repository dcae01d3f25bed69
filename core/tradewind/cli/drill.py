"""`tradewind drill`: a bad day for a strategy, at an exchange on this machine that keeps the truth."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import click

from tradewind.cli import completing
from tradewind.cli.context import Context, with_context
from tradewind.cli.options import overrides, positive, run_options
from tradewind.errors import UsageError

if TYPE_CHECKING:
    from tradewind.cli.drill_course import Drilled

BARS: Final = 60
"""Bars of the strategy that a drill lasts when no number of days is asked for."""
BAR_S: Final = 1.0
"""How long a bar takes, seconds: time for a network that answers slowly or not at all."""


@click.command()
@click.argument("strategy", shell_complete=completing.strategies)
@click.option("--faults", "script", type=click.Path(path_type=Path), help="Fault script; one of ours by default.")
@click.option("--days", type=float, metavar="N", help="How long, market time; 60 bars of the strategy by default.")
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Seed of market and faults.")
@click.option("--start", metavar="DATE", help="First moment, ISO 8601, UTC; 30 days before the end by default.")
@click.option("--keep", type=click.Path(path_type=Path), help="Keep logs and database in this folder.")
@run_options
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def drill(context: Context, strategy: str, **options: Any) -> None:
    """
    Let STRATEGY trade at an exchange on this machine while a script of faults goes on.

    What happened is judged by the exchange's own ledger: oversold, entered twice, without a stop for longer than
    5 seconds, books that are not exact to the last unit. Exit code 1 when a promise was broken. A bar takes a second.
    """
    from tradewind.cli.drill_course import Course, drilled
    from tradewind.cli.run import RUN_KEYS

    context.overrides = overrides(**{key: options[key] for key in RUN_KEYS})
    script = options["script"] or Path(__file__).parent.parent / "live" / "bad_day.toml"
    if not script.is_file():
        raise UsageError(f"there is no file {script}.", code="TW-U007", hint="Name a fault script with --faults.")
    timeframe, bar_s = _timeframe(context, strategy)
    days = positive(options["days"], "--days") if options["days"] is not None else BARS * bar_s / 86_400
    course = Course(
        strategy=strategy, script=script, days=days, seed=options["seed"], start=options["start"], timeframe=timeframe,
        speed=bar_s / BAR_S,
    )  # fmt: skip
    if options["keep"] is not None:
        options["keep"].mkdir(parents=True, exist_ok=True)
        found = drilled(context, course, options["keep"].absolute())
    else:
        with tempfile.TemporaryDirectory(prefix="tradewind-drill-") as name:
            found = drilled(context, course, Path(name))
    if options["as_json"]:
        click.echo(json.dumps(attrs.asdict(found), indent=2))
    else:
        _print(found)
    sys.exit(1 if found.violations else 0)


def _timeframe(context: Context, strategy: str) -> tuple[str, float]:
    from tradewind.backtest.strategy import choose_strategy
    from tradewind.model.timeframe import Timeframe

    name = context.settings.timeframe or choose_strategy(strategy, context.settings, context.catalog).timeframe
    return name, Timeframe(name).ms / 1000.0


def _print(found: Drilled) -> None:
    bars = f"{found.days:g} days at {found.speed:g} times the speed, seed {found.seed}"
    healed = "never" if found.healed_s is None else f"within {found.healed_s:g} s of the last fault"
    rows = {
        "drilled": f"{found.strategy}, {bars}",
        "entries": f"{found.entries}, {found.open_now} still open",
        "protected": f"{found.protected_s:,.0f} s of the market",
        "unprotected": f"{found.bare_s:.3f} s of the network, the longest moment {found.longest_bare_s:.3f} s",
        "books exact": healed,
        "faults": ", ".join(f"{name} {count}" for name, count in found.faults.items()) or "none",
        "halts": "; ".join(found.halts) or "none",
    }
    for name, value in rows.items():
        click.echo(f"{name:<13}{value}")
    for violation in found.violations:
        click.secho(f"VIOLATION    {violation}", fg="red")
    click.echo("A promise was broken." if found.violations else "Every promise was kept, by the exchange's own ledger.")
