"""A session on a stream is the session on the same bars as history."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import pytest

from live.feed.venue import Venue, VirtualClock, deliveries_of
from live.market import HOUR, START, Setting, Sitting, busy_setting, sitting
from tradewind.live.feed.moment import Moment
from tradewind.live.feed.stream import StreamFeed
from tradewind.model.timeframe import Timeframe

FIRST = 200


class Limited(StreamFeed):
    """A stream that ends after so many moments."""

    most = 0

    async def moments(self) -> AsyncIterator[Moment]:
        told = 0
        async for moment in super().moments():
            yield moment
            told += 1
            if told == self.most:
                return


def streamed(setting: Setting, hours: int, *, lost: int) -> Sitting:
    """Return what a session on the hourly bars of a setting comes to; every so manieth is lost by the stream."""
    fine = {name: history.fine for name, history in setting.histories.items()}
    bars = {name: one for name, one in fine.items() if one is not None}
    clock = VirtualClock(START + FIRST * HOUR + 500)
    deliveries = deliveries_of(bars, 0)
    venue = Venue(clock=clock, bars_of=bars, deliveries=[one for n, one in enumerate(deliveries) if n % lost != 3])

    async def ask(call: Callable[[], Any]) -> Any:
        await asyncio.sleep(0)
        return call()

    feed = Limited(
        venue,
        venue.instruments(),
        Timeframe("4h"),
        Timeframe("1h"),
        warm={name: history.bars.rows(0, history.first_row) for name, history in setting.histories.items()},
        begun={name: one.rows(0, 0) for name, one in bars.items()},
        backlog={name: one.rows(0, 0) for name, one in bars.items()},
        first_ms=START + FIRST * HOUR,
        clock=clock,
        ask=ask,
    )
    feed.most = hours - FIRST
    session = sitting(setting, feed=feed)

    async def run() -> None:
        driver = asyncio.create_task(clock.drive())
        await session.engine.run()
        driver.cancel()

    asyncio.run(run())
    return session


@pytest.mark.critical
def test_a_stream_with_losses_trades_as_its_history_does() -> None:
    hours = 600
    setting = busy_setting(hours=hours, first=FIRST, symbols=2, fine=True)
    replay = sitting(setting)
    replay.run()
    live = streamed(setting, hours, lost=17)
    assert len(replay.trades) > 20
    assert live.equity.tobytes() == replay.equity.tobytes()
    for name in replay.trades.dtype.names:
        assert np.array_equal(live.trades[name], replay.trades[name], equal_nan=live.trades[name].dtype.kind == "f")
    assert live.asks()["outcome"].tolist() == replay.asks()["outcome"].tolist()
    assert "feed_note" in live.kinds()
