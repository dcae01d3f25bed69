"""Closed bars from a stream: final, repaired, never acted on in doubt."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from live.feed.venue import Delivery, Heard, deliveries_of, listen, market_of
from live.market import HOUR, START
from tradewind.live.feed.candles import candle_of, candles_of
from tradewind.live.feed.moment import Candle
from tradewind.live.feed.stream import Patience
from tradewind.model.bars import Bars
from tradewind.pipeline.resample import resample


def told(heard: Heard, symbol: int = 0) -> list[Candle | None]:
    return [moment.bars[symbol] for moment in heard.moments]


def test_every_bar_is_told_once_as_it_closes() -> None:
    bars = market_of(symbols=2)
    heard = listen(bars, count=12)
    assert told(heard, 0) == candles_of(bars["BTCUSDT"])[8:20]
    assert told(heard, 1) == candles_of(bars["ETHUSDT"])[8:20]
    assert [moment.late for moment in heard.moments] == [False] * 12
    assert heard.at_ms[3] == START + 12 * HOUR + 200
    assert heard.venue.asked == 0


@pytest.mark.critical
def test_a_bar_that_the_stream_lost_comes_from_history_before_five_seconds_and_a_bit() -> None:
    bars = market_of()
    items = deliveries_of(bars, 8)
    del items[4]
    heard = listen(bars, deliveries=items, count=8)
    assert told(heard) == candles_of(bars["BTCUSDT"])[8:16]
    assert heard.at_ms[4] == START + 13 * HOUR + 5_000
    assert "came from history" in heard.moments[4].notes[0]
    assert not heard.moments[4].late


@pytest.mark.critical
def test_a_bar_that_the_venue_itself_lacks_stays_missing() -> None:
    bars = market_of(symbols=2)
    kept = np.ones(40, dtype=np.bool_)
    kept[12] = False
    bars["ETHUSDT"] = bars["ETHUSDT"].where(kept)
    heard = listen(bars, count=8)
    assert told(heard, 1)[4] is None
    assert told(heard, 0)[4] == candles_of(bars["BTCUSDT"])[12]
    assert told(heard, 1)[5] == candles_of(bars["ETHUSDT"])[12]


def test_an_hour_without_any_bar_is_passed_over() -> None:
    bars = market_of()
    kept = np.ones(40, dtype=np.bool_)
    kept[12] = False
    holed = {"BTCUSDT": bars["BTCUSDT"].where(kept)}
    heard = listen(holed, count=8)
    assert [moment.open_ms for moment in heard.moments][3:6] == [START + n * HOUR for n in (11, 13, 14)]
    assert any("no bars" in note for note in heard.notes)


@pytest.mark.critical
def test_a_bar_that_comes_too_late_is_told_but_not_to_be_acted_on() -> None:
    bars = market_of()
    items = deliveries_of(bars, 8)
    del items[4]
    heard = listen(bars, deliveries=items, count=8, patience=Patience(late_s=3.0))
    assert [moment.late for moment in heard.moments] == [False] * 4 + [True] + [False] * 3
    assert any("too late" in note for note in heard.moments[4].notes)


def test_a_session_without_any_stream_lives_on_history() -> None:
    bars = market_of()
    heard = listen(bars, deliveries=[], count=5)
    assert told(heard) == candles_of(bars["BTCUSDT"])[8:13]
    assert [moment.late for moment in heard.moments] == [False] * 5


@pytest.mark.critical
def test_what_closed_before_the_session_is_told_first_as_late() -> None:
    bars = market_of()
    heard = listen(bars, backlog=6, count=10)
    assert told(heard) == candles_of(bars["BTCUSDT"])[8:18]
    assert [moment.late for moment in heard.moments] == [True] * 6 + [False] * 4


def test_a_bar_that_changed_after_it_was_final_is_told_as_revised() -> None:
    bars = market_of()
    items = deliveries_of(bars, 8)
    changed = items[2].candle._replace(close=items[2].candle.close + 0.5, high=items[2].candle.high + 1.0)
    items.insert(4, Delivery(symbol="BTCUSDT", candle=changed, delay_ms=HOUR + 300))
    heard = listen(bars, deliveries=items, count=8)
    assert any(note.startswith("REVISED") for note in heard.notes)
    assert told(heard) == candles_of(bars["BTCUSDT"])[8:16]


@pytest.mark.critical
def test_more_than_three_revisions_in_a_day_forbid_entries() -> None:
    bars = market_of()
    items = deliveries_of(bars, 8)
    again = [
        Delivery(symbol="BTCUSDT", candle=item.candle._replace(close=item.candle.low), delay_ms=HOUR // 2)
        for item in items[1:5]
    ]
    mixed = sorted(items + again, key=lambda item: item.candle.time + item.delay_ms)
    heard = listen(bars, deliveries=mixed, count=8)
    assert [moment.late for moment in heard.moments] == [False] * 5 + [True] * 3


@pytest.mark.critical
def test_a_price_that_jumps_is_believed_only_when_history_says_so_too() -> None:
    bars = market_of()
    one = bars["BTCUSDT"]
    close = one.close.copy()
    close[12] *= 1.5
    jumped = attrs.evolve(one, close=close, high=np.maximum(one.high, close))
    items = deliveries_of({"BTCUSDT": jumped}, 8)
    heard = listen({"BTCUSDT": one}, deliveries=items, count=8)
    assert any("SUSPECT_PRICE" in note for note in heard.notes)
    assert heard.moments[4].late
    assert told(heard)[4] == candles_of(one)[12]
    real = listen({"BTCUSDT": jumped}, deliveries=deliveries_of({"BTCUSDT": jumped}, 8), count=8)
    assert not real.moments[4].late
    assert told(real)[4] == candles_of(jumped)[12]


@pytest.mark.critical
def test_a_stream_that_breaks_is_opened_anew_and_nothing_is_lost() -> None:
    bars = market_of()
    items = deliveries_of(bars, 8)
    items.insert(3, Delivery(symbol="", candle=items[3].candle, delay_ms=10, breaks=True))
    heard = listen(bars, deliveries=items, count=10)
    assert told(heard) == candles_of(bars["BTCUSDT"])[8:18]
    assert heard.venue.opened == 2
    assert any("broke" in note for note in heard.notes)


@pytest.mark.critical
def test_a_stream_that_falls_silent_is_opened_anew_beside_the_old_one() -> None:
    bars = market_of()
    heard = listen(bars, count=12, silent_from_ms=START + 12 * HOUR)
    assert told(heard) == candles_of(bars["BTCUSDT"])[8:20]
    assert heard.venue.opened == 2
    assert any("silent" in note for note in heard.notes)
    assert heard.moments[-1].notes == ()


def test_rows_are_what_resampling_the_whole_history_gives() -> None:
    bars = market_of(symbols=2)
    heard = listen(bars, timeframe="4h", first=9, backlog=5, count=24)
    rows = [moment.rows[0] for moment in heard.moments if moment.rows[0] is not None]
    whole = candles_of(resample(bars["BTCUSDT"], "4h"))
    assert rows[1:] == whole[3 : 2 + len(rows)]
    assert rows[0].partial
    assert [moment.closes_row for moment in heard.moments][:8] == [False, False, True, False, False, False, True, False]


@pytest.mark.parametrize(
    "item",
    [
        {"time": START, "open": 1.0, "high": 2.0, "low": 0.5, "close": 1.5, "volume": 3.0},
        attrs.make_class("Kline", ["time", "open", "high", "low", "close", "volume"])(START, 1.0, 2.0, 0.5, 1.5, 3.0),
        Bars(
            timeframe=market_of()["BTCUSDT"].timeframe,
            time=np.array([START]),
            open=np.array([1.0]),
            high=np.array([2.0]),
            low=np.array([0.5]),
            close=np.array([1.5]),
            volume=np.array([3.0]),
        ),
    ],
    ids=["mapping", "attributes", "bars"],
)
def test_a_streamed_bar_is_read_in_each_of_its_forms(item: object) -> None:
    assert candle_of(item) == Candle(START, 1.0, 2.0, 0.5, 1.5, 3.0)


def test_something_that_is_no_bar_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="no high, low"):
        candle_of({"time": START, "open": 1.0, "close": 1.5, "volume": 3.0})
