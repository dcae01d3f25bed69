"""`tradewind parity`: whether a session decided as the backtester does, and where every cent went."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from tradewind.cli.context import Context, with_context
from tradewind.cli.options import overrides, run_options
from tradewind.cli.results import stored_session
from tradewind.cli.run import RUN_KEYS

if TYPE_CHECKING:
    from tradewind.live.review.parting import Parting


@click.command()
@click.argument("session", default="newest", metavar="[SESSION]")
@run_options
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def parity(context: Context, session: str, as_json: bool, **options: object) -> None:
    """
    Tell the bars of SESSION (a number, the newest by default) again and compare.

    Every decision must be equal to the last bit; every cent between the kernel's ideal fills and the actual ones is
    attributed: signal, timing, price, fee, partial, revision, manual. Give the options that the session was started
    with. Exit code 1 when a decision differs, or on paper a cent.
    """
    context.overrides = overrides(**{key: options[key] for key in RUN_KEYS})  # type: ignore[arg-type]  # click's values
    from tradewind.live.clock import system_clock
    from tradewind.live.review.parting import parted, record_of
    from tradewind.live.review.retelling import retell

    with stored_session(context, session) as (store, row):
        record = record_of(store, row)
    found = parted(record, retell(record, context.settings, context.catalog, system_clock()))
    if as_json:
        click.echo(json.dumps(found.to_dict(), indent=2))
    else:
        _print(found)
    sys.exit(0 if found.is_equal or (found.mode != "paper" and not found.differences) else 1)


def _print(found: Parting) -> None:
    told = found.attribution
    click.echo(f"session {found.session_id} ({found.mode}): {found.decisions} decided bars were told again")
    for line in found.differences:
        click.echo(f"  differs  {line}")
    for line in found.revised:
        click.echo(f"  revised  {line}")
    for line in found.missed:
        click.echo(f"  missed   {line}")
    if not found.differences and not found.revised:
        click.echo("  every decision is equal to the last bit")
    click.echo(f"profit as the kernel fills  {told.ideal:+,.8f}")
    click.echo(f"profit as it was            {told.actual:+,.8f}")
    click.echo(f"difference                  {told.difference:+,.8f}")
    for cause, amount in told.totals().items():
        if amount:
            click.echo(f"  {cause:<10} {amount:+,.8f}")
    for part in sorted(told.parts, key=lambda part: -abs(part.amount))[:10]:
        click.echo(f"    {part.symbol} {part.strategy}: {part.cause} {part.amount:+,.8f}: {part.words}")
