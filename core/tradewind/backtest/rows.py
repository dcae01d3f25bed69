"""What plans said on every row, kept as changes: how a bar on which nothing was asked for is explained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.backtest.tables import iso_times, typed
from tradewind.model.decisions import OUTCOMES
from tradewind.model.plan import Plan

_COLUMNS: Final = ("bits", "regime", "exit_long", "exit_short", "veto")


@attrs.frozen(kw_only=True, eq=False)
class PlanRows:
    """
    The conditions of one slot's plan over time.

    Args:
        strategy: The strategy's name.
        symbol: The symbol.
        time: Bar opens at which one of the values changes, int64 milliseconds UTC.
        values: The values from then on, by column: bits, regime, exit_long, exit_short, veto.
    """

    strategy: str
    symbol: str
    time: npt.NDArray[np.int64]
    values: Mapping[str, npt.NDArray[np.int64]]

    @classmethod
    def of(cls, strategy: str, symbol: str, plan: Plan) -> PlanRows:
        """Take what a plan says row by row."""
        table = np.stack([np.asarray(plan.columns[name], dtype=np.int64) for name in _COLUMNS])
        turned = np.ones(len(plan), dtype=np.bool_)
        turned[1:] = (table[:, 1:] != table[:, :-1]).any(axis=0)
        kept = {name: table[place, turned] for place, name in enumerate(_COLUMNS)}
        return cls(strategy=strategy, symbol=symbol, time=plan.time[turned], values=kept)

    def at(self, time_ms: int) -> dict[str, Any]:
        """Return the values of the row that opens at this moment; nothing before the first row."""
        place = int(np.searchsorted(self.time, time_ms, side="right")) - 1
        if place < 0:
            return {}
        row: dict[str, Any] = {name: int(values[place]) for name, values in self.values.items()}
        veto = OUTCOMES[row["veto"]] if row["veto"] else ""
        return row | {"exit_long": bool(row["exit_long"]), "exit_short": bool(row["exit_short"]), "veto": veto}

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        times = iso_times(self.time)
        columns = {name: values.tolist() for name, values in self.values.items()}
        return {"strategy": self.strategy, "symbol": self.symbol, "time": times} | columns

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> PlanRows:
        """Return the rows that `to_dict` wrote."""
        return cls(
            strategy=stored["strategy"],
            symbol=stored["symbol"],
            time=typed("time", stored["time"]).asi8,
            values={name: np.array(stored[name], dtype=np.int64) for name in _COLUMNS},
        )
