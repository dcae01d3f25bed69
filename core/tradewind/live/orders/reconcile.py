"""
Reconciliation: what the journal says and what the venue says, compared at the start and ever after.

Nothing is set right by inventing an order or an execution. What the venue shows of our own orders is
taken in as facts; what it shows of others is written down as foreign; a balance that neither explains
stops entries until a person has looked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final

from tradewind.live.orders.bench import Bench
from tradewind.live.orders.intake import Intake
from tradewind.live.orders.ledger import post_transfer
from tradewind.model.orders import OrderReport
from tradewind.model.venue import AccountSnapshot
from tradewind.plugins.protocols import Executor
from tradewind.store.accounts import Session
from tradewind.store.records import ZERO, ChainState, ForeignTransfer

OPENING: Final = "opening"
"""Begins the id of the transfer that an asset's balance starts with in the ledger."""
RESUMED: Final = "resume"
"""Begins the id of a transfer that a person accepted by clearing UNEXPLAINED_BALANCE."""
_SAME_TIMES: Final = 3
"""How often a difference must be seen before it counts."""


class Reconciliation:
    """
    The comparison of one account.

    Args:
        bench: The desk's tools.
        intake: Where what is found goes.
        symbols: The symbols traded.
    """

    def __init__(self, bench: Bench, intake: Intake, symbols: Sequence[str]) -> None:
        self._bench = bench
        self._intake = intake
        self._symbols = tuple(symbols)
        self._differences: dict[str, tuple[Decimal, int]] = {}

    # trades

    async def find_start(self) -> None:
        """
        Find from which execution on the account's books are kept, for every symbol.

        What the last session read from is read again: nothing is missed between two sessions. For a symbol
        that is new, everything up to now is the opening balance's.

        Raises:
            VenueError: The venue did not answer.
        """
        bench = self._bench
        before: dict[str, Any] = {}
        for session in bench.journal.sessions(bench.account):
            before |= dict(session.detail.get("trades_from", {}))
        for symbol in self._symbols:
            if symbol in before:
                floors = [
                    driver.dossier.plan.trade_floor
                    for driver in bench.drivers.values()
                    if driver.dossier.chain.symbol == symbol
                ]
                bench.trades_read[symbol] = min([int(before[symbol]), *floors])
            else:
                bench.trades_read[symbol] = await self._newest_trade(symbol)

    async def _newest_trade(self, symbol: str) -> int:
        start = 0
        while page := await self._bench.line.ask_until_told(partial(_fills, symbol=symbol, from_id=start)):
            start = page[-1].trade_id + 1
        return start

    def trades_from(self) -> Mapping[str, int]:
        """Return from which execution on this session reads, by symbol."""
        return dict(self._bench.trades_read)

    # orders

    async def audit(self) -> None:
        """
        Compare open orders and executions of every symbol.

        Raises:
            VenueError: The venue did not answer.
        """
        for symbol in self._symbols:
            for report in await self._bench.line.ask(partial(_open_orders, symbol=symbol)):
                self._intake.order(report, source="audit")
            await self._intake.trades(symbol)

    # balances

    async def open_books(self) -> None:
        """Write the balances that the ledger starts with; does nothing when it has started."""
        bench = self._bench
        if bench.journal.foreign_transfers(bench.account):
            return
        shown = await bench.line.ask_until_told(_snapshot)
        now = bench.clock.now_ms()
        with bench.unit() as unit:
            for asset, balance in sorted(shown.balances.items()):
                if balance.total:
                    post_transfer(unit, self._transfer(f"{OPENING}:{asset}", asset, balance.total, now))

    def _transfer(self, name: str, asset: str, delta: Decimal, now: int) -> ForeignTransfer:
        return ForeignTransfer(
            account_fp=self._bench.account, transfer_id=name, asset=asset, delta=delta, time_ms=now, detail=name
        )

    async def compare_balances(self) -> bool:
        """
        Compare every asset's balance with the ledger; return False when something must be looked at again soon.

        The venue's look-ups lag: a snapshot that is older than the newest change we know of says nothing, nor
        does one that is taken while an order's outcome is open. The same difference three times is a breaker.

        Raises:
            VenueError: The venue did not answer.
        """
        bench = self._bench
        if not self._is_quiet():
            return False
        before = bench.balances()
        shown = await bench.line.ask(_snapshot)
        if not self._is_quiet() or bench.balances() != before:
            return False
        differences = self._compared(shown, before)
        self._accept(differences)
        for asset, difference in differences.items():
            last, times = self._differences.get(asset, (ZERO, 0))
            times = times + 1 if last == difference else 1
            self._differences[asset] = (difference, times)
            if times >= _SAME_TIMES:
                bench.trip("UNEXPLAINED_BALANCE", scope=asset, detail=f"the venue has {difference:+f} {asset}")
        for asset in [asset for asset in self._differences if asset not in differences]:
            del self._differences[asset]
        return not differences

    def _compared(self, shown: AccountSnapshot, booked: Mapping[str, Decimal]) -> dict[str, Decimal]:
        assets = sorted(booked.keys() | shown.balances.keys())
        found = {}
        for asset in assets:
            balance = shown.balances.get(asset)
            difference = (balance.total if balance is not None else ZERO) - booked.get(asset, ZERO)
            if difference:
                found[asset] = difference
        return found

    def _is_quiet(self) -> bool:
        """Tell whether no order is on its way whose effect the two sides may know at different times."""
        return all(
            driver.dossier.chain.state in {ChainState.PROTECTED, ChainState.QUARANTINED} and driver.dossier.is_complete
            for driver in self._bench.drivers.values()
        )

    def _accept(self, differences: Mapping[str, Decimal]) -> None:
        """Book what a person accepted by clearing the breaker of an asset."""
        bench = self._bench
        booked = {transfer.transfer_id for transfer in bench.journal.foreign_transfers(bench.account)}
        for halt in bench.journal.halts(bench.account):
            name = f"{RESUMED}:{halt.id}:{halt.scope}"
            cleared = halt.breaker == "UNEXPLAINED_BALANCE" and halt.cleared_ms is not None
            if not cleared or name in booked or halt.scope not in differences:
                continue
            delta = differences[halt.scope]
            with bench.unit() as unit:
                post_transfer(unit, self._transfer(name, halt.scope, delta, bench.clock.now_ms()))
            bench.flow(halt.scope, delta)
            return

    def sync_halts(self) -> None:
        """Take note of breakers that a person cleared or raised from another process."""
        bench = self._bench
        standing = {halt.id: halt for halt in bench.journal.active_halts(bench.account)}
        for halt in bench.breakers.active():
            if halt.id and halt.id not in standing:
                bench.breakers.clear(halt.breaker, scope=halt.scope, by="operator")
        known = {halt.id for halt in bench.breakers.active()}
        bench.breakers.load(halt for halt_id, halt in standing.items() if halt_id not in known)


async def _fills(venue: Executor, *, symbol: str, from_id: int) -> Sequence[Any]:
    return await venue.fills(symbol, from_id)


async def _open_orders(venue: Executor, *, symbol: str) -> Sequence[OrderReport]:
    return await venue.open_orders(symbol)


async def _snapshot(venue: Executor) -> AccountSnapshot:
    return await venue.snapshot()


def detail_of(session: Session, trades_from: Mapping[str, int], guarantees: Mapping[str, str]) -> dict[str, Any]:
    """Return a session's detail with what reconciliation needs to find again."""
    return {**session.detail, "trades_from": dict(trades_from), "guarantees": dict(guarantees)}
