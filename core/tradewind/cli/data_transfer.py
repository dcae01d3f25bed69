"""`tradewind data download|import|export`: move bars between sources, the cache and files."""

from __future__ import annotations

import json
from pathlib import Path

import click

from tradewind.cli import completing
from tradewind.cli.context import Context, with_context
from tradewind.cli.data_bars import bars_of, cache_name, checked_span, fill, load_bars, through_cache
from tradewind.cli.options import now_ms, stated
from tradewind.errors import UsageError


@click.command()
@click.argument("symbols", nargs=-1, required=True, metavar="SYMBOL...", shell_complete=completing.symbols)
@click.option("--source", metavar="NAME", help="Data source; the settings' choice by default.")
@click.option("--timeframe", required=True, metavar="LENGTH", help="Bar length, such as 1m.")
@click.option("--start", required=True, metavar="DATE", help="From here on, ISO 8601 UTC.")
@click.option("--end", metavar="DATE", help="Before this; now by default.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def download(
    context: Context,
    symbols: tuple[str, ...],
    source: str | None,
    timeframe: str,
    start: str,
    end: str | None,
    as_json: bool,
) -> None:
    """Fetch bars of SYMBOLs into the cache; what is there already is not fetched again."""
    from tradewind.backtest.source import find_instrument
    from tradewind.cache.key import Key
    from tradewind.model.instrument import check_symbol
    from tradewind.model.timeframe import Timeframe

    length = Timeframe(timeframe)
    span = checked_span(context, length, start, end, symbols=len(symbols))
    for symbol in symbols:
        check_symbol(symbol)
    provider = through_cache(context, stated("--source", source) or context.settings.source)
    instruments = [find_instrument(provider, symbol, {}) for symbol in symbols]
    done = []
    for instrument in instruments:
        key = Key(source=provider.name, symbol=instrument.symbol, timeframe=length)
        holes = provider.missing(key, span)
        fetched = fill(provider, key, instrument, holes)
        held, _ = provider.cache.read(key, *span)
        done.append({"symbol": key.symbol, "timeframe": length.name, "fetched": fetched, "cached": len(held)})
        if not as_json:
            click.echo(f"{key}: {fetched:,} bars fetched, {len(held):,} of the span cached")
    if as_json:
        click.echo(json.dumps({"source": provider.name, "histories": done}, indent=2))


@click.command("import")
@click.argument("paths", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--source", required=True, metavar="NAME", help="The source whose answer these bars stand for.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def import_(context: Context, paths: tuple[Path, ...], source: str, as_json: bool) -> None:
    """
    Put bars from CSV or Parquet FILEs (or folders) into the cache, as if SOURCE had sent them.

    The files' names tell symbol and timeframe: BTCUSDT-1m-2024-05.csv.
    """
    from tradewind.cache.key import Key
    from tradewind.cache.store import BarCache
    from tradewind.model.instrument import Instrument

    stated("--source", source)
    for path in paths:
        if not path.exists():
            raise UsageError(f"the file {str(path)!r} is not there.", code="TW-U007")
    files = context.catalog.build("data_sources", "files", {"path": [str(path) for path in paths]})
    cache, name = BarCache(context.cache_dir), cache_name(context, source)
    pieces = {i.symbol: files.pieces(i.symbol) for i in files.instruments()}
    if not pieces:
        raise UsageError(
            "none of these files has a name that tells what it holds.",
            code="TW-U007",
            hint="Name them by symbol and timeframe, such as BTCUSDT_1d.csv.",
        )
    loaded = []
    for symbol, lengths in pieces.items():
        for length, spans in lengths.items():
            key = Key(source=name, symbol=symbol, timeframe=length)
            loaded += [(key, span, bars_of(files, Instrument(symbol=symbol), length, span)) for span in spans]
    # every file was read before the first bar is stored: a bad one leaves the cache as it was
    for key, piece, bars in loaded:
        cache.write(key, bars, piece, fetched_at_ms=now_ms())
        if not as_json:
            click.echo(f"{key}: {len(bars):,} bars imported")
    if as_json:
        rows = [
            {"source": key.source, "symbol": key.symbol, "timeframe": key.timeframe.name, "rows": len(bars)}
            for key, _, bars in loaded
        ]
        click.echo(json.dumps({"imported": rows}, indent=2))


@click.command()
@click.argument("symbol", shell_complete=completing.symbols)
@click.option("--source", metavar="NAME", help="Data source; the settings' choice by default.")
@click.option("--timeframe", required=True, metavar="LENGTH", help="Bar length, such as 4h.")
@click.option("--start", metavar="DATE", help="From here on; the start of the data by default.")
@click.option("--end", metavar="DATE", help="Before this; the end of the data by default.")
@click.option("--out", "path", required=True, type=click.Path(path_type=Path), help="A .csv or .parquet file.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def export(
    context: Context,
    symbol: str,
    source: str | None,
    timeframe: str,
    start: str | None,
    end: str | None,
    path: Path,
    as_json: bool,
) -> None:
    """Write the bars of SYMBOL to a file that other programs read."""
    from tradewind.cache.export import write_bars
    from tradewind.pipeline.quality import iso

    bars = load_bars(context, source, symbol, timeframe, start, end)
    write_bars(path, bars)
    facts = {"file": str(path), "rows": len(bars), "first": iso(int(bars.time[0])), "last": iso(int(bars.time[-1]))}
    click.echo(json.dumps(facts, indent=2) if as_json else f"{path}: {facts['rows']:,} bars from {facts['first']} on")
