"""`tradewind health`: whether all is well, what is not, and what to do about it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from tradewind.cli.context import Context, with_context
from tradewind.cli.options import now_ms

if TYPE_CHECKING:
    from tradewind.live.findings import Finding
    from tradewind.live.health import Running
    from tradewind.live.health_positions import Compared

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
    from tradewind.live.findings import worst
    from tradewind.live.health import running

    now = running(context.settings.state_dir)
    found, rows = _looked(context, now, positions=positions)
    level = worst(found)
    if as_json:
        plain: dict[str, Any] = {"level": level.value, "findings": [one.to_dict() for one in found]}
        if detailed:
            plain["sessions"] = [dict(status) for status in now.statuses]
        if positions:
            plain["positions"] = [_plain(row) for row in rows]
        click.echo(json.dumps(plain, indent=2))
    else:
        _print(found)
        if detailed:
            _print_machines(now.statuses)
        if positions:
            _print_positions(rows)
        click.echo(
            {"ok": "All is well.", "warning": "Somebody should look.", "error": "Something must be done."}[level]
        )
    sys.exit(level.exit_code)


def _looked(context: Context, now: Running, *, positions: bool) -> tuple[list[Finding], list[Compared]]:
    from tradewind.live import health as look
    from tradewind.live import health_parts as parts
    from tradewind.live.health_positions import compare_positions
    from tradewind.store.address import address_of
    from tradewind.store.opening import open_store

    settings, catalog = context.settings, context.catalog
    place = address_of(settings)
    database = look.database_findings(place, settings.state_dir)
    whole = all(one.level == "ok" for one in database) and (place.path is None or place.path.exists())
    venue, shown = parts.venue_findings(settings, catalog)
    store = open_store(place, mode="read", pool_size=1) if whole else None
    try:
        journal, rows = look.books_of(store) if store is not None else (None, ())
        found = look.engine_findings(now, journal, rows, now_ms())
        found += look.watch_findings(now) + look.data_findings(now) + look.sentiment_findings(now)
        found += look.clock_findings(now) + database
        found += look.halt_findings(journal, rows, now) if journal is not None else []
        compared = (
            compare_positions(settings, journal, rows, now.statuses, shown) if positions and journal is not None else []
        )
    finally:
        if store is not None:
            store.close()
    found += venue + parts.plugin_findings(catalog.plugins, _trust(context), money=parts.has_money(settings, catalog))
    found += parts.model_findings() + parts.alert_findings(settings, catalog) + parts.check_findings(settings, catalog)
    return found + _differences(compared), compared


def _trust(context: Context) -> dict[str, Any]:
    from tradewind.plugins.lock import LOCK_FILE, fingerprint, read_lock, trust_of

    agreed = read_lock(Path(LOCK_FILE))
    return {row.distribution: trust_of(fingerprint(row.distribution), agreed) for row in context.catalog.plugins}


def _differences(rows: Iterable[Compared]) -> list[Finding]:
    from tradewind.live.findings import bad

    todo = "Let nobody else trade these coins, and look at the venue's own record; entries on them stay halted."
    return [bad("positions", f"{row.symbol}: {text}", todo) for row in rows for text in row.differences]


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
