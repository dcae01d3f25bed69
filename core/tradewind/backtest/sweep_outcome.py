"""What a sweep found: its trials with their figures, and what the best of so many is worth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

import attrs
import numpy as np
import pandas as pd

from tradewind.backtest.result import Result
from tradewind.backtest.sweep_grid import Params
from tradewind.backtest.sweep_variants import Variants
from tradewind.backtest.trials import Trial, trial_from
from tradewind.errors import ModelError, UsageError
from tradewind.metrics.many import Columns
from tradewind.metrics.significance import expected_best_sharpe, sharpe_probability
from tradewind.metrics.trades import Figure
from tradewind.plugins.names import nearest

LESS_IS_BETTER: Final = frozenset(
    {
        "volatility", "max_drawdown", "max_drawdown_days", "longest_drawdown_days", "var_95", "var_99", "cvar_95",
        "cvar_99", "kurtosis", "longest_losing_streak", "losing_trades", "ambiguous_trades", "turnover", "fees",
        "time_in_market", "average_exposure",
    }
)  # fmt: skip
"""The figures of which the smallest is the best."""


@attrs.frozen(kw_only=True)
class SweepTrial:
    """
    One trial of a sweep.

    Args:
        index: Its place in the sweep, from 0.
        params: Its parameters.
        metrics: Its figures, those of `Result.metrics`; all None when it was refused.
        deflated_sharpe_ratio: The probability that its true Sharpe ratio is above 0, given how many were tried.
    """

    index: int
    params: Mapping[str, Any]
    metrics: Mapping[str, Figure]
    deflated_sharpe_ratio: float | None


@attrs.frozen(kw_only=True, eq=False)
class Sweep:
    """
    The trials of a sweep with their figures, and what finding the best of so many is worth.

    Args:
        params: The parameters of each trial.
        done: Which trials were carried out: one whose settings do not go together is not.
        columns: Every figure of `Result.metrics` by name, one value per trial.
    """

    params: tuple[Params, ...]
    done: tuple[bool, ...]
    columns: Columns = attrs.field(repr=False)
    _variants: Variants = attrs.field(repr=False)

    def __len__(self) -> int:
        return len(self.params)

    def __iter__(self) -> Iterator[SweepTrial]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> SweepTrial:
        place = range(len(self))[index]
        return SweepTrial(
            index=place,
            params=self.params[place],
            metrics={name: values[place] for name, values in self.columns.items()},
            deflated_sharpe_ratio=self._deflated(place),
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What to say of the bars, such as that a model had seen some of them."""
        return self._variants.notes

    @property
    def in_sample(self) -> bool:
        """A model that decided had seen every bar: the figures prove nothing, and there is no best trial."""
        return self._variants.in_sample

    @property
    def count(self) -> int:
        """How many trials were carried out: so many looks at the data."""
        return sum(self.done)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per trial: its parameters, its figures (NaN where not defined) and `deflated_sharpe_ratio`."""
        names = list(self.params[0])
        columns: dict[str, Any] = {name: [one[name] for one in self.params] for name in names}
        for name, values in self.columns.items():
            columns[f"metrics.{name}" if name in columns else name] = _numbers(values)
        columns["deflated_sharpe_ratio"] = _numbers([self._deflated(place) for place in range(len(self))])
        return pd.DataFrame(columns)

    def best(self, metric: str = "sharpe_ratio") -> SweepTrial:
        """
        Return the trial with the best figure of this name; the first of equals.

        The largest is the best, but of drawdowns, risks, costs and the like the smallest. A figure that is not
        defined never wins.

        Args:
            metric: A name of `Result.metrics`; `sharpe`, `sortino` and `calmar` will do.

        Raises:
            UsageError: TW-U008 for an unknown name, or when the figure is defined in no trial.
            ModelError: TW-M012 when a model had seen every bar.
        """
        if self.in_sample:
            raise nothing_unseen(self.notes)
        found = self.best_or_none(metric)
        if found is None:
            raise UsageError(
                f"{metric_name(metric, self.columns)} is not defined in any of the {len(self)} trials.",
                code="TW-U008",
                hint="Choose by another figure, such as total_return, or look at more bars.",
            )
        return found

    def best_or_none(self, metric: str = "sharpe_ratio") -> SweepTrial | None:
        """Return what `best` does, but None when the figure is defined in no trial."""
        name = metric_name(metric, self.columns)
        sign = -1.0 if name in LESS_IS_BETTER else 1.0
        known = [(place, sign * value) for place, value in enumerate(self.columns[name]) if value is not None]
        return self[max(known, key=lambda one: one[1])[0]] if known else None

    @cached_property
    def sharpe_to_beat(self) -> float:
        """The Sharpe ratio that the best of so many trials without skill would be expected to show, annualised."""
        years = self.columns.get("periods_per_year", [])
        per_year = next((value for value in years if value is not None), 0.0)
        return self._expected * math.sqrt(per_year)

    @cached_property
    def _expected(self) -> float:
        ratios = [ratio for place in range(len(self)) if (ratio := self._ratio(place)) is not None]
        variance = float(np.var(ratios, ddof=1)) if len(ratios) > 1 else 0.0
        return expected_best_sharpe(self.count, variance)

    def _ratio(self, place: int) -> float | None:
        """Return a trial's Sharpe ratio per period."""
        if not self.done[place] or self.columns["sharpe_ratio"][place] is None:
            return None
        per_year = self.columns["periods_per_year"][place] or 1.0
        return float(self.columns["sharpe_ratio"][place] or 0.0) / math.sqrt(per_year)

    def _deflated(self, place: int) -> float | None:
        if not self.done[place]:
            return None
        figures = {name: self.columns[name][place] for name in ("skewness", "kurtosis", "periods")}
        periods = int(figures["periods"] or 0)
        return sharpe_probability(self._ratio(place), figures["skewness"], figures["kurtosis"], periods, self._expected)

    def result(self, index: int) -> Result:
        """
        Run one trial again and return its full result: what `backtest` or `simulate` gives, to the last bit.

        Args:
            index: Its place in the sweep.

        Raises:
            TradewindError: When its settings do not go together, with the reason.
        """
        return self._variants.result(self.params[index])

    def trials(self, *, now_ms: int) -> list[Trial]:
        """
        Return the sweep's entries for the trial ledger, one for every trial that was carried out.

        A trial has the id of its result: one that was looked at before is no further look.

        Args:
            now_ms: The wall clock, UTC milliseconds.
        """
        return [
            trial_from(
                self._variants.inputs(params),
                self._variants.span,
                sharpe=self._ratio(place),
                now_ms=now_ms,
            )
            for place, params in enumerate(self.params)
            if self.done[place]
        ]


def nothing_unseen(notes: tuple[str, ...]) -> ModelError:
    """Return the error for a search over bars that a model had seen, every one of them."""
    return ModelError(
        f"IN-SAMPLE: {' '.join(notes)} No settings can be chosen on it.",
        code="TW-M012",
        hint="Search after the end of what the model was fitted on: `tradewind models list` shows its ranges.",
    )


def _numbers(values: Any) -> Any:
    if all(isinstance(value, int) for value in values):
        return np.array(values, dtype=np.int64)
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)


def metric_name(name: str, known: Iterable[str]) -> str:
    """Return the full name of a figure: `sharpe` is `sharpe_ratio`; TW-U008 when there is none."""
    names = list(known)
    for full in (name, f"{name}_ratio"):
        if full in names:
            return full
    close = nearest(name, names)
    raise UsageError(
        f"there is no figure {name!r}.",
        code="TW-U008",
        hint=f"Did you mean {close!r}?" if close else "The figures are those of Result.metrics.",
    )
