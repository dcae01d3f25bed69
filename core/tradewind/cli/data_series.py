"""`tradewind data series`, and what the other commands of `tradewind data` say of archived series."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import click

from tradewind.cli.context import Context, with_context
from tradewind.cli.options import moment, now_ms
from tradewind.errors import DataError, PluginError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.sentiment.archive import SeriesArchive
    from tradewind.sentiment.archive_file import SeriesKey
    from tradewind.sentiment.archived import ArchivedSource

FIRST: Final = "2017-01-01"
"""From here on everything is fetched when no start is named."""
KIND: Final = "series"
"""Stands in lists where bars have their length."""


@click.command("series")
@click.argument("symbols", nargs=-1, required=True, metavar="SYMBOL...")
@click.option("--source", required=True, metavar="NAME", help="A source of series, such as senticrypt.")
@click.option("--start", default=FIRST, show_default=True, metavar="DATE", help="From here on, ISO 8601 UTC.")
@click.option("--end", metavar="DATE", help="Before this; now by default.")
@click.option("--refresh", is_flag=True, help="Ask for what is archived again, to find corrections.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def series(
    context: Context,
    symbols: tuple[str, ...],
    source: str,
    start: str,
    end: str | None,
    refresh: bool,
    as_json: bool,
) -> None:
    """
    Fetch daily values for SYMBOLs, such as sentiment, into the archive.

    What is archived is never changed: a correction stands beside what it corrects, with the time at which it was seen.
    """
    import pandas as pd

    from tradewind.model.instrument import check_symbol

    span = moment(start, "--start"), min(moment(end, "--end") if end else now_ms(), now_ms())
    if span[1] <= span[0]:
        raise UsageError("the end is not after the start.", code="TW-U003", hint="--end must be later than --start.")
    archived = _archived(context, source)
    edges = [pd.Timestamp(edge, unit="ms", tz="UTC") for edge in span]
    done = []
    for symbol in map(check_symbol, symbols):
        before = len(archived.archive.read(archived.key(symbol)))
        if refresh:
            archived.ask(symbol, span)
        else:
            archived.series(symbol, edges[0], edges[1])
        if archived.trouble:
            click.echo(f"{symbol}: {archived.trouble}", err=True)
        row = row_of(archived.archive, archived.key(symbol))
        done.append(row | {"fetched": row["rows"] - before})
        if not as_json:
            click.echo(f"{archived.key(symbol)}: {row['rows'] - before:,} values fetched, {row['rows']:,} archived")
    if as_json:
        click.echo(json.dumps({"source": archived.name, "series": done}, indent=2))


def _archived(context: Context, name: str) -> ArchivedSource:
    from tradewind.plugins.specs import DataSourceSpec
    from tradewind.sentiment.archived import ArchivedSource

    spec = context.catalog.get("data_sources", name).spec
    if not isinstance(spec, DataSourceSpec) or "series" not in spec.provides:
        raise PluginError(
            f"the data source {name!r} has no series.",
            code="TW-P005",
            hint="`tradewind plugins list` shows those that do.",
        )
    if not spec.needs_network:
        raise UsageError(
            f"the source {name!r} asks no network: what it has lies here already.",
            code="TW-U008",
            hint="Strategies read it as it is; nothing has to be fetched.",
        )
    return ArchivedSource.of(context.source(name), spec.name, context.cache_dir)


def archive_of(folder: Path) -> SeriesArchive:
    """Return the archive of a cache folder."""
    from tradewind.sentiment.archive import SeriesArchive

    return SeriesArchive(folder)


def keys_of(archive: SeriesArchive, source: str | None, symbol: str | None, timeframe: str | None) -> list[SeriesKey]:
    """Return the archived series that were asked for; none when a bar length was named."""
    if timeframe is not None:
        return []
    return [key for key in archive.keys() if source in {None, key.source} and symbol in {None, key.symbol}]  # noqa: SIM118  # no mapping


def row_of(archive: SeriesArchive, key: SeriesKey) -> dict[str, Any]:
    """Return what an archived series holds, as values that strict JSON can hold."""
    from tradewind.pipeline.quality import iso

    row = named(key) | {"bytes": archive.size(key)}
    try:
        held = archive.read(key)
    except DataError as error:
        return row | {"damaged": error.message}
    return row | {
        "rows": len(held),
        "first": iso(int(held.event.min()) if len(held) else None),
        "last": iso(int(held.event.max()) if len(held) else None),
        "corrections": held.corrections,
        "origin": held.origin,
        "fetched_at": iso(held.fetched_at_ms or None),
    }


def damage_of(archive: SeriesArchive, key: SeriesKey) -> str:
    """Return what is wrong with an archived series; empty for nothing."""
    return str(row_of(archive, key).get("damaged", ""))


def named(key: SeriesKey) -> dict[str, Any]:
    """Return what tells an archived series from other data."""
    return {"source": key.source, "symbol": key.symbol, "timeframe": KIND}


def line_of(row: dict[str, Any], size: str) -> str:
    """Return the line of an archived series in a list."""
    head = f"{row['source']}  {row['symbol']} {KIND}  "
    if "damaged" in row:
        return f"{head}damaged: {row['damaged']}"
    if not row["rows"]:
        return f"{head}asked for, no values so far"
    corrected = f", {row['corrections']} of them corrections" if row["corrections"] else ""
    return f"{head}{row['first']} to {row['last']}  {row['rows']:,} values{corrected}  {size}"
