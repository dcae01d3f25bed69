"""Records to write: one session, one chain and what follows from it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tradewind.model.orders import OrderStatus, Side, Verb
from tradewind.store.accounts import AccountPoint, Execution, Performance, Position, Session, Trade
from tradewind.store.records import (
    Attempt,
    BarDecision,
    Chain,
    Checkpoint,
    Fill,
    ForeignOrder,
    ForeignTransfer,
    Halt,
    LeaseOwner,
    LedgerEntry,
    OrderFact,
)

ACCOUNT = "a" * 64
BAR = 1_700_000_000_000
D = Decimal


def _merged(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return values | changes


def owner(name: str = "one", *, host: str = "here", pid: int = 11) -> LeaseOwner:
    return LeaseOwner(uuid=name, host=host, pid=pid, boot_id="boot")


def session(**changes: Any) -> Session:
    return Session(
        **_merged(
            {
                "strategy_name": "adaptive",
                "symbol": "BTCUSDT",
                "mode": "live",
                "initial_balance": D("10000.00"),
                "start_time": BAR,
                "account_fp": ACCOUNT,
                "detail": {"guarantee": "A", "filters": {"BTCUSDT": {"tick": "0.01"}}},
            },
            changes,
        )
    )


def chain(session_id: int, **changes: Any) -> Chain:
    return Chain(
        **_merged(
            {
                "session_id": session_id,
                "account_fp": ACCOUNT,
                "symbol": "BTCUSDT",
                "slot": "adaptive",
                "bar_open_ms": BAR,
                "opened_ms": BAR + 5,
            },
            changes,
        )
    )


def attempt(chain_id: int, **changes: Any) -> Attempt:
    return Attempt(
        **_merged(
            {
                "chain_id": chain_id,
                "n": 1,
                "verb": Verb.ENTER,
                "client_id": "tw1-slot-bar-E",
                "list_client_id": "tw1-slot-bar-L",
                "payload_json": '{"quantity":"0.1"}',
                "payload_sha256": "0" * 64,
                "ts_signed_ms": BAR + 6,
                "recv_window_ms": 3_000,
                "epoch": 1,
            },
            changes,
        )
    )


def fact(chain_id: int | None = None, **changes: Any) -> OrderFact:
    return OrderFact(
        **_merged(
            {
                "account_fp": ACCOUNT,
                "symbol": "BTCUSDT",
                "order_id": 501,
                "client_id": "tw1-slot-bar-E",
                "chain_id": chain_id,
                "role": "E",
                "status": OrderStatus.ACCEPTED,
                "first_source": "reply",
                "exec_id": 7,
                "updated_ms": BAR + 10,
            },
            changes,
        )
    )


def fill(chain_id: int | None = None, **changes: Any) -> Fill:
    return Fill(
        **_merged(
            {
                "account_fp": ACCOUNT,
                "symbol": "BTCUSDT",
                "trade_id": 9001,
                "order_id": 501,
                "chain_id": chain_id,
                "side": Side.BUY,
                "price": D("43210.12345678"),
                "qty": D("0.10000000"),
                "quote_qty": D("4321.012345678"),
                "commission": D("0.0001"),
                "commission_asset": "BTC",
                "time_ms": BAR + 11,
                "source": "stream",
            },
            changes,
        )
    )


def entry(**changes: Any) -> LedgerEntry:
    return LedgerEntry(
        **_merged(
            {
                "account_fp": ACCOUNT,
                "asset": "USDT",
                "delta": D("1000.10"),
                "cause": "transfer",
                "ref": "t1",
                "leg": "transfer",
                "time_ms": BAR,
            },
            changes,
        )
    )


def decision(session_id: int, **changes: Any) -> BarDecision:
    return BarDecision(
        **_merged(
            {
                "account_fp": ACCOUNT,
                "symbol": "BTCUSDT",
                "slot": "adaptive",
                "bar_open_ms": BAR,
                "session_id": session_id,
                "inputs_hash": "f" * 64,
                "decision": "enter",
                "decided_ms": BAR + 4,
            },
            changes,
        )
    )


def halt(**changes: Any) -> Halt:
    return Halt(
        **_merged(
            {"account_fp": ACCOUNT, "scope": "account", "breaker": "DAILY_LOSS", "detail": "-6.1%", "raised_ms": BAR},
            changes,
        )
    )


def foreign_order(**changes: Any) -> ForeignOrder:
    return ForeignOrder(
        **_merged(
            {
                "account_fp": ACCOUNT,
                "symbol": "BTCUSDT",
                "order_id": 77,
                "client_id": "web_1",
                "side": Side.SELL,
                "status": OrderStatus.ACCEPTED,
                "qty": D("1.5"),
                "first_seen_ms": BAR,
                "updated_ms": BAR,
            },
            changes,
        )
    )


def transfer(**changes: Any) -> ForeignTransfer:
    return ForeignTransfer(
        **_merged(
            {"account_fp": ACCOUNT, "transfer_id": "w1", "asset": "USDT", "delta": D("-20"), "time_ms": BAR}, changes
        )
    )


def checkpoint(session_id: int, **changes: Any) -> Checkpoint:
    return Checkpoint(
        **_merged(
            {
                "session_id": session_id,
                "bar_open_ms": BAR,
                "kernel_state": b"\x00\xff state",
                "sha256": "1" * 64,
                "schema_version": 3,
            },
            changes,
        )
    )


def trade(session_id: int, **changes: Any) -> Trade:
    return Trade(
        **_merged(
            {
                "session_id": session_id,
                "strategy_name": "adaptive",
                "symbol": "BTCUSDT",
                "side": "long",
                "quantity": D("0.1"),
                "entry_time": BAR,
                "entry_price": D("43210.5"),
                "exit_time": BAR + 60_000,
                "exit_price": D("43300"),
                "fees": D("8.65"),
                "pnl": D("0.3"),
                "pnl_pct": 0.00007,
                "exit_reason": "stop",
            },
            changes,
        )
    )


def position(session_id: int, **changes: Any) -> Position:
    return Position(
        **_merged(
            {
                "session_id": session_id,
                "strategy_name": "adaptive",
                "symbol": "BTCUSDT",
                "side": "long",
                "quantity": D("0.1"),
                "entry_time": BAR,
                "entry_price": D("43210.5"),
                "current_price": D("43300"),
                "unrealized_pnl": D("8.95"),
                "stop_price": D("42000"),
                "updated_ms": BAR + 1,
            },
            changes,
        )
    )


def point(session_id: int, **changes: Any) -> AccountPoint:
    return AccountPoint(
        **_merged(
            {"session_id": session_id, "timestamp": BAR, "balance": D(9000), "equity": D("10010.5"), "drawdown": 0.01},
            changes,
        )
    )


def performance(session_id: int, **changes: Any) -> Performance:
    return Performance(
        **_merged(
            {
                "session_id": session_id,
                "total_return": 0.12,
                "sharpe_ratio": 1.5,
                "max_drawdown": 0.08,
                "total_trades": 3,
                "total_pnl": D("1200.5"),
                "figures": {"sortino_ratio": 2.0},
                "computed_ms": BAR,
            },
            changes,
        )
    )


def execution(session_id: int, **changes: Any) -> Execution:
    return Execution(
        **_merged(
            {
                "session_id": session_id,
                "strategy_name": "adaptive",
                "symbol": "BTCUSDT",
                "slot": "adaptive",
                "bar_open_ms": BAR,
                "signal_type": "enter_long",
                "outcome": 1,
                "bits": 5,
                "requested_risk": 0.02,
                "effective_risk": 0.01,
                "quantity": D("0.1"),
                "price": D("43210.5"),
                "binding": "engine_cap",
                "indicators": {"rsi": 55.5},
            },
            changes,
        )
    )
