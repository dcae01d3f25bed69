"""`tradewind data`: look after the cache of market data."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tradewind.cli.context import Context, with_context
from tradewind.cli.data_bars import load_bars, refetch
from tradewind.cli.data_series import archive_of, damage_of, keys_of, line_of, named, row_of, series
from tradewind.cli.data_transfer import download, export, import_
from tradewind.errors import DataError, UsageError

if TYPE_CHECKING:
    from tradewind.cache.history import Damage
    from tradewind.cache.key import Key
    from tradewind.cache.store import BarCache


@click.group()
def data() -> None:
    """Check, list, repair and move market data."""


for _command in (download, import_, export, series):
    data.add_command(_command)


def _which(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Machine-readable output."),
        click.option("--timeframe", metavar="LENGTH", help="Only this bar length."),
        click.option("--symbol", metavar="SYMBOL", help="Only this pair."),
        click.option("--source", metavar="NAME", help="Only this source."),
    ):
        command = option(command)
    return command


def _cache(folder: Path) -> BarCache:
    from tradewind.cache.store import BarCache

    return BarCache(folder)


def _keys(cache: BarCache, source: str | None, symbol: str | None, timeframe: str | None) -> list[Key]:
    from tradewind.model.instrument import check_symbol
    from tradewind.model.timeframe import Timeframe

    pair = None if symbol is None else check_symbol(symbol)
    length = None if timeframe is None else Timeframe(timeframe)
    return [
        key
        for key in cache.histories()
        if source in {None, key.source} and pair in {None, key.symbol} and length in {None, key.timeframe}
    ]


@data.command()
@_which
@click.option("--start", metavar="DATE", help="With --source: from here on.")
@click.option("--end", metavar="DATE", help="With --source: before this.")
@click.option("--bars", "of_source", is_flag=True, help="Check the bars that --source gives, not the cache.")
@with_context
def check(
    context: Context,
    source: str | None,
    symbol: str | None,
    timeframe: str | None,
    start: str | None,
    end: str | None,
    of_source: bool,
    as_json: bool,
) -> None:
    """
    Check every cached file against its hash; exit code 1 when one is damaged.

    With --bars, check what a source gives for --symbol and --timeframe: exit code 1 when bars are
    missing or cannot be traded on.
    """
    if of_source:
        from tradewind.pipeline.quality import describe

        if symbol is None or timeframe is None:
            raise UsageError("--bars needs --symbol and --timeframe.", code="TW-U008")
        quality = describe(load_bars(context, source, symbol, timeframe, start, end))
        click.echo(json.dumps(quality.to_dict(), indent=2) if as_json else "\n".join(quality.lines()))
        sys.exit(0 if quality.flawless else 1)
    cache = _cache(context.cache_dir)
    found = [(key, cache.check(key)) for key in _keys(cache, source, symbol, timeframe)]
    archive = archive_of(context.cache_dir)
    kept = [(one, damage_of(archive, one)) for one in keys_of(archive, source, symbol, timeframe)]
    damaged = [f"{damage.key}: {damage.file} is damaged: {damage.cause}" for _, damages in found for damage in damages]
    damaged += [cause for _, cause in kept if cause]
    if as_json:
        rows = [_named(key) | {"damage": [_told(damage) for damage in damages]} for key, damages in found]
        rows += [named(one) | {"damage": [{"file": "", "cause": cause}] if cause else []} for one, cause in kept]
        click.echo(json.dumps({"histories": rows, "damaged_files": len(damaged)}, indent=2))
    else:
        for line in damaged:
            click.echo(line)
        click.echo(f"{len(found) + len(kept)} histories checked, {len(damaged)} files damaged.")
        if damaged:
            click.echo("`tradewind data repair` fetches them again.", err=True)
    sys.exit(1 if damaged else 0)


@data.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def status(context: Context, as_json: bool) -> None:
    """Tell how much the cache holds and where it lies."""
    bars = _rows(_cache(context.cache_dir), None, None, None)
    archive = archive_of(context.cache_dir)
    values = [row_of(archive, one) for one in keys_of(archive, None, None, None)]
    rows = bars + values
    facts = {
        "folder": str(context.cache_dir),
        "histories": len(rows),
        "bars": sum(row.get("rows", 0) for row in bars),
        "values": sum(row.get("rows", 0) for row in values),
        "bytes": sum(row["bytes"] for row in rows),
        "damaged": sum("damaged" in row for row in rows),
        "newest_fetch": max((row["fetched_at"] for row in rows if row.get("fetched_at")), default=None),
    }
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    counted = f"{facts['bars']:,} bars" + (f", {facts['values']:,} values of series" if values else "")
    click.echo(f"{facts['folder']}: {facts['histories']} histories, {counted}, {_size(facts['bytes'])}")
    if facts["newest_fetch"]:
        click.echo(f"newest fetch {facts['newest_fetch']}")
    if facts["damaged"]:
        click.echo(f"{facts['damaged']} histories have a damaged manifest; run `tradewind data repair`.")


@data.command("list")
@_which
@with_context
def list_(context: Context, source: str | None, symbol: str | None, timeframe: str | None, as_json: bool) -> None:
    """List what is cached."""
    rows = _rows(_cache(context.cache_dir), source, symbol, timeframe)
    archive = archive_of(context.cache_dir)
    values = [row_of(archive, one) for one in keys_of(archive, source, symbol, timeframe)]
    if as_json:
        click.echo(json.dumps(rows + values, indent=2))
        return
    for row in rows:
        head = f"{row['source']}  {row['symbol']} {row['timeframe']}  "
        if "damaged" in row:
            click.echo(f"{head}damaged: {row['damaged']}")
        elif not row["rows"]:
            click.echo(f"{head}asked for, no bars so far")
        else:
            gaps = f", {row['missing']} missing in {row['gaps']} gaps" if row["gaps"] else ""
            click.echo(f"{head}{row['first']} to {row['last']}  {row['rows']:,} bars{gaps}  {_size(row['bytes'])}")
    for row in values:
        click.echo(line_of(row, _size(row["bytes"])))
    if not rows and not values:
        click.echo("Nothing is cached.", err=True)


@data.command()
@_which
@click.option("--all", "everything", is_flag=True, help="Every history.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_context
def clear(
    context: Context,
    source: str | None,
    symbol: str | None,
    timeframe: str | None,
    everything: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Remove cached histories."""
    if not everything and source is symbol is timeframe is None:
        raise UsageError(
            "nothing was named to clear.", code="TW-U008", hint="Name --source, --symbol or --timeframe, or give --all."
        )
    cache = _cache(context.cache_dir)
    keys = _keys(cache, source, symbol, timeframe)
    archive = archive_of(context.cache_dir)
    archived = keys_of(archive, source, symbol, timeframe)
    if (keys or archived) and not yes:
        if not sys.stdin.isatty():
            raise UsageError("clearing was not confirmed.", code="TW-U008", hint="Add --yes when nobody can answer.")
        if archived:
            click.echo("What was first seen when cannot be fetched again.", err=True)
        click.confirm(f"Remove {len(keys) + len(archived)} cached histories?", abort=True, err=True)
    freed = sum(cache.clear(key) for key in keys) + sum(archive.clear(one) for one in archived)
    if as_json:
        cleared = [_named(key) for key in keys] + [named(one) for one in archived]
        click.echo(json.dumps({"cleared": cleared, "bytes": freed}, indent=2))
    else:
        click.echo(f"{len(keys) + len(archived)} histories removed, {_size(freed)} freed.")


@data.command()
@_which
@click.option("--no-fetch", is_flag=True, help="Only move damaged files aside.")
@with_context
def repair(
    context: Context, source: str | None, symbol: str | None, timeframe: str | None, no_fetch: bool, as_json: bool
) -> None:
    """Move damaged files aside and fetch their bars again."""
    cache = _cache(context.cache_dir)
    done = []
    for key in _keys(cache, source, symbol, timeframe):
        before = _span(cache, key)
        damage = cache.repair(key)
        if not damage:
            continue
        fetched, why = (0, "not asked to") if no_fetch else refetch(context, key, before)
        done.append(_named(key) | {"damage": [_told(d) for d in damage], "fetched": fetched, "not_fetched": why})
        if not as_json:
            for one in damage:
                click.echo(f"{key}: {one.file} was damaged ({one.cause}) and moved aside")
            click.echo(f"{key}: {fetched:,} bars fetched again" + (f"; {why}" if why else ""))
    archive = archive_of(context.cache_dir)
    for archived in keys_of(archive, source, symbol, timeframe):
        cause = archive.repair(archived)
        if cause:
            why = "`tradewind data series` fetches it again"
            done.append(named(archived) | {"damage": [{"file": "", "cause": cause}], "fetched": 0, "not_fetched": why})
            if not as_json:
                click.echo(f"{cause} It was moved aside; {why}.")
    if as_json:
        click.echo(json.dumps({"repaired": done}, indent=2))
    elif not done:
        click.echo("Nothing is damaged.")


def _span(cache: BarCache, key: Key) -> tuple[int, int] | None:
    try:
        covered = cache.manifest(key).covered
    except DataError:
        return None
    return (covered[0][0], covered[-1][1]) if covered else None


def _rows(cache: BarCache, source: str | None, symbol: str | None, timeframe: str | None) -> list[dict[str, Any]]:
    from tradewind.pipeline.quality import iso

    rows = []
    for key in _keys(cache, source, symbol, timeframe):
        row: dict[str, Any] = _named(key) | {"bytes": cache.size(key)}
        try:
            manifest = cache.manifest(key)
        except DataError as error:
            rows.append(row | {"damaged": error.message})
            continue
        months = manifest.months.values()
        gaps = manifest.gaps()
        rows.append(
            row
            | {
                "rows": manifest.rows,
                "first": iso(min((month.first_ms for month in months), default=None)),
                "last": iso(max((month.last_ms for month in months), default=None)),
                "gaps": len(gaps),
                "missing": sum(gap.bars for gap in gaps),
                "fetched_at": iso(max((month.fetched_at_ms for month in months), default=None)),
            }
        )
    return rows


def _named(key: Key) -> dict[str, Any]:
    return {"source": key.source, "symbol": key.symbol, "timeframe": key.timeframe.name}


def _told(damage: Damage) -> dict[str, str]:
    return {"file": damage.file, "cause": damage.cause}


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 100_000 else f"{count / 1e3:,.1f} kB"
