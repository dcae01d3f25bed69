"""
The order desk: the engine's one way to the venue, and the part on which money depends.

The engine says what it wants (`enter`, `move_stop`, `exit`, `flatten`); the desk writes it down, sends
it, finds out what became of it and keeps every position protected, through lost answers, copies,
delays, restarts and a second process. What it promises is written in docs/explanation/live.md.

    desk = OrderDesk(executor, journal, system_clock(), account=fp, session=session, ...)
    report = await desk.start()             # reconciles; raises LeaseError (exit code 75), VenueError, LiveError
    desk.observe("BTCUSDT", price)          # at every tick or bar: stops near the market, valuation
    if not desk.may_enter("BTCUSDT"):
        await desk.enter(EntryIntent(...))  # durable when it returns; the outcome comes as an event
    ...
    await desk.stop()                       # stops stay at the venue
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final, Protocol

import attrs

from tradewind.errors import LeaseError, LiveError, StoreError, VenueError
from tradewind.live.bench import Bench, with_epoch
from tradewind.live.chain_books import write_decision
from tradewind.live.clock import Clock
from tradewind.live.dossier import Dossier
from tradewind.live.driver import Driver
from tradewind.live.entrance import Entrance, held, on_the_way, open_question
from tradewind.live.holding import AccountState, DeskEvent, DeskEventKind, Holding, StartReport
from tradewind.live.ids import OrderNames
from tradewind.live.intake import Intake
from tradewind.live.intent import Decided, DeskRules, EntryIntent
from tradewind.live.ledger import account_state, marks_of
from tradewind.live.protected import NEAR_TICKS
from tradewind.live.reconcile import Reconciliation, detail_of
from tradewind.live.rounds import Round, Rounds
from tradewind.model.instrument import Instrument
from tradewind.model.venue import VenueEvent
from tradewind.plugins.protocols import Executor
from tradewind.store.accounts import AccountPoint, Session
from tradewind.store.journal import Journal
from tradewind.store.records import ZERO, Chain, ChainState, LeaseOwner, OpenChain

_PATIENCE_S: Final = 30.0
"""How long a stop waits for what is under way."""
_RECONNECT_S: Final = 1.0
_CLOCK_JUMP_MS: Final = 1_000
_MINUTE_MS: Final = 60_000


class ProcessLock(Protocol):
    """An operating-system lock of an account: it dies with its process."""

    def acquire(self) -> bool:
        """Take it; return False when another living process of this machine has it."""
        ...

    def release(self) -> None:
        """Give it back."""
        ...


class OrderDesk:
    """
    The desk of one account.

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
        self._symbols = tuple(symbols)
        self._takeover = takeover
        self._woken = asyncio.Event()
        names = OrderNames(account, slots, symbols)
        self.bench = Bench(
            executor, journal, clock, account=account, names=names, rules=rules or DeskRules(), woken=self._woken.set
        )
        self._intake = Intake(self.bench, adopt=self._reopen, audit=self._audit_soon)
        self._books = Reconciliation(self.bench, self._intake, symbols)
        self._entrance = Entrance(self.bench, self._drive)
        self._rounds: Rounds | None = None
        self._tasks: dict[asyncio.Task[None], int] = {}
        self._refused: dict[str, str] = {}
        self._waiting: list[VenueEvent] | None = []
        self._ready = False
        self._stopping = False
        self._kept_day = -1
        self._kept_ms = 0

    # start and stop

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
        await bench.clock.sync(self._server_time)
        await self._read_rules()
        self._task(self._listen())
        error_ms = bench.clock.error_ms() / bench.clock.rate
        fence_s = (bench.rules.recv_window_ms + bench.rules.fence_margin_ms + error_ms) / 1_000
        begun = bench.seconds()
        self._load_chains()
        await self._books.find_start()
        self._recall_marks()
        self._open_session()
        await self._books.open_books()
        await bench.clock.sleep(max(0.0, fence_s - (bench.seconds() - begun)))
        self._rounds = Rounds(bench, self._what_is_done())
        for driver in list(bench.drivers.values()):
            self._drive(driver)
        for event in self._waiting or ():
            self._take_event(event)
        self._waiting = None
        await bench.line.ask_until_told(lambda _: self._audit())
        if not await bench.line.ask_until_told(lambda _: self._books.compare_balances()):
            self._rounds.hasten("account")
        self._task(self._rounds.run())
        self._ready = True
        bench.emit(DeskEventKind.STARTED, epoch=with_epoch(bench.lease))
        return StartReport(
            session_id=bench.session_id,
            epoch=with_epoch(bench.lease),
            guarantees={symbol: caps.guarantee for symbol, caps in bench.caps.items()},
            refused=dict(self._refused),
            holdings=tuple(self.positions()),
            notes=tuple(f"{halt.breaker} is up: {halt.detail}" for halt in bench.breakers.active()),
        )

    async def _open_venue(self) -> None:
        await self.bench.line.ask_until_told(lambda venue: venue.open())

    async def _server_time(self) -> int:
        return await self.bench.line.ask(_time)

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

    async def _read_rules(self) -> None:
        """Read what the venue allows; a symbol that keeps no stops is not traded unless that was asked for."""
        bench = self.bench
        found = await bench.line.ask_until_told(partial(_instruments, symbols=self._symbols))
        bench.rules_doubted = False
        for symbol in self._symbols:
            if symbol not in found:
                self._refused[symbol] = "the venue does not trade it"
                continue
            caps = self._executor.capabilities(symbol)
            bench.instruments[symbol], bench.caps[symbol] = found[symbol], caps
            self._refused.pop(symbol, None)
            if not caps.stop_orders and not bench.rules.allow_unprotected:
                self._refused[symbol] = "the venue keeps no stops for it"
        for driver in bench.drivers.values():
            driver.dossier.instrument = bench.instruments[driver.dossier.chain.symbol]

    def _open_session(self) -> None:
        bench = self.bench
        guarantees = {symbol: caps.guarantee.value for symbol, caps in bench.caps.items()}
        detail = detail_of(self._session, self._books.trades_from(), guarantees)
        with bench.unit() as unit:
            session = unit.add_session(attrs.evolve(self._session, id=0, detail=detail))
        bench.session_id = session.id

    def _quotes(self) -> list[str]:
        return sorted({instrument.quote for instrument in self.bench.instruments.values()})

    def _recall_marks(self) -> None:
        """Let losses be measured from the peak and the day's start that earlier sessions saw."""
        bench = self.bench
        points = [
            point
            for session in bench.journal.sessions(bench.account)
            for point in bench.journal.account_points(session.id)
        ]
        transfers = bench.journal.foreign_transfers(bench.account)
        bench.marks = marks_of(points, transfers, self._quotes(), bench.journal.halts(bench.account))

    def _keep_marks(self, state: AccountState) -> None:
        """Write the account's moment down once a minute, and at once when it sets a new mark of a day."""
        bench = self.bench
        rolled = bench.marks.day != self._kept_day
        if bench.lost is not None or not self._ready or (not rolled and state.time_ms < self._kept_ms + _MINUTE_MS):
            return
        point = AccountPoint(
            session_id=bench.session_id,
            timestamp=state.time_ms,
            balance=state.cash,
            equity=state.equity,
            drawdown=float(state.drawdown),
        )
        try:
            with bench.unit() as unit:
                unit.add_account_point(point)
        except StoreError as error:
            bench.emit(DeskEventKind.TROUBLE, error=str(error))
            return
        self._kept_day, self._kept_ms = bench.marks.day, state.time_ms

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

    def _what_is_done(self) -> tuple[Round, ...]:
        rules = self.bench.rules
        return (
            Round("lease", rules.lease_s, self._show_life, retry_s=1.0),
            Round("line", 1.0, self._refresh),
            Round("audit", rules.audit_s, self._audit),
            Round("account", rules.account_s, self._books.compare_balances, retry_s=5.0),
            Round("clock", rules.clock_s, self._sync_clock),
            Round("rules", 3_600.0, self._read_rules, retry_s=60.0),
        )

    async def _show_life(self) -> None:
        bench = self.bench
        if bench.lease is not None:
            bench.lease = bench.journal.renew_lease(bench.lease, now_ms=bench.clock.now_ms())
            self._books.sync_halts()
            bench.write_halts()

    async def _refresh(self) -> None:
        self.bench.line.refresh()
        if self.bench.rules_doubted:
            await self._read_rules()

    async def _audit(self) -> None:
        await self._books.audit()

    async def _sync_clock(self) -> None:
        bench = self.bench
        moved = await bench.clock.sync(self._server_time)
        if abs(moved) > _CLOCK_JUMP_MS:
            bench.trip("CLOCK", detail=f"the venue's clock moved by {moved} ms")
        else:
            bench.breakers.clear("CLOCK", by="engine")

    def doubt_clock(self) -> None:
        """Measure the venue's clock again soon: the machine's own has moved, or slept."""
        if self._rounds is not None:
            self._rounds.hasten("clock")

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
        await self._end_tasks()
        if bench.lost is None and bench.lease is not None:
            if bench.session_id:
                with bench.unit() as unit:
                    unit.end_session(bench.session_id, ended_ms=bench.clock.now_ms(), reason=reason)
            bench.journal.release_lease(bench.lease, now_ms=bench.clock.now_ms())
            bench.lease = None
        await self._executor.close()
        self._lock.release()

    def _is_busy(self) -> bool:
        if self._rounds is None:
            return False  # nothing is driven yet
        unsettled = {ChainState.ENTERING, ChainState.SWAPPING, ChainState.BARE}
        return any(driver.dossier.chain.state in unsettled for driver in self.bench.drivers.values())

    async def _end_tasks(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()

    # tasks

    def _task(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = len(self._tasks)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.bench.trip("INVARIANT", detail=f"{type(error).__name__}: {error}"[:200])

    def _drive(self, driver: Driver) -> None:
        self.bench.drivers[driver.dossier.chain.id] = driver
        self._task(self._driven(driver))

    async def _driven(self, driver: Driver) -> None:
        await driver.run()
        if driver.dossier.chain.state is ChainState.CLOSED:
            self.bench.drivers.pop(driver.dossier.chain.id, None)
            self._woken.set()
            if self._rounds is not None:
                self._rounds.hasten("account")

    def _reopen(self, chain: Chain) -> Driver | None:
        """Open a closed chain again: an order of it turned up. None when its place is taken."""
        bench = self.bench
        for driver in bench.drivers.values():
            other = driver.dossier.chain
            if (other.symbol, other.slot, other.tranche) == (chain.symbol, chain.slot, chain.tranche):
                return None
        opened = attrs.evolve(chain, state=ChainState.UNCERTAIN, closed_ms=None, pnl=None)
        with bench.unit() as unit:
            unit.save_chain(opened)
        record = OpenChain(
            chain=opened,
            attempts=bench.journal.attempts(chain.id),
            facts=bench.journal.facts(chain.id),
            fills=bench.journal.fills(chain.id),
        )
        driver = Driver(bench, Dossier(record, bench.instruments[chain.symbol]))
        self._drive(driver)
        return driver

    async def _listen(self) -> None:
        """Take in what the venue reports; begin again whenever the reports end."""
        bench = self.bench
        while bench.lost is None:
            try:
                async for event in self._executor.events():
                    if self._waiting is not None:
                        self._waiting.append(event)
                    else:
                        self._take_event(event)
            except VenueError as error:
                bench.emit(DeskEventKind.TROUBLE, error=str(error))
            bench.stream_live = False
            await bench.clock.sleep(_RECONNECT_S)

    def _take_event(self, event: VenueEvent) -> None:
        """Take one report in; one that cannot be written down is found again by the next audit."""
        try:
            self._intake.event(event)
        except StoreError as error:
            self.bench.emit(DeskEventKind.TROUBLE, error=str(error))
            self._audit_soon()
        except LiveError as error:
            self.bench.trip("INVARIANT", detail=str(error)[:200])

    # what the engine asks

    async def enter(self, intent: EntryIntent) -> None:
        """
        Write an entry and its decision down, in one transaction, and send it.

        Returns once it is durable; PROTECTED, MISSED or BARE follow as events. When `may_enter` forbids it
        or a cap does, the decision is written without a chain and DENIED follows.

        Raises:
            JournalError: The bar was decided before.
            StoreError: It could not be written; nothing was sent.
            LeaseError: The account is another's now.
        """
        reason = self.may_enter(intent.symbol) or self._entrance.refusal(intent)
        if reason is None and not self.bench.line.is_open():
            reason = "RATE_LIMIT: the venue wants fewer requests"
        if reason is not None:
            await self._entrance.deny(intent, reason)
            return
        self._entrance.make(intent)

    async def record(self, decided: Decided) -> None:
        """Write down that a bar was decided and nothing is to be done; raises like `enter`."""
        with self.bench.unit() as unit:
            write_decision(unit, decided)

    async def move_stop(self, holding: Holding, price: Decimal, *, decided: Decided | None = None) -> None:
        """
        Raise a stop; a looser one, one within 2 ticks of the market or the second within a bar is not made.

        Returns once the wish is durable; STOP_MOVED or STOP_KEPT follows. Raises like `enter`.
        """
        driver = self.bench.drivers.get(holding.chain_id)
        reason = "the chain is closed" if driver is None else self._kept(driver, price, decided)
        if driver is None or reason is not None:
            if decided is not None:
                await self.record(decided)
            self.bench.emit(
                DeskEventKind.STOP_KEPT,
                symbol=holding.symbol,
                slot=holding.slot,
                chain_id=holding.chain_id,
                price=price,
                reason=reason,
            )
            return
        bar = decided.bar.bar_open_ms if decided is not None else driver.dossier.plan.stop_bar
        plan = attrs.evolve(driver.dossier.plan, want_stop=price, stop_bar=bar)
        driver.save(plan=plan, decided=decided)
        driver.wake.set()

    def _kept(self, driver: Driver, price: Decimal, decided: Decided | None) -> str | None:
        """Return why a stop is not moved, None when it is."""
        dossier = driver.dossier
        last = driver.price
        if dossier.plan.exit_reason:
            return "the position is being closed"
        if price <= max(dossier.plan.stop, dossier.plan.want_stop or dossier.plan.stop):
            return "a stop is never loosened"
        if last is not None and price >= last - NEAR_TICKS * dossier.instrument.tick_size:
            return "the market is too near"
        if decided is not None and decided.bar.bar_open_ms <= dossier.plan.stop_bar:
            return "it was moved in this bar"
        return None

    async def exit(self, holding: Holding, reason: str, *, decided: Decided | None = None) -> None:
        """Close a position at the market; durable when it returns, CLOSED follows. Always allowed."""
        driver = self.bench.drivers.get(holding.chain_id)
        if driver is None or driver.dossier.plan.exit_reason:
            if decided is not None:
                await self.record(decided)
            return
        plan = attrs.evolve(driver.dossier.plan, exit_reason=reason, want_stop=None)
        driver.save(plan=plan, decided=decided)
        driver.wake.set()

    async def flatten(self, reason: str = "operator") -> None:
        """Close everything, and return once nothing is held; entries are blocked from now on."""
        self.trip("OPERATOR", detail=f"flatten: {reason}")
        while self.bench.drivers and self.bench.lost is None:
            for holding in self.positions():
                if not holding.exiting:
                    await self.exit(holding, reason)
            await self.bench.clock.sleep(0.1)

    def observe(self, symbol: str, price: Decimal) -> None:
        """Take note of the newest price of a symbol."""
        self.bench.prices[symbol] = price
        for driver in self.bench.drivers.values():
            chain = driver.dossier.chain
            if chain.symbol == symbol and chain.stop_px is not None and price <= chain.stop_px:
                driver.wake.set()

    # what the engine sees

    def positions(self) -> Sequence[Holding]:
        """Return every open chain, oldest first."""
        return [driver.dossier.holding() for _, driver in sorted(self.bench.drivers.items())]

    def account(self, prices: Mapping[str, Decimal]) -> AccountState:
        """Return the account by the ledger at these prices (by symbol); updates peak and start of day."""
        bench = self.bench
        now = bench.clock.now_ms()
        for symbol, price in prices.items():
            bench.prices[symbol] = price
        cash = sum((bench.cash(quote) for quote in self._quotes()), ZERO)
        value = held(bench)
        bench.equity = cash + value
        bench.marks = bench.marks.after(bench.equity, now)
        state = account_state(cash=cash, values=(value,), on_the_way=on_the_way(bench), marks=bench.marks, now_ms=now)
        self._check_losses(state)
        self._keep_marks(state)
        return state

    def _check_losses(self, state: AccountState) -> None:
        rules = self.bench.rules
        if state.day_start > 0 and state.day_start - state.equity >= rules.max_daily_loss * state.day_start:
            self.trip("DAILY_LOSS", detail=f"{state.equity:f} of {state.day_start:f} at the day's start")
        if state.drawdown >= rules.max_drawdown:
            self.trip("DRAWDOWN", detail=f"{state.equity:f} of {state.peak:f} at the peak")

    def may_enter(self, symbol: str) -> str | None:
        """Return why no entry is allowed in a symbol now, None when it is (R7, breakers, start not passed)."""
        bench = self.bench
        if bench.lost is not None:
            return "another process owns the account"
        if not self._ready or self._stopping:
            return "the desk is stopping" if self._stopping else "reconciliation has not passed"
        if symbol in self._refused:
            return self._refused[symbol]
        instrument = bench.instruments.get(symbol)
        if instrument is None:
            return "the symbol is not traded"
        return bench.breakers.blocks(symbol, instrument.base, instrument.quote) or open_question(bench, symbol)

    def trip(self, breaker: str, *, scope: str = "account", detail: str = "") -> None:
        """Raise a breaker of `tradewind.live.breakers.BREAKERS`: no entries in its scope; stops stay, exits go on."""
        self.bench.trip(breaker, scope=scope, detail=detail)

    def clear(self, breaker: str, *, scope: str = "account", by: str) -> bool:
        """Clear a breaker, in the name of a person or of the engine; False when it was not raised."""
        return self.bench.clear(breaker, scope=scope, by=by)

    @property
    def lost(self) -> LeaseError | None:
        """The error with which the account was lost to another process; exit with 75 then."""
        return self.bench.lost

    def events(self) -> Sequence[DeskEvent]:
        """Return what happened since the last call, oldest first."""
        events = list(self.bench.events)
        self.bench.events.clear()
        return events

    async def happened(self) -> None:
        """Return when there is something in `events`."""
        while not self.bench.events:
            self._woken.clear()
            await self._woken.wait()


async def _time(venue: Executor) -> int:
    return await venue.server_time()


async def _instruments(venue: Executor, *, symbols: Sequence[str]) -> Mapping[str, Instrument]:
    return await venue.instruments(symbols)
