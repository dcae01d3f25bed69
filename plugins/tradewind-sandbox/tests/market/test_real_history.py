"""Real history is replayed to the last digit: crash days, outage days and old, finer prices."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Any

import pytest
from pandas import Timestamp

from tradewind.api import Bars, Timeframe
from tradewind.testing import BarSourceContract
from tradewind_sandbox.clock import SandboxClock
from tradewind_sandbox.exchange import KlineInput
from tradewind_sandbox.market.driver import MarketDriver, MarketRules, open_histories

pytestmark = pytest.mark.needs_others


def files() -> Any:
    """Return the source of files from the catalogue."""
    folder = os.environ.get("TRADEWIND_MARKET_DATA", "")
    if not folder:
        pytest.skip("needs real price history: set TRADEWIND_MARKET_DATA to its folder")

    class Files(BarSourceContract):
        spec = "files"
        config = {"path": folder}

    return Files().build()


def rows_of(bars: Bars) -> list[tuple[int, ...]]:
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    return [
        (int(time), *(int(Decimal(repr(float(value))) * 10**8) for value in values))
        for time, *values in zip(bars.time, *columns, strict=True)
    ]


@pytest.mark.parametrize(
    ("symbol", "timeframe", "longer", "start", "end"),
    [
        ("BTCUSDT", "1m", "15m", "2024-08-05T00:00", "2024-08-05T06:00"),
        ("ETHUSDT", "5m", "1h", "2025-01-20T00:00", "2025-01-21T00:00"),
        ("BTCUSDT", "1h", "4h", "2018-02-07T00:00", "2018-02-11T00:00"),
        ("BTCUSDT", "1h", "1d", "2017-08-18T00:00", "2017-08-25T00:00"),
        ("DOGEUSDT", "1h", "12h", "2021-05-01T00:00", "2021-05-05T00:00"),
        ("BNBUSDT", "1d", "1w", "2021-05-03T00:00", "2021-06-28T00:00"),
    ],
)
def test_a_replay_gives_back_the_bars_of_the_files(
    symbol: str, timeframe: str, longer: str, start: str, end: str
) -> None:
    source, told = files(), []
    first, last = (Timestamp(text, tz="UTC") for text in (start, end))
    rules = MarketRules(timeframe=timeframe, push_ms=0)
    histories = open_histories(source, [symbol], rules, start_ms=first.value // 10**6, seed=11)
    clock = SandboxClock(market_us=first.value // 1000)

    class Recorder:
        def feed(self, one: Any) -> None:
            if isinstance(one, KlineInput) and one.closed and not one.silent:
                told.append(one)

    driver = MarketDriver(exchange=Recorder(), clock=clock, histories=histories, rules=rules)
    driver.want(symbol, longer)
    driver.advance(last.value // 10**6)
    for interval in (timeframe, longer):
        frame = source.bars(histories[0].instrument, Timeframe(interval), first, last)
        expected = rows_of(Bars.from_frame(frame, interval))
        found = [
            (one.open_ms, one.open, one.high, one.low, one.close, one.volume)
            for one in told
            if one.interval == interval
        ]
        assert len(expected) > 5
        assert found == expected
