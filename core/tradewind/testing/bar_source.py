"""The promises of a source of bars: closed, complete, the same at every asking."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.errors import DataError
from tradewind.model.bars import FIELDS, Bars
from tradewind.model.instrument import Instrument
from tradewind.model.signals import times_of
from tradewind.testing.bar_subject import BarSourceSubject, utc
from tradewind.testing.contract import promise
from tradewind.testing.differences import difference
from tradewind.testing.failures import ContractFailure, require
from tradewind.testing.streams import StreamedBar, streamed

_SHAPE: Final = ("schema_and_dtypes", "utc", "strictly_increasing")


def _without_data(contract: BarSourceSubject) -> str:
    return contract.without_data


def _never_streams(contract: BarSourceSubject) -> str:
    return contract.without_data or ("" if contract.record.streams else "the record does not declare that it streams.")


def _asks_nobody(contract: BarSourceSubject) -> str:
    return contract.without_data or ("" if contract.record.needs_network else "the record declares no network.")


class BarSourceContract(BarSourceSubject):
    """
    What a source of bars promises.

    The class attributes that state symbol, range and settings are those of `BarSourceSubject`.
    """

    @promise(after=("config_defaults_build",), unless=_without_data)
    def test_schema_and_dtypes(self) -> None:
        """
        The answer has open, high, low, close and volume as float64 under a DatetimeIndex.

        Prices as text or as Python objects compare by letters or not at all.

        To mend: rename to the five columns, in this order, and convert with
        `astype("float64")`; only a boolean column `partial` may follow them.
        """
        frame = self.history
        names = [name for name in frame.columns if name != "partial"]
        require(names == list(FIELDS), f"the columns were {list(frame.columns)}, expected {list(FIELDS)}.")
        for name in FIELDS:
            require(frame[name].dtype == np.float64, f"column {name!r} holds {frame[name].dtype}, expected float64.")
        index = type(frame.index).__name__
        require(isinstance(frame.index, pd.DatetimeIndex), f"the index is a {index}, expected a DatetimeIndex.")

    @promise(after=("schema_and_dtypes",), unless=_without_data)
    def test_utc(self) -> None:
        """
        The index is in UTC, and every bar opens on the timeframe's UTC grid.

        Bars of another zone join with the sentiment of another hour, and a daily bar closes
        before the day is over.

        To mend: `index.tz_convert("UTC")`; a naive index is `tz_localize`d in the zone it was written in.
        """
        index = cast("pd.DatetimeIndex", self.history.index)
        zone = str(index.tz)
        require(zone == "UTC", f"the index is in the zone {zone}, expected UTC.")
        length = self.length
        opens = index.tz_localize(None).as_unit("ms").asi8
        off = np.flatnonzero((opens - length.origin_ms) % length.ms)
        require(not off.size, f"{off.size} bars open off the {length} grid, the first at {_at(index, off)}.")

    @promise(after=("schema_and_dtypes",), unless=_without_data)
    def test_strictly_increasing(self) -> None:
        """
        Every bar opens after the one before it.

        A doubled bar counts a move twice; bars out of order let yesterday follow today.

        To mend: sort by open time and drop duplicates where pages overlap.
        """
        index = cast("pd.DatetimeIndex", self.history.index)
        steps = np.diff(index.asi8)
        off = np.flatnonzero(steps <= 0) + 1
        require(
            not off.size, f"bar {off[0] if off.size else 0} at {_at(index, off)} does not open after the bar before."
        )

    @promise(after=_SHAPE, unless=_without_data)
    def test_closed_bars_only(self) -> None:
        """
        Only finished bars are given: an end in the middle of a bar gives that bar whole or not at all.

        A bar that is still open has a close that nobody traded at, and a high that will be
        higher: decisions on it cannot be repeated.

        To mend: drop bars whose open + length lies after the source's now, and build longer
        bars from all of their parts only.
        """
        whole, length = self.history, pd.Timedelta(self.length.ms, unit="ms")
        for row in (len(whole) // 3, len(whole) - 1):
            cut = whole.index[row] + length / 2
            words = difference(whole.iloc[row : row + 1], self.asked(self.first, cut).loc[whole.index[row] :])
            gone = words.startswith("there were 0 rows")
            require(not words or gone, f"asked to the middle of the bar of {whole.index[row]}, {words}.")
        if self.now:
            now = utc(self.now)
            late = self.asked(now - 8 * length, now + 8 * length)
            open_still = np.flatnonzero(late.index > now - length)
            require(not open_still.size, f"{open_still.size} bars close after the source's now, {now}.")

    @promise(after=_SHAPE, unless=_without_data)
    def test_half_open_interval(self) -> None:
        """
        [start, end) by open time: the bar that opens at `start` is in it, the one at `end` is not.

        Pages that both hold the edge double a bar, pages that both leave it out lose one; and
        a bar too many at the end is a look ahead.

        To mend: select with `(opens >= start) & (opens < end)`.
        """
        index = self.history.index
        require(index[0] >= self.first, f"the first bar opens at {index[0]}, before the start {self.first}.")
        require(index[-1] < self.last, f"the last bar opens at {index[-1]}, not before the end {self.last}.")
        first, last = index[2], index[-2]
        got = self.asked(first, last).index
        require(len(got), f"there were no bars from {first} to {last}.")
        require(got[0] == first, f"asked from {first}, the first bar opens at {got[0]}.")
        require(got[-1] == index[-3], f"asked to before {last}, the last bar opens at {got[-1]}, expected {index[-3]}.")
        inside = self.asked(first + pd.Timedelta(1, unit="ms"), last).index
        require(len(inside) and inside[0] == index[3], f"asked from 1 ms after {first}, the next bar is not the first.")

    @promise(after=("half_open_interval",), unless=_without_data)
    def test_empty_range(self) -> None:
        """
        A range without bars is answered with a table of no rows and the same columns.

        The first request after a restart is often for nothing new; an error there stops a
        session that has a position to guard.

        To mend: return the empty frame with its columns, dtypes and UTC index.
        """
        moment = self.history.index[3]
        tick = pd.Timedelta(1, unit="ms")
        for start, end in ((moment, moment), (moment + tick, moment + 2 * tick)):
            answer = self.asked(start, end)
            require(not len(answer), f"from {start} to {end} there were {len(answer)} bars.")
            require(
                list(answer.columns) == list(self.history.columns) and dict(answer.dtypes) == dict(self.history.dtypes),
                f"the empty answer has the columns {dict(answer.dtypes)}, expected {dict(self.history.dtypes)}.",
            )
            zone = getattr(answer.index, "tz", None)
            require(str(zone) == "UTC", f"the empty answer has an index in the zone {zone}, expected UTC.")

    @promise(after=("half_open_interval",), unless=_without_data)
    def test_pages_join_without_seam(self) -> None:
        """
        A range asked for in parts is the range asked for at once.

        History is fetched in pages; a bar that depends on where the page began changes with
        the cache, and the backtest with it.

        To mend: fetch what lies before the page where a value needs it, and carry nothing over between calls.
        """
        whole, source = self.history, self.build()
        edges = [self.first, *(whole.index[len(whole) * k // 7] for k in (1, 2, 5)), self.last]
        pages = [self.asked(start, end, source) for start, end in pairwise(edges)]
        joined = pd.concat([page for page in pages if len(page)])
        words = difference(whole, joined)
        require(not words, f"in four pages {words}.")

    @promise(after=_SHAPE, unless=_without_data)
    def test_repeat_is_identical(self) -> None:
        """
        Asked again, the source gives the same bars, also when the first answer was changed meanwhile.

        A cache that hands out its own table lets one component rewrite the prices of all.

        To mend: return a copy, and draw from a generator seeded by setting, symbol and time,
        not by the order of questions.
        """
        source, history = self.build(), self.history.copy(deep=True)
        answer = self.asked(self.first, self.last, source)
        words = difference(history, answer)
        require(not words, f"a newly built source {words}.")
        for name in FIELDS:
            answer[name] = 1.0
        values = answer["close"].to_numpy()
        if values.flags.writeable:
            values[:] = 2.0
        words = difference(history, self.asked(self.first, self.last, source))
        require(not words, f"asked a second time {words}.")

    @promise(after=_SHAPE, unless=_without_data)
    def test_gaps_not_invented(self) -> None:
        """
        Bars that nobody traded are missing, not filled in.

        A filled bar is a price at which nothing could be bought or sold; stops and indicators
        believe it.

        To mend: no `reindex`, no `ffill`, no `resample` without dropping what has no parts.
        State bars that are known to be missing in `missing`.
        """
        frame = self.history
        empty = np.flatnonzero(frame[list(FIELDS)].isna().all(axis=1).to_numpy())
        require(not empty.size, f"the bar of {_at(frame.index, empty)} holds nothing: a missing bar is left out.")
        there = [moment for moment in map(utc, self.missing) if moment in frame.index]
        require(not there, f"there is a bar at {', '.join(map(str, there))}, where none is known to be.")
        for moment in map(utc, self.missing):
            require(self.first <= moment < self.last, f"`missing` names {moment}, which lies outside the range.")
        filled = _filled(frame)
        require(
            not filled.size,
            f"{filled.size} bars repeat the close before them without volume, the first at {_at(frame.index, filled)}: "
            "they look filled in.",
        )

    @promise(after=_SHAPE, unless=_without_data)
    def test_ohlc_consistent(self) -> None:
        """
        Prices are finite and positive, open and close lie within low and high, volume is not negative.

        A low above the close triggers stops that the market never reached.

        To mend: check what the host sends; look for swapped columns and for rounding of the parts.
        """
        masked = np.flatnonzero(Bars.from_frame(self.history, self.length).masked)
        row = int(masked[0]) if masked.size else 0
        values = self.history.iloc[row].to_dict()
        require(not masked.size, f"the bar of {_at(self.history.index, masked)} is impossible: {values}.")

    @promise(after=("config_defaults_build",), unless=_without_data)
    def test_unknown_symbol_error(self) -> None:
        """
        A pair that the source does not have raises DataError TW-D001, which names the pair.

        An empty answer for a misspelt symbol is a strategy that waits for ever.

        To mend: raise `DataError(f"no data for {symbol!r}", code="TW-D001", hint=…)`.
        """
        stranger = Instrument(symbol=self.unknown_symbol)
        try:
            answer = self.build().bars(stranger, self.length, self.first, self.last)
        except DataError as error:
            require(error.code == "TW-D001", f"the error for an unknown pair is {error.code}, expected TW-D001.")
            require(self.unknown_symbol in str(error), f"the error does not name {self.unknown_symbol!r}: {error}")
            return
        except Exception as error:
            words = f"an unknown pair raised {type(error).__name__}: {error}; expected DataError TW-D001."
            raise ContractFailure(words) from error
        count = len(answer) if isinstance(answer, pd.DataFrame) else answer
        raise ContractFailure(f"an unknown pair was answered with {count!r} rows, expected DataError TW-D001.")

    @promise(after=_SHAPE, unless=_asks_nobody)
    def test_honours_rate_limit(self) -> None:
        """
        However much is asked for, no more requests leave in any stretch of time than the host allows.

        A host that is asked too often bans the address, and the ban holds for orders and stops too.

        To mend: count the weight of each request and wait before the limit, not after the refusal.
        """
        source = self.build()
        for _ in range(3):
            self.asked(self.first, self.last, source)
        log = np.asarray(self.requests(), dtype=np.float64)
        if self.rate_limit is None:
            raise ContractFailure("the record declares a network: state `rate_limit` in the contract class.")
        most, seconds = self.rate_limit
        require(log.size, "`requests()` shows no request, though bars were asked for.")
        within = np.searchsorted(log, log + seconds, side="left") - np.arange(log.size)
        worst = int(within.max()) if log.size else 0
        require(worst <= most, f"{worst} requests left within {seconds:g} seconds, {most} are allowed.")

    @promise(after=_SHAPE, unless=_never_streams)
    def test_stream_equals_history(self) -> None:
        """
        Every bar of the stream is the bar that history has for that time, once and in order.

        What was tested on history is traded on the stream: if they differ, something else was tested.

        To mend: send a bar when it is closed, not when it changes; on a reconnect begin after the last one sent.
        """
        got = streamed(self.build().stream([self.instrument], self.length), self.stream_bars)
        require(got, "the stream ended without a bar.")
        others = {bar.symbol for bar in got} - {self.instrument.symbol}
        require(not others, f"the stream sent bars of {', '.join(sorted(others))}, which were not asked for.")
        times = [bar.time for bar in got]
        require(times == sorted(set(times)), "the stream sent a bar twice or out of order.")
        first = pd.Timestamp(times[0], unit="ms", tz="UTC")
        last = pd.Timestamp(times[-1] + self.length.ms, unit="ms", tz="UTC")
        history = self.asked(first, last)[list(FIELDS)]
        words = difference(_dated(history), _dated(_frame(got)))
        require(not words, f"against history the stream differs: {words}.")


def _at(index: pd.Index, rows: npt.NDArray[np.intp]) -> str:
    return str(index[int(rows[0])]) if rows.size else ""


def _filled(frame: pd.DataFrame) -> npt.NDArray[np.intp]:
    """Return the rows that repeat the close before them without any volume."""
    before = frame["close"].shift(1)
    same = (frame[["open", "high", "low", "close"]].eq(before, axis=0)).all(axis=1)
    return np.flatnonzero((same & ~(frame["volume"] > 0.0)).to_numpy())


def _frame(bars: Sequence[StreamedBar]) -> pd.DataFrame:
    index = pd.DatetimeIndex(np.array([bar.time for bar in bars], dtype="datetime64[ms]"), tz="UTC")
    values = np.array([bar.prices for bar in bars], dtype=np.float64)
    return pd.DataFrame(values, columns=list(FIELDS), index=index)


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    opens = pd.DatetimeIndex(times_of(frame.index).astype("datetime64[ms]"), tz="UTC")
    return frame.set_axis(opens, axis=0)
