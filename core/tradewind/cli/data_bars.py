"""Bars for the commands of `tradewind data`: from a source, through the cache where that saves a network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from tradewind.cli.options import moment, now_ms, stated
from tradewind.cli.progress import progress
from tradewind.errors import DataError, PluginError, UsageError
from tradewind.plugins.names import nearest

if TYPE_CHECKING:
    from tradewind.cache.cached import CachedDataProvider
    from tradewind.cache.key import Key
    from tradewind.cli.context import Context
    from tradewind.model.bars import Bars
    from tradewind.model.instrument import Instrument
    from tradewind.model.timeframe import Timeframe

Span = tuple[int, int]

_DIGEST: Final = re.compile(r"-[0-9a-f]{8}$")


def load_bars(
    context: Context, source: str | None, symbol: str, timeframe: str, start: str | None, end: str | None
) -> Bars:
    """
    Return the bars of a source; without start or end, from or to where its data reach.

    Raises:
        UsageError: TW-U001 to TW-U005 for a malformed or too large question, TW-U008 when the
            source cannot say where its data begin.
        DataError: TW-D001 for an unknown pair, TW-D002 without bars, and what the source raises.
    """
    from tradewind.backtest.source import find_instrument
    from tradewind.model.instrument import check_symbol
    from tradewind.model.timeframe import Timeframe

    length = Timeframe(timeframe)
    check_symbol(symbol)
    name = stated("--source", source) or context.settings.source
    found: Any = through_cache(context, name) if _needs_network(context, name) else context.source(name)
    instrument = find_instrument(found, symbol, {})
    span = checked_span(context, length, start, end, _reach(found, symbol, length))
    bars = bars_of(found, instrument, length, span)
    if not len(bars):
        raise DataError(
            f"{symbol}: the source {name} has no bars of {length} in that range.",
            code="TW-D002",
            hint="Leave out --start and --end for all there is.",
        )
    return bars


def bars_of(source: Any, instrument: Instrument, length: Timeframe, span: Span) -> Bars:
    """Return a source's bars of [start, end), UTC milliseconds."""
    import pandas as pd

    from tradewind.backtest.source import asked_of
    from tradewind.model.bars import Bars

    start, end = (pd.Timestamp(edge, unit="ms", tz="UTC") for edge in span)
    return Bars.from_frame(asked_of(source, source.bars, instrument, length, start, end), length)


def checked_span(
    context: Context,
    length: Timeframe,
    start: str | None,
    end: str | None,
    reach: Span | None = None,
    *,
    symbols: int = 1,
) -> Span:
    """
    Return what was asked for as [start, end) in UTC milliseconds.

    Args:
        context: The call.
        length: The bar length.
        start: A date, or None for the start of the data.
        end: A date, or None for the end of the data, or now.
        reach: Where the data begin and end.
        symbols: How many pairs are asked for.

    Raises:
        UsageError: TW-U003 when the end is not after the start, TW-U004 for a date in the future,
            TW-U005 for more rows than the limit, TW-U008 when a start is needed.
    """
    if start is None and reach is None:
        raise UsageError("this data source needs a --start.", code="TW-U008", hint="For example --start 2024-01-01.")
    first = moment(start, "--start") if start is not None else (reach or (0, 0))[0]
    last = moment(end, "--end") if end is not None else (reach[1] if reach is not None else now_ms())
    if last <= first:
        raise UsageError("the end is not after the start.", code="TW-U003", hint="--end must be later than --start.")
    rows = (last - first) // length.ms * symbols
    if rows > context.settings.max_rows:
        raise UsageError(
            f"{rows:,} bars of {length} were asked for, expected at most {context.settings.max_rows:,}.",
            code="TW-U005",
            hint="Shorten the range, take a longer timeframe, or raise the setting max_rows.",
        )
    return first, last


def through_cache(context: Context, name: str) -> CachedDataProvider:
    """Return a source of the catalogue behind the cache."""
    from tradewind.cache.cached import CachedDataProvider, source_name

    source = context.source(name)
    return CachedDataProvider(source, context.cache_dir, name=source_name(source, name))


def cache_name(context: Context, name: str) -> str:
    """
    Return the name under which a source's bars are cached; one that is not installed has its plain name, and is told.

    Raises:
        PluginError: TW-P005 when the name is near that of an installed source: it was misspelt, and nothing would read
            the bars.
    """
    try:
        return through_cache(context, name).name
    except PluginError:
        if nearest(name, context.catalog.names("data_sources")) is not None:
            raise
        click.echo(
            f"No installed plugin offers the source {name!r}: nothing reads these bars until one does.", err=True
        )
        return name


def fill(provider: CachedDataProvider, key: Key, instrument: Instrument, holes: Sequence[Span]) -> int:
    """Fetch what is missing, showing progress, and return how many bars came."""
    fetched = 0
    if not holes:
        return fetched
    with progress(f"{key}", sum(end - start for start, end in holes) // key.timeframe.ms) as update:
        for hole in holes:
            reached = hole[0]
            for end, count in provider.fill(key, instrument, hole):
                fetched += count
                update((end - reached) // key.timeframe.ms)
                reached = end
    return fetched


def refetch(context: Context, key: Key, span: Span | None) -> tuple[int, str]:
    """
    Fetch again what a history lost.

    Args:
        context: The call.
        key: The history.
        span: What it covered before, UTC milliseconds.

    Returns:
        (bars fetched, why nothing could be fetched or empty).
    """
    from tradewind.backtest.source import find_instrument

    try:
        provider = through_cache(context, _DIGEST.sub("", key.source))
    except PluginError:
        return 0, f"no installed plugin offers the source {key.source!r}"
    if provider.name != key.source:
        return 0, "its source has other settings now"
    covered = provider.cache.manifest(key).covered
    edges = [*(covered[:1] and covered[0]), *(covered[-1:] and covered[-1]), *(span or ())]
    if not edges:
        return 0, "nothing is known of what it held; download it again"
    holes = provider.missing(key, (min(edges), max(edges)))
    return fill(provider, key, find_instrument(provider, key.symbol, {}), holes), ""


def _needs_network(context: Context, name: str) -> bool:
    from tradewind.backtest.source import SAMPLE

    if name == SAMPLE:
        return False
    return bool(getattr(context.catalog.get("data_sources", name).spec, "needs_network", True))


def _reach(source: Any, symbol: str, length: Timeframe) -> Span | None:
    tell = getattr(source, "pieces", None)
    if tell is not None:
        spans = [span for held, parts in tell(symbol).items() if held.nests_in(length) for span in parts]
    else:
        available = getattr(source, "available", None)
        told = {} if available is None else available(symbol)
        spans = [span for held, span in told.items() if held.nests_in(length)]
    return (min(start for start, _ in spans), max(end for _, end in spans)) if spans else None
