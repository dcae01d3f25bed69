"""An indicator over bars, held to what it declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise, zip_longest
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.errors import PLUGIN_FAULTS, IndicatorError, TradewindError
from tradewind.model.bars import FIELDS, Bars
from tradewind.pipeline.memo import Columns
from tradewind.pipeline.quality import MAX_GAP_MS, segments
from tradewind.plugins.protocols import Indicator
from tradewind.plugins.specs import IndicatorSpec

Floats = npt.NDArray[np.float64]
_NOTHING: Final[Mapping[str, Floats]] = {}


@attrs.frozen(kw_only=True, eq=False)
class Stretches:
    """
    Bars as indicators see them: without masked ones, cut where too much is missing.

    Args:
        usable: Which of the bars are in the parts; None for all.
        parts: The bars of each stretch without a long gap, in order.
        rows: How many bars there are, masked ones included.
        beside: Further columns of each stretch.
    """

    usable: npt.NDArray[np.bool_] | None
    parts: tuple[Bars, ...]
    rows: int
    beside: tuple[Mapping[str, Floats], ...] = ()

    @classmethod
    def of(cls, bars: Bars, max_gap_ms: int = MAX_GAP_MS) -> Stretches:
        """
        Cut the bars.

        Args:
            bars: The bars.
            max_gap_ms: The longest span without usable bars that is borne, milliseconds.
        """
        masked = bars.masked
        skips = bool(masked.any())
        good = bars.where(~masked) if skips else bars
        cuts = segments(good, max_gap_ms)
        parts = (good,) if len(cuts) == 1 else tuple(good.rows(start, stop) for start, stop in cuts)
        return cls(usable=~masked if skips else None, parts=parts, rows=len(bars))

    @cached_property
    def frames(self) -> tuple[pd.DataFrame, ...]:
        """One frame per stretch."""
        frames = tuple(part.to_frame() for part in self.parts)
        if not self.beside:
            return frames
        return tuple(frame.assign(**more) for frame, more in zip(frames, self.beside, strict=True))

    @cached_property
    def arrays(self) -> tuple[Mapping[str, npt.NDArray[Any]], ...]:
        """One mapping of arrays per stretch."""
        plain = [{name: _read_only(getattr(part, name)) for name in ("time", *FIELDS)} for part in self.parts]
        return tuple({**one, **more} for one, more in zip_longest(plain, self.beside, fillvalue=_NOTHING))

    def with_columns(self, columns: Columns) -> Stretches:
        """Return the same stretches with further columns, one value per bar, beside those of the bars."""
        kept = {name: values if self.usable is None else values[self.usable] for name, values in columns.items()}
        ends = np.cumsum([0, *(len(part) for part in self.parts)])
        cut = [{name: values[a:b] for name, values in kept.items()} for a, b in pairwise(ends.tolist())]
        return attrs.evolve(self, beside=tuple(cut))

    def joined(self, pieces: Sequence[Floats]) -> Floats:
        """Return the values of all stretches as one read-only column with NaN at masked bars."""
        values = pieces[0] if len(pieces) == 1 else np.concatenate([np.empty(0), *pieces])
        if self.usable is not None:
            spread = np.full(self.rows, np.nan)
            spread[self.usable] = values
            values = spread
        return _read_only(values)


def evaluate(spec: IndicatorSpec, indicator: Indicator, stretches: Stretches) -> Columns:
    """
    Return the indicator's outputs, one read-only float64 column per output, one value per bar.

    Masked bars have NaN; in each stretch the indicator starts anew. An indicator that has
    `arrays` (see `ArrayIndicator`) is asked by arrays, any other by frames.

    Args:
        spec: Its record.
        indicator: The indicator.
        stretches: The bars.

    Raises:
        IndicatorError: TW-I002 when it answers with something else than it declares, TW-K007
            when it raises an error that is not Tradewind's.
    """
    compute = _by_arrays if hasattr(indicator, "arrays") else _by_frames
    try:
        warmup = indicator.warmup()
        answers = compute(spec, indicator, stretches)
    except TradewindError:
        raise
    except PLUGIN_FAULTS as error:
        raise IndicatorError(
            f"indicator {spec.name!r} raised {type(error).__name__}: {error}.",
            code="TW-K007",
            hint="Run again with --debug for the traceback.",
            indicator=spec.name,
        ) from error
    for part, answer in zip(stretches.parts, answers, strict=True):
        for name, values in zip(spec.outputs, answer, strict=True):
            _check(spec, name, values, len(part), warmup)
    return {name: stretches.joined([answer[place] for answer in answers]) for place, name in enumerate(spec.outputs)}


def _by_arrays(spec: IndicatorSpec, indicator: Any, stretches: Stretches) -> list[list[Floats]]:
    answers = [indicator.arrays(dict(arrays)) for arrays in stretches.arrays]
    for answer in answers:
        _check_names(spec, tuple(answer))
    return [[np.asarray(answer[name]) for name in spec.outputs] for answer in answers]


def _by_frames(spec: IndicatorSpec, indicator: Indicator, stretches: Stretches) -> list[list[Floats]]:
    answers = []
    for frame in stretches.frames:
        answer = indicator.compute(frame.copy(deep=False))
        if not isinstance(answer, pd.DataFrame):
            raise _broken(spec, f"answered with {type(answer).__name__}, expected a DataFrame")
        _check_names(spec, tuple(answer.columns))
        if not (answer.index is frame.index or answer.index.equals(frame.index)):
            raise _broken(spec, f"answered with {len(answer)} rows, expected the bars' {len(frame)} on their index")
        answers.append([np.asarray(answer[name].array) for name in spec.outputs])
    return answers


def _check_names(spec: IndicatorSpec, names: tuple[Any, ...]) -> None:
    if names != spec.outputs:
        found = ", ".join(map(str, names)) or "none"
        raise _broken(spec, f"answered with the columns {found}, expected {', '.join(spec.outputs)}")


def _check(spec: IndicatorSpec, name: str, values: Floats, rows: int, warmup: int) -> None:
    if values.dtype != np.float64:
        raise _broken(spec, f"answered with {values.dtype} in {name!r}, expected float64")
    if values.shape != (rows,):
        raise _broken(spec, f"answered with the shape {values.shape} in {name!r}, expected ({rows},)")
    early = np.flatnonzero(~np.isnan(values[:warmup]))
    if early.size:
        raise _broken(spec, f"has a value of {name!r} in row {early[0]}, expected NaN in the first {warmup}")
    tail = values[warmup:]
    # a finite sum proves finite values in one pass; an overflowing one proves nothing
    with np.errstate(invalid="ignore", over="ignore"):
        proven = bool(np.isfinite(tail.sum()))
    if not proven and not (good := np.isfinite(tail) | (np.isnan(tail) if spec.abstains else False)).all():
        row = warmup + int(np.flatnonzero(~good)[0])
        raise _broken(spec, f"has {values[row]} of {name!r} in row {row}, expected finite values from row {warmup} on")


def _read_only(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    view = values.view()
    view.flags.writeable = False
    return view


def _broken(spec: IndicatorSpec, what: str) -> IndicatorError:
    return IndicatorError(
        f"indicator {spec.name!r} {what}.",
        code="TW-I002",
        hint="The plugin that offers it breaks its declaration: `tradewind plugins check` shows every breach.",
        indicator=spec.name,
    )
