"""
The implementations behind the catalogue's names.

`indicator.ema` is the factory of `ema`: it takes the settings and answers with an object
that has `warmup` and `compute`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from tradewind.api import IndicatorError
from tradewind_pandas_ta.catalogue import CATALOGUE
from tradewind_pandas_ta.columns import Columns, Floats, FrameColumns
from tradewind_pandas_ta.entry import Entry
from tradewind_pandas_ta.settings import Settings, settings_class

if TYPE_CHECKING:
    from pandas import DataFrame

Formula = Callable[[Columns, Any], tuple[Any, ...]]


@cache
def _formula(module: str, name: str) -> Formula:
    found: Formula = getattr(import_module(f"tradewind_pandas_ta.compute.{module}"), name)
    return found


@attrs.frozen
class CatalogueIndicator:
    """
    An entry of the catalogue under given settings.

    Args:
        entry: The entry.
        settings: Its settings.
    """

    entry: Entry
    settings: Settings

    def warmup(self) -> int:
        """Return how many leading rows are NaN; from that row on every value is finite."""
        return int(self.entry.warmup(self.settings))

    def compute(self, bars: DataFrame) -> DataFrame:
        """
        Return the declared outputs as float64 columns over the index of `bars`.

        Raises:
            IndicatorError: TW-I003 when a column is missing or holds a value that is not finite.
        """
        from pandas import DataFrame

        return DataFrame(self._answers(FrameColumns(bars), len(bars)), index=bars.index, copy=False)

    def arrays(self, bars: Mapping[str, Any]) -> dict[str, Floats]:
        """
        Return the declared outputs as float64 arrays.

        Args:
            bars: open, high, low, close, volume, and time (bar opens, int64 milliseconds UTC).

        Raises:
            IndicatorError: TW-I003 when a column is missing or holds a value that is not finite.
        """
        return self._answers(bars, len(next(iter(bars.values()))))

    def _answers(self, values: Mapping[str, Any], rows: int) -> dict[str, Floats]:
        columns, first, outputs = Columns(values, self.entry.name), self.warmup(), self.entry.outputs
        if rows <= first:
            for name in self.entry.inputs:
                columns.array(name)
            return {name: np.full(rows, np.nan) for name in outputs}
        answers = _formula(self.entry.module, self.entry.name)(columns, self.settings)
        neutral = self.entry.neutral
        fills = neutral if isinstance(neutral, tuple) else (neutral,) * len(outputs)
        return {
            name: _finished(answer, first, fill) for name, answer, fill in zip(outputs, answers, fills, strict=True)
        }


def _finished(answer: Any, first: int, neutral: float | None) -> Floats:
    """Return an answer as an array of its own, empty before `first` and neutral where it is not finite after it."""
    values = np.asarray(answer, dtype=np.float64)
    if not values.flags.writeable or not values.flags.owndata:
        values = values.copy()
    values[:first] = np.nan
    tail = values[first:]
    with np.errstate(invalid="ignore", over="ignore"):
        proven = np.isfinite(tail.sum())
    if neutral is not None and not proven:
        tail[~np.isfinite(tail)] = neutral
    return values


def make(entry: Entry, settings: Settings | None = None) -> CatalogueIndicator:
    """
    Return the indicator of an entry.

    Raises:
        IndicatorError: TW-I001 when the settings are those of another indicator.
    """
    wanted = settings_class(entry.name)
    given = wanted() if settings is None else settings
    if not isinstance(given, wanted):
        raise IndicatorError(
            f"indicator {entry.name!r} was given {type(given).__name__}, expected {wanted.__name__}.",
            code="TW-I001",
            hint="Make the settings from the class that the record's `config` names.",
            indicator=entry.name,
        )
    return CatalogueIndicator(entry, given)


def __getattr__(name: str) -> Callable[..., CatalogueIndicator]:
    if name in CATALOGUE:
        return partial(make, CATALOGUE[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
