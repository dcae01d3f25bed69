"""What the closed trades say."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.metrics.curve import Floats
from tradewind.metrics.sums import mean, total

Figure = float | int | None


@attrs.frozen(kw_only=True, eq=False)
class ClosedTrades:
    """
    The columns of a trade frame that figures are made of, in order of exit.

    Args:
        pnl: Profit after costs, quote units.
        pnl_pct: The same as a fraction of the entry value.
        r_multiple: The same in units of the initial risk; NaN without a stop.
        fees: Fees of entry and exit, quote units.
        value: Value bought and sold, quote units.
        bars_held: Bars from entry to exit.
        position: Which position the trade is a part of: a ladder closes one in several trades.
        ambiguous: The result depends on the order of prices within a bar.
    """

    pnl: Floats
    pnl_pct: Floats
    r_multiple: Floats
    fees: Floats
    value: Floats
    bars_held: Floats
    position: npt.NDArray[np.int64]
    ambiguous: npt.NDArray[np.bool_]

    @classmethod
    def from_frame(cls, trades: pd.DataFrame) -> ClosedTrades:
        """Take the columns of a trade frame; without a `position` column each trade is one."""
        order = np.argsort(trades["exit_time"].to_numpy(), kind="stable") if len(trades) else np.empty(0, np.intp)

        def column(name: str) -> Floats:
            return np.asarray(trades[name].to_numpy(dtype=np.float64, na_value=np.nan)[order])

        position = trades["position"].to_numpy(np.int64) if "position" in trades else np.arange(len(trades))
        return cls(
            pnl=column("pnl"),
            pnl_pct=column("pnl_pct"),
            r_multiple=column("r_multiple"),
            fees=column("fees"),
            value=column("quantity") * (column("entry_price") + column("exit_price")),
            bars_held=column("bars_held"),
            position=position[order],
            ambiguous=trades["ambiguous"].to_numpy(np.bool_)[order],
        )


def trade_figures(trades: ClosedTrades) -> dict[str, Figure]:
    """
    Return counts, shares and averages of closed trades.

    A trade without profit or loss is neither won nor lost. Averages of nothing are None.
    The expectancy, win rate × average win + loss rate × average loss, is the average trade.
    """
    pnl = trades.pnl
    won, lost = pnl > 0.0, pnl < 0.0
    gained, given = total(pnl[won]), -total(pnl[lost])
    known_r = trades.r_multiple[np.isfinite(trades.r_multiple)]
    return {
        "total_trades": len(pnl),
        "winning_trades": int(won.sum()),
        "losing_trades": int(lost.sum()),
        "win_rate": _mean(won),
        "profit_factor": gained / given if given > 0.0 else None,
        "expectancy": _mean(pnl),
        "expectancy_r": _mean(known_r),
        "average_trade": _mean(pnl),
        "average_trade_pct": _mean(trades.pnl_pct),
        "average_win": _mean(pnl[won]),
        "average_loss": _mean(pnl[lost]),
        "best_trade": float(pnl.max()) if len(pnl) else None,
        "worst_trade": float(pnl.min()) if len(pnl) else None,
        "longest_winning_streak": streak(won),
        "longest_losing_streak": streak(lost),
        "average_bars_held": _mean(trades.bars_held),
        "ambiguous_trades": int(trades.ambiguous.sum()),
        **_by_position(trades),
    }


def streak(flags: npt.NDArray[np.bool_]) -> int:
    """Return the length of the longest run of true values."""
    breaks = np.flatnonzero(np.concatenate(([True], ~flags, [True])))
    return int(np.diff(breaks).max()) - 1


def _by_position(trades: ClosedTrades) -> dict[str, Figure]:
    _, row = np.unique(trades.position, return_inverse=True)
    pnl: Floats = np.bincount(row, weights=trades.pnl).astype(np.float64)
    return {
        "closed_positions": len(pnl),
        "position_win_rate": _mean(pnl > 0.0),
        "average_position": _mean(pnl),
    }


def _mean(values: npt.NDArray[np.float64] | npt.NDArray[np.bool_]) -> float | None:
    return mean(values) if len(values) else None
