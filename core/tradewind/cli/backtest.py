"""`tradewind backtest`: run a strategy over history and say what the outcome is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tradewind.cli import completing
from tradewind.cli.context import Context, with_context
from tradewind.cli.options import moment, now_ms, overrides, positive, run_options
from tradewind.cli.output import check_writable, write_text
from tradewind.errors import UsageError


@click.command()
@click.argument("strategy", required=False, shell_complete=completing.strategies)
@run_options
@click.option("--start", metavar="DATE", help="First bar, ISO 8601, UTC.")
@click.option("--end", metavar="DATE", help="End, ISO 8601, UTC; not part of the run.")
@click.option("--days", type=float, metavar="N", help="The last N days before the end, in place of --start.")
@click.option("--json", "json_file", metavar="FILE", help="Write the result as JSON; - for standard output.")
@click.option(
    "--report", metavar="FILE", help="Write the report to this file (.html or .txt) instead of beside the result."
)
@click.option("--verbose", is_flag=True, help="Print every decision that asked for an entry.")
@click.option("--close-at-end", is_flag=True, help="Close what is open at the last close.")
@click.option("--allow-unproven-model", is_flag=True, help="Ask models that have not passed their gate.")
@click.option("--no-certificate", is_flag=True, help="Leave out the look-ahead and warm-up check.")
@click.option("--no-db", is_flag=True, help="Write nothing to the database.")
@click.option("--no-cache", is_flag=True, help="Ask the source anew, whatever the cache holds.")
@click.option("--cache-ttl", type=float, metavar="HOURS", help="How long the open end of cached history holds.")
@with_context
def backtest(context: Context, **options: Any) -> None:
    """
    Run STRATEGY over history and print what it is worth.

    STRATEGY is a name from `tradewind plugins list`, distribution:name, or a file and class such
    as my_idea.py:MyStrategy; without it the settings' own is taken. Without settings the run uses
    the embedded sample, which is synthetic.
    """
    from tradewind.backtest.desk import Request, run_request
    from tradewind.config.load import refuse_unknown_tables

    run_keys = (
        "symbols",
        "timeframe",
        "source",
        "initial_balance",
        "risk_per_trade",
        "max_risk_per_trade",
        "max_position",
        "assignments",
        "allow_unproven_model",
    )
    context.overrides = overrides(**{key: options[key] for key in run_keys})
    settings = context.settings
    if options["start"] is not None and options["days"] is not None:
        raise UsageError("both --start and --days were given, expected one of them.", code="TW-U008")
    request = Request(
        strategy=settings.strategy if options["strategy"] is None else options["strategy"],
        start_ms=moment(options["start"], "--start") if options["start"] is not None else None,
        end_ms=moment(options["end"], "--end") if options["end"] is not None else None,
        days=positive(options["days"], "--days") if options["days"] is not None else None,
        close_at_end=options["close_at_end"],
        certificate=not options["no_certificate"],
        use_cache=not options["no_cache"],
        cache_ttl_hours=positive(options["cache_ttl"], "--cache-ttl") if options["cache_ttl"] is not None else None,
    )
    check_writable(options["json_file"])
    check_writable(options["report"], endings=(".html", ".txt"))
    refuse_unknown_tables(settings, context.catalog)
    outcome = run_request(request, settings, context.catalog, now_ms=now_ms())
    machine = options["json_file"] == "-"
    if machine:
        click.echo(outcome.result.to_json(indent=2))
    else:
        click.echo(outcome.report)
    if options["verbose"]:
        from tradewind.backtest.explain import explain_all

        click.echo(explain_all(outcome.result), err=machine)
    if options["json_file"] and not machine:
        write_text(Path(options["json_file"]), outcome.result.to_json(indent=2))
    page = Path(options["report"]) if options["report"] else outcome.path.with_suffix(".html")
    write_text(page, outcome.report_as(page.suffix))
    click.echo(f"Result {outcome.result.id}: {outcome.path}", err=machine)
    click.echo(f"Report: {page}", err=machine)
    if not options["no_db"]:
        from tradewind.store.backtests import store_backtest

        if warning := store_backtest(outcome.result, settings, now_ms=now_ms()):
            click.echo(warning, err=True)
