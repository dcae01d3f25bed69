"""
Backtests in the database: session, trades, open positions, equity, figures and decisions, in one transaction.

The result itself is a file; the rows are for asking across many runs. A run that was stored before, with
the same inputs and the same outcome, is not stored again.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Protocol

from tradewind.errors import TradewindError
from tradewind.model.decisions import OUTCOME_CODES
from tradewind.store.accounts import AccountPoint, Execution, Performance, Position, Session, Trade
from tradewind.store.address import Address, address_of

if TYPE_CHECKING:
    import pandas as pd

    from tradewind.backtest.result import Result
    from tradewind.config.schema import Settings

POINTS: Final = 2_000
"""About as many moments of the equity curve are kept, evenly spread; the result's file has all of them."""

_SIGNALS: Final = {1: "enter_long", -1: "enter_short", 0: "none"}


class Rows(Protocol):
    """Where rows are written."""

    def add(self, record: Any) -> int:
        """Add a row; return its id."""
        ...

    def add_all(self, records: Sequence[Any]) -> None:
        """Add rows of one table."""
        ...

    def sessions_of(self, result_id: str) -> list[tuple[int, Any]]:
        """Return id and detail of every session of a stored result."""
        ...


def record(result: Result, place: Address, *, now_ms: int) -> int:
    """
    Store a backtest; return its session's id, that of the earlier one for a run that was stored before.

    Args:
        result: The result.
        place: The database.
        now_ms: The wall clock, UTC milliseconds.

    Raises:
        TradewindError: With the code of what the database refused; then nothing is written.
    """
    if place.path is not None:
        from tradewind.store.plain import plain_transaction

        with plain_transaction(place.path) as rows:
            return _write(result, rows, now_ms)
    from tradewind.store.bulk import bulk_transaction

    with bulk_transaction(place) as rows:
        return _write(result, rows, now_ms)


def store_backtest(result: Result, settings: Settings, *, now_ms: int) -> str:
    """
    Store a backtest where the settings say; return a warning when that failed, else nothing.

    A database that fails costs no result: the result is printed and stored as a file in any case.
    """
    try:
        record(result, address_of(settings), now_ms=now_ms)
    except TradewindError as error:
        return (
            f"TW-B011 the run is not in the database: {error}\n"
            "The result itself is stored. Leave the database out with --no-db."
        )
    return ""


def _write(result: Result, rows: Rows, now_ms: int) -> int:
    for number, detail in rows.sessions_of(result.id):
        if detail.get("result") == result.hash:
            return number
    session_id = rows.add(_session(result))
    end = _ms(result.end)
    rows.add_all([_trade(row, session_id) for row in _rows_of(result.trades)])
    rows.add_all([_position(row, session_id, end) for row in _rows_of(result.positions)])
    rows.add_all(list(_history(result.equity, session_id)))
    rows.add_all([_performance(result, session_id, now_ms)])
    rows.add_all([_execution(row, session_id) for row in _rows_of(result.decisions)])
    return session_id


def _session(result: Result) -> Session:
    plugins = json.dumps(dict(result.inputs.plugins), sort_keys=True)
    return Session(
        strategy_name=result.strategy,
        symbol=",".join(result.symbols),
        mode="backtest",
        timeframe=result.timeframe,
        initial_balance=exact(result.initial_balance),
        start_time=_ms(result.start),
        ended_ms=_ms(result.end),
        end_reason="end of data",
        result_id=result.id,
        config_hash=result.inputs.settings_hash,
        plugin_lock_hash=hashlib.sha256(plugins.encode()).hexdigest(),
        detail={
            "result": result.hash,
            "plugins": dict(result.inputs.plugins),
            "conditions": list(result.conditions),
            "synthetic": result.synthetic,
        },
    )


def _trade(row: Mapping[str, Any], session_id: int) -> Trade:
    return Trade(
        session_id=session_id,
        strategy_name=row["strategy"],
        symbol=row["symbol"],
        side=row["side"],
        quantity=exact(row["quantity"]),
        entry_time=_ms(row["entry_time"]),
        entry_price=exact(row["entry_price"]),
        exit_time=_ms(row["exit_time"]),
        exit_price=exact(row["exit_price"]),
        fees=exact(row["fees"]),
        pnl=exact(row["pnl"]),
        pnl_pct=_figure(row["pnl_pct"]),
        exit_reason=row["exit_reason"],
    )


def _position(row: Mapping[str, Any], session_id: int, end_ms: int) -> Position:
    return Position(
        session_id=session_id,
        strategy_name=row["strategy"],
        symbol=row["symbol"],
        side=row["side"],
        quantity=exact(row["quantity"]),
        entry_time=_ms(row["entry_time"]),
        entry_price=exact(row["entry_price"]),
        current_price=exact(row["mark"]),
        unrealized_pnl=exact(row["unrealised_pnl"]),
        stop_price=_amount(row["stop"]),
        updated_ms=end_ms,
    )


def _history(equity: pd.DataFrame, session_id: int) -> Iterator[AccountPoint]:
    """Yield about `POINTS` moments of the curve: evenly spread, the last one, and the deepest fall."""
    count = len(equity)
    if count == 0:
        return
    deepest = int(equity["drawdown"].to_numpy().argmax())
    kept = sorted({*range(0, count, -(-count // POINTS)), deepest, count - 1})
    part = equity.iloc[kept]
    columns = (part["cash"].tolist(), part["equity"].tolist(), part["drawdown"].tolist())
    for moment, cash, value, drawdown in zip(part.index, *columns, strict=True):
        yield AccountPoint(
            session_id=session_id,
            timestamp=_ms(moment),
            balance=exact(cash),
            equity=exact(value),
            drawdown=drawdown,
        )


def _performance(result: Result, session_id: int, now_ms: int) -> Performance:
    figures = dict(result.metrics)
    return Performance(
        session_id=session_id,
        total_return=_figure(figures.pop("total_return")),
        sharpe_ratio=_figure(figures.pop("sharpe_ratio")),
        max_drawdown=_figure(figures.pop("max_drawdown")),
        win_rate=_figure(figures.pop("win_rate")),
        total_trades=int(figures.pop("total_trades") or 0),
        total_pnl=exact(figures.pop("total_pnl") or 0.0),
        figures={name: value if isinstance(value, str) else _figure(value) for name, value in figures.items()},
        computed_ms=now_ms,
    )


def _execution(row: Mapping[str, Any], session_id: int) -> Execution:
    return Execution(
        session_id=session_id,
        strategy_name=row["strategy"],
        symbol=row["symbol"],
        slot=row["strategy"],
        bar_open_ms=_ms(row["time"]),
        signal_type=_SIGNALS[int(row["enter"])],
        outcome=OUTCOME_CODES[row["outcome"]],
        bits=int(row["bits"]),
        requested_risk=_figure(row["requested_risk"]),
        effective_risk=_figure(row["effective_risk"]),
        quantity=_amount(row["quantity"]),
        price=_amount(row["price"]),
        binding=row["binding"],
    )


def _rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*(frame[name].tolist() for name in names), strict=True)]


def exact(value: float) -> Decimal:
    """Return the shortest decimal that is this number: what a run printed, not its binary digits."""
    return Decimal(repr(float(value)))


def _amount(value: float | None) -> Decimal | None:
    return None if value is None or not math.isfinite(value) else exact(value)


def _figure(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _ms(moment: pd.Timestamp) -> int:
    return int(moment.value // 1_000_000)
