"""An indicator over bars, held to what it declares."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.errors import IndicatorError, TradewindError
from tradewind.model.bars import Bars
from tradewind.pipeline.memo import Columns
from tradewind.pipeline.quality import MAX_GAP_MS, segments
from tradewind.plugins.protocols import Indicator
from tradewind.plugins.specs import IndicatorSpec

Floats = npt.NDArray[np.float64]


@attrs.frozen(kw_only=True, eq=False)
class Stretches:
    """
    Bars as indicators see them: without masked ones, cut where too much is missing.

    Args:
        usable: Which of the bars are in the frames; None for all.
        frames: One frame per stretch without a long gap, in order.
        rows: How many bars there are, masked ones included.
    """

    usable: npt.NDArray[np.bool_] | None
    frames: tuple[pd.DataFrame, ...]
    rows: int

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
        whole = good.to_frame()
        cuts = segments(good, max_gap_ms)
        frames = (whole,) if len(cuts) == 1 else tuple(whole.iloc[start:stop] for start, stop in cuts)
        return cls(usable=~masked if skips else None, frames=frames, rows=len(bars))

    def joined(self, pieces: Sequence[Floats]) -> Floats:
        """Return the values of all stretches as one read-only column with NaN at masked bars."""
        values = pieces[0] if len(pieces) == 1 else np.concatenate([np.empty(0), *pieces])
        if self.usable is not None:
            spread = np.full(self.rows, np.nan)
            spread[self.usable] = values
            values = spread
        column = values.view()
        column.flags.writeable = False
        return column


def evaluate(spec: IndicatorSpec, indicator: Indicator, stretches: Stretches) -> Columns:
    """
    Return the indicator's outputs, one read-only float64 column per output, one value per bar.

    Masked bars have NaN; in each stretch the indicator starts anew.

    Args:
        spec: Its record.
        indicator: The indicator.
        stretches: The bars.

    Raises:
        IndicatorError: TW-I002 when it answers with something else than it declares, TW-K007
            when it raises an error that is not Tradewind's.
    """
    parts = [_checked(spec, indicator, frame) for frame in stretches.frames]
    return {name: stretches.joined([part[place] for part in parts]) for place, name in enumerate(spec.outputs)}


def _checked(spec: IndicatorSpec, indicator: Indicator, frame: pd.DataFrame) -> list[Floats]:
    try:
        warmup = indicator.warmup()
        answer = indicator.compute(frame.copy(deep=False))
    except TradewindError:
        raise
    except Exception as error:
        raise IndicatorError(
            f"indicator {spec.name!r} raised {type(error).__name__}: {error}.",
            code="TW-K007",
            hint="Run again with --debug for the traceback.",
            indicator=spec.name,
        ) from error
    if not isinstance(answer, pd.DataFrame):
        raise _broken(spec, f"answered with {type(answer).__name__}, expected a DataFrame")
    if tuple(answer.columns) != spec.outputs:
        found = ", ".join(map(str, answer.columns)) or "none"
        raise _broken(spec, f"answered with the columns {found}, expected {', '.join(spec.outputs)}")
    if not (answer.index is frame.index or answer.index.equals(frame.index)):
        raise _broken(spec, f"answered with {len(answer)} rows, expected the {len(frame)} of the bars, on their index")
    return [_column(spec, answer[name], warmup) for name in spec.outputs]


def _column(spec: IndicatorSpec, column: pd.Series[float], warmup: int) -> Floats:
    if column.dtype != np.float64:
        raise _broken(spec, f"answered with {column.dtype} in {column.name!r}, expected float64")
    values = np.asarray(column.array, dtype=np.float64)
    early = np.flatnonzero(~np.isnan(values[:warmup]))
    if early.size:
        raise _broken(spec, f"has a value of {column.name!r} in row {early[0]}, expected NaN in the first {warmup}")
    tail = values[warmup:]
    # a finite sum proves finite values in one pass; an overflowing one proves nothing
    with np.errstate(invalid="ignore", over="ignore"):
        proven = bool(np.isfinite(tail.sum()))
    if not proven and not np.isfinite(tail).all():
        row = warmup + int(np.flatnonzero(~np.isfinite(tail))[0])
        raise _broken(
            spec, f"has {values[row]} of {column.name!r} in row {row}, expected finite values from row {warmup} on"
        )
    return values


def _broken(spec: IndicatorSpec, what: str) -> IndicatorError:
    return IndicatorError(
        f"indicator {spec.name!r} {what}.",
        code="TW-I002",
        hint="The plugin that offers it breaks its declaration: `tradewind plugins check` shows every breach.",
        indicator=spec.name,
    )
