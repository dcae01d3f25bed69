"""Choose and open the feed of a session: a history to be told, or a stream that goes on."""

from __future__ import annotations

from typing import Any

import attrs
import pandas as pd

from tradewind.backtest.history import Window
from tradewind.backtest.source import SAMPLE, asked_of, find_instrument
from tradewind.config.schema import Settings
from tradewind.errors import DataError
from tradewind.live.clock import Clock
from tradewind.live.feed.feed import Feed, ReplayFeed
from tradewind.live.feed.lookup import Ask
from tradewind.live.feed.stream import Patience, StreamFeed
from tradewind.live.paper.checkpoint import Saved
from tradewind.live.session.session import Cast, Request, load
from tradewind.model.bars import Bars
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe
from tradewind.plugins.catalog import Catalog


@attrs.frozen(kw_only=True, eq=False)
class Opened:
    """
    A feed, and where it goes on.

    Args:
        feed: The feed.
        saved: The checkpoint it goes on from; None for a new session.
        is_replay: Its bars can be told again.
        notes: What there is to know.
    """

    feed: Feed
    saved: Saved | None
    is_replay: bool
    notes: tuple[str, ...] = ()


def streams(source: Any, settings: Settings, catalog: Catalog) -> bool:
    """Tell whether the settings' source delivers bars as they close."""
    if settings.source == SAMPLE:
        return False
    if ".py:" in settings.source:
        return hasattr(source, "stream")
    return bool(getattr(catalog.get("data_sources", settings.source).spec, "streams", False))


def open_feed(
    request: Request, players: Cast, settings: Settings, source: Any, catalog: Catalog, clock: Clock,
    saved: Saved | None, *, ask: Ask | None = None,
) -> Opened:  # fmt: skip
    """
    Return the feed that was asked for: a replay when there is nothing else, or when a span of time was named.

    Raises:
        DataError: When there are no bars.
        UsageError: For a window that cannot be used.
    """
    if streams(source, settings, catalog) and not request.names_a_span:
        return _stream(players, settings, source, clock, saved, ask)
    if saved is not None:
        window = Window(start_ms=saved.start_ms, end_ms=request.end_ms)
        feed = ReplayFeed(load(window, players, settings, source), clock, speed=request.speed, mark=saved.mark)
        if len(feed):
            return Opened(feed=feed, saved=saved, is_replay=True)
    notes = () if saved is None else ("the last session had come to the end of its history: this is a new one",)
    window = request.window(settings.live.replay_days)
    feed = ReplayFeed(load(window, players, settings, source), clock, speed=request.speed)
    return Opened(feed=feed, saved=None, is_replay=True, notes=notes)


def _stream(
    players: Cast, settings: Settings, source: Any, clock: Clock, saved: Saved | None, ask: Ask | None
) -> Opened:
    timeframe = players.timeframe
    market = Timeframe(settings.live.fill_bars) if settings.live.fill_bars else timeframe
    if not market.nests_in(timeframe):
        raise DataError(
            f"bars of {market} do not fill bars of {timeframe}.",
            code="TW-D008",
            hint="Choose live.fill_bars so that a bar of the strategies holds a whole number of them.",
        )
    now = clock.now_ms()
    first = timeframe.floor(now) if saved is None else saved.mark.last_ms + market.ms
    row = timeframe.floor(first)
    warm, begun, backlog, instruments = {}, {}, {}, []
    for symbol in settings.symbols:
        instrument = find_instrument(source, symbol, settings.instruments)
        instruments.append(instrument)
        start = saved.mark.anchor_ms if saved is not None else row - (players.warmup * 5 // 4 + 8) * timeframe.ms
        known = _bars(source, instrument, timeframe, start, row)
        warm[symbol] = known if saved is not None else known.rows(max(0, len(known) - players.warmup), len(known))
        recent = _bars(source, instrument, market, row, market.floor(now))
        begun[symbol] = recent.between(row, first)
        backlog[symbol] = recent.between(first, now)
    feed = StreamFeed(
        source,
        instruments,
        timeframe,
        market,
        warm=warm,
        begun=begun,
        backlog=backlog,
        first_ms=first,
        clock=clock,
        patience=Patience(
            late_s=settings.live.late_seconds,
            stale_s=settings.live.stale_seconds,
            suspect_move=settings.live.suspect_move,
        ),
        ask=ask,
    )
    short = [symbol for symbol, bars in warm.items() if len(bars) < players.warmup]
    notes = tuple(f"{symbol} has {len(warm[symbol])} bars before now, {players.warmup} are needed" for symbol in short)
    return Opened(feed=feed, saved=saved, is_replay=False, notes=notes)


def _bars(source: Any, instrument: Instrument, timeframe: Timeframe, start_ms: int, end_ms: int) -> Bars:
    start, end = (pd.Timestamp(ms, unit="ms", tz="UTC") for ms in (start_ms, max(start_ms, end_ms)))
    return Bars.from_frame(asked_of(source, source.bars, instrument, timeframe, start, end), timeframe)
