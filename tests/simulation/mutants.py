"""Planted faults of the protocol: each breaks one rule, and the simulation must notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Final
from unittest import mock

import attrs

from simulation.world import Scene, live
from tradewind.live.orders import bare, closing, entering, entrance, facts, fence, placing, protected, swapping
from tradewind.live.orders.bench import Bench
from tradewind.live.orders.dossier import Dossier
from tradewind.live.orders.driver import Driver
from tradewind.live.orders.line import Line
from tradewind.live.orders.reconcile import Reconciliation
from tradewind.live.orders.route import Route
from tradewind.model.orders import ReplyKind, Side
from tradewind.model.venue import Probe
from tradewind.store.memory_unit import MemoryUnit
from tradewind.store.records import ZERO, AttemptState, ChainState

Plant = Callable[[], Any]


def _patched(*targets: tuple[object, str, object]) -> Plant:
    @contextmanager
    def planted() -> Iterator[None]:
        patches = [mock.patch.object(owner, name, new) for owner, name, new in targets]
        for patch in patches:
            patch.start()
        try:
            yield
        finally:
            for patch in reversed(patches):
                patch.stop()

    return planted


def _no_write_ahead() -> Plant:
    """An entry is sent before it is written down."""

    def make(self: entrance.Entrance, intent: Any) -> None:
        requests = [self._request(intent, n, quantity) for n, quantity in enumerate(intent.tranches)]
        carrier = self._bench.line.executor
        loop = carrier.world.loop  # type: ignore[attr-defined]

        async def first() -> None:
            for request in requests:
                await carrier.submit(request)
            original(self, intent)

        loop.create_task(first())

    original = entrance.Entrance.make
    return _patched((entrance.Entrance, "make", make))


def _no_fence() -> Plant:
    """Every outcome counts as final at once."""
    passed = lambda fence_ms, clock: True  # noqa: E731
    modules = (entering, protected, swapping, bare, placing, closing, fence)
    return _patched(*((module, "has_passed", passed) for module in modules))


def _absent_at_once() -> Plant:
    """An entry that is not found once never happened."""

    async def turn(self: Driver) -> float:
        if self.unsent is None and not self.dossier.facts:
            await self.look(self.dossier.entry.client_id)
            if not self.dossier.facts:
                await closing.close(self)
                return 0
        return await original(self)

    original = entering.turn
    return _patched((entering, "turn", turn))


def _refusal_is_final() -> Plant:
    """A request without an answer counts as failed, and the exit is made anew without a condition."""

    async def turn(self: Driver) -> float:
        pending = self.dossier.pending
        if pending is not None and self.dossier.attempts[pending.client_id].state is AttemptState.UNKNOWN:
            plan = attrs.evolve(self.dossier.plan, pending="", gone=False, half=False)
            self.save(state=ChainState.BARE, plan=plan, token="")
            return 0
        return await original(self)

    original = swapping.turn
    return _patched((swapping, "turn", turn), (bare, "open_ends", lambda dossier: []))


def _quantity_from_balance() -> Plant:
    """What is sold is what the account has, not what the chain bought."""

    def quantity(self: Driver) -> Decimal:
        base = self.dossier.instrument.base
        step = self.dossier.instrument.lot_step
        return driver_floor(self.bench.balance(base), step)

    from tradewind.live.orders.chain_plan import floor_to as driver_floor

    return _patched((protected, "quantity_of", quantity))


def _no_dedupe() -> Plant:
    """An execution that is heard of twice is booked twice."""

    def add_fill(self: MemoryUnit, fill: Any) -> bool:
        original(self, fill)
        return True

    def once(self: MemoryUnit, *key: Any, value: Any = None) -> None:
        if key[0] != "ledger":
            original_once(self, *key, value=value)

    def new_fills(self: Driver, fills: Any, known: Any, *, source: str) -> Any:
        rows = []
        for report in fills:
            fact = known.get(report.order_id)
            if fact is not None:
                row = facts.fill_of(
                    report, account=self.bench.account, chain_id=fact.chain_id, client_id=fact.client_id, source=source
                )
                rows.append(row)
        return rows

    original, original_once = MemoryUnit.add_fill, MemoryUnit._once
    return _patched((MemoryUnit, "add_fill", add_fill), (MemoryUnit, "_once", once), (Driver, "_new_fills", new_fills))


def _cancel_then_place() -> Plant:
    """A stop is moved by taking it away first, although the venue can swap."""

    def caps(self: Bench, symbol: str) -> Route:
        route = original(self, symbol)
        return attrs.evolve(route, caps=attrs.evolve(route.caps, swap_token=False))

    original = Bench.route
    return _patched((Bench, "route", caps))


def _stop_loosened() -> Plant:
    """A stop may be moved down."""

    async def move(self: Driver, stop: Decimal) -> float:
        tick = self.dossier.instrument.tick_size
        return await original(self, (stop * Decimal("0.995") / tick).to_integral_value() * tick)

    def kept(self: Any, one: Driver, price: Decimal, decided: Any) -> None:
        return None

    from tradewind.live.orders.desk import OrderDesk

    async def raise_stop(self: Driver, stop: Decimal) -> float:
        self.dossier.chain = attrs.evolve(self.dossier.chain, stop_px=ZERO)
        return await move(self, stop)

    original = protected._raise_stop
    return _patched((protected, "_raise_stop", raise_stop), (OrderDesk, "_kept", kept))


def _no_epoch() -> Plant:
    """A commit does not look whether the lease is still held."""
    return _patched((MemoryUnit, "check", lambda self: None), (MemoryUnit, "check_open", lambda self: None))


def _gate_ignored() -> Plant:
    """Requests go on while the venue wants none."""

    async def gate(self: Line) -> None:
        return None

    return _patched((Line, "gate", gate), (Line, "is_open", lambda self: True))


def _no_reprotect() -> Plant:
    """A position without a stop is left without one."""

    async def turn(self: Driver) -> float:
        return 30.0

    return _patched((bare, "turn", turn))


def _half_done_is_done() -> Plant:
    """A swap that was carried out in half counts as carried out."""

    def answered(self: Driver, request: Any, reply: Any, sent_ms: int) -> None:
        if reply.kind is ReplyKind.HALF_DONE:
            plan = attrs.evolve(self.dossier.plan, pending="")
            self.save(state=ChainState.PROTECTED, plan=plan, token=request.client_id)
            self.probed_at = 1e9
            return
        original(self, request, reply, sent_ms)

    original = Driver._answered
    return _patched((Driver, "_answered", answered))


def _no_probe() -> Plant:
    """The stop is believed to rest for ever."""

    async def watch(self: Driver, soon: float) -> float:
        return 30.0

    return _patched((protected, "_watch", watch))


def _fills_from_events_only() -> Plant:
    """Executions that were not reported are never read."""

    async def nothing(self: Any, *args: Any, **options: Any) -> None:
        return None

    from tradewind.live.orders.intake import Intake

    return _patched((Driver, "read_fills", nothing), (Intake, "trades", nothing))


def _no_audit() -> Plant:
    """Open orders, executions and balances are never compared."""

    async def fine(self: Any) -> bool:
        return True

    return _patched((Reconciliation, "audit", fine), (Reconciliation, "compare_balances", fine))


def _new_id_for_every_try() -> Plant:
    """A request that is repeated gets a new id."""

    async def again(self: Driver) -> Any:
        request = self.dossier.pending
        if request is None:
            return None
        role = request.client_id.split("-")[4][0]
        return await self.ask(role, lambda cid: attrs.evolve(request, client_id=cid))

    def unconsumed(self: Route, **given: Any) -> Any:
        return original(self, **{**given, "consumes": ""})

    original = Route.sale
    return _patched((Driver, "again", again), (Route, "sale", unconsumed))


def _entry_sent_again() -> Plant:
    """A start sends the entries again that were written down and not answered."""

    async def turn(self: Driver) -> float:
        if self.unsent is None and self.asked_pending == "" and not self.dossier.facts:
            self.unsent = attrs.evolve(self.dossier.entry, timestamp_ms=self.bench.clock.now_ms())
        if self.unsent is not None:
            request, self.unsent = self.unsent, None
            self.bench.line.executor.process.step("send")  # type: ignore[attr-defined]
            await self.send(attrs.evolve(request, verb=request.verb))
            return 0.25
        return await original(self)

    original = entering.turn
    return _patched((entering, "turn", turn))


def _commission_forgotten() -> Plant:
    """What commission takes of the coins counts as held."""
    net = property(lambda self: self.bought - self._sum(Side.SELL))
    return _patched((Dossier, "net", net))


def _no_stop_leg() -> Plant:
    """The stop follows the entry in a request of its own, although the venue takes both at once."""
    return _patched((Route, "has_stop_leg", property(lambda self: False)))


def _sale_doubled() -> Plant:
    """A sale is twice as large as what the chain holds."""

    def sale(self: Route, **given: Any) -> Any:
        return original(self, **{**given, "quantity": given["quantity"] * 2})

    original = Route.sale
    return _patched((Route, "sale", sale))


def _questions_ignored() -> Plant:
    """Entries are made while the outcome of another is open."""
    from tradewind.live.orders import desk

    def refusal(self: entrance.Entrance, intent: Any) -> None:
        return None

    return _patched((desk, "open_question", lambda bench, symbol: None), (entrance.Entrance, "refusal", refusal))


def _halts_forgotten() -> Plant:
    """Breakers stop nothing."""
    from tradewind.live.breakers import Breakers

    return _patched((Breakers, "blocks", lambda self, *scopes: None))


def _probe_lies() -> Plant:
    """A probe without an answer counts as a stop that rests."""

    async def probe(self: Driver, client_id: str) -> Probe:
        await original(self, client_id)
        return Probe.RESTS

    original = Driver.probe
    return _patched((Driver, "probe", probe))


MUTANTS: Final[dict[str, Callable[[], Plant]]] = {
    "no write-ahead": _no_write_ahead,
    "no fence": _no_fence,
    "absent at the first look": _absent_at_once,
    "no answer means failed": _refusal_is_final,
    "quantity from the balance": _quantity_from_balance,
    "executions booked twice": _no_dedupe,
    "cancel, then place": _cancel_then_place,
    "stop loosened": _stop_loosened,
    "no epoch check": _no_epoch,
    "gate ignored": _gate_ignored,
    "bare positions left": _no_reprotect,
    "half done is done": _half_done_is_done,
    "stops never probed": _no_probe,
    "only reported executions": _fills_from_events_only,
    "nothing compared": _no_audit,
    "a new id for every try": _new_id_for_every_try,
    "entries sent again at a start": _entry_sent_again,
    "commission forgotten": _commission_forgotten,
    "open questions ignored": _questions_ignored,
    "entry without its stop": _no_stop_leg,
    "sale doubled": _sale_doubled,
    "breakers stop nothing": _halts_forgotten,
    "every probe answers yes": _probe_lies,
}
"""Every planted fault by name."""


MOST_SEEDS: Final = 1_000
"""A planted fault must be noticed within so many."""
HARD: Final = frozenset({"absent at the first look"})
"""Faults that only much bad weather shows."""
HALVED: Final = frozenset({"half done is done"})
"""Faults that only half done swaps show, where no report tells of the half that was done."""
CARELESS: Final = frozenset({"cancel, then place", "entry without its stop"})
"""Faults that leave positions without a stop for a moment, which level A never does on its normal way."""


def caught_at(name: str, seeds: int, *, first: int = 0) -> int | None:
    """Return the first seed that notices a planted fault, None when none of so many does."""
    with MUTANTS[name]()():
        for seed in range(first, first + seeds):
            outcome = live(scene_of(name, seed))
            # A position that a cancel leaves without a stop for a moment breaks what level A promises.
            bare_for = [seconds for seconds in outcome.unprotected if seconds > 0]
            careless = name in CARELESS and outcome.level == "sized" and bool(bare_for)
            if outcome.violations or careless:
                return seed
    return None


def noticed(name: str) -> tuple[str, int | None]:
    """Return a planted fault's name and the first seed that notices it, None when none of a thousand does."""
    return name, caught_at(name, MOST_SEEDS)


def scene_of(name: str, seed: int) -> Scene:
    """Return the weather in which a planted fault shows."""
    if name in CARELESS:
        return Scene(seed=seed, intensity=0.0, only=frozenset(), storm_s=240)
    if name in HALVED:
        return Scene(seed=seed, intensity=0.6, rate=8.0, only=frozenset({"half_done", "event_lost"}))
    if name in HARD:
        return Scene(seed=seed, intensity=0.1, rate=3.0)
    return Scene(seed=seed, intensity=0.03, rate=2.0)
