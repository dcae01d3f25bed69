"""`tradewind results|explain|compare|rerun`: look at stored results, and repeat them."""

from __future__ import annotations

import json
import sys

import click

from tradewind.cli.context import Context, with_context
from tradewind.cli.options import moment, now_ms


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def results(context: Context, as_json: bool) -> None:
    """List stored results, the newest last."""
    from tradewind.backtest.library import Library

    rows = Library(context.settings.state_dir).summaries()
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        total = row["total_return"]
        shown = "" if total is None else f"  {total:+.2%}"
        symbols = ",".join(row["symbols"])
        click.echo(
            f"{row['id']}  {row['strategy']} {symbols} {row['timeframe']}  {row['start']} to {row['end']}{shown}"
        )
    if not rows:
        click.echo("There are no stored results yet.", err=True)


@click.command()
@click.argument("symbol")
@click.argument("time")
@click.option("--id", "result_id", metavar="ID", help="The result; the newest by default.")
@with_context
def explain(context: Context, symbol: str, time: str, result_id: str | None) -> None:
    """Tell in words what was decided for SYMBOL on the bar that opened at TIME (ISO 8601, UTC)."""
    from tradewind.backtest.explain import explain as words
    from tradewind.backtest.library import Library

    library = Library(context.settings.state_dir)
    result = library.load(result_id) if result_id else library.newest()
    click.echo(words(result, symbol, moment(time, "TIME")))


@click.command()
@click.argument("first")
@click.argument("second")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def compare(context: Context, first: str, second: str, as_json: bool) -> None:
    """Show the stored results FIRST and SECOND side by side."""
    from tradewind.backtest.compare import compare as side_by_side
    from tradewind.backtest.library import Library

    library = Library(context.settings.state_dir)
    found = side_by_side(library.load(first), library.load(second))
    click.echo(json.dumps(found.to_dict(), indent=2) if as_json else found.text())


@click.command()
@click.argument("result_id", metavar="ID")
@with_context
def rerun(context: Context, result_id: str) -> None:
    """Repeat the stored run ID; exit code 1 and the input that differs when the outcome is another."""
    from tradewind.backtest.desk import rerun as repeat
    from tradewind.backtest.library import Library

    library = Library(context.settings.state_dir)
    found = repeat(library.load(result_id), context.settings, context.catalog, now_ms=now_ms())
    for line in found.lines:
        click.echo(line)
    sys.exit(0 if found.same else 1)
