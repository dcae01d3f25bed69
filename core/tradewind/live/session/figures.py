"""What a session has achieved so far, kept in a few numbers however long it runs."""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np

from tradewind.live.position.account import Step
from tradewind.metrics.curve import Curve
from tradewind.metrics.returns import sharpe_ratio
from tradewind.metrics.summary import performance_summary

DAY_MS: Final = 86_400_000


@attrs.define(kw_only=True)
class Figures:
    """
    The running figures of one session.

    Args:
        initial_balance: Equity before the first bar, quote units.
        bar_ms: Length of a market bar.
        equity: At the last close.
        max_drawdown: The deepest fall from the peak so far, a fraction.
        trades: Tranches closed.
        won: Those of them with a profit.
        pnl: Profit of all of them, quote units.
        fees: All fees paid, quote units.
        days: The open of the last bar of each UTC day, and equity at its close.
        bars: Market bars carried out.
        decisions: Rows that asked for an entry.
    """

    initial_balance: float
    bar_ms: int
    equity: float = attrs.field()
    max_drawdown: float = 0.0
    trades: int = 0
    won: int = 0
    pnl: float = 0.0
    fees: float = 0.0
    days: list[tuple[int, float]] = attrs.field(factory=list)
    bars: int = 0
    decisions: int = 0

    @equity.default
    def _start(self) -> float:
        return self.initial_balance

    def take(self, step: Step) -> None:
        """Take in what one moment did."""
        self.equity = step.equity
        self.bars += 1
        self.decisions += len(step.decided)
        self.max_drawdown = max(self.max_drawdown, step.drawdown)
        self.trades += len(step.trades)
        self.won += int(np.count_nonzero(step.trades["pnl"] > 0.0))
        self.pnl += float(step.trades["pnl"].sum())
        self.fees += float(step.fills["fee"].sum())
        opened = step.moment.open_ms
        if self.days and self.days[-1][0] // DAY_MS == opened // DAY_MS:
            self.days.pop()
        self.days.append((opened, step.equity))

    def curve(self) -> Curve:
        """Return equity at the end of each day that had bars."""
        time = np.array([opened for opened, _ in self.days], dtype=np.int64)
        equity = np.array([value for _, value in self.days], dtype=np.float64)
        return Curve(time=time, equity=equity, initial_balance=self.initial_balance, bar_ms=self.bar_ms)

    def summary(self) -> dict[str, float]:
        """
        Return the six figures that people watch.

        `win_rate` and `max_drawdown` are in percent, `total_pnl` (profit since the start, that of open
        positions included) and `average_trade` in quote units; a figure that is not defined is 0.
        """
        curve = self.curve()
        sharpe = sharpe_ratio(curve.returns, curve.periods.per_year) if len(self.days) else None
        return performance_summary(
            {
                "total_pnl": self.equity - self.initial_balance,
                "win_rate": self.won / self.trades if self.trades else None,
                "sharpe_ratio": sharpe if sharpe is not None and np.isfinite(sharpe) else None,
                "max_drawdown": self.max_drawdown,
                "total_trades": self.trades,
                "average_trade": self.pnl / self.trades if self.trades else None,
            }
        )

    def to_plain(self) -> dict[str, Any]:
        """Return plain values that `from_plain` takes back without loss."""
        return attrs.asdict(self, recurse=False) | {"days": list(self.days)}

    @classmethod
    def from_plain(cls, stored: dict[str, Any]) -> Figures:
        """Return the figures that `to_plain` wrote."""
        days = [(int(opened), float(value)) for opened, value in stored["days"]]
        return cls(**{**stored, "days": days})
