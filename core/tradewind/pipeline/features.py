"""The frame that strategies and policies see: bars and what they need, each evaluated once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.errors import IndicatorError, PluginError
from tradewind.model.bars import FIELDS, Bars
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.evaluate import Stretches, evaluate
from tradewind.pipeline.join import Series, join_higher, join_series
from tradewind.pipeline.memo import FEATURES, Columns, Key, Memo, data_key
from tradewind.pipeline.quality import MAX_GAP_MS
from tradewind.pipeline.resample import resample
from tradewind.plugins.protocols import Indicator, Need
from tradewind.plugins.specs import IndicatorSpec, canonical

Lookup = Callable[[str, Mapping[str, Any]], tuple[IndicatorSpec, Indicator]]
"""Finds an indicator by catalogue name and settings: (record, instance)."""

_NO_SERIES: Mapping[str, Series] = {}


def features(
    bars: Bars,
    needs: Sequence[Need],
    lookup: Lookup,
    *,
    series: Mapping[str, Series] = _NO_SERIES,
    max_gap_ms: int = MAX_GAP_MS,
    memo: Memo = FEATURES,
    key: Hashable | None = None,
) -> pd.DataFrame:
    """
    Return the bars with a column for every output that is needed.

    Masked bars are left out of every computation and have NaN; where more than `max_gap_ms` is
    missing, indicators start anew. Needs of a higher timeframe are computed on the bars
    resampled from these and joined as of their close. Columns are read-only.

    Args:
        bars: The bars.
        needs: What is needed. Two needs may share a column only when they mean the same.
        lookup: Finds indicators.
        series: Timed values by catalogue name: frames with `known_at`, or what joins itself.
        max_gap_ms: The longest span without bars that is borne, milliseconds.
        memo: Where computed columns are kept.
        key: What tells the bars' data from others (`data_key`); None has it worked out when it is needed.

    Returns:
        open, high, low, close, volume and the columns needed, indexed by bar open (UTC).

    Raises:
        IndicatorError: TW-I001 when a need renames what is no output, TW-I002 when an
            indicator breaks its declaration, TW-I003 when a series is missing, TW-I004 when two
            needs claim one column.
    """
    # whoever writes to a copy has its columns copied first
    return shared_features(bars, needs, lookup, series=series, max_gap_ms=max_gap_ms, memo=memo, key=key).copy(
        deep=False
    )


def shared_features(
    bars: Bars,
    needs: Sequence[Need],
    lookup: Lookup,
    *,
    series: Mapping[str, Series] = _NO_SERIES,
    max_gap_ms: int = MAX_GAP_MS,
    memo: Memo = FEATURES,
    key: Hashable | None = None,
) -> pd.DataFrame:
    """Return what `features` does, as an object that others have too: for reading, or for handing out copies."""
    work = _Work(bars, lookup, series, max_gap_ms, memo, key)
    claimed: dict[str, _Claim] = {}
    for need in needs:
        for name, claim in work.columns(need).items():
            other = claimed.setdefault(name, claim)
            if name in FIELDS or other.column is not claim.column:
                raise _clash(name, need, other.need if name not in FIELDS else None)
    return _framed(bars, {name: claim.column for name, claim in claimed.items()})


_FRAMES: Final[WeakKeyDictionary[Bars, tuple[Columns, pd.DataFrame]]] = WeakKeyDictionary()
"""The last frame of bars with the columns it was made of: making one takes as long as a strategy's own work."""


def _framed(bars: Bars, columns: Columns) -> pd.DataFrame:
    known, frame = _FRAMES.get(bars, (None, None))
    if known is None or frame is None or not _same(known, columns):
        values = {name: getattr(bars, name) for name in FIELDS} | dict(columns)
        frame = pd.DataFrame(values, index=bars.index, copy=False)
        _FRAMES[bars] = (columns, frame)
    return frame


def _same(one: Columns, other: Columns) -> bool:
    return list(one) == list(other) and all(one[name] is other[name] for name in one)


@attrs.frozen
class _Claim:
    """A column and the need that wants it."""

    need: Need
    column: npt.NDArray[np.float64]


class _Work:
    """One call of `features`: what it was given and what it has computed so far."""

    def __init__(
        self,
        bars: Bars,
        lookup: Lookup,
        series: Mapping[str, Series],
        max_gap_ms: int,
        memo: Memo,
        key: Hashable | None,
    ) -> None:
        self.bars = bars
        self.lookup = lookup
        self.series = {canonical(name): frame for name, frame in series.items()}
        self.max_gap_ms = max_gap_ms
        self.memo = memo
        self._data = key
        self._done: dict[Hashable, Columns] = {}
        self._cut: dict[int, tuple[Bars, Stretches]] = {}

    def columns(self, need: Need) -> dict[str, _Claim]:
        """Return the columns of one need under the names it gives them."""
        answer = self._series(need) if need.kind == "series" else self._indicator(need)
        if answer is None:
            return {name: _Claim(need, self._nothing()) for name in _names_when_absent(need)}
        names = _names(need, tuple(answer))
        return {names[output]: _Claim(need, values) for output, values in answer.items()}

    def _nothing(self) -> npt.NDArray[np.float64]:
        key = ("absent",)
        if key not in self._done:
            self._done[key] = {"": _read_only(np.full(len(self.bars), np.nan))}
        return self._done[key][""]

    def _series(self, need: Need, name: str = "") -> Columns | None:
        name = name or need.name
        key = ("series", canonical(name))
        if key not in self._done:
            given = self.series.get(canonical(name))
            if isinstance(given, pd.DataFrame):
                joined: pd.DataFrame | None = join_series(self.bars, given)
            else:
                joined = None if given is None else given.joined(self.bars)
            if joined is None:
                if need.optional:
                    return None
                raise IndicatorError(
                    f"the series {name!r} is needed and was not given; given: {', '.join(self.series) or 'none'}.",
                    code="TW-I003",
                    hint="Name a source that provides it, or declare the need optional.",
                    series=name,
                )
            self._done[key] = {str(name): _read_only(joined[name].to_numpy()) for name in joined.columns}
        return self._done[key]

    def _indicator(self, need: Need) -> Columns | None:
        try:
            spec, indicator = self.lookup(need.name, need.params)
        except PluginError as error:
            if need.optional and error.code == "TW-P005":
                return None
            raise
        timeframe = Timeframe(need.timeframe) if need.timeframe else self.bars.timeframe
        if need.series:
            return self._beside(need, spec, indicator)
        key = self._key(spec, indicator, timeframe)
        local = key or ("once", spec.name, spec.factory, timeframe, tuple(sorted(map(repr, need.params.items()))))
        found = self._done.get(local)
        if found is None:
            found = self._done[local] = self.memo.recall(key, lambda: self._computed(spec, indicator, timeframe))
        return found

    def _beside(self, need: Need, spec: IndicatorSpec, indicator: Indicator) -> Columns | None:
        """Return the columns of an indicator that reads a series beside the bars."""
        if need.timeframe:
            raise IndicatorError(
                f"the need of {need.name!r} names a series and a timeframe, expected one of them.",
                code="TW-I001",
                hint="A series is joined to the strategy's own bars.",
                indicator=need.name,
            )
        joined = self._series(need, need.series)
        if joined is None:
            return None
        local = ("beside", spec.name, canonical(need.series), tuple(sorted(map(repr, need.params.items()))))
        if local not in self._done:
            _, stretches = self._stretches(self.bars.timeframe)
            self._done[local] = evaluate(spec, indicator, stretches.with_columns(joined))
        return self._done[local]

    def _key(self, spec: IndicatorSpec, indicator: Indicator, timeframe: Timeframe) -> Hashable | None:
        # a name does not tell what is behind it, a redefined function has the old one: only an
        # indicator that compares by value is found again in a later call
        if type(indicator).__hash__ in (None, object.__hash__):
            return None
        if self._data is None:
            self._data = data_key(self.bars)
        return Key((spec.name, indicator, timeframe.ms, self.max_gap_ms, self._data))

    def _stretches(self, timeframe: Timeframe) -> tuple[Bars, Stretches]:
        if timeframe.ms not in self._cut:
            bars = resample(self.bars, timeframe)
            self._cut[timeframe.ms] = bars, Stretches.of(bars, self.max_gap_ms)
        return self._cut[timeframe.ms]

    def _computed(self, spec: IndicatorSpec, indicator: Indicator, timeframe: Timeframe) -> Columns:
        bars, stretches = self._stretches(timeframe)
        answer = evaluate(spec, indicator, stretches)
        if timeframe.ms == self.bars.timeframe.ms:
            return answer
        frame = pd.DataFrame(dict(answer), index=bars.index)
        # beyond the gap that restarts indicators, what was known before it is no longer known
        oldest = timeframe.ms + self.max_gap_ms
        joined = join_higher(self.bars, frame, timeframe, max_age_ms=oldest)
        masked = self.bars.masked
        columns = {}
        for name in spec.outputs:
            values = joined[name].to_numpy(copy=True)
            values[masked] = np.nan
            columns[name] = _read_only(values)
        return columns


def _read_only(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    view = values.view()
    view.flags.writeable = False
    return view


def _names(need: Need, outputs: tuple[str, ...]) -> dict[str, str]:
    """Return the column name of each output."""
    if isinstance(need.columns, str):
        if len(outputs) != 1:
            raise IndicatorError(
                f"the need of {need.name!r} gives one column name, {need.columns!r}, to {len(outputs)} outputs.",
                code="TW-I001",
                hint=f'Name them one by one: {{"{outputs[0]}": "{need.columns}"}}.',
                indicator=need.name,
            )
        return {outputs[0]: need.columns}
    unknown = [name for name in need.columns if name not in outputs]
    if unknown:
        raise IndicatorError(
            f"the need of {need.name!r} renames {', '.join(unknown)}, expected one of {', '.join(outputs)}.",
            code="TW-I001",
            hint="The keys of `columns` are outputs, the values are column names.",
            indicator=need.name,
        )
    return {output: need.columns.get(output, output) for output in outputs}


def _names_when_absent(need: Need) -> tuple[str, ...]:
    if isinstance(need.columns, str):
        return (need.columns,)
    return tuple(need.columns.values()) or (need.name,)


def _clash(column: str, need: Need, other: Need | None) -> IndicatorError:
    owner = "the bars" if other is None else f"{other.name!r} with {dict(other.params)!r}"
    return IndicatorError(
        f"{need.name!r} with {dict(need.params)!r} asks for the column {column!r}, which belongs to {owner}.",
        code="TW-I004",
        hint=f'Give one of them another name: Need("{need.name}", …, columns={{"…": "{need.name}_2"}}).',
        column=column,
    )
