"""`tradewind health`: whether all is well, what is not, and what to do about it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs
import click

from tradewind.cli.context import Context, with_context
from tradewind.cli.options import now_ms

if TYPE_CHECKING:
    from tradewind.live.health.findings import Finding
    from tradewind.live.health.positions import Compared

_COLOURS = {"ok": "green", "warning": "yellow", "error": "red"}


@click.command()
@click.option("--detailed", is_flag=True, help="Also memory, descriptors, processor time, queues and latencies.")
@click.option("--positions", is_flag=True, help="Compare venue, ledger and engine.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def health(context: Context, detailed: bool, positions: bool, as_json: bool) -> None:
    """
    Look at engine, data, clock, database, venue, plugins, halts and alerts.

    Exit code 0 when all is well, 1 for warnings, 2 when something must be done.
    """
    from tradewind.live.health.look import look_at

    look = look_at(context.settings, context.catalog, now_ms=now_ms(), positions=positions)
    level = look.level
    if as_json:
        plain = look.to_dict()
        if detailed:
            plain["sessions"] = [dict(status) for status in look.statuses]
        if positions:
            plain["positions"] = [_plain(row) for row in look.compared]
        click.echo(json.dumps(plain, indent=2))
    else:
        _print(look.findings)
        if detailed:
            _print_machines(look.statuses)
        if positions:
            _print_positions(look.compared)
        click.echo(
            {"ok": "All is well.", "warning": "Somebody should look.", "error": "Something must be done."}[level]
        )
    sys.exit(level.exit_code)


def _print(found: Iterable[Finding]) -> None:
    for one in found:
        mark = click.style(f"{one.level.value:<8}", fg=_COLOURS[one.level.value])
        click.echo(f"{mark} {one.area:<10} {one.text}")
        if one.todo:
            click.echo(f"{'':<20}{one.todo}")


def _print_machines(statuses: Iterable[Mapping[str, Any]]) -> None:
    for status in statuses:
        machine = status["machine"]
        click.echo(f"\nprocess {machine['pid']} ({status['account']})")
        rows = {
            "memory": f"{machine['memory_bytes'] / 1e6:,.1f} MB",
            "descriptors": f"{machine['descriptors']} of {machine['descriptor_limit']}",
            "processor": f"{machine['cpu_s']:,.1f} s",
            "queues": f"{machine['tasks']} tasks",
            "a bar took": _spread(machine["bar_ms"]),
            "timers late": _spread(machine["loop_lag_ms"]),
        }
        for name, value in rows.items():
            click.echo(f"  {name:<12} {value}")


def _spread(values: Mapping[str, float] | None) -> str:
    if values is None:
        return "nothing measured yet"
    return (
        f"{values['median']:.1f} ms in the middle, {values['p99']:.1f} ms in 99 of 100, {values['max']:.1f} ms at most"
    )


def _print_positions(rows: Sequence[Compared]) -> None:
    click.echo(f"\n{'symbol':<12}{'venue':>18}{'ledger':>18}{'engine':>18}")
    for row in rows:
        values = [row.venue, row.ledger if row.booked is None else row.booked, row.engine]
        shown = "".join(f"{'-' if value is None else format(value, 'f'):>18}" for value in values)
        click.echo(f"{row.symbol:<12}{shown}" + "".join(f"  {text}" for text in row.differences))
    if not rows:
        click.echo("There is no session to compare.")


def _plain(row: Compared) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in attrs.asdict(row).items()}
