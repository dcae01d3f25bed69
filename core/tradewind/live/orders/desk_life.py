"""
A desk's life: it becomes the account's one writer, reconciles, works, and lets go in order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

import attrs

from tradewind.config.redaction import redact
from tradewind.errors import LeaseError, StoreError
from tradewind.live.clock import Clock
from tradewind.live.orders.bench import Bench, with_epoch
from tradewind.live.orders.crew import Crew
from tradewind.live.orders.dossier import Dossier
from tradewind.live.orders.driver import Driver
from tradewind.live.orders.duties import Duties
from tradewind.live.orders.entrance import Entrance
from tradewind.live.orders.fence import seconds_until
from tradewind.live.orders.holding import DeskEventKind, Holding, StartReport
from tradewind.live.orders.ids import OrderNames
from tradewind.live.orders.intake import Intake
from tradewind.live.orders.intent import DeskRules
from tradewind.live.orders.reconcile import Reconciliation, detail_of
from tradewind.live.orders.reports import Reports
from tradewind.live.orders.rounds import Rounds
from tradewind.live.orders.traded import TradedSymbols
from tradewind.live.orders.valuation import Valuation
from tradewind.plugins.protocols import Executor
from tradewind.store.accounts import Session
from tradewind.store.journal import Journal
from tradewind.store.records import ChainState, LeaseOwner

_PATIENCE_S: Final = 30.0
"""How long a stop waits for what is under way."""


class ProcessLock(Protocol):
    """An operating-system lock of an account: it dies with its process."""

    def acquire(self) -> bool:
        """Take it; return False when another living process of this machine has it."""
        ...

    def release(self) -> None:
        """Give it back."""
        ...


class DeskLife:
    """
    The life of one account's desk.

    Args:
        executor: The way to the venue.
        journal: Where everything is written before it is done.
        clock: Time.
        account: The account's fingerprint.
        session: The session's row; `start` adds it (its `id` is given then).
        slots: The slots that may enter; ids of other slots are foreign.
        symbols: The symbols traded.
        owner: Who this process is.
        lock: The operating-system lock of the account.
        rules: How it works.
        takeover: A person has said that the lease's holder on another machine is dead.
    """

    def __init__(
        self,
        executor: Executor,
        journal: Journal,
        clock: Clock,
        *,
        account: str,
        session: Session,
        slots: Sequence[str],
        symbols: Sequence[str],
        owner: LeaseOwner,
        lock: ProcessLock,
        rules: DeskRules | None = None,
        takeover: bool = False,
    ) -> None:
        self._executor = executor
        self._owner = owner
        self._lock = lock
        self._session = session
        self._takeover = takeover
        self._woken = asyncio.Event()
        names = OrderNames(account, slots, symbols)
        self.bench = Bench(
            executor, journal, clock, account=account, names=names, rules=rules or DeskRules(), woken=self._woken.set
        )
        self._crew = Crew(self.bench, self._chain_closed)
        intake = Intake(self.bench, adopt=self._crew.reopen, audit=self._audit_soon)
        self._reports = Reports(self.bench, executor, intake, self._audit_soon)
        self._books = Reconciliation(self.bench, intake, symbols)
        self._traded = TradedSymbols(self.bench, executor, symbols)
        self._duties = Duties(self.bench, self._books, self._traded)
        self._valuation = Valuation(self.bench)
        self._entrance = Entrance(self.bench, self._crew.drive)
        self._rounds: Rounds | None = None
        self._ready = False
        self._stopping = False
        self._kept_ms = 0

    async def start(self) -> StartReport:
        """
        Become the account's one writer and reconcile; entries are blocked until it has passed.

        Raises:
            LeaseError: TW-L007, another process owns the account (exit code 75).
            VenueError: The venue cannot be reached, or lacks what trading there needs.
            StoreError: The journal is damaged.
        """
        bench = self.bench
        self._take_account()
        bench.breakers.load(bench.journal.active_halts(bench.account))
        await self._open_venue()
        await bench.clock.sync(self._duties.server_time)
        await self._traded.read()
        self._crew.start(self._reports.listen())
        in_flight_s = self._in_flight_s()
        begun = bench.seconds()
        self._load_chains()
        await self._books.find_start()
        self._valuation.recall()
        self._open_session()
        await self._books.open_books()
        await bench.clock.sleep(max(0.0, in_flight_s - (bench.seconds() - begun)))
        self._rounds = Rounds(bench, self._duties.rounds())
        for driver in list(bench.drivers.values()):
            self._crew.drive(driver)
        self._reports.release()
        await bench.line.ask_until_told(lambda _: self._duties.audit())
        if not await bench.line.ask_until_told(lambda _: self._books.compare_balances()):
            self._rounds.hasten("account")
        self._crew.start(self._rounds.run())
        self._ready = True
        bench.emit(DeskEventKind.STARTED, epoch=with_epoch(bench.lease))
        return StartReport(
            session_id=bench.session_id,
            epoch=with_epoch(bench.lease),
            guarantees={symbol: caps.guarantee for symbol, caps in bench.caps.items()},
            refused=dict(self._traded.refused),
            holdings=tuple(self.positions()),
            notes=tuple(f"{halt.breaker} is up: {halt.detail}" for halt in bench.breakers.active()),
        )

    async def _open_venue(self) -> None:
        await self.bench.line.ask_until_told(lambda venue: venue.open())

    def _take_account(self) -> None:
        bench = self.bench
        if not self._lock.acquire():
            raise LeaseError(
                "another process of this machine owns the account.",
                code="TW-L007",
                hint="Stop that process first; its stops stay at the venue.",
            )
        try:
            bench.lease = bench.journal.acquire_lease(
                bench.account,
                self._owner,
                now_ms=bench.clock.now_ms(),
                holder_is_dead=True,
                takeover=self._takeover,
            )
        except StoreError:
            self._lock.release()
            raise

    def _in_flight_s(self) -> float:
        """
        Return how long a request of the owner before may still be acted on, seconds; at most one receive window.

        Each was written down before it was sent, with its fence, on a chain that is not closed before that; and
        since the lease is ours, none can be added. So who sent nothing just before it died is not waited for.
        """
        bench = self.bench
        fences = [record.chain.fence_ms for record in bench.journal.open_chains(bench.account)]
        error_ms = bench.clock.error_ms() / bench.clock.rate
        longest = (bench.rules.recv_window_ms + bench.rules.fence_margin_ms + error_ms) / 1_000
        return min(longest, seconds_until(max(fences, default=0), bench.clock))

    def _open_session(self) -> None:
        bench = self.bench
        guarantees = {symbol: caps.guarantee.value for symbol, caps in bench.caps.items()}
        detail = detail_of(self._session, self._books.trades_from(), guarantees)
        with bench.unit() as unit:
            session = unit.add_session(attrs.evolve(self._session, id=0, detail=detail))
        bench.session_id = session.id

    def _load_chains(self) -> None:
        bench = self.bench
        for record in bench.journal.open_chains(bench.account):
            instrument = bench.instruments.get(record.chain.symbol)
            if instrument is None:
                bench.trip("INVARIANT", detail=f"chain {record.chain.id}: {record.chain.symbol} is not traded")
                continue
            driver = Driver(bench, Dossier(record, instrument))
            driver.probed_at = -bench.rules.probe_s
            bench.drivers[record.chain.id] = driver

    def _chain_closed(self) -> None:
        self._woken.set()
        if self._rounds is not None:
            self._rounds.hasten("account")

    def _audit_soon(self) -> None:
        if self._rounds is not None:
            self._rounds.hasten("audit")

    async def stop(self, reason: str = "stopped") -> None:
        """Let go in order: no entries, no swap half done, session ended, lease back. Stops stay at the venue."""
        bench = self.bench
        self._stopping = True
        deadline = bench.seconds() + _PATIENCE_S
        while bench.lost is None and bench.seconds() < deadline and self._is_busy():
            await bench.clock.sleep(0.1)
        await self._crew.end()
        if bench.lost is None and bench.lease is not None:
            if bench.session_id:
                with bench.unit() as unit:
                    unit.end_session(bench.session_id, ended_ms=bench.clock.now_ms(), reason=redact(reason))
            bench.journal.release_lease(bench.lease, now_ms=bench.clock.now_ms())
            bench.lease = None
        await self._executor.close()
        self._lock.release()

    def _is_busy(self) -> bool:
        if self._rounds is None:
            return False  # nothing is driven yet
        unsettled = {ChainState.ENTERING, ChainState.SWAPPING, ChainState.BARE}
        return any(driver.dossier.chain.state in unsettled for driver in self.bench.drivers.values())

    def positions(self) -> Sequence[Holding]:
        """Return every open chain, oldest first."""
        return [driver.dossier.holding() for _, driver in sorted(self.bench.drivers.items())]
