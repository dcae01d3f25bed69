"""One life of the engine: the real order desk on the simulated machine, until it stops or is killed."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import ROUND_FLOOR, Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from simulation.carrier import Carrier
from simulation.loop import PROCESS, Fate
from tradewind.errors import JournalError, LeaseError, StoreError, VenueError
from tradewind.live.clock import VenueClock
from tradewind.live.feed.price_watch import PriceWatch
from tradewind.live.orders.desk import OrderDesk
from tradewind.live.orders.intent import Decided, EntryIntent
from tradewind.store.accounts import Session
from tradewind.store.journal import Unit
from tradewind.store.memory import MemoryJournal
from tradewind.store.records import BarDecision, Lease, LeaseOwner

if TYPE_CHECKING:
    from simulation.world import World

ACCOUNT_FP = "fp-main"
BAR_MS = 60_000


class Killed(BaseException):
    """The process is gone at this very instruction."""


class HauntedJournal(MemoryJournal):
    """A journal whose process can be killed just before or after every commit, and whose disk can refuse."""

    def __init__(self, process: Process) -> None:
        super().__init__(process.world.disk)
        self._process = process

    @contextmanager
    def begin(self, lease: Lease | None) -> Iterator[Unit]:  # type: ignore[override]
        process, weather = self._process, self._process.world.weather
        with super().begin(lease) as unit:
            yield unit
            process.step("persist")
            for kind in ("commit_failed", "disk_failed"):
                if weather.strikes(kind, 0.0 if weather.quiet else weather.intensity / 5):
                    raise StoreError("the disk refused", code="TW-B005")
        process.world.truth.committed(process, lease)
        process.step("persisted")


class MachineLock:
    """The operating-system lock of the account on the simulated machine."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def acquire(self) -> bool:
        holder = self._process.world.lock_holder
        if holder is not None and holder is not self._process and not holder.fate.dead:
            return False
        self._process.world.lock_holder = self._process
        return True

    def release(self) -> None:
        if self._process.world.lock_holder is self._process:
            self._process.world.lock_holder = None


class Process:
    """
    One process.

    Args:
        world: The world.
        number: Counts the processes of the world.
    """

    def __init__(self, world: World, number: int, *, ignore_lock: bool = False) -> None:
        self.world = world
        self.number = number
        self.fate = Fate()
        self.started = False
        self.ended = False
        self.exit_code: int | None = None
        skew = 0
        if world.weather.allows("clock_skewed") and world.random.random() < 0.5:
            skew = world.random.randint(-1500, 1500)
            world.weather.note("clock_skewed")
        rate = 1 + world.random.uniform(-1e-4, 1e-4)
        self.clock = VenueClock(lambda: int(world.loop.time() * rate * 1e9) + number, world.now_ms() + skew)
        self.carrier = Carrier(self)
        self.journal = HauntedJournal(self)
        lock: Any = MachineLock(self)
        if ignore_lock:
            lock = NoLock()
        self.desk = world.desk_type(
            self.carrier,
            self.journal,
            self.clock,
            account=ACCOUNT_FP,
            session=Session(
                strategy_name="sim",
                symbol=",".join(world.symbols),
                mode="practice",
                timeframe="1m",
                initial_balance=Decimal(10_000),
                start_time=world.now_ms(),
            ),
            slots=world.slots,
            symbols=world.symbols,
            owner=LeaseOwner(uuid=f"process-{number}", host="sim", pid=number, boot_id="b"),
            lock=lock,
            rules=world.rules,
        )
        self.prices = PriceWatch(None, self._saw, world.prices)
        context = contextvars.copy_context()
        context.run(PROCESS.set, self.fate)
        self.task = context.run(world.loop.create_task, self._live())

    # life and death

    def step(self, what: str) -> None:
        """Pass a point at which the process can be killed."""
        if self.fate.dead:
            raise Killed
        if self.world.killer(self, what):
            self.kill()
            raise Killed

    def kill(self) -> None:
        """Kill -9."""
        self.fate.dead = True
        self.ended = True
        self.carrier.queue = None
        self.world.note_death(self)

    @property
    def alive(self) -> bool:
        """Whether it runs, and is not stopped."""
        return not self.fate.dead and not self.ended and not self.fate.frozen

    async def _live(self) -> None:
        try:
            await self.desk.start()
        except LeaseError:
            self._end(75)
            return
        except (VenueError, StoreError):
            await self._give_up()
            return
        self.started = True
        watching = asyncio.get_running_loop().create_task(self.prices.run())
        await self._trade()
        watching.cancel()
        if self.desk.lost is not None:
            self._end(75)

    async def _saw(self, symbol: str, price: Decimal) -> None:
        self.world.truth.believed(symbol, price)
        self.desk.observe(symbol, price)

    async def _trade(self) -> None:
        while self.desk.lost is None and not self.ended:
            try:
                await self._beat()
            except LeaseError:
                break
            except StoreError:
                pass
            self.desk.events()
            await asyncio.sleep(1)

    async def _give_up(self) -> None:
        with suppress(StoreError):
            await self.desk.stop("start failed")
        self._end(3)

    def _end(self, code: int) -> None:
        self.exit_code = code
        self.ended = True
        self.fate.dead = True
        self.carrier.queue = None
        self.world.note_death(self)

    async def terminate(self) -> None:
        """SIGTERM: stop in order."""
        self.ended = True
        with suppress(StoreError):
            await self.desk.stop("terminated")
        self._end(0)

    # what the strategy does

    async def _beat(self) -> None:
        world = self.world
        for symbol in world.symbols:
            self.prices.hear(symbol, world.told(symbol))
        self.desk.account({symbol: world.price(symbol) for symbol in world.symbols})
        bar = (self.clock.now_ms() // BAR_MS - 1) * BAR_MS
        for symbol in world.symbols:
            for slot in world.slots:
                if self.clock.now_ms() - bar - BAR_MS < 10_000:
                    await self._decide(slot, symbol, bar)

    async def _decide(self, slot: str, symbol: str, bar: int) -> None:
        world = self.world
        if self.journal.decision(ACCOUNT_FP, symbol, slot, bar) is not None:
            return
        chance = Random(f"{world.seed}|{slot}|{symbol}|{bar}")  # noqa: S311 - repeatable on purpose
        wish, size, way = chance.random(), chance.random(), chance.random()
        parts = 1 + int(chance.random() * 3)
        holdings = [one for one in self.desk.positions() if (one.slot, one.symbol) == (slot, symbol)]
        decided = self._decided(slot, symbol, bar, "hold")
        price = world.price(symbol)
        if not holdings:
            if wish < world.eagerness:
                await self._enter(slot, symbol, bar, price, size, way, parts)
                return
            await self.desk.record(decided)
            return
        if wish < 0.25:
            for number, holding in enumerate(holdings):
                await self.desk.exit(holding, "signal", decided=decided if number == 0 else None)
            return
        if wish < 0.75:
            stop = world.tick(symbol, price * (1 - Decimal(str(round(0.0005 + way * 0.004, 6)))))
            for number, holding in enumerate(holdings):
                await self.desk.move_stop(holding, stop, decided=decided if number == 0 else None)
            return
        await self.desk.record(decided)

    def _decided(self, slot: str, symbol: str, bar: int, word: str) -> Decided:
        row = BarDecision(
            account_fp=ACCOUNT_FP,
            symbol=symbol,
            slot=slot,
            bar_open_ms=bar,
            session_id=self.desk.bench.session_id,
            inputs_hash="",
            decision=word,
            decided_ms=self.clock.now_ms(),
        )
        return Decided(bar=row)

    async def _enter(
        self, slot: str, symbol: str, bar: int, price: Decimal, size: float, way: float, parts: int
    ) -> None:
        world = self.world
        step = world.lot(symbol)
        quantity = (Decimal(str(round(30 + size * 300, 2))) / price / step).to_integral_value(ROUND_FLOOR) * step
        intent = EntryIntent(
            slot=slot,
            symbol=symbol,
            bar_open_ms=bar,
            limit_price=world.tick(symbol, price * Decimal("1.0015")),
            stop_price=world.tick(symbol, price * (1 - Decimal(str(round(0.001 + way * 0.01, 6))))),
            tranches=(quantity,) * parts,
            decided=self._decided(slot, symbol, bar, "enter"),
        )
        try:
            await self.desk.enter(intent)
        except JournalError as error:
            world.truth.violate("I11", f"{error}")


class NoLock:
    """A lock that another machine does not see."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        """There is nothing to give back."""


__all__ = ["ACCOUNT_FP", "BAR_MS", "Killed", "OrderDesk", "Process"]
