"""No entry is decided on a row that is not finished, or that has a hole in it or before it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from live.feed.venue import Venue, VirtualClock, deliveries_of, market_of
from live.market import HOUR, START, Lasting, busy_setting, sitting
from tradewind.errors import DataError
from tradewind.live.engine import Told
from tradewind.live.feed.stream import StreamFeed
from tradewind.model.bars import Bars
from tradewind.model.decisions import OUTCOME_CODES
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.resample import resample

BLOCKED = OUTCOME_CODES["blocked:stale_data"]
ROW = 4 * HOUR


class Mute(Venue):
    """A venue whose stream loses an hour, and whose history does not answer for it."""

    lost_ms: int = START + 121 * HOUR

    def bars(
        self, instrument: Instrument, timeframe: Timeframe, start: pd.Timestamp, end: pd.Timestamp
    ) -> pd.DataFrame:
        if start.value // 1_000_000 == self.lost_ms:
            raise DataError("it does not answer.", code="TW-D002")
        return super().bars(instrument, timeframe, start, end)


def told_of(bars: Mapping[str, Bars], *, rows: int, warm: int = 120, mute: bool = False) -> list[Told]:
    """Return what a session tells that decides rows of four hours on a stream of hours."""
    first = warm
    clock = VirtualClock(START + first * HOUR + 1_000)
    kind = Mute if mute else Venue
    venue = kind(clock=clock, bars_of=bars, deliveries=deliveries_of(bars, first))
    if mute:
        del venue.deliveries[1]
    told: list[Told] = []

    async def here(call: Any) -> Any:
        await asyncio.sleep(0)
        return call()

    async def run() -> None:
        empty = {name: one.rows(0, 0) for name, one in bars.items()}
        feed = StreamFeed(
            venue, venue.instruments(), Timeframe("4h"), Timeframe("1h"), clock=clock, ask=here,
            warm={name: resample(one.rows(0, first), "4h") for name, one in bars.items()},
            begun=empty, backlog=empty, first_ms=START + first * HOUR,
        )  # fmt: skip
        driver = asyncio.create_task(clock.drive())

        def tell(one: Told) -> None:
            told.append(one)
            if len([row for step in told for row in step.rows if row is not None]) == rows:
                session.engine.stop("enough")

        session = sitting(busy_setting(Lasting()), feed=feed, tell=tell)
        await session.engine.run()
        driver.cancel()

    asyncio.run(run())
    return told


def outcomes(told: list[Told]) -> dict[int, int]:
    """Return what was decided on each row, by its place after the first."""
    found = {}
    for one in told:
        row = next((row for row in one.rows if row is not None), None)
        if row is not None:
            asks = one.step.decided["outcome"].tolist()
            found[(int(row.bars.time[-1]) - START) // ROW] = asks[0] if asks else 0
    return found


@pytest.mark.critical
def test_a_row_is_decided_only_when_its_last_hour_has_closed() -> None:
    told = told_of(market_of(hours=160), rows=4)
    decided = [one.step.moment.open_ms for one in told if any(row is not None for row in one.rows)]
    assert decided == [START + (123 + 4 * n) * HOUR for n in range(4)]
    undecided = [one for one in told if all(row is None for row in one.rows)]
    assert [len(one.step.decided) for one in undecided] == [0] * len(undecided)
    assert len(undecided) == 12


@pytest.mark.critical
def test_no_entry_is_decided_on_a_row_of_which_an_hour_is_not_known() -> None:
    told = told_of(market_of(hours=160), rows=3, mute=True)
    found = outcomes(told)
    assert any("did not answer" in note for one in told for note in one.step.moment.notes)
    assert found[30] == BLOCKED
    assert found[31] != BLOCKED


@pytest.mark.critical
def test_a_row_of_which_the_venue_itself_lacks_an_hour_is_decided_as_the_venue_has_it() -> None:
    bars = market_of(hours=160)
    kept = np.ones(160, dtype=np.bool_)
    kept[121] = False
    told = told_of({name: one.where(kept) for name, one in bars.items()}, rows=2)
    rows = [row for one in told for row in one.rows if row is not None]
    assert [bool(row.bars.partial[-1]) for row in rows] == [True, False]
    assert outcomes(told)[30] != BLOCKED


@pytest.mark.critical
def test_no_entry_is_decided_on_a_row_that_follows_missing_ones() -> None:
    bars = market_of(hours=160)
    kept = np.ones(160, dtype=np.bool_)
    kept[120:128] = False
    found = outcomes(told_of({name: one.where(kept) for name, one in bars.items()}, rows=3))
    assert found[32] == BLOCKED
    assert 30 not in found
    assert 31 not in found
