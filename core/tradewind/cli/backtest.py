"""`tradewind backtest`: run a strategy over history and say what the outcome is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tradewind.cli import completing
from tradewind.cli.context import Context, with_context
from tradewind.cli.options import moment, now_ms, overrides, positive, run_options
from tradewind.errors import UsageError


@click.command()
@click.argument("strategy", required=False, shell_complete=completing.strategies)
@run_options
@click.option("--start", metavar="DATE", help="First bar, ISO 8601, UTC.")
@click.option("--end", metavar="DATE", help="End, ISO 8601, UTC; not part of the run.")
@click.option("--days", type=float, metavar="N", help="The last N days before the end, in place of --start.")
@click.option("--json", "json_file", metavar="FILE", help="Write the result as JSON; - for standard output.")
@click.option("--report", metavar="FILE", help="Write the report to this file (.html or .txt).")
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
        strategy=options["strategy"] or settings.strategy,
        start_ms=moment(options["start"], "--start") if options["start"] else None,
        end_ms=moment(options["end"], "--end") if options["end"] else None,
        days=positive(options["days"], "--days") if options["days"] is not None else None,
        close_at_end=options["close_at_end"],
        certificate=not options["no_certificate"],
        use_cache=not options["no_cache"],
        cache_ttl_hours=options["cache_ttl"],
    )
    _check_writable(options["json_file"])
    _check_writable(options["report"], endings=(".html", ".txt"))
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
        _write(Path(options["json_file"]), outcome.result.to_json(indent=2))
    if options["report"]:
        _write(Path(options["report"]), outcome.report_as(Path(options["report"]).suffix))
    click.echo(f"Result {outcome.result.id}: {outcome.path}", err=machine)
    if not options["no_db"]:
        from tradewind.store.backtests import store_backtest

        if warning := store_backtest(outcome.result, settings, now_ms=now_ms()):
            click.echo(warning, err=True)


def _check_writable(name: str | None, endings: tuple[str, ...] = ()) -> None:
    """Refuse a file that cannot be written before the run, not after it."""
    if name in {None, "-"}:
        return
    path = Path(str(name))
    if endings and path.suffix not in endings:
        raise UsageError(
            f"the file was {name}, expected a name that ends in {' or '.join(endings)}.",
            code="TW-U007",
            hint="The ending tells the form.",
        )
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(
            f"{name} cannot be written: " + ("it is a folder." if path.is_dir() else "its folder does not exist."),
            code="TW-U007",
            hint="Name a file in a folder that exists.",
        )


def _write(path: Path, text: str) -> None:
    from tradewind.cache.atomic import write_whole

    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.", code="TW-U007") from error
