"""`tradewind optimize`: try many settings over one window, and say what the best of so many is worth."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click

from tradewind.cli import completing
from tradewind.cli.context import Context, with_context
from tradewind.cli.grid import Varied, varied
from tradewind.cli.options import moment, now_ms, overrides, positive, run_options
from tradewind.cli.progress import progress
from tradewind.errors import UsageError

_RUN_KEYS = (
    "symbols",
    "timeframe",
    "source",
    "initial_balance",
    "risk_per_trade",
    "max_risk_per_trade",
    "max_position",
)


def search_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what is searched, and how it is chosen and told."""
    options = (
        click.option("--start", metavar="DATE", help="First bar, ISO 8601, UTC."),
        click.option("--end", metavar="DATE", help="End, ISO 8601, UTC; not part of it."),
        click.option("--days", type=float, metavar="N", help="The last N days before the end, in place of --start."),
        click.option(
            "--metric", default="sharpe", show_default=True, metavar="NAME", help="The figure that chooses the best."
        ),
        click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Trials at once; all processors."),
        click.option("--json", "as_json", is_flag=True, help="Machine-readable output."),
        click.option("--no-cache", is_flag=True, help="Ask the source anew, whatever the cache holds."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def search(context: Context, options: dict[str, Any]) -> tuple[Any, Varied]:
    """Return the request that the options state, and what is varied; the settings are set by it."""
    from tradewind.backtest.desk import Request
    from tradewind.config.load import refuse_unknown_tables

    found = varied((*context.assignments, *options["assignments"]))
    context.assignments = ()
    context.overrides = overrides(**{key: options[key] for key in _RUN_KEYS}, assignments=found.fixed)
    if options["start"] is not None and options["days"] is not None:
        raise UsageError("both --start and --days were given, expected one of them.", code="TW-U008")
    refuse_unknown_tables(context.settings, context.catalog)
    request = Request(
        strategy=context.settings.strategy if options["strategy"] is None else options["strategy"],
        start_ms=moment(options["start"], "--start") if options["start"] is not None else None,
        end_ms=moment(options["end"], "--end") if options["end"] is not None else None,
        days=positive(options["days"], "--days") if options["days"] is not None else None,
        use_cache=not options["no_cache"],
    )
    return request, found


@click.command()
@click.argument("strategy", required=False, shell_complete=completing.strategies)
@run_options
@search_options
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, metavar="N", help="Trials listed.")
@with_context
def optimize(context: Context, **options: Any) -> None:
    """
    Try every combination of settings for STRATEGY over one window and store the best.

    --set PATH=V1,V2,V3 names what is varied, once for each: a parameter of the strategy, or the path of a setting
    such as limits.max_position. Every trial counts as a look at the window: the best is told with its Sharpe ratio
    deflated for them.
    """
    from tradewind.backtest.sweep_desk import optimize as carry_out
    from tradewind.backtest.sweep_grid import trials_of
    from tradewind.backtest.sweep_report import optimize_dict, optimize_text

    request, found = search(context, options)
    trials = trials_of(found.grid)
    with progress("Trials", len(trials)) as told:
        outcome = carry_out(
            request,
            context.settings,
            context.catalog,
            trials,
            metric=options["metric"],
            now_ms=now_ms(),
            threads=options["threads"],
            progress=told,
        )
    if options["as_json"]:
        click.echo(json.dumps(optimize_dict(outcome), indent=2, allow_nan=False))
    else:
        click.echo(optimize_text(outcome, options["top"]))
    click.echo(f"Result {outcome.result.id}: {outcome.path}", err=options["as_json"])
