"""What a source garbles, loses or raises never gets into a window, and never ends a session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import numpy as np
import pytest

from live.feed.venue import Delivery, Heard, VirtualClock, deliveries_of, listen, market_of
from live.market import HOUR, START
from tradewind.errors import DataError
from tradewind.live.feed.candles import bars_of, candles_of
from tradewind.live.feed.lookup import Lookup
from tradewind.live.feed.moment import Candle
from tradewind.live.session.feeding import _bars
from tradewind.model.bars import Bars
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe

NAN = float("nan")
PLACE = 4
"""The bar that is tampered with, counted from the first that is told."""
SOUND = Candle(START, 100.0, 102.0, 99.0, 101.0, 5.0)


def told(heard: Heard) -> list[Candle | None]:
    return [moment.bars[0] for moment in heard.moments]


def with_wrong(wrong: Callable[[Candle], Candle], *, then_right: bool = False, **more: Any) -> Heard:
    """Return what a feed tells when one bar is garbled by the stream, and maybe comes again as it is."""
    bars = market_of()
    items = deliveries_of(bars, 8)
    right = items[PLACE].candle
    items[PLACE] = Delivery(symbol="BTCUSDT", candle=wrong(right))
    if then_right:
        items.insert(PLACE + 1, Delivery(symbol="BTCUSDT", candle=right, delay_ms=900))
    return listen(bars, deliveries=items, count=8, **more)


@pytest.mark.parametrize("name", ["open", "high", "low", "close", "volume"])
@pytest.mark.parametrize("value", [NAN, -1.0, float("inf")])
def test_a_bar_with_one_impossible_value_is_not_sound(name: str, value: float) -> None:
    assert SOUND.is_sound
    values: dict[str, Any] = {name: value}
    assert not SOUND._replace(**values).is_sound


WRONG: dict[str, Callable[[Candle], Candle]] = {
    "a close that is no number": lambda one: one._replace(close=NAN),
    "an open that is no number": lambda one: one._replace(open=NAN),
    "a volume that is no number": lambda one: one._replace(volume=NAN),
    "a price of zero": lambda one: one._replace(low=0.0),
    "a negative price": lambda one: one._replace(close=-one.close),
    "high below low": lambda one: one._replace(high=one.low, low=one.high),
    "ten times the price": lambda one: Candle(
        one.time, 10.0 * one.open, 10.0 * one.high, 10.0 * one.low, 10.0 * one.close, one.volume
    ),
    "a high of 1e308": lambda one: one._replace(high=1e308),
    "a low of a tenth": lambda one: one._replace(low=0.1 * one.low),
}


@pytest.mark.critical
@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("then_right", [False, True])
def test_a_bar_that_the_stream_garbles_is_told_as_history_has_it(kind: str, then_right: bool) -> None:
    heard = with_wrong(WRONG[kind], then_right=then_right)
    assert told(heard) == candles_of(market_of()["BTCUSDT"])[8:16]
    assert [moment.open_ms for moment in heard.moments if moment.late] in ([], [START + (8 + PLACE) * HOUR])


@pytest.mark.critical
@pytest.mark.parametrize("kind", ["ten times the price", "a high of 1e308", "a low of a tenth"])
def test_a_price_beyond_belief_that_history_cannot_confirm_is_no_bar(kind: str) -> None:
    def silent(name: str, found: Bars) -> Bars:
        raise OSError("no route")

    heard = with_wrong(WRONG[kind], lying=silent)
    right = candles_of(market_of()["BTCUSDT"])
    assert told(heard) == right[8 : 8 + PLACE] + right[9 + PLACE : 17]


@pytest.mark.critical
def test_a_crash_that_the_stream_garbles_is_believed_when_history_says_it_twice() -> None:
    bars = market_of()
    one = bars["BTCUSDT"]
    place = 8 + PLACE
    high, close = one.high.copy(), one.close.copy()
    high[place], close[place] = 1.36 * one.open[place], 1.35 * one.open[place]
    for n in range(place + 1, len(one)):
        high[n], close[n] = max(high[n], close[place]), close[place]
    crashed = {"BTCUSDT": Bars(**{**_columns(one), "high": high, "close": close})}
    items = deliveries_of(crashed, 8)
    items[PLACE] = Delivery(symbol="BTCUSDT", candle=items[PLACE].candle._replace(low=0.1 * one.low[place]))
    heard = listen(crashed, deliveries=items, count=8)
    assert told(heard) == candles_of(crashed["BTCUSDT"])[8:16]
    assert [moment.late for moment in heard.moments][: PLACE + 1] == [False] * PLACE + [True]


@pytest.mark.critical
def test_a_bar_is_not_acted_on_before_it_has_closed() -> None:
    bars = market_of()
    items = deliveries_of(bars, 8)
    right = items[PLACE].candle
    early = Delivery(symbol="BTCUSDT", candle=right._replace(close=right.open), delay_ms=-60_000)
    items.insert(PLACE, early)
    heard = listen(bars, deliveries=items, count=8)
    assert told(heard) == candles_of(bars["BTCUSDT"])[8:16]
    assert heard.at_ms[PLACE] == right.time + HOUR + 200
    assert not any("REVISED" in note for note in heard.notes)


def test_an_answer_of_history_that_is_impossible_once_is_not_believed() -> None:
    bars = market_of()
    items = deliveries_of(bars, 8)
    del items[PLACE]
    asked: list[str] = []

    def once(name: str, found: Bars) -> Bars:
        asked.append(name)
        if len(asked) > 1:
            return found
        return bars_of([one._replace(close=NAN) for one in candles_of(found)], found.timeframe)

    heard = listen(bars, deliveries=items, count=8, lying=once)
    assert told(heard) == candles_of(bars["BTCUSDT"])[8:16]
    assert heard.venue.asked == 2


def test_what_the_venue_itself_has_as_impossible_is_told_as_it_is() -> None:
    bars = market_of()
    low = bars["BTCUSDT"].low.copy()
    low[8 + PLACE] = -1.0
    broken = {"BTCUSDT": Bars(**{**_columns(bars["BTCUSDT"]), "low": low})}
    heard = listen(broken, count=8)
    assert told(heard) == candles_of(broken["BTCUSDT"])[8:16]


def _columns(bars: Bars) -> dict[str, Any]:
    return {name: getattr(bars, name) for name in ("timeframe", "time", "open", "high", "low", "close", "volume")}


def test_a_bar_that_history_shows_a_little_later_is_waited_for() -> None:
    bars = market_of()
    items = deliveries_of(bars, 8)
    del items[PLACE]
    answers = [bars["BTCUSDT"].rows(0, 0)]
    heard = listen(bars, deliveries=items, count=8, lying=lambda name, found: answers.pop() if answers else found)
    assert told(heard) == candles_of(bars["BTCUSDT"])[8:16]
    assert not heard.moments[PLACE].late


@pytest.mark.critical
@pytest.mark.parametrize("error", [KeyError("data"), RuntimeError("closed"), ValueError("no json"), SystemExit(1)])
def test_whatever_history_raises_the_session_goes_on(error: BaseException) -> None:
    bars = market_of()
    items = deliveries_of(bars, 8)
    del items[PLACE]

    def failing(name: str, found: Bars) -> Bars:
        raise error

    heard = listen(bars, deliveries=items, count=7, lying=failing)
    assert told(heard) == [one for n, one in enumerate(candles_of(bars["BTCUSDT"])[8:16]) if n != PLACE]
    assert any(f"history did not answer for BTCUSDT: {type(error).__name__}" in note for note in heard.notes)


class Hasty(VirtualClock):
    """Virtual time on which an answer is waited for by the machine's clock, a moment."""

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        return asyncio.timeout(0.02)


def test_an_answer_that_never_comes_is_not_waited_for_and_others_are_not_asked() -> None:
    asked: list[object] = []

    async def never(call: object) -> Any:
        asked.append(call)
        await asyncio.Event().wait()

    async def run() -> Any:
        clock = Hasty(START + 5 * HOUR)
        driver = asyncio.create_task(clock.drive())
        pairs = {name: Instrument(symbol=name) for name in ("BTCUSDT", "ETHUSDT", "SOLUSDT")}
        lookup = Lookup(None, pairs, Timeframe("1h"), clock=clock, ask=never, note=notes.append)
        found = await lookup.bars(tuple(pairs), START)
        driver.cancel()
        return found

    notes: list[str] = []
    found = asyncio.run(run())
    assert {name: one.trouble for name, one in found.items()} == dict.fromkeys(found, "TimeoutError")
    assert len(asked) == 2
    assert len(notes) == 3


@pytest.mark.parametrize(
    "item",
    [
        {"time": float("inf"), "open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0, "volume": 1.0},
        {"time": START, "open": "null", "high": 1.0, "low": 1.0, "close": 1.0, "volume": 1.0},
        {"time": START, "close": 1.0},
        None,
        7,
        bars_of([], Timeframe("1h")),
    ],
)
def test_what_is_no_bar_is_left_out_and_the_stream_goes_on(item: Any) -> None:
    bars = market_of()
    items = deliveries_of(bars, 8)
    heard = listen(bars, deliveries=items, count=8, strange={PLACE: item})
    assert told(heard) == candles_of(bars["BTCUSDT"])[8:16]
    assert heard.venue.opened == 1
    assert any("left out" in note for note in heard.notes)


@pytest.mark.critical
def test_a_stream_that_breaks_as_no_system_does_is_opened_anew() -> None:
    class Closed(Exception):  # noqa: N818 - libraries of sockets call theirs so
        pass

    bars = market_of()
    heard = listen(bars, count=8, strange={PLACE: Closed("no close frame")})
    assert told(heard) == candles_of(bars["BTCUSDT"])[8:16]
    assert heard.venue.opened == 2
    assert any("broke (Closed)" in note for note in heard.notes)


def test_a_source_that_raises_when_a_session_is_opened_is_told_in_words() -> None:
    class Failing:
        def bars(self, *_: object) -> Any:
            raise KeyError("data")

    with pytest.raises(DataError, match=r"TW-D011 .*Failing raised KeyError"):
        _bars(Failing(), Instrument(symbol="BTCUSDT"), Timeframe("1h"), START, START + HOUR)


def test_prices_that_grow_by_little_are_never_asked_about() -> None:
    bars = market_of()
    one = bars["BTCUSDT"]
    assert np.abs(np.diff(np.log(one.close))).max() < 0.05
    assert listen(bars, count=12).venue.asked == 0
