"""A driven market gives back the source's bars exactly, each closing once, whatever interval is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import attrs
import pytest

from tradewind.api import Bars, DataError, Timeframe, resample
from tradewind_sandbox.clock import SandboxClock
from tradewind_sandbox.exchange.messages import BookInput, KlineInput, TradeInput
from tradewind_sandbox.market.distortion import Distortion
from tradewind_sandbox.market.driver import MarketDriver, MarketRules, Scheduled, open_histories

START = 1_717_200_000_000
MINUTE = 60_000


@attrs.define
class Stage:
    """A driver, its clock and what it fed."""

    driver: MarketDriver
    clock: SandboxClock
    inputs: list[Any]
    moments: list[int]

    def closing(self, interval: str, symbol: str = "BTCUSDT") -> list[KlineInput]:
        return [
            one
            for one in self.inputs
            if isinstance(one, KlineInput)
            and (one.symbol, one.interval, one.closed, one.silent) == (symbol, interval, True, False)
        ]


@pytest.fixture
def stage(table_source: Callable[..., Any]) -> Callable[..., Stage]:
    def make(tables: dict[str, Bars], *, start: int = START, **changes: Any) -> Stage:
        rules = MarketRules(**{"push_ms": 0, **{k: v for k, v in changes.items() if k != "distort"}})
        source = table_source(tables)
        histories = open_histories(source, list(tables), rules, start_ms=start, seed=5)
        clock = SandboxClock(market_us=start * 1000)
        inputs: list[Any] = []
        moments: list[int] = []

        class Recorder:
            def feed(self, one: Any) -> None:
                inputs.append(one)
                moments.append(clock.market_ms)

        extra = {"distort": changes["distort"]} if "distort" in changes else {}
        driver = MarketDriver(exchange=Recorder(), clock=clock, histories=histories, rules=rules, **extra)
        return Stage(driver, clock, inputs, moments)

    return make


def plain(amount: float) -> int:
    return int(Decimal(repr(float(amount))) * 10**8)


def row_of(bars: Bars, row: int) -> tuple[int, ...]:
    names = ("open", "high", "low", "close", "volume")
    return (int(bars.time[row]), *(plain(getattr(bars, name)[row]) for name in names))


def told(one: KlineInput) -> tuple[int, ...]:
    return (one.open_ms, one.open, one.high, one.low, one.close, one.volume)


def test_klines_of_the_replayed_length_are_the_source_bars_each_told_once(
    stage: Callable[..., Stage], make_walk: Callable[..., Bars]
) -> None:
    bars = make_walk(300)
    played = stage({"BTCUSDT": bars})
    played.driver.advance(START + 300 * MINUTE)
    assert [told(one) for one in played.closing("1m")] == [row_of(bars, row) for row in range(300)]


def test_blocks_of_a_long_history_join_without_a_seam(
    stage: Callable[..., Stage], make_walk: Callable[..., Bars], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tradewind_sandbox.market.history._BLOCK", 7)
    bars = make_walk(100)
    played = stage({"BTCUSDT": bars})
    played.driver.advance(START + 100 * MINUTE)
    assert [told(one) for one in played.closing("1m")] == [row_of(bars, row) for row in range(100)]


@pytest.mark.parametrize("interval", ["5m", "15m", "1h"])
@pytest.mark.parametrize("wanted_at", [0, 100, 137])
def test_longer_klines_wanted_at_any_moment_are_the_source_bars(
    interval: str, wanted_at: int, stage: Callable[..., Stage], make_walk: Callable[..., Bars]
) -> None:
    bars = make_walk(480)
    played = stage({"BTCUSDT": bars})
    played.driver.advance(START + wanted_at * MINUTE + 31_000)
    played.driver.want("BTCUSDT", interval)
    played.driver.advance(START + 480 * MINUTE)
    longer = resample(bars, Timeframe(interval))
    expected = [row_of(longer, row) for row in range(len(longer))]
    past = [one for one in played.inputs if isinstance(one, KlineInput) and one.silent and one.closed]
    assert [told(one) for one in [*past, *played.closing(interval)]] == expected


def test_finer_klines_fold_back_into_the_source_bar(
    stage: Callable[..., Stage], make_walk: Callable[..., Bars]
) -> None:
    bars = make_walk(6, "1h")
    played = stage({"BTCUSDT": bars}, steps=40)
    played.driver.advance(START + 90 * MINUTE + 17)
    played.driver.want("BTCUSDT", "1m")
    played.driver.advance(START + 6 * 60 * MINUTE)
    past = [one for one in played.inputs if isinstance(one, KlineInput) and one.interval == "1m" and one.closed]
    for hour in range(6):
        inside = [one for one in past if one.open_ms // 3_600_000 == int(bars.time[hour]) // 3_600_000]
        folded = (
            int(bars.time[hour]),
            inside[0].open,
            max(one.high for one in inside),
            min(one.low for one in inside),
            inside[-1].close,
            sum(one.volume for one in inside),
        )
        assert folded == row_of(bars, hour)


def test_history_before_the_start_is_told_silently_and_joins_the_replay(
    stage: Callable[..., Stage], make_walk: Callable[..., Bars]
) -> None:
    bars = make_walk(600)
    start = START + 200 * MINUTE
    played = stage({"BTCUSDT": bars}, start=start, history_bars=3)
    played.driver.want("BTCUSDT", "1h")
    assert [one.open_ms for one in played.inputs if one.closed] == [START + hour * 60 * MINUTE for hour in range(3)]
    played.driver.want("BTCUSDT", "1m", START + 100 * MINUTE)
    played.driver.advance(START + 600 * MINUTE)
    minutes = [one for one in played.inputs if isinstance(one, KlineInput) and one.interval == "1m" and one.closed]
    assert [told(one) for one in minutes] == [row_of(bars, row) for row in range(100, 600)]
    assert [told(one) for one in played.closing("1h")] == [
        row_of(resample(bars, Timeframe("1h")), row) for row in range(3, 10)
    ]


def test_growing_klines_are_pushed_every_two_seconds_of_the_market(
    stage: Callable[..., Stage], make_walk: Callable[..., Bars]
) -> None:
    played = stage({"BTCUSDT": make_walk(3)}, push_ms=2000)
    played.driver.advance(START + MINUTE)
    growing = [
        moment
        for one, moment in zip(played.inputs, played.moments, strict=True)
        if isinstance(one, KlineInput) and not one.closed and one.open_ms == START
    ]
    assert growing == [START + 2000 * n for n in range(1, 30)]
    assert len(played.closing("1m")) == 1


def test_every_print_lies_inside_the_book_around_it(
    stage: Callable[..., Stage], make_walk: Callable[..., Bars]
) -> None:
    played = stage({"BTCUSDT": make_walk(20)})
    played.driver.advance(START + 20 * MINUTE)
    market = [one for one in played.inputs if isinstance(one, BookInput | TradeInput)]
    pairs = [(a, b) for a, b in pairwise(market) if isinstance(b, TradeInput)]
    assert len(pairs) > 100
    for book, trade in pairs:
        assert book.bids[0][0] <= trade.price <= book.asks[0][0]
        assert [len(book.bids), len(book.asks)] == [5, 5]
        assert list(book.bids) == sorted(book.bids, reverse=True)
        assert list(book.asks) == sorted(book.asks)
        assert all(quantity > 0 and quantity % 1000 == 0 for _, quantity in (*book.bids, *book.asks))


def test_pairs_are_fed_in_the_order_of_time(stage: Callable[..., Stage], make_walk: Callable[..., Bars]) -> None:
    played = stage({"BTCUSDT": make_walk(30), "ETHUSDT": make_walk(30, seed=4)})
    played.driver.advance(START + 30 * MINUTE)
    assert played.moments == sorted(played.moments)
    assert Counter(one.symbol for one in played.inputs if isinstance(one, KlineInput)) == {"BTCUSDT": 30, "ETHUSDT": 30}


def test_advancing_in_one_go_and_in_pieces_is_the_same(
    stage: Callable[..., Stage], make_walk: Callable[..., Bars]
) -> None:
    bars = make_walk(40)
    whole, pieces = stage({"BTCUSDT": bars}), stage({"BTCUSDT": bars})
    whole.driver.advance(START + 40 * MINUTE)
    for moment in range(START, START + 40 * MINUTE + 1, 777):
        pieces.driver.advance(moment)
    pieces.driver.advance(START + 40 * MINUTE)
    assert (whole.inputs, whole.moments) == (pieces.inputs, pieces.moments)


def test_a_spike_a_hole_and_a_thin_book_last_as_long_as_they_are_told(
    stage: Callable[..., Stage], make_walk: Callable[..., Bars]
) -> None:
    bars = make_walk(6)

    def odd(symbol: str, now_ms: int) -> Distortion:
        minute = (now_ms - START) // MINUTE
        kinds = {
            1: Distortion(factor=Fraction(10)),
            3: Distortion(silent=True),
            4: Distortion(depth=Fraction(1, 10**6)),
        }
        return kinds.get(minute, Distortion())

    played = stage({"BTCUSDT": bars}, distort=odd)
    played.driver.advance(START + 6 * MINUTE)
    found = {(one.open_ms - START) // MINUTE: one for one in played.closing("1m")}
    assert sorted(found) == [0, 1, 2, 4, 5]
    assert (found[1].open, found[1].close) == (10 * row_of(bars, 1)[1], 10 * row_of(bars, 1)[4])
    assert told(found[2]) == row_of(bars, 2)


def test_what_is_scheduled_happens_at_its_moment_between_the_prints(
    stage: Callable[..., Stage], make_walk: Callable[..., Bars]
) -> None:
    played = stage({"BTCUSDT": make_walk(5)})
    seen: list[int] = []
    played.driver.schedule(
        [Scheduled(at_ms=START + at, act=lambda: seen.append(played.clock.market_ms)) for at in (90_500, 30_250)]
    )
    played.driver.advance(START + 5 * MINUTE)
    assert seen == [START + 30_250, START + 90_500]


def test_an_end_of_history_stops_the_prints_and_not_the_clock(
    stage: Callable[..., Stage], make_walk: Callable[..., Bars]
) -> None:
    played = stage({"BTCUSDT": make_walk(2)})
    played.driver.advance(START + 10 * MINUTE)
    assert (played.driver.over, played.clock.market_ms) == (True, START + 10 * MINUTE)


def test_a_start_without_bars_is_refused_with_what_there_is(
    table_source: Callable[..., Any], make_walk: Callable[..., Bars]
) -> None:
    source = table_source({"BTCUSDT": make_walk(10)})
    with pytest.raises(DataError, match=r"TW-D002 BTCUSDT has no bars from 2020-01-01.*1m 2024-06-01"):
        open_histories(source, ["BTCUSDT"], MarketRules(), start_ms=1_577_836_800_000, seed=1)
    with pytest.raises(DataError, match="TW-D001 the source has no symbol 'XRPUSDT'"):
        open_histories(source, ["XRPUSDT"], MarketRules(), start_ms=START, seed=1)
