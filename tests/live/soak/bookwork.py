"""How long a decision takes to leave, journal on disk, and how long a session takes to start on a long journal."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from live.soak.quay import Quay
from tradewind.live.clock import system_clock
from tradewind.live.orders.desk import OrderDesk
from tradewind.live.orders.intent import Decided, DeskRules, EntryIntent
from tradewind.live.orders.lease import AccountLock
from tradewind.live.orders.ledger import post_fill, post_transfer
from tradewind.model.instrument import Instrument
from tradewind.model.orders import Side, Verb
from tradewind.store.accounts import AccountPoint, Session
from tradewind.store.opening import open_store
from tradewind.store.records import (
    Attempt,
    AttemptState,
    BarDecision,
    Chain,
    ChainState,
    Fill,
    ForeignTransfer,
    LeaseOwner,
    OrderFact,
)
from tradewind.store.sql_journal import SqlJournal

ACCOUNT = "soak-account"
HOUR = 3_600_000
BEGUN = 1_700_000_000_000 // HOUR * HOUR
QUICK = DeskRules(recv_window_ms=50, fence_margin_ms=50, orders_a_minute=10**9)
ONE, PRICE = Decimal("0.01"), Decimal(30_000)


def session_row(symbols: tuple[str, ...]) -> Session:
    return Session(
        strategy_name="soak", symbol=",".join(symbols), mode="paper", timeframe="1h", initial_balance=Decimal(0),
        start_time=BEGUN, account_fp=ACCOUNT,
    )  # fmt: skip


def desk_at(folder: Path, journal: SqlJournal, quay: Quay, symbols: tuple[str, ...], **more: Any) -> OrderDesk:
    return OrderDesk(
        quay, journal, system_clock(), account=ACCOUNT, session=session_row(symbols), slots=("soak",), symbols=symbols,
        owner=LeaseOwner(uuid="soak", host="here", pid=1, boot_id="b"), lock=AccountLock(folder, ACCOUNT), **more,
    )  # fmt: skip


def intent(symbol: str, bar: int, session: int) -> EntryIntent:
    """Return an entry that is decided."""
    decision = BarDecision(
        account_fp=ACCOUNT, symbol=symbol, slot="soak", bar_open_ms=BEGUN + bar * HOUR, session_id=session,
        inputs_hash="0" * 64, decision="sent", decided_ms=BEGUN + bar * HOUR,
    )  # fmt: skip
    return EntryIntent(
        slot="soak", symbol=symbol, bar_open_ms=BEGUN + bar * HOUR, limit_price=PRICE * Decimal("1.002"),
        stop_price=PRICE * Decimal("0.97"), tranches=(ONE,), decided=Decided(bar=decision),
    )  # fmt: skip


def decisions_ms(folder: Path, *, decisions: int, symbols: int = 20) -> list[tuple[float, float]]:
    """Return the wall and processor time of each decision from the desk to the venue's door, commit included, ms."""
    names = tuple(f"COIN{n:02d}USDT" for n in range(symbols))
    quay = Quay(names, {"USDT": Decimal(10_000_000)})

    async def run() -> list[tuple[float, float]]:
        took: list[tuple[float, float]] = []
        journal = SqlJournal(open_store(folder / "decisions.db", mode="engine"))
        desk = desk_at(folder, journal, quay, names, rules=QUICK)
        report = await desk.start()
        for name in names:
            desk.observe(name, PRICE)
        bar = 0
        while len(took) < decisions:
            bar += 1
            for name in names:
                while desk.may_enter(name) is not None:
                    await asyncio.sleep(0.01)
                wanted = intent(name, bar, report.session_id)
                known = set(quay.arrived_ns)
                begun, used = time.perf_counter_ns(), time.process_time_ns()
                await desk.enter(wanted)
                while not (new := set(quay.arrived_ns) - known):
                    await asyncio.sleep(0)
                came, spent = quay.arrived_ns[new.pop()]
                took.append(((came - begun) / 1e6, (spent - used) / 1e6))
        await desk.stop()
        journal.close()
        return took

    return asyncio.run(run())


def fill_journal(path: Path, orders: int) -> None:
    """Write a journal of so many orders: entries and exits of closed positions, with all that belongs to them."""
    journal = SqlJournal(open_store(path, mode="engine"))
    symbol = "BTCUSDT"
    instrument = Instrument(symbol=symbol)
    lease = journal.acquire_lease(
        ACCOUNT, LeaseOwner(uuid="before", host="here", pid=1, boot_id="b"), now_ms=BEGUN, holder_is_dead=True
    )
    with journal.begin(lease) as unit:
        session = unit.add_session(session_row((symbol,)))
        post_transfer(
            unit, ForeignTransfer(account_fp=ACCOUNT, transfer_id="opening:USDT", asset="USDT",
                                  delta=Decimal(10_000), time_ms=BEGUN, detail="opening:USDT")
        )  # fmt: skip
    for start in range(0, orders // 2, 250):
        with journal.begin(lease) as unit:
            for n in range(start, min(start + 250, orders // 2)):
                _position(unit, n, session.id, symbol, instrument)
    with journal.begin(lease) as unit:
        unit.end_session(session.id, ended_ms=BEGUN + orders * HOUR, reason="stopped")
    journal.release_lease(lease, now_ms=BEGUN)
    journal.close()


def _position(unit: Any, n: int, session: int, symbol: str, instrument: Instrument) -> None:
    time_ms = BEGUN + n * HOUR
    chain = unit.add_chain(
        Chain(
            session_id=session, account_fp=ACCOUNT, symbol=symbol, slot="soak", bar_open_ms=time_ms,
            state=ChainState.CLOSED, k=1, opened_ms=time_ms, closed_ms=time_ms + HOUR, pnl=Decimal(0), detail="{}",
        )
    )  # fmt: skip
    for k, (role, side, verb) in enumerate((("E", Side.BUY, Verb.ENTER), ("X", Side.SELL, Verb.SWAP))):
        order_id, client_id = 2 * n + k + 1, f"soak-{n}-{role}"
        unit.add_attempt(
            Attempt(
                chain_id=chain.id, n=k + 1, verb=verb, client_id=client_id, payload_json="{}", payload_sha256="0" * 64,
                ts_signed_ms=time_ms, recv_window_ms=2_000, epoch=1, state=AttemptState.DONE,
            )
        )  # fmt: skip
        unit.save_fact(
            OrderFact(
                account_fp=ACCOUNT, symbol=symbol, order_id=order_id, client_id=client_id, chain_id=chain.id, role=role,
                status="filled", executed_qty=ONE, cum_quote=ONE * PRICE, terminal=True, first_source="reply",
                updated_ms=time_ms,
            )
        )  # fmt: skip
        fill = Fill(
            account_fp=ACCOUNT, symbol=symbol, trade_id=order_id, order_id=order_id, client_id=client_id,
            chain_id=chain.id, side=side, price=PRICE, qty=ONE, quote_qty=ONE * PRICE, commission=Decimal("0.01"),
            commission_asset="USDT", maker=False, time_ms=time_ms, source="reply",
        )  # fmt: skip
        post_fill(unit, fill, instrument)
    unit.add_account_point(
        AccountPoint(session_id=session, timestamp=time_ms, balance=Decimal(10_000), equity=Decimal(10_000), drawdown=0)
    )


def start_s(folder: Path, *, orders: int) -> float:
    """Return how long a desk takes from opening a journal of so many orders until it takes entries, seconds."""
    path = folder / "long.db"
    fill_journal(path, orders)
    cash = Decimal(10_000) - orders * Decimal("0.01")
    quay = Quay(("BTCUSDT",), {"USDT": cash})

    async def run() -> float:
        begun = time.perf_counter()
        journal = SqlJournal(open_store(path, mode="engine"))
        desk = desk_at(folder, journal, quay, ("BTCUSDT",))
        await desk.start()
        desk.account({"BTCUSDT": PRICE})
        took = time.perf_counter() - begun
        why = desk.may_enter("BTCUSDT")
        await desk.stop()
        journal.close()
        if why is not None:
            raise SystemExit(f"it does not take entries: {why}")
        return took

    return asyncio.run(run())
