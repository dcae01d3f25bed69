"""A source of bars that asks its inner source only for what is not cached yet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import attrs
import pandas as pd

from tradewind.cache.clock import wall_clock_ms
from tradewind.cache.key import Key
from tradewind.cache.manifest import Manifest
from tradewind.cache.month import month_span, months_between
from tradewind.cache.provider import DataProvider, ProviderSource, bars_from, ms_of
from tradewind.cache.spans import Span, subtract
from tradewind.cache.store import BarCache
from tradewind.errors import DataError
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe
from tradewind.plugins.protocols import BarSource

DEFAULT_FOLDER: Final = Path("data/cache")
"""The cache's folder below the working folder."""

_PIECE_BARS: Final = 50_000
"""A long history is fetched and stored in pieces of about this many bars: what was fetched before a crash stays."""


def source_name(provider: object, name: str | None = None) -> str:
    """
    Return the name under which a provider's bars are cached.

    It is the provider's `cache_name` when it has one, else the name given, else its class; settings
    that differ from the defaults are told apart by a hash of them, so that two differently set
    providers never answer for each other.

    Args:
        provider: The provider or source.
        name: Its catalogue name.
    """
    named = getattr(provider, "cache_name", None)
    if isinstance(named, str):
        return named
    name = name or type(provider).__name__.lower()
    config = getattr(provider, "config", None)
    if config is not None and attrs.has(type(config)) and config != _default(type(config)):
        name += f"-{hashlib.sha256(repr(config).encode()).hexdigest()[:8]}"
    return name


def _default(kind: type) -> object:
    try:
        return kind()
    except TypeError:
        return None


class CachedDataProvider(DataProvider):
    """
    Wrap a data provider or a source of bars, and ask it only for what is not cached yet.

    It has both interfaces, whichever the inner one has: `instruments` and `bars` of a bar source,
    `get_historical_data` and `get_live_data` of a data provider. Only closed bars are cached.
    A span that was answered once is not asked for again, bars missing in it included; the
    still-open end is asked for again when a bar can have closed and `ttl` has passed. Damaged
    files are moved aside and fetched again.

    Args:
        provider: A `DataProvider` or a `BarSource`.
        cache_dir: The cache's folder.
        ttl: Seconds before the still-open end is asked for again.
        no_cache: Ask the provider for everything, and store nothing.
        name: The name to cache under instead of the provider's own.
        clock: Tells the time, UTC milliseconds.
    """

    def __init__(
        self,
        provider: DataProvider | BarSource,
        cache_dir: Path | str = DEFAULT_FOLDER,
        *,
        ttl: float = 60.0,
        no_cache: bool = False,
        name: str | None = None,
        clock: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self.provider = provider
        self.source: BarSource = provider if isinstance(provider, BarSource) else ProviderSource(provider)
        self.cache = BarCache(Path(cache_dir))
        self.ttl_ms = int(ttl * 1000)
        self.no_cache = no_cache
        self.name = name or source_name(provider)
        self._clock = clock

    def instruments(self) -> Sequence[Instrument]:
        """Return the inner source's pairs."""
        return self.source.instruments()

    def available(self, symbol: str) -> Mapping[Timeframe, tuple[int, int]]:
        """Return what the inner source says it has of a pair; empty when it cannot say."""
        listed = getattr(self.source, "available", None)
        return listed(symbol) if listed is not None else {}

    def bars(self, instrument: Instrument, timeframe: Timeframe, start: datetime, end: datetime) -> pd.DataFrame:
        """
        Return closed bars of [start, end), indexed by open time (UTC).

        Raises:
            DataError: What the inner source raises; TW-D010 or TW-D013 when the cache fails.
        """
        length = Timeframe(str(timeframe))
        span = (ms_of(start), ms_of(end))
        if self.no_cache:
            return self.source.bars(instrument, length, pd.Timestamp(start), pd.Timestamp(end))
        key = Key(source=self.name, symbol=instrument.symbol, timeframe=length)
        for _ in range(2):
            for hole in self.missing(key, span):
                for _piece in self.fill(key, instrument, hole):
                    pass
            bars, damage = self.cache.read(key, *span)
            if not damage:
                return bars.to_frame()
            self.cache.repair(key)
        raise DataError(
            f"the cache of {key} was damaged again right after it was repaired: {damage[0].cause}.",
            code="TW-D010",
            hint="Check the disk, and give another cache folder or --no-cache.",
        )

    def get_historical_data(self, symbol: str, timeframe: str, start: datetime, end: datetime) -> pd.DataFrame:
        """Return closed bars of [start, end), indexed by open time (UTC); errors as of `bars`."""
        return self.bars(Instrument(symbol=symbol), Timeframe(timeframe), start, end)

    def get_live_data(self, symbol: str, timeframe: str, limit: int = 100) -> pd.DataFrame:
        """
        Return the newest bars, at most `limit`.

        A data provider is asked itself, and its answer is not cached: its last bar may be open.
        """
        if isinstance(self.provider, BarSource):
            length = Timeframe(timeframe)
            ends = [last for _, last in self.available(symbol).values()]
            end = length.floor(min(self._clock(), max(ends, default=self._clock())))
            start, stop = (pd.Timestamp(t, unit="ms", tz="UTC") for t in (end - limit * length.ms, end))
            return self.bars(Instrument(symbol=symbol), length, start, stop)
        frame = self.provider.get_live_data(symbol, timeframe, limit)
        return bars_from(frame, Timeframe(timeframe), type(self.provider).__name__).to_frame().tail(limit)

    def missing(self, key: Key, span: Span) -> tuple[Span, ...]:
        """Return the parts of a span that must be asked of the inner source, in order, in UTC milliseconds."""
        start, end = key.timeframe.ceil(span[0]), key.timeframe.ceil(span[1])
        end = min(end, key.timeframe.floor(self._clock()))
        manifest = self._manifest(key)
        holes = subtract([(start, end)], manifest.covered)
        return tuple(hole for hole in holes if not self._asked_lately(manifest, hole))

    def fill(self, key: Key, instrument: Instrument, hole: Span) -> Iterator[tuple[int, int]]:
        """
        Ask the inner source for a part that is missing, piece by piece, and store each answer.

        What lies after the last bar is final only when later bars are cached: until then the
        source may still get bars there.

        Yields:
            (where the piece ended in UTC milliseconds, how many bars it had).
        """
        settled = hole[0]
        asked_at = self._clock()
        for piece in _pieces(key, hole):
            asked_at = self._clock()
            start, end = (pd.Timestamp(moment, unit="ms", tz="UTC") for moment in piece)
            frame = self.source.bars(instrument, key.timeframe, start, end)
            bars = bars_from(frame, key.timeframe, self.name).between(*piece)
            if len(bars):
                final = int(bars.time[-1]) + key.timeframe.ms
                self.cache.write(key, bars, (settled, final), fetched_at_ms=asked_at)
                settled = final
            yield piece[1], len(bars)
        if settled < hole[1]:
            months = self._manifest(key).months.values()
            followed = any(month.last_ms >= hole[1] for month in months)
            nothing = bars_from(pd.DataFrame(), key.timeframe, self.name)
            self.cache.write(
                key,
                nothing,
                (settled, hole[1] if followed else settled),
                fetched_at_ms=asked_at,
                asked_to_ms=None if followed else hole[1],
            )

    def _asked_lately(self, manifest: Manifest, hole: Span) -> bool:
        if manifest.tail is None or any(month.last_ms >= hole[1] for month in manifest.months.values()):
            return False
        asked_to, asked_at = manifest.tail
        grown = hole[0] <= asked_to and hole[1] - asked_to <= max(self.ttl_ms, manifest.key.timeframe.ms)
        return grown and 0 <= self._clock() - asked_at < self.ttl_ms

    def _manifest(self, key: Key) -> Manifest:
        try:
            return self.cache.manifest(key)
        except DataError:
            self.cache.repair(key)
            return self.cache.manifest(key)


def _pieces(key: Key, hole: Span) -> Iterator[Span]:
    start, limit = hole[0], _PIECE_BARS * key.timeframe.ms
    for month in months_between(*hole):
        end = min(month_span(month)[1], hole[1])
        if end - start > limit or end == hole[1]:
            yield start, end
            start = end
