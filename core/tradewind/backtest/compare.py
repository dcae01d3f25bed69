"""Two results side by side."""

from __future__ import annotations

from typing import Any, Final

import attrs
import pandas as pd

from tradewind.backtest.inputs import differences
from tradewind.backtest.report import figure_text
from tradewind.backtest.result import Result
from tradewind.backtest.tables import records
from tradewind.metrics.trades import Figure

_KEY: Final = ["symbol", "strategy", "side", "entry_time", "exit_time"]
_SHOWN: Final = 10


@attrs.frozen(kw_only=True, eq=False)
class Comparison:
    """
    What differs between two results.

    Args:
        first: Id of the first.
        second: Id of the second.
        same: Trades and equity are the same to the last bit.
        metrics: Both values of every figure that differs, by name.
        inputs: A sentence for every input that differs.
        only_first: Trades of which the second has no counterpart with the same times.
        only_second: The reverse.
        changed: How many trades have the same times and another profit.
    """

    first: str
    second: str
    same: bool
    metrics: dict[str, tuple[Figure, Figure]]
    inputs: tuple[str, ...]
    only_first: pd.DataFrame
    only_second: pd.DataFrame
    changed: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "first": self.first,
            "second": self.second,
            "same": self.same,
            "metrics": {name: list(pair) for name, pair in self.metrics.items()},
            "inputs": list(self.inputs),
            "only_first": records(self.only_first),
            "only_second": records(self.only_second),
            "changed": self.changed,
        }

    def text(self) -> str:
        """Return the comparison as lines for a terminal."""
        lines = [f"{'':30}{self.first:>18}{self.second:>18}"]
        if self.same:
            lines.append("The same trades and equity, to the last bit.")
        lines += [
            f"{name:30}{figure_text(name, one):>18}{figure_text(name, other):>18}"
            for name, (one, other) in self.metrics.items()
        ]
        if self.inputs:
            lines += ["", "Inputs that differ:", *(f"  {line}" for line in self.inputs)]
        for result_id, trades in ((self.first, self.only_first), (self.second, self.only_second)):
            if len(trades):
                lines += ["", f"{len(trades)} trades only in {result_id}:", *_trade_lines(trades)]
        if self.changed:
            lines += ["", f"{self.changed} trades at the same times with another profit."]
        return "\n".join(lines)


def compare(first: Result, second: Result) -> Comparison:
    """Return what differs between two results: figures, inputs, and trades that only one has."""
    metrics = {
        name: (first.metrics.get(name), second.metrics.get(name))
        for name in dict.fromkeys((*first.metrics, *second.metrics))
        if first.metrics.get(name) != second.metrics.get(name)
    }
    one, other = _numbered(first.trades), _numbered(second.trades)
    shared = one.index.intersection(other.index)
    return Comparison(
        first=first.id,
        second=second.id,
        same=first.hash == second.hash,
        metrics=metrics,
        inputs=differences(first.inputs, second.inputs),
        only_first=one.drop(shared).reset_index(drop=True),
        only_second=other.drop(shared).reset_index(drop=True),
        changed=int((one.loc[shared, "pnl"] != other.loc[shared, "pnl"]).sum()),
    )


def _numbered(trades: pd.DataFrame) -> pd.DataFrame:
    """Return trades indexed by what tells them apart; tranches that close together are numbered."""
    place = trades.groupby(_KEY, sort=False).cumcount() if len(trades) else pd.Series([], dtype="int64")
    return trades.set_index([*(trades[name] for name in _KEY), place], drop=True)


def _trade_lines(trades: pd.DataFrame) -> list[str]:
    lines = [
        f"  {row['symbol']} {row['side']} {row['entry_time']:%Y-%m-%d %H:%M} to {row['exit_time']:%Y-%m-%d %H:%M}"
        f"  {row['exit_reason']}  {row['pnl']:+,.2f}"
        for row in trades.head(_SHOWN).to_dict("records")
    ]
    return [*lines, f"  and {len(trades) - _SHOWN} more"] if len(trades) > _SHOWN else lines
