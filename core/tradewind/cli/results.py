"""`tradewind results|explain|compare|rerun`: look at stored results, and repeat them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tradewind.cli import completing
from tradewind.cli.context import Context, with_context
from tradewind.cli.options import moment, now_ms
from tradewind.cli.output import check_writable, write_text
from tradewind.errors import UsageError

if TYPE_CHECKING:
    from tradewind.store.accounts import Session
    from tradewind.store.opening import Store


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def results(context: Context, as_json: bool) -> None:
    """List stored results, the newest last."""
    from tradewind.backtest.library import Library

    rows, unreadable = Library(context.settings.state_dir).listing()
    for path in unreadable:
        click.echo(f"{path} is damaged and left out; `tradewind rerun {path.stem}` says why.", err=True)
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
    if not rows and not unreadable:
        click.echo("There are no stored results yet.", err=True)


@click.command()
@click.argument("symbol", shell_complete=completing.symbols)
@click.argument("time")
@click.option("--id", "result_id", metavar="ID", help="The result; the newest by default.")
@click.option("--session", metavar="NUMBER", help="A session of `tradewind run` instead; `newest` for the newest.")
@with_context
def explain(context: Context, symbol: str, time: str, result_id: str | None, session: str | None) -> None:
    """Tell in words what was decided for SYMBOL on the bar that opened at TIME (ISO 8601, UTC)."""
    if session is not None:
        if result_id is not None:
            raise UsageError("both --id and --session were given, expected one of them.", code="TW-U008")
        with stored_session(context, session) as (store, row):
            from tradewind.live.board.explaining import explain_session

            click.echo(explain_session(store, row, symbol, moment(time, "TIME")))
        return
    from tradewind.backtest.explain import explain as words
    from tradewind.backtest.library import Library

    library = Library(context.settings.state_dir)
    result = library.newest() if result_id is None else library.load(result_id)
    click.echo(words(result, symbol, moment(time, "TIME")))


@contextmanager
def stored_session(context: Context, number: str) -> Iterator[tuple[Store, Session]]:
    """
    Give the database and a session of `tradewind run` in it, by its number or `newest`.

    Raises:
        UsageError: TW-U008 when there is none.
    """
    from tradewind.store.address import address_of
    from tradewind.store.opening import open_store
    from tradewind.store.queries import newest_sessions
    from tradewind.store.sql_journal import SqlJournal

    with open_store(address_of(context.settings), mode="read", pool_size=1) as store:
        with store.snapshot() as connection:
            newest = newest_sessions(connection, limit=1)
        if number == "newest":
            row = newest[0] if newest else None
        else:
            row = SqlJournal(store).session(int(number)) if number.isdecimal() else None
        if row is None or not row.account_fp:
            hint = f"The newest is {newest[0].id}." if newest else "There is none yet: `tradewind run` makes one."
            raise UsageError(f"there is no session {number!r} of `tradewind run`.", code="TW-U008", hint=hint)
        yield store, row


@click.command()
@click.argument("first")
@click.argument("second")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@click.option("--report", metavar="FILE", help="Write a page with both to this file (.html).")
@with_context
def compare(context: Context, first: str, second: str, as_json: bool, report: str | None) -> None:
    """Show the stored results FIRST and SECOND side by side."""
    from tradewind.backtest.compare import compare as side_by_side
    from tradewind.backtest.library import Library

    check_writable(report, endings=(".html",))
    library = Library(context.settings.state_dir)
    one, other = library.load(first), library.load(second)
    found = side_by_side(one, other)
    click.echo(json.dumps(found.to_dict(), indent=2) if as_json else found.text())
    if report is not None:
        from tradewind.backtest.pages.comparison import comparison_page

        write_text(Path(report), comparison_page(one, other))


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
