"""A bar that is rehearsed before the first: what is loaded and compiled on first use is there when it counts."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from tradewind.config.schema import Settings
from tradewind.kernel import door
from tradewind.live.feed.candles import candles_of
from tradewind.live.feed.feed import Feed
from tradewind.live.feed.moment import Candle, Moment
from tradewind.live.feed.window import BarWindow
from tradewind.live.position.account import PlanRow
from tradewind.live.session.session import Cast, paper_account
from tradewind.live.strategy.seat import Seat


def load_kernel() -> None:
    """Have the compiled kernel at hand: on its first day on a machine that takes many seconds."""
    door.compiled_advance()
    door.compiled_scan()


def rehearse(players: Cast, feed: Feed, seats: Sequence[Seat], windows: Sequence[BarWindow], settings: Settings) -> int:
    """
    Decide the newest known bar and carry it out on a paper account that is thrown away.

    Strategies answer for the bar alone, so nothing of it stays. What one raises is told at the first bar that counts,
    where it keeps to its slot. Nothing may be decided on the windows meanwhile; the event loop is not needed.

    Returns:
        How many slots had an answer.
    """
    newest = max((window.last_ms for window in windows if len(window)), default=None)
    if newest is None:
        return 0
    last = [_newest(window, newest) for window in windows]
    rows: list[PlanRow | None] = [None] * len(seats)
    for k, seat in enumerate(seats):
        if last[seat.key.at] is not None:
            with suppress(Exception):
                rows[k] = seat.decider.row()
    account = paper_account(players, feed, seats, settings)
    account.lead([window.bars().between(0, newest) for window in windows])
    close_ms = newest + feed.timeframe.ms
    opened = close_ms - feed.market.ms
    moment = Moment(
        open_ms=opened,
        close_ms=close_ms,
        bars=tuple(None if one is None else one._replace(time=opened) for one in last),
        rows=tuple(last),
        closes_row=True,
    )
    account.carry_out(moment, rows)
    return sum(row is not None for row in rows)


def _newest(window: BarWindow, time: int) -> Candle | None:
    count = len(window)
    if not count or window.last_ms != time:
        return None
    return candles_of(window.bars().rows(count - 1, count))[0]
