"""The promises of a source of bars about ranges: each bar is in one range, closed, and the same at every asking."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from tradewind.model.bars import FIELDS
from tradewind.testing.bar_subject import nothing_to_ask, utc
from tradewind.testing.bar_table import SHAPE, BarTablePromises
from tradewind.testing.contract import promise
from tradewind.testing.differences import difference
from tradewind.testing.failures import require


class BarRangePromises(BarTablePromises):
    """What a source of bars promises about the ranges that are asked of it."""

    @promise(after=SHAPE, unless=nothing_to_ask)
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

    @promise(after=SHAPE, unless=nothing_to_ask)
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

    @promise(after=("half_open_interval",), unless=nothing_to_ask)
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

    @promise(after=("half_open_interval",), unless=nothing_to_ask)
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

    @promise(after=SHAPE, unless=nothing_to_ask)
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
