"""Drives an exchange's markets: everything that is due, in order, at its own moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, Final, Protocol

import attrs

from tradewind.api import whole, within
from tradewind_sandbox.clock import SandboxClock
from tradewind_sandbox.exchange.klines import INTERVALS
from tradewind_sandbox.exchange.messages import MarketInput
from tradewind_sandbox.market.book import BookShape
from tradewind_sandbox.market.distortion import PLAIN, SILENT, Distortion
from tradewind_sandbox.market.feed import NEVER, SymbolFeed
from tradewind_sandbox.market.history import History, open_history

_US: Final = 1000


_due: Final = attrgetter("next_ms")


@attrs.frozen(kw_only=True)
class MarketRules:
    """
    How history becomes a market.

    Args:
        timeframe: The bars to replay; empty for the finest that the source has at the start.
        steps: Prints in a bar; 0 to choose by its length.
        push_ms: How often a growing kline is told, milliseconds of the market; 0 for when it closes only.
        history_bars: How many klines of the time before the start are served.
        spread_bps: Distance of best bid and best ask, hundredths of a percent.
        level_bps: Distance of neighbouring levels, hundredths of a percent.
        depth: Quantity on a level as a part of what is traded in a bar.
    """

    timeframe: str = ""
    steps: int = attrs.field(default=0, validator=whole(0, 10_000))
    push_ms: int = attrs.field(default=2000, validator=whole(0, 86_400_000))
    history_bars: int = attrs.field(default=1500, validator=whole(0, 100_000))
    spread_bps: float = attrs.field(default=1.0, validator=within(0, 1000))
    level_bps: float = attrs.field(default=1.0, validator=within(0, 1000))
    depth: float = attrs.field(default=0.05, validator=within(0, 100))

    @property
    def shape(self) -> BookShape:
        """The shape of the books."""
        return BookShape(spread_bps=self.spread_bps, level_bps=self.level_bps, depth=self.depth)


class Takes(Protocol):
    """What is driven: an exchange."""

    def feed(self, one: MarketInput, /) -> Any:
        """Take one input of the market."""
        ...


@attrs.frozen(kw_only=True, order=True)
class Scheduled:
    """
    Something that happens at a moment of the market's time.

    Args:
        at_ms: When, milliseconds UTC.
        order: Which comes first at the same moment.
        act: What happens.
    """

    at_ms: int
    order: int = 0
    act: Callable[[], None] = attrs.field(order=False)


@attrs.define(kw_only=True, eq=False)
class MarketDriver:
    """
    Feeds an exchange from histories, up to whatever moment the caller asks for.

    Before each input the clock is moved to that input's moment, so that the exchange's own times are
    those of the market and not of the caller.

    Args:
        exchange: What is fed.
        clock: The exchange's clock.
        histories: One for each pair.
        rules: How history becomes a market.
        distort: What a fault does to a pair at a moment (milliseconds UTC).
    """

    exchange: Takes
    clock: SandboxClock
    histories: Sequence[History]
    rules: MarketRules = attrs.field(factory=MarketRules)
    distort: Callable[[str, int], Distortion] = lambda _symbol, _ms: PLAIN
    feeds: dict[str, SymbolFeed] = attrs.field(init=False)
    _halted: dict[str, bool] = attrs.field(factory=dict, init=False)
    _agenda: list[Scheduled] = attrs.field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self.feeds = {
            one.symbol: SymbolFeed(
                history=one,
                shape=self.rules.shape,
                push_ms=self.rules.push_ms,
                history_bars=self.rules.history_bars,
                distort=self._distortion_of(one.symbol),
            )
            for one in self.histories
        }

    @property
    def next_ms(self) -> int:
        """When something happens next, milliseconds UTC of the market; NEVER when all is over."""
        agenda = self._agenda[0].at_ms if self._agenda else NEVER
        return min(agenda, NEVER, *(feed.next_ms for feed in self.feeds.values()))

    @property
    def over(self) -> bool:
        """Whether every history was replayed to its end."""
        return all(feed.next_ms >= NEVER for feed in self.feeds.values())

    def schedule(self, more: Iterable[Scheduled]) -> None:
        """Let things happen at their moments; those in the past happen with the next step."""
        self._agenda = sorted([*self._agenda, *more])

    def advance(self, until_ms: int, *, most: int = 2**62) -> int:
        """
        Let everything happen that is due by a moment, in order, and move the clock there.

        Args:
            until_ms: The moment, milliseconds UTC of the market; what is due at it happens too.
            most: Stop after so many steps, with the clock at the last one.

        Returns:
            How many steps were taken.
        """
        done = 0
        while done < most:
            feed = min(self.feeds.values(), key=_due, default=None)
            upcoming = feed.next_ms if feed is not None else NEVER
            now = min(upcoming, self._agenda[0].at_ms) if self._agenda else upcoming
            if now > until_ms or now >= NEVER:
                self.clock.move_to(until_ms * _US)
                break
            self.clock.move_to(now * _US)
            if self._agenda and self._agenda[0].at_ms <= now:
                self._agenda.pop(0).act()
            elif feed is not None:
                feed.step(self.exchange.feed)
            done += 1
        return done

    def want(self, symbol: str, interval: str, from_ms: int | None = None) -> None:
        """
        Let klines of a pair and interval be there, the past at once, the growing one from now on.

        Unknown pairs and intervals are left to the exchange to refuse.
        """
        feed = self.feeds.get(symbol)
        if feed is not None and interval in INTERVALS:
            feed.want(interval, self.clock.market_ms, self.exchange.feed, from_ms)

    def push_every(self, milliseconds: int) -> None:
        """Tell growing klines so often from their next push on, milliseconds of the market."""
        for feed in self.feeds.values():
            feed.push_ms = milliseconds

    def halt(self, symbol: str, *, on: bool) -> None:
        """Let nothing be traded on a pair, as in a break, or let it go on."""
        self._halted[symbol] = on

    def remove(self, symbol: str) -> None:
        """Feed a pair no more."""
        self.feeds.pop(symbol, None)

    def _distortion_of(self, symbol: str) -> Callable[[int], Distortion]:
        return lambda now_ms: SILENT if self._halted.get(symbol) else self.distort(symbol, now_ms)


def open_histories(
    source: Any, symbols: Sequence[str], rules: MarketRules, *, start_ms: int | None, seed: int
) -> tuple[History, ...]:
    """
    Return the histories of several pairs, all beginning at one moment.

    Args:
        source: Any source of bars.
        symbols: The pairs.
        rules: How history becomes a market.
        start_ms: Where the replay begins, milliseconds UTC; None for what suits the first pair.
        seed: The sandbox's seed.

    Raises:
        DataError: TW-D001 for an unknown pair, TW-D002 when one has no bars from the start on.
    """
    found: list[History] = []
    for symbol in symbols:
        begin = found[0].start_ms if found else start_ms
        found.append(
            open_history(source, symbol, timeframe=rules.timeframe, start_ms=begin, steps=rules.steps, seed=seed)
        )
    return tuple(found)
