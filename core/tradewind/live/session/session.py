"""Who plays in a session and on what: strategies, bars and account, from settings and what was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from tradewind.backtest.assembly import assemble
from tradewind.backtest.history import History, Window, load_histories
from tradewind.backtest.inputs import plain_value, sha256_of
from tradewind.backtest.source import SAMPLE
from tradewind.backtest.strategy import choose_strategy
from tradewind.config.schema import Settings
from tradewind.config.secret import without_secrets
from tradewind.errors import DataError, UsageError
from tradewind.live.feed.clusters import DayClusters
from tradewind.live.feed.feed import Feed, ReplayFeed
from tradewind.live.feed.window import BarWindow
from tradewind.live.paper.paper import PaperAccount
from tradewind.live.position.account import SlotKey
from tradewind.live.strategy.decide import Decider, room_of
from tradewind.live.strategy.seat import Seat
from tradewind.model.limits import Limits
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.decide import Deciding
from tradewind.plugins.catalog import Catalog

SYNTHETIC: Final = frozenset({SAMPLE, "synthetic"})
"""Sources whose bars are made up."""


@attrs.frozen(kw_only=True)
class Request:
    """
    What a session was asked for, beside the settings.

    Args:
        strategies: Names, `distribution:name` or `file.py:Class`; the first has the highest priority.
        start_ms: First bar open of a replay, UTC milliseconds.
        end_ms: End of a replay, UTC milliseconds, not part of it.
        days: Length of a replay in days before its end.
        speed: How many times faster than the market a replay goes; 0 for as fast as possible.
    """

    strategies: tuple[str, ...]
    start_ms: int | None = None
    end_ms: int | None = None
    days: float | None = None
    speed: float = 0.0

    @property
    def names_a_span(self) -> bool:
        """Whether a span of time or a speed was asked for: a replay, also of what could be streamed."""
        return (self.start_ms, self.end_ms, self.days) != (None, None, None) or self.speed > 0.0

    def window(self, days: float) -> Window:
        """Return the time that a replay covers: that asked for, or so many days."""
        wanted = days if self.days is None and self.start_ms is None else self.days
        return Window(start_ms=self.start_ms, end_ms=self.end_ms, days=wanted)


@attrs.frozen(kw_only=True, eq=False)
class Player:
    """
    One strategy of a session.

    Args:
        name: Its name.
        settings: Its settings in force, as plain values.
        pipeline: It with its policies.
    """

    name: str
    settings: Mapping[str, Any]
    pipeline: Deciding


@attrs.frozen(kw_only=True, eq=False)
class Cast:
    """
    The strategies of a session.

    Args:
        players: The strategies, the first has the highest priority.
        timeframe: Their bars.
        warmup: What the slowest needs before its first decision.
        patience_s: How long the engine waits for what one of them says of a bar.
        limits: The account's limits.
    """

    players: tuple[Player, ...]
    timeframe: Timeframe
    warmup: int
    patience_s: float
    limits: Limits

    @property
    def names(self) -> tuple[str, ...]:
        """The strategies' names."""
        return tuple(player.name for player in self.players)


def cast(names: Sequence[str], settings: Settings, catalog: Catalog) -> Cast:
    """
    Return the strategies of these names, ready to decide.

    Raises:
        UsageError: TW-U008 when one is named twice or they do not share a timeframe.
    """
    chosen = [choose_strategy(name, settings, catalog) for name in names]
    doubled = sorted({one.name for one in chosen if [other.name for other in chosen].count(one.name) > 1})
    if doubled:
        raise UsageError(
            f"the strategy {doubled[0]} was named more than once.",
            code="TW-U008",
            hint="Every strategy has one place on each symbol.",
        )
    frames = {settings.timeframe or one.timeframe for one in chosen}
    if len(frames) > 1:
        raise UsageError(
            f"the strategies were made for several timeframes ({', '.join(sorted(frames))}).",
            code="TW-U008",
            hint="Name one with --timeframe: strategies of one account share their bars.",
        )
    assemblies = tuple(assemble(one, settings, catalog) for one in chosen)
    return Cast(
        players=tuple(
            Player(name=one.strategy.name, settings=one.strategy.settings, pipeline=one.pipeline) for one in assemblies
        ),
        timeframe=Timeframe(frames.pop()),
        warmup=max(one.warmup for one in chosen),
        patience_s=settings.live.strategy_seconds,
        limits=assemblies[0].pipeline.limits,
    )


def load(window: Window, players: Cast, settings: Settings, source: Any) -> dict[str, History]:
    """
    Return the bars of a replay by symbol, warm-up included.

    Raises:
        DataError: TW-D002 when there are no bars after the warm-up.
    """
    histories = load_histories(source, settings.symbols, players.timeframe, window, players.warmup, settings)
    for symbol, history in histories.items():
        if not len(history.run_bars):
            raise DataError(
                f"{symbol}: there are no bars to trade on.", code="TW-D002", hint="Ask for a longer window."
            )
    return histories


def identity_of(players: Cast, settings: Settings, request: Request) -> dict[str, Any]:
    """Return what makes a session the one it is: who asks for the same goes on where it stopped."""
    return {
        "strategies": {one.name: plain_value(one.settings) for one in players.players},
        "symbols": list(settings.symbols),
        "timeframe": players.timeframe.name,
        "source": settings.source,
        "sources": without_secrets(plain_value({name: settings.sources[name] for name in sorted(settings.sources)})),
        **({"sentiment": plain_value(settings.sentiment)} if settings.sentiment.sources else {}),
        "risk": list(settings.risk),
        "policies": plain_value({name: settings.policies[name] for name in sorted(settings.policies)}),
        "indicators": plain_value({name: settings.indicators[name] for name in sorted(settings.indicators)}),
        "limits": plain_value(settings.limits),
        "costs": plain_value(settings.costs),
        "instruments": plain_value({name: settings.instruments[name] for name in sorted(settings.instruments)}),
        "initial_balance": settings.initial_balance,
        "max_gap": settings.max_gap,
        "use_finer_bars": settings.use_finer_bars,
        "window": [request.start_ms, request.end_ms, request.days],
    }


def fingerprint(identity: Mapping[str, Any]) -> str:
    """Return what the paper accounts of these settings are called in the store, before their number."""
    return f"paper-{sha256_of(dict(identity))[:24]}"


def on_each(pipeline: Deciding, symbols: Iterable[str], *, watched: bool = True) -> dict[str, Deciding]:
    """Return a strategy for each symbol, as it sits in a session; what is only told again is not watched."""
    return {symbol: pipeline.on(symbol, watched=watched) for symbol in symbols}


def seat_all(players: Cast, feed: Feed, windows: Sequence[BarWindow]) -> tuple[Seat, ...]:
    """Return a seat for every strategy on every symbol, strategies first."""
    seats = []
    watched = not isinstance(feed, ReplayFeed)
    for rank, player in enumerate(players.players):
        for at, (symbol, pipeline) in enumerate(on_each(player.pipeline, feed.names, watched=watched).items()):
            key = SlotKey(name=player.name, symbol=symbol, at=at, priority=rank)
            seats.append(Seat(key=key, strategy=player.name, decider=Decider(pipeline, windows[at])))
    return tuple(seats)


def windows_of(feed: Feed, warmup: int) -> tuple[BarWindow, ...]:
    """Return the bars that decisions are made on, by symbol in the feed's order."""
    keep, capacity = room_of(warmup)
    warm = feed.warm()
    return tuple(BarWindow(warm[name], keep=keep, capacity=max(capacity, len(warm[name]) + 1)) for name in feed.names)


def paper_account(players: Cast, feed: Feed, seats: Sequence[Seat], settings: Settings) -> PaperAccount:
    """Return a flat paper account for these seats."""
    clustered = len(feed.names) > 1 and players.limits.max_correlated_risk < 1.0
    return PaperAccount(
        [seat.key for seat in seats],
        feed.instruments,
        feed.timeframe,
        feed.market,
        limits=players.limits,
        costs=settings.costs,
        balance=settings.initial_balance,
        clusters=DayClusters(len(feed.names)) if clustered else None,
    )


def warnings_of(players: Cast, feed: Feed, windows: Sequence[BarWindow], settings: Settings) -> list[str]:
    """
    Let every strategy look at market and costs once; return its warnings.

    Raises:
        StrategyError: TW-K006 when one refuses the market.
    """
    found = []
    for player in players.players:
        for symbol, instrument, window in zip(feed.names, feed.instruments, windows, strict=True):
            if len(window):
                lines = player.pipeline.on(symbol).check(instrument, settings.costs, window.bars())
                found += [f"{symbol} {player.name}: {line}" for line in lines]
    return found
