"""The promises of an indicator: causal columns of the declared shape."""

from __future__ import annotations

from typing import ClassVar, Final, cast

import numpy as np
import pandas as pd

from tradewind.model.bars import FIELDS, Bars
from tradewind.plugins.specs import IndicatorSpec
from tradewind.testing import markets
from tradewind.testing.contract import promise
from tradewind.testing.differences import difference
from tradewind.testing.failures import ContractFailure, require
from tradewind.testing.plugin import PluginContract

_SHAPE: Final = ("same_length", "declared_outputs")


class IndicatorContract(PluginContract):
    """
    What an indicator promises.

    Args:
        rows: Bars of each market it is tried on, beside those of its warm-up.
        tolerance: Largest difference between two computations of one value, relative to the
            value or to the column's typical size.
        seed: Seed of the markets.
    """

    kind: ClassVar[str] = "indicators"
    methods: ClassVar[tuple[str, ...]] = ("warmup", "compute")
    rows: ClassVar[int] = 400
    tolerance: ClassVar[float] = 1e-9
    seed: ClassVar[int] = 7

    @property
    def record(self) -> IndicatorSpec:
        """The indicator's record."""
        return cast("IndicatorSpec", super().record)

    def frame(self, bars: Bars) -> pd.DataFrame:
        """Return the bars as the indicator reads them; inputs that no bar has are seeded noise."""
        frame = bars.to_frame().copy()
        rng = np.random.default_rng(self.seed)
        for name in self.record.inputs:
            if name not in FIELDS:
                frame[name] = rng.normal(0.0, 1.0, len(frame))
        return frame

    def computed(self, bars: Bars) -> pd.DataFrame:
        """Return what a newly built indicator answers for these bars."""
        answer = self.build().compute(self.frame(bars))
        require(isinstance(answer, pd.DataFrame), f"compute answered with {type(answer).__name__}, not a DataFrame.")
        return cast("pd.DataFrame", answer)

    def market(self, name: str) -> Bars:
        """Return one of the markets by its name."""
        return self.remember(f"market {name}", lambda: markets.market(name, self.seed, self.length))

    @property
    def length(self) -> int:
        """How many bars each market has: twice a warm-up of up to ten thousand bars lies within."""
        return self.remember("length", lambda: self.rows + 2 * min(max(self._warmup(), 0), 10_000))

    def whole(self, name: str) -> pd.DataFrame:
        """Return the answer for a whole market, computed once."""
        return self.remember(f"whole {name}", lambda: self.computed(self.market(name)))

    @promise(after=("config_defaults_build",))
    def test_same_length(self) -> None:
        """
        The answer has one row per bar, under the bars' own index.

        A row too few and every value stands beside another bar: the strategy trades on the
        day before or the day after.

        To mend: never drop rows; leave NaN where there is no value, and return
        `DataFrame(…, index=bars.index)`.
        """
        for name in ("random walk", "missing bars"):
            index, answer = self.frame(self.market(name)).index, self.whole(name)
            require(len(answer) == len(index), f"the answer has {len(answer)} rows for {len(index)} bars ({name}).")
            require(answer.index.equals(index), f"the answer has another index than the bars ({name}).")

    @promise(after=("same_length",))
    def test_declared_outputs(self) -> None:
        """
        The answer's columns are the record's `outputs`, in that order, as float64.

        Strategies pick columns by the declared name; a column of Python objects turns every
        comparison slow, and some of them wrong.

        To mend: bring record and answer together, and convert with `astype("float64")`.
        """
        expected = list(self.record.outputs)
        answer = self.whole("random walk")
        require(list(answer.columns) == expected, f"the columns were {list(answer.columns)}, declared are {expected}.")
        for name in expected:
            kind = answer[name].dtype
            require(kind == np.float64, f"column {name!r} holds {kind}, expected float64.")

    @promise(after=_SHAPE)
    def test_no_lookahead(self) -> None:
        """
        Row t is made from bars up to t: cut the history anywhere and no value before the cut changes.

        One value from tomorrow makes the worst idea rich in a backtest and poor in the market.

        To mend: no negative shift, no centred window, no minimum, mean or deviation of the
        whole frame; use rolling or expanding windows.
        """
        for name, count in (("regimes", 6), ("jumps", 2)):
            bars, whole = self.market(name), self.whole(name)
            for cut in markets.cuts(len(bars), self.seed, count):
                words = difference(whole.iloc[:cut], self.computed(bars.rows(0, cut)), tolerance=self.tolerance)
                require(not words, f"with the history up to bar {cut} ({name}) {words}: it sees later bars.")
        bars = self.market("regimes")
        for cut, factor in ((len(bars) // 3, 0.6), (len(bars) * 2 // 3, 1.7)):
            answer = self.computed(markets.other_future(bars, cut, factor))
            words = difference(self.whole("regimes").iloc[:cut], answer.iloc[:cut], tolerance=self.tolerance)
            require(not words, f"with another future after bar {cut} {words}: it sees later bars.")

    @promise(after=_SHAPE)
    def test_warmup_exact(self) -> None:
        """
        `warmup()` counts the leading rows that are NaN; on the next row every output is finite.

        Too small a number lets trades begin on values that are still settling; too large a
        one hides bars that could have been traded.

        To mend: return the count for the settings at hand, and set outputs that are ready
        earlier to NaN until all are.
        """
        declared = self._warmup()
        require(declared < self.length, f"warmup() is {declared} bars, longer than any history that is tried.")
        values = self.whole("random walk").to_numpy()
        ready = np.isfinite(values).all(axis=1)
        # an indicator that has no opinion anywhere has nothing to be exact about
        silent = declared if self.record.abstains else self.length
        first = int(np.argmax(ready)) if ready.any() else silent
        require(first == declared, f"warmup() is {declared}, the first row with every output is {first}.")
        early = np.flatnonzero(~np.isnan(values[:declared]).all(axis=1))
        require(not early.size, f"row {early[0] if early.size else 0} lies in the warm-up and holds a value.")

    @promise(after=_SHAPE)
    def test_deterministic(self) -> None:
        """
        The same bars give the same values, bit for bit, whatever was computed before.

        A run that cannot be repeated cannot be checked, and what was tested is not what trades.

        To mend: seed every generator from a setting, and keep nothing between calls.
        """
        first = self.whole("random walk")
        words = difference(first, self.computed(self.market("random walk")))
        require(not words, f"computed a second time {words}.")
        used = self.build()
        used.compute(self.frame(self.market("jumps")))
        words = difference(first, used.compute(self.frame(self.market("random walk"))))
        require(not words, f"after it had computed another market {words}: it keeps something between calls.")

    @promise(after=_SHAPE)
    def test_does_not_mutate(self) -> None:
        """
        The bars are as they were after `compute`.

        All components share one frame: a price that one of them changes is a price that all
        the others trade on.

        To mend: work on `bars["close"].to_numpy(copy=True)`, and assign to new frames only.
        """
        frame = self.frame(self.market("random walk"))
        before = frame.copy(deep=True)
        self.build().compute(frame)
        words = difference(before, frame)
        require(not words, f"after compute {words} in the bars that were given.")

    @promise(after=("warmup_exact",))
    def test_finite_after_warmup(self) -> None:
        """
        From the row `warmup()` on every value is finite, in calm and in wild markets; one of an indicator that
        abstains, as its record says, may be NaN, and never infinite.

        NaN compares as False and infinity as larger than anything: one takes the trade away,
        the other forces it.

        To mend: say what a ratio is when its denominator is 0, and fill what the formula
        leaves open.
        """
        declared = self._warmup()
        for name in markets.MARKETS:
            self._require_finite(self.whole(name), declared, name)

    @promise(after=("warmup_exact",))
    def test_flat_market(self) -> None:
        """
        In a market that does not move at all the values are finite, with volume and without.

        A halted pair is flat; 0/0 is then the usual way to a NaN, and a division by a range
        of 0 to a position without bounds.

        To mend: decide what the indicator says of no movement, often the middle of its range.
        """
        declared = self._warmup()
        for volume in (10.0, 0.0):
            bars = markets.flat(self.length, volume=volume)
            self._require_finite(self.computed(bars), declared, f"a flat market with volume {volume:g}")

    @promise(after=("warmup_exact",))
    def test_one_bar(self) -> None:
        """
        One bar, two bars, and a history one bar short of the warm-up are answered, with NaN for what is not known.

        A new listing has one bar on its first day; an error there stops every other symbol.

        To mend: return a frame of NaN when there are fewer bars than the window.
        """
        declared = self._warmup()
        for rows in sorted({1, 2, max(declared, 1)}):
            bars = self.market("random walk").rows(0, rows)
            answer = self.computed(bars)
            require(len(answer) == rows, f"{rows} bars were answered with {len(answer)} rows.")
            known = np.isfinite(answer.to_numpy()[: min(declared, rows)])
            require(not known.any(), f"{rows} bars gave a value, and the warm-up is {declared} bars.")

    def _warmup(self) -> int:
        declared = self.build().warmup()
        whole = isinstance(declared, (int, np.integer)) and not isinstance(declared, bool)
        require(whole and declared >= 0, f"warmup() answered {declared!r}, expected a whole number of at least 0.")
        return int(declared)

    def _require_finite(self, answer: pd.DataFrame, declared: int, name: str) -> None:
        values = answer.to_numpy(dtype=np.float64)[declared:]
        bad = np.isinf(values) if self.record.abstains else ~np.isfinite(values)
        if not bad.any():
            return
        row, column = (int(place) for place in np.argwhere(bad)[0])
        where = f"in row {declared + row} of {name}, after a warm-up of {declared} bars"
        raise ContractFailure(f"column {answer.columns[column]!r} is {answer.iloc[declared + row, column]!s} {where}.")
