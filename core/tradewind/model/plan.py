"""Signals after risk: what the kernel carries out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import numpy as np
import numpy.typing as npt

from tradewind.errors import PlanError
from tradewind.model.columns import PLAN_COLUMNS, Column, neutral
from tradewind.model.decisions import OUTCOME_CODES, VETOES
from tradewind.model.signals import ColumnSet, Signals


class Plan(ColumnSet):
    """
    The columns of `Signals` plus `risk`, `qty_fraction` and `veto`.

    A policy may lower risk, tighten a stop or forbid an entry, never the reverse. Build one
    with `Plan.from_arrays(index, enter=…, exit_long=…, stop_dist=…)`: all else is neutral.
    With `qty_fraction` a row states the fraction of equity to hold and is not sized by risk.
    """

    @classmethod
    def spec(cls) -> Mapping[str, Column]:
        """Return the columns of a plan."""
        return PLAN_COLUMNS

    @classmethod
    def from_signals(cls, signals: Signals) -> Plan:
        """Return the plan that asks just what the signals ask, with neutral risk."""
        # what signals hold was checked when they were made
        rows, rungs = len(signals), signals.rungs
        columns = {
            name: signals.columns[name] if name in signals.columns else neutral(name, rows, rungs)
            for name in cls.spec()
        }
        return cls(time=signals.time, columns=columns, conditions=signals.conditions)

    def forbid(self, rows: npt.NDArray[np.bool_], reason: str) -> Self:
        """
        Return a plan that takes no entry in these rows; a row that is forbidden already keeps its reason.

        Args:
            rows: One flag per bar.
            reason: One of `tradewind.model.decisions.VETOES`.

        Raises:
            PlanError: TW-K002 for another reason.
        """
        if reason not in VETOES:
            raise PlanError(f"the reason was {reason!r}, expected one of {', '.join(VETOES)}.", code="TW-K002")
        code = np.uint8(OUTCOME_CODES[f"blocked:{reason}"])
        veto = self.columns["veto"]
        if veto.strides == (0,) and len(veto) > 1 and veto[0] == 0:
            return self.replaced(veto=rows.view(np.uint8) * code)
        return self.replaced(veto=np.where(rows & (veto == 0), code, veto))

    def rows(self, start: int, stop: int) -> Self:
        """Return the plan of the bars from `start` to before `stop`."""
        columns = {name: values[start:stop] for name, values in self.columns.items()}
        return type(self)(time=self.time[start:stop], columns=columns, conditions=self.conditions)


__all__ = ["Plan"]
