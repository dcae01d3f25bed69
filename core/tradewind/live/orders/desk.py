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

from collections.abc import Mapping, Sequence
from decimal import Decimal

import attrs

from tradewind.errors import LeaseError
from tradewind.live.orders.chain_books import write_decision
from tradewind.live.orders.desk_life import DeskLife
from tradewind.live.orders.driver import Driver
from tradewind.live.orders.entrance import open_question
from tradewind.live.orders.holding import AccountState, DeskEvent, DeskEventKind, Holding
from tradewind.live.orders.intent import Decided, EntryIntent
from tradewind.live.orders.protected import NEAR_TICKS


class OrderDesk(DeskLife):
    """The desk of one account: what the engine asks of it, and what it sees."""

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

    def observe(self, symbol: str, price: Decimal, *, time_ms: int | None = None) -> None:
        """Take note of a symbol's price, of now or of a moment (UTC milliseconds): the newest one counts."""
        self.bench.saw(symbol, price, self.bench.clock.now_ms() if time_ms is None else time_ms)
        for driver in self.bench.drivers.values():
            chain = driver.dossier.chain
            if chain.symbol == symbol and chain.stop_px is not None and price <= chain.stop_px:
                driver.wake.set()

    # what the engine sees

    def account(self, prices: Mapping[str, Decimal]) -> AccountState:
        """Return the account by the ledger at these prices (by symbol); updates peak and start of day."""
        return self._valuation.state(prices, keep=self._ready)

    def may_enter(self, symbol: str) -> str | None:
        """Return why no entry is allowed in a symbol now, None when it is (R7, breakers, start not passed)."""
        bench = self.bench
        if bench.lost is not None:
            return "another process owns the account"
        if not self._ready or self._stopping:
            return "the desk is stopping" if self._stopping else "reconciliation has not passed"
        if symbol in self._traded.refused:
            return self._traded.refused[symbol]
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

    def doubt_clock(self) -> None:
        """Measure the venue's clock again soon: the machine's own has moved, or slept."""
        if self._rounds is not None:
            self._rounds.hasten("clock")
