"""What every part of the desk works with: journal, line, clock, breakers, prices, and the open chains."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from tradewind.config.redaction import redact
from tradewind.errors import LeaseError, StoreError
from tradewind.live.breakers import ACCOUNT, BREAKERS, Breakers
from tradewind.live.clock import Clock
from tradewind.live.orders.holding import DeskEvent, DeskEventKind
from tradewind.live.orders.ids import OrderName, OrderNames
from tradewind.live.orders.intent import DeskRules
from tradewind.live.orders.ledger import Marks
from tradewind.live.orders.line import Line
from tradewind.live.orders.route import Route
from tradewind.model.instrument import Instrument
from tradewind.model.venue import Capabilities
from tradewind.plugins.protocols import Executor
from tradewind.store.journal import Journal, Unit
from tradewind.store.records import ZERO, ChainState, Fill, Halt, Lease

if TYPE_CHECKING:
    from tradewind.live.orders.dossier import Dossier
    from tradewind.live.orders.driver import Driver

_MOST_EVENTS: Final = 10_000
SLOW_S: Final = 1.0
"""A unit of work that takes longer is slow: what is to be sent waits for it."""
SLOW_LASTS_S: Final = 60.0
"""For so long a slow unit of work counts."""
_FRESH_MS: Final = 500
"""How old an execution may be to count as the market's price."""
_REFUSALS: Final = 5
_REFUSALS_S: Final = 600.0


class Bench:
    """
    The desk's tools and what it works on.

    Args:
        executor: What carries requests.
        journal: Where everything is written first.
        clock: Time.
        account: The account's fingerprint.
        names: The account's client order ids.
        rules: How the desk works.
        woken: Called when something happened.
    """

    def __init__(
        self,
        executor: Executor,
        journal: Journal,
        clock: Clock,
        *,
        account: str,
        names: OrderNames,
        rules: DeskRules,
        woken: Callable[[], None],
    ) -> None:
        self.journal = journal
        self.clock = clock
        self.account = account
        self.names = names
        self.rules = rules
        self.breakers = Breakers(account, clock.now_ms, self._breaker_changed)
        self.line = Line(executor, clock, answer_s=rules.answer_s, breakers=self.breakers, trip=self._trip_account)
        self.instruments: dict[str, Instrument] = {}
        self.caps: dict[str, Capabilities] = {}
        self.prices: dict[str, Decimal] = {}
        self._priced_ms: dict[str, int] = {}
        self.drivers: dict[int, Driver] = {}
        self.lease: Lease | None = None
        self.session_id = 0
        self.lost: LeaseError | None = None
        self.stream_live = False
        self.trades_read: dict[str, int] = {}
        self.events: deque[DeskEvent] = deque(maxlen=_MOST_EVENTS)
        self.hear: Callable[[DeskEvent], None] | None = None
        """Is told of each event at once; it must neither wait nor raise."""
        self._woken = woken
        self._inside = False
        self._refusals: deque[float] = deque()
        self.marks = Marks()
        self.equity: Decimal | None = None
        self.rules_doubted = False
        self.slow_unit = (-math.inf, 0.0)
        """When a unit of work was slow last, seconds of the monotonic clock, and how long the slowest of late took."""

    # time, rules

    def seconds(self) -> float:
        """Return seconds of the monotonic clock."""
        return self.clock.monotonic_ns() / 1e9

    def saw(self, symbol: str, price: Decimal, time_ms: int) -> None:
        """Take note of a price of this moment (UTC milliseconds); one that is older than the newest says nothing."""
        if time_ms >= self._priced_ms.get(symbol, 0):
            self.prices[symbol], self._priced_ms[symbol] = price, time_ms

    def traded(self, fill: Fill) -> None:
        """Take note of an execution: what was traded a moment ago is a newer price than the last bar's."""
        if self.clock.now_ms() - fill.time_ms <= _FRESH_MS:
            self.saw(fill.symbol, fill.price, fill.time_ms)

    def fell_to(self, symbol: str, stop: Decimal) -> None:
        """Take note that a stop would trigger at once: the market is not above it, whatever the last bar said."""
        self.saw(symbol, min(self.prices.get(symbol, stop), stop), self.clock.now_ms())

    def route(self, symbol: str) -> Route:
        """Return the requests of a symbol."""
        return Route(
            instrument=self.instruments[symbol],
            caps=self.caps[symbol],
            recv_window_ms=self.rules.recv_window_ms,
            stop_gap=self.rules.stop_gap,
            fee_guess=self.rules.fee_guess,
        )

    # what happened

    def emit(self, kind: DeskEventKind, *, symbol: str = "", slot: str = "", chain_id: int = 0, **detail: Any) -> None:
        """Tell observers."""
        plain = {name: redact(value) if isinstance(value, str) else value for name, value in detail.items()}
        event = DeskEvent(
            kind=kind, time_ms=self.clock.now_ms(), symbol=symbol, slot=slot, chain_id=chain_id, detail=plain
        )
        self.events.append(event)
        if self.hear is not None:
            self.hear(event)
        self._woken()

    def _breaker_changed(self, halt: Halt) -> None:
        kind = DeskEventKind.HALTED if halt.cleared_ms is None else DeskEventKind.RESUMED
        if halt.cleared_ms is not None and self.equity is not None:
            self.marks = self.marks.accepted(halt.breaker, self.equity)
        self.emit(kind, breaker=halt.breaker, scope=halt.scope, reason=halt.detail, by=halt.cleared_by)

    def refused(self) -> None:
        """Take note of a refusal: the venue's rules may have changed, and too many in ten minutes stop entries."""
        self.rules_doubted = True
        now = self.seconds()
        self._refusals.append(now)
        while self._refusals and now - self._refusals[0] > _REFUSALS_S:
            self._refusals.popleft()
        if len(self._refusals) >= _REFUSALS:
            self.trip("REJECT_RATE", detail=f"{len(self._refusals)} refusals in ten minutes")

    def flow(self, asset: str, delta: Decimal) -> None:
        """Take note of coins that came or went without a trade: they are neither profit nor loss."""
        if asset in {instrument.quote for instrument in self.instruments.values()}:
            self.marks = self.marks.moved(delta)
            self.equity = None if self.equity is None else self.equity + delta

    def _trip_account(self, name: str, detail: str) -> None:
        self.trip(name, detail=detail)

    def trip(self, name: str, *, scope: str = ACCOUNT, detail: str = "") -> None:
        """Raise a breaker, and write it down now or with the unit of work that is open."""
        halt = self.breakers.trip(name, scope=scope, detail=detail)
        if halt is None or BREAKERS[name].clears_itself or self._inside or self.lost is not None:
            return
        self.write_halts()

    def write_halts(self) -> None:
        """Write down the breakers that are not; when the journal refuses, they hold in memory until it does."""
        if self._inside or not self.breakers.unwritten() or self.lease is None:
            return
        try:
            with self.unit():
                pass
        except StoreError as error:
            self.emit(DeskEventKind.TROUBLE, error=str(error))

    def clear(self, name: str, *, scope: str = ACCOUNT, by: str) -> bool:
        """Clear a breaker, durably when it was durable."""
        halt = next((one for one in self.breakers.active() if (one.breaker, one.scope) == (name, scope)), None)
        if halt is None:
            return False
        if halt.id:
            with self.unit() as unit:
                unit.clear_halt(halt.id, cleared_ms=self.clock.now_ms(), cleared_by=by)
        return self.breakers.clear(name, scope=scope, by=by) is not None

    def lose(self, error: LeaseError) -> None:
        """Take note that the account is another process's: nothing more is written or sent."""
        if self.lost is None:
            self.lost = error
            self.emit(DeskEventKind.LOST, error=str(error))
            for driver in self.drivers.values():
                driver.wake.set()

    # durability

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        """
        Open a unit of work; breakers that are not durable yet become so with it.

        Raises:
            LeaseError: The account is another process's now: nothing was written, and this one must stop.
            StoreError: The journal refused: nothing was written, and no entry is made until it takes writes.
        """
        if self.lost is not None:
            raise self.lost
        written: list[Halt] = []
        begun = self.seconds()
        self._inside = True
        try:
            with self.journal.begin(self.lease) as unit:
                yield unit
                written.extend(unit.raise_halt(halt) for halt in self.breakers.unwritten())
        except LeaseError as error:
            self.lose(error)
            raise
        except StoreError as error:
            if error.code == "TW-B005":
                self.breakers.trip("DB", detail=error.message)
            raise
        finally:
            self._inside = False
            self._note_slow(self.seconds(), self.seconds() - begun)
        for halt in written:
            self.breakers.written(halt)

    def _note_slow(self, now_s: float, took_s: float) -> None:
        lasts = now_s - self.slow_unit[0] <= SLOW_LASTS_S
        if took_s >= SLOW_S:
            self.slow_unit = (now_s, max(took_s, self.slow_unit[1] if lasts else 0.0))

    # the chains

    def driver_of(self, name: OrderName) -> Driver | None:
        """Return the open chain that an id belongs to."""
        for driver in self.drivers.values():
            chain = driver.dossier.chain
            key = (chain.symbol, chain.slot, chain.bar_open_ms, chain.tranche)
            if key == (name.symbol, name.slot, name.bar_open_ms, name.tranche):
                return driver
        return None

    def room(self, driver: Driver) -> Decimal:
        """
        Return how many base units of the account are not those of other chains, by the ledger.

        What another chain's stop locks counts, even where that is more than the chain holds: the venue takes
        commission from free coins when there are any, and those may have been this chain's.
        """
        dossier = driver.dossier
        base = dossier.instrument.base
        others = [
            max(other.dossier.net, other.dossier.plan.token_qty if other.dossier.chain.token_cid else ZERO)
            for other in self.drivers.values()
            if other is not driver and other.dossier.instrument.base == base
        ]
        return self.balance(base) - sum(others, ZERO)

    def beside(self, driver: Driver) -> Decimal:
        """Return how many base units the account holds, by the ledger, that are not the chain's."""
        return self.balance(driver.dossier.instrument.base) - driver.dossier.net

    def spare(self, driver: Driver) -> Decimal:
        """
        Return how many base units of others nothing keeps locked, by the ledger.

        That is what the account holds and the chain does not, less what other chains' stops keep locked: a stop
        that the market has reached, that is being swapped or of which the venue knows nothing may have let go.
        """
        base = driver.dossier.instrument.base
        others = [
            other.dossier
            for other in self.drivers.values()
            if other is not driver and other.dossier.instrument.base == base
        ]
        return self.beside(driver) - sum((other.net for other in others if self._keeps_locked(other)), ZERO)

    def _keeps_locked(self, dossier: Dossier) -> bool:
        """Tell whether the stop of a chain surely rests."""
        chain = dossier.chain
        stop, price = chain.stop_px, self.prices.get(chain.symbol)
        reached = stop is not None and price is not None and price <= stop
        settled = chain.state in {ChainState.PROTECTED, ChainState.EXITING} and not dossier.plan.gone
        return bool(chain.token_cid) and settled and not reached and not dossier.token_is_absent

    def locked(self, driver: Driver) -> frozenset[Decimal]:
        """Return how many base units other chains' orders may keep locked at the venue: every sum that is possible."""
        base = driver.dossier.instrument.base
        sums = {ZERO}
        for other in self.drivers.values():
            if other is not driver and other.dossier.instrument.base == base:
                sums = {before + lock for before in sums for lock in other.dossier.locks}
        return frozenset(sums)

    def balance(self, asset: str) -> Decimal:
        """Return an asset's balance by the ledger."""
        return self.journal.balances(self.account).get(asset, ZERO)

    def cash(self, quote: str) -> Decimal:
        """Return the quote asset's balance by the ledger."""
        return self.balance(quote)

    def balances(self) -> Mapping[str, Decimal]:
        """Return every asset's balance by the ledger."""
        return self.journal.balances(self.account)


def with_epoch(lease: Lease | None) -> int:
    """Return a lease's epoch, 0 without one."""
    return lease.epoch if lease is not None else 0
