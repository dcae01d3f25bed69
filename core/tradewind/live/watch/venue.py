"""Watchdogs of what the desk works with: the market's stream, the venue's reports of the account, the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from tradewind.config.schema import LiveSettings
from tradewind.live.feed.feed import ReplayFeed
from tradewind.live.orders.bench import SLOW_LASTS_S
from tradewind.live.watch.watchdog import Trouble

if TYPE_CHECKING:
    from tradewind.live.orders.desk import OrderDesk

SILENT_S: Final = LiveSettings().stale_seconds
"""Silence of the market after which nothing is decided, where nothing else is asked for."""
REPORTS_S: Final = 10.0
"""How long the venue's reports of the account may be missing before somebody is told."""


@attrs.define(kw_only=True)
class MarketSilence:
    """
    A market of which nothing is heard.

    Args:
        feed: Where bars come from.
        most_s: How long it may be silent.
    """

    name = "market"
    feed: Any
    most_s: float = SILENT_S

    def look(self, now_s: float) -> Trouble | None:
        """Tell of a stream in which nothing moves, and of a bar that is overdue."""
        del now_s
        if isinstance(self.feed, ReplayFeed):
            return None
        quiet = getattr(self.feed, "quiet_s", None)
        quiet_s = None if quiet is None else quiet()
        if quiet_s is None or quiet_s < self.most_s:
            return None
        return Trouble(
            text=f"nothing has been heard of the market for {quiet_s:,.0f} s",
            todo="The stream is opened anew by itself. Look at the connection and at the venue's status page.",
            stops_entries=True,
        )


@attrs.define(kw_only=True)
class SlowJournal:
    """
    A journal that is slow to write: nothing is sent before it is written, so orders wait for it.

    Args:
        desk: The order desk.
    """

    name = "journal"
    desk: OrderDesk

    def look(self, now_s: float) -> Trouble | None:
        """Tell of the slowest unit of work of the last minute, when it was slow."""
        at_s, took_s = self.desk.bench.slow_unit
        if now_s - at_s > SLOW_LASTS_S:
            return None
        return Trouble(
            text=f"writing to the journal took {took_s:,.1f} s",
            todo="Give the disk less to do, or move the journal to a faster one; a disk that fails is slow first.",
            stops_entries=True,
        )


@attrs.define(kw_only=True)
class AccountSilence:
    """
    Reports of the account that do not arrive.

    Args:
        desk: The order desk.
        most_s: How long they may be missing.
    """

    name = "account stream"
    desk: OrderDesk
    most_s: float = REPORTS_S
    _since_s: float | None = attrs.field(default=None, init=False)

    def look(self, now_s: float) -> Trouble | None:
        """Tell when the stream has been down for a while."""
        if self.desk.bench.stream_live:
            self._since_s = None
            return None
        if self._since_s is None:
            self._since_s = now_s
        if now_s - self._since_s < self.most_s:
            return None
        return Trouble(
            text=f"the venue's reports of the account have been missing for {now_s - self._since_s:,.0f} s",
            todo="Orders are looked up instead. Look at the connection when this does not end.",
        )
