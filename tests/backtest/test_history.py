"""Which bars a run loads: the finest that cover it, warm-up before it, and nothing outside it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from tradewind.backtest.history import History, Window, load_histories
from tradewind.config.schema import Settings
from tradewind.errors import TradewindError
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe

HOUR = 3_600_000
DAY = 24 * HOUR
ORIGIN = 1_577_836_800_000  # 2020-01-01T00:00Z


class Shelf:
    """A source with spans of bars by timeframe; it remembers what it was asked for."""

    def __init__(self, spans: Mapping[str, tuple[int, int]]) -> None:
        self.spans = {Timeframe(name): span for name, span in spans.items()}
        self.asked: list[str] = []

    def instruments(self) -> list[Instrument]:
        return [Instrument(symbol="BTCUSDT")]

    def available(self, symbol: str) -> Mapping[Timeframe, tuple[int, int]]:
        return self.spans

    def bars(
        self, instrument: Instrument, timeframe: Timeframe, start: pd.Timestamp, end: pd.Timestamp
    ) -> pd.DataFrame:
        self.asked.append(timeframe.name)
        first, last = self.spans[timeframe]
        low = max(first, timeframe.ceil(start.value // 1_000_000))
        high = min(last, end.value // 1_000_000)
        time = np.arange(low, high, timeframe.ms)
        index = pd.DatetimeIndex(time.astype("datetime64[ms]"), tz="UTC")
        price = 100.0 + np.sin(time / DAY)
        return pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), price) | {"volume": 1.0}, index=index)


def load(
    shelf: Shelf, window: Window, *, timeframe: str = "4h", warmup: int = 100, settings: Settings | None = None
) -> History:
    return load_histories(shelf, ("BTCUSDT",), Timeframe(timeframe), window, warmup, settings or Settings())["BTCUSDT"]


SPANS = {
    "1d": (ORIGIN, ORIGIN + 1000 * DAY),
    "1h": (ORIGIN, ORIGIN + 1000 * DAY),
    "5m": (ORIGIN + 500 * DAY, ORIGIN + 600 * DAY),
}


def test_the_finest_bars_that_cover_run_and_warm_up_are_taken() -> None:
    shelf = Shelf(SPANS)
    history = load(shelf, Window(start_ms=ORIGIN + 520 * DAY, end_ms=ORIGIN + 560 * DAY))
    assert shelf.asked == ["5m"]
    assert history.fine is not None
    assert history.fine.timeframe == Timeframe("5m")
    assert int(history.fine.time[0]) == history.start_ms == ORIGIN + 520 * DAY
    assert history.first_row == 100
    assert int(history.bars.time[-1]) == ORIGIN + 560 * DAY - 4 * HOUR


@pytest.mark.parametrize("start_day", [0, 400, 505], ids=["before", "long before", "warm-up not covered"])
def test_bars_that_do_not_cover_run_and_warm_up_are_not_taken(start_day: int) -> None:
    shelf = Shelf(SPANS)
    load(shelf, Window(start_ms=ORIGIN + start_day * DAY, end_ms=ORIGIN + 560 * DAY))
    assert shelf.asked == ["1h"]


def test_finer_bars_can_be_switched_off() -> None:
    shelf = Shelf(SPANS)
    history = load(shelf, Window(), timeframe="1h", settings=Settings(use_finer_bars=False))
    assert (shelf.asked, history.fine) == (["1h"], None)


def test_without_a_window_the_whole_history_runs_and_warm_up_is_what_is_missing() -> None:
    history = load(Shelf(SPANS), Window())
    assert history.first_row == 0
    assert len(history.bars) == 1000 * 6


def test_days_count_back_from_the_end_of_the_data() -> None:
    history = load(Shelf(SPANS), Window(days=30))
    assert history.start_ms == ORIGIN + 970 * DAY
    assert len(history.run_bars) == 180


@pytest.mark.parametrize(
    ("window", "timeframe", "code"),
    [
        (Window(start_ms=ORIGIN + 10 * DAY, end_ms=ORIGIN + 5 * DAY), "4h", "TW-U003"),
        (Window(start_ms=ORIGIN + 5 * DAY, end_ms=ORIGIN + 5 * DAY), "4h", "TW-U003"),
        (Window(start_ms=ORIGIN - 50 * DAY, end_ms=ORIGIN - 5 * DAY), "4h", "TW-D002"),
        (Window(), "7m", "TW-D008"),
    ],
)
def test_an_impossible_window_says_why(window: Window, timeframe: str, code: str) -> None:
    with pytest.raises(TradewindError) as caught:
        load(Shelf(SPANS), window, timeframe=timeframe)
    assert caught.value.code == code


def test_more_rows_than_the_limit_are_refused_before_they_are_asked_for() -> None:
    shelf = Shelf(SPANS)
    with pytest.raises(TradewindError) as caught:
        load(shelf, Window(), settings=Settings(max_rows=1000))
    assert caught.value.code == "TW-U005"
    assert shelf.asked == []


def test_an_unknown_symbol_names_the_nearest() -> None:
    with pytest.raises(TradewindError, match="Did you mean 'BTCUSDT'"):
        load_histories(Shelf(SPANS), ("BTCUSD",), Timeframe("4h"), Window(), 10, Settings())


class Pieces(Shelf):
    """A shelf with a second, shorter piece of a history on either side of the main one."""

    def pieces(self, symbol: str) -> Mapping[Timeframe, tuple[tuple[int, int], ...]]:
        return {length: (EARLIER, span, LATER) for length, span in self.spans.items()}

    def bars(
        self, instrument: Instrument, timeframe: Timeframe, start: pd.Timestamp, end: pd.Timestamp
    ) -> pd.DataFrame:
        spans = self.spans
        frames = []
        for piece in self.pieces(instrument.symbol)[timeframe]:
            self.spans = {timeframe: piece}
            frames.append(super().bars(instrument, timeframe, start, end))
        self.spans = spans
        return pd.concat(frames)


EARLIER = (ORIGIN - 900 * DAY, ORIGIN - 800 * DAY)
LATER = (ORIGIN + 1400 * DAY, ORIGIN + 1500 * DAY)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window(start_ms=LATER[0] + 50 * DAY), (LATER[0] + 50 * DAY, LATER[1])),
        (Window(end_ms=EARLIER[1]), EARLIER),
        (Window(start_ms=ORIGIN + 900 * DAY), (ORIGIN + 900 * DAY, ORIGIN + 1000 * DAY)),
    ],
)
def test_a_date_beyond_a_hole_takes_the_piece_that_lies_there(window: Window, expected: tuple[int, int]) -> None:
    bars = load(Pieces({"1h": (ORIGIN, ORIGIN + 1000 * DAY)}), window, timeframe="1h", warmup=0).run_bars
    assert expected == (int(bars.time[0]), int(bars.time[-1]) + bars.timeframe.ms)


def test_a_date_beyond_every_piece_is_still_refused() -> None:
    with pytest.raises(TradewindError) as caught:
        load(Pieces({"1h": (ORIGIN, ORIGIN + 1000 * DAY)}), Window(start_ms=LATER[1]), timeframe="1h")
    assert caught.value.code == "TW-U003"


class Holed(Shelf):
    """A shelf with half a day missing a week before the start."""

    def bars(
        self, instrument: Instrument, timeframe: Timeframe, start: pd.Timestamp, end: pd.Timestamp
    ) -> pd.DataFrame:
        frame = super().bars(instrument, timeframe, start, end)
        hole = pd.Timestamp(ORIGIN + 493 * DAY, unit="ms", tz="UTC")
        return frame[(frame.index < hole) | (frame.index >= hole + pd.Timedelta("12h"))]


def test_bars_missing_in_the_warm_up_are_made_up_for_by_older_ones() -> None:
    history = load(Holed(SPANS), Window(start_ms=ORIGIN + 500 * DAY, end_ms=ORIGIN + 510 * DAY))
    assert history.first_row == 100
