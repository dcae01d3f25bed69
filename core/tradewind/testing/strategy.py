"""The promises of a strategy: a pure, causal and quick function from features to signals."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final, cast, get_args

import attrs
import numpy as np
import pandas as pd

from tradewind.errors import TradewindError
from tradewind.model.bars import Bars
from tradewind.model.signals import Signals, times_of
from tradewind.plugins.protocols import Need
from tradewind.plugins.specs import StrategySpec, canonical
from tradewind.testing import markets
from tradewind.testing.contract import installed_catalog, promise
from tradewind.testing.differences import difference
from tradewind.testing.failures import ContractFailure, require
from tradewind.testing.frames import frame_for
from tradewind.testing.plugin import PluginContract

_FITS: Final = ("signals_fit_the_frame",)
_EXTREMES: Final[dict[type, tuple[float | int, ...]]] = {int: (-1, 0, 1_000_000), float: (-1.0, 0.0, 1e9)}


def _no_optional_series(contract: StrategyContract) -> str:
    optional = any("?" in name for name in contract.record.series)
    return "" if optional else "the record declares no optional series."


def _no_settings(contract: StrategyContract) -> str:
    return "" if contract.record.config else "the record names no settings class."


class StrategyContract(PluginContract):
    """
    What a strategy promises.

    Args:
        rows: Bars of each market it is tried on.
        tolerance: Largest difference between two computations of one value, relative to the
            value or to the column's typical size.
        budget_us: What `signals` may take for one bar, microseconds.
        seed: Seed of the markets and of the series.
    """

    kind: ClassVar[str] = "strategies"
    methods: ClassVar[tuple[str, ...]] = ("needs", "signals")
    rows: ClassVar[int] = 1200
    tolerance: ClassVar[float] = 1e-9
    budget_us: ClassVar[float] = 20.0
    seed: ClassVar[int] = 7

    @property
    def record(self) -> StrategySpec:
        """The strategy's record."""
        return cast("StrategySpec", super().record)

    def market(self, name: str) -> Bars:
        """Return one of the markets by its name, on the timeframe that the strategy was made for."""
        length = self.record.timeframe
        return self.remember(f"market {name}", lambda: markets.market(name, self.seed, self.rows, length))

    def framed(
        self, bars: Bars, needs: Sequence[Need] | None = None, *, without_optional: bool = False
    ) -> pd.DataFrame:
        """Return the bars with the features that the strategy asks for."""
        asked = self.build().needs() if needs is None else needs
        catalog = self.catalog or installed_catalog()
        return frame_for(bars, asked, catalog, seed=self.seed, without_optional=without_optional)

    def decided(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the signals of a newly built strategy as a table."""
        return _table(self.build().signals(frame.copy(deep=False)), frame)

    def whole(self, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return frame and signals of a whole market, computed once."""

        def make() -> tuple[pd.DataFrame, pd.DataFrame]:
            frame = self.framed(self.market(name))
            return frame, self.decided(frame)

        return self.remember(f"whole {name}", make)

    @promise(after=("config_defaults_build",))
    def test_signals_fit_the_frame(self) -> None:
        """
        The answer is `Signals` with one valid row per bar, at the bars' own times, in every market.

        A row too few and each decision is carried out on the bar after the one it was made for;
        a NaN for a confidence sizes nothing or everything.

        To mend: return `Signals.from_arrays(frame.index, …)` with numeric arrays as long as
        the frame, and decide what a row with unknown features says.
        """
        for name in markets.MARKETS:
            self.whole(name)
        for bars in (markets.flat(300, self.record.timeframe), self.market("random walk").rows(0, 1)):
            self.decided(self.framed(bars))

    @promise(after=_FITS)
    def test_no_lookahead(self) -> None:
        """
        Cut the history anywhere: no feature and no signal before the cut changes.

        Every column is compared, not only the decisions: a leak that changes no decision today
        changes one tomorrow. One value from the future makes the worst idea rich in a
        backtest and poor in the market.

        To mend: no negative shift, no centred window, no minimum, mean or deviation of the
        whole frame. When a feature is named, look at the indicator that makes it.
        """
        for name in ("regimes", "missing bars"):
            bars, (frame, signals) = self.market(name), self.whole(name)
            for cut in markets.cuts(len(bars), self.seed):
                part = self.framed(bars.rows(0, cut))
                self._require_same(frame.iloc[:cut], part, cut, "later bars change a feature")
                self._require_same(signals.iloc[:cut], self.decided(part), cut, "later bars change a signal")
        # a frame of the same length with another end: what looks at lengths alone is not seen otherwise
        bars, (_, signals) = self.market("regimes"), self.whole("regimes")
        for cut, factor in ((self.rows // 3, 0.6), (self.rows * 2 // 3, 1.7)):
            other = self.decided(self.framed(markets.other_future(bars, cut, factor)))
            self._require_same(signals.iloc[:cut], other.iloc[:cut], cut, "another future changes a signal")

    @promise(after=_FITS)
    def test_deterministic(self) -> None:
        """
        Two strategies built alike decide alike, bit for bit.

        A run that cannot be repeated cannot be checked, and what was tested is not what trades.

        To mend: seed every generator from a setting; read neither clock nor environment.
        """
        for name in ("regimes", "jumps"):
            frame, signals = self.whole(name)
            words = difference(signals, self.decided(frame))
            require(not words, f"built anew, on the same frame ({name}), {words}.")

    @promise(after=("deterministic",))
    def test_stateless_between_calls(self) -> None:
        """
        What was decided before, on whatever market, changes nothing.

        One strategy object serves every symbol and every bar: what it keeps of one trade leaks
        into another, and a restart decides differently from the process that died.

        To mend: keep nothing on `self` in `signals`; a frozen attrs class makes sure.
        """
        used = self.build()
        for name in ("jumps", "regimes", "regimes"):
            frame, signals = self.whole(name)
            words = difference(signals, _table(used.signals(frame.copy(deep=False)), frame))
            require(not words, f"after it had decided on another market ({name}) {words}.")

    @promise(after=_FITS)
    def test_does_not_mutate(self) -> None:
        """
        The frame is as it was after `signals`.

        Strategies and policies share one frame: a column that one changes is a column that
        the next one trades on.

        To mend: assign to new arrays, or to `frame.copy()`.
        """
        frame = self.whole("regimes")[0].copy(deep=True)
        before = frame.copy(deep=True)
        self.build().signals(frame)
        words = difference(before, frame)
        require(not words, f"after signals {words} in the frame that was given.")

    @promise(after=_FITS)
    def test_declared_needs_suffice(self) -> None:
        """
        The record names what `needs()` asks for, and nothing else in the frame matters.

        The record tells what must be installed and downloaded before a run; what is missing
        there is missed when the run has begun.

        To mend: list the indicators in `needs`, series in `series` and higher timeframes in
        `higher` of the record, and pick columns by name.
        """
        record, asked = self.record, list(self.build().needs())
        listed = {canonical(name) for name in record.needs}
        series = {canonical(name.strip("?")) for name in record.series}
        for need in asked:
            known = series if need.kind == "series" else listed
            require(
                canonical(need.name) in known, f"it asks for {need.kind} {need.name!r}, which the record does not name."
            )
            higher = not need.timeframe or need.timeframe in record.higher
            require(higher, f"it asks for the timeframe {need.timeframe!r}, which is not in the record's `higher`.")
        frame, signals = self.whole("regimes")
        noise = np.random.default_rng(self.seed).normal(0.0, 1.0, len(frame))
        wide = frame[list(reversed(frame.columns))].assign(somebody_elses_column=noise)
        words = difference(signals, self.decided(wide), tolerance=self.tolerance)
        require(not words, f"with a foreign column in the frame, and another order of columns, {words}.")

    @promise(after=_FITS, unless=_no_optional_series)
    def test_survives_missing_optional_series(self) -> None:
        """
        Without its optional series, and with gaps in them, the strategy still answers with valid signals.

        Sentiment hosts fail for days; a strategy that fails with them leaves positions unattended.

        To mend: treat NaN as no opinion, and decide by the rest.
        """
        bars = self.market("regimes")
        self.decided(self.framed(bars, without_optional=True))
        frame, signals = self.whole("regimes")
        optional = [need for need in self.build().needs() if need.kind == "series" and need.optional]
        require(optional, "the record declares an optional series, but no need is a series with optional=True.")
        columns = [name for name in self.framed(bars, optional).columns if name not in bars.to_frame().columns]
        half = frame.copy()
        half.loc[half.index[len(half) // 2 :], columns] = np.nan
        part = self.decided(half).iloc[: len(half) // 2]
        words = difference(signals.iloc[: len(half) // 2], part, tolerance=self.tolerance)
        require(not words, f"with its series gone from the middle on, an earlier row changed: {words}.")

    @promise(after=_FITS, unless=_no_settings)
    def test_config_bounds(self) -> None:
        """
        A number out of range is refused when the settings are read, or does no harm.

        `-1`, `0` and a huge number are tried for every setting. What is accepted and fails
        later fails on the first bar, with the position of the run before still open.

        To mend: give the field a range: `attrs.field(default=2.0, validator=within(0.0, 20.0))`.
        """
        settings_class = self.entry.settings_class()
        if settings_class is None:
            return
        bars = self.market("regimes").rows(0, 400)
        for name, value in _probes(settings_class):
            try:
                built = self.build(**{name: value})
            except (TradewindError, ValueError, TypeError):
                continue
            try:
                frame = self.framed(bars, built.needs())
                _table(built.signals(frame.copy(deep=False)), frame)
            except Exception as error:
                words = f"{name} = {value!r} was accepted, and then {type(error).__name__}: {error}"
                raise ContractFailure(words) from error

    @promise(after=_FITS)
    def test_speed_budget(self) -> None:
        """
        `signals` takes less than `budget_us` microseconds of processor time for a bar, in a frame of 4,000.

        A certificate decides two hundred times over, a search thousands of times; a loop over
        rows turns a minute into an hour, and nobody looks twice.

        To mend: whole columns in, whole columns out; no `iloc`, `iterrows` or `apply` by row.
        """
        bars = markets.market("regimes", self.seed, 4000, self.record.timeframe)
        strategy, frame = self.build(), self.framed(bars)
        best = float("inf")
        for _ in range(5):
            begun = time.process_time()
            strategy.signals(frame.copy(deep=False))
            best = min(best, (time.process_time() - begun) * 1e6 / len(bars))
            if best <= self.budget_us:
                return
        raise ContractFailure(f"signals took {best:.1f} µs for a bar, expected at most {self.budget_us:g}.")

    def _require_same(self, expected: pd.DataFrame, actual: pd.DataFrame, cut: int, what: str) -> None:
        words = difference(expected, actual, tolerance=self.tolerance)
        require(not words, f"{what}: with the history up to bar {cut} {words}.")


def _table(signals: Any, frame: pd.DataFrame) -> pd.DataFrame:
    """Return signals as a table, after seeing that they are signals for this frame."""
    require(isinstance(signals, Signals), f"signals answered with {type(signals).__name__}, expected Signals.")
    fits = np.array_equal(signals.time, times_of(frame.index))
    require(fits, f"signals answered with {len(signals)} rows for {len(frame)} bars, or with other times.")
    return cast("pd.DataFrame", signals.to_frame())


def _probes(settings_class: type[Any]) -> Iterator[tuple[str, float | int]]:
    for field in attrs.fields(attrs.resolve_types(settings_class)):
        if not field.init:
            continue
        kinds = {field.type, *get_args(field.type)} if field.type not in (int, float) else {field.type}
        for kind, values in _EXTREMES.items():
            if kind in kinds and not any(inner is Ellipsis for inner in kinds):
                yield from ((field.name, value) for value in values)
