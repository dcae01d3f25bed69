"""A session that is made up, for panels to look at: one that has just begun, or a long one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from tradewind.live.board.rows import point_row, position_row, record_row, session_row
from tradewind.live.board.stress import stress_of
from tradewind.store.accounts import AccountPoint, Execution, Position, Session, Trade

BEGAN: Final = 1_700_000_000_000
BAR_MS: Final = 14_400_000
_SYMBOLS: Final = ("BTCUSDT", "ETHUSDT", "<b>ODD&USDT")
_POINTS: Final = 3_000
_ROWS: Final = 500


class PracticeView:
    """
    A made-up session in the form in which the dashboard tells of real ones.

    Args:
        long: It ran for long: thousands of points, hundreds of trades; else it has just begun and holds nothing.
    """

    def __init__(self, *, long: bool) -> None:
        self._long = long

    def session(self) -> Mapping[str, Any]:
        """Return the session."""
        row = Session(
            id=1, strategy_name="adaptive", symbol=",".join(_SYMBOLS), mode="paper", timeframe="4h",
            initial_balance=Decimal(10_000), start_time=BEGAN, account_fp="paper-1",
        )  # fmt: skip
        held = [position_row(self._position(symbol)) for symbol in _SYMBOLS] if self._long else []
        points = self.equity()
        return {
            **session_row(row, None),
            "point": points[-1] if points else None,
            "positions": held,
            "stress": stress_of(held, 10_000.0),
            "halts": [],
        }

    def equity(self) -> Sequence[Mapping[str, Any]]:
        """Return the account's history."""
        return [
            point_row(
                AccountPoint(
                    session_id=1,
                    timestamp=BEGAN + k * BAR_MS,
                    balance=Decimal(10_000),
                    equity=Decimal(10_000 + k % 97),
                    drawdown=(96 - k % 97) / 10_096,
                )
            )
            for k in range(_POINTS if self._long else 0)
        ]

    def trades(self) -> Sequence[Mapping[str, Any]]:
        """Return closed trades, the newest first."""
        return [record_row(self._trade(k)) for k in reversed(range(_ROWS if self._long else 0))]

    def decisions(self) -> Sequence[Mapping[str, Any]]:
        """Return decisions, the newest first."""
        return [record_row(self._decision(k)) for k in reversed(range(_ROWS if self._long else 0))]

    @staticmethod
    def _position(symbol: str) -> Position:
        return Position(
            session_id=1, strategy_name="adaptive", symbol=symbol, side="long", quantity=Decimal("0.5"),
            entry_time=BEGAN, entry_price=Decimal(100), current_price=Decimal(104), unrealized_pnl=Decimal(2),
            stop_price=None if "ODD" in symbol else Decimal(95), updated_ms=BEGAN,
        )  # fmt: skip

    @staticmethod
    def _trade(k: int) -> Trade:
        pnl = Decimal(k % 11 - 5)
        return Trade(
            id=k + 1, session_id=1, strategy_name="adaptive", symbol=_SYMBOLS[k % 3], side=("long", "short")[k % 2],
            quantity=Decimal("0.1"), entry_time=BEGAN + k * BAR_MS, entry_price=Decimal(100),
            exit_time=BEGAN + (k + 3) * BAR_MS, exit_price=Decimal(100) + pnl * 10, fees=Decimal("0.02"), pnl=pnl,
            pnl_pct=float(pnl) / 10.0, exit_reason=("stop", "target", "signal")[k % 3],
        )  # fmt: skip

    @staticmethod
    def _decision(k: int) -> Execution:
        return Execution(
            id=k + 1, session_id=1, strategy_name="adaptive", symbol=_SYMBOLS[k % 3], slot="adaptive",
            bar_open_ms=BEGAN + k * BAR_MS, signal_type="enter_long", outcome=(1, 22)[k % 2],
            requested_risk=0.01, effective_risk=None if k % 7 == 0 else 0.005,
            quantity=None if k % 2 else Decimal("0.1"), price=Decimal(100),
        )  # fmt: skip
