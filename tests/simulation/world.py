"""A market, an exchange, a machine with its disk, and whatever goes wrong: one seed."""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import os
import time
from collections import Counter
from decimal import ROUND_FLOOR, Decimal
from random import Random
from typing import Any

import attrs

from simulation.carrier import ACCOUNT, KEY
from simulation.loop import PROCESS, LivelockError, VirtualLoop
from simulation.process import Process
from simulation.truth import Truth
from simulation.weather import Weather
from tradewind.live.orders.desk import OrderDesk
from tradewind.live.orders.ids import OrderName, OrderNames
from tradewind.live.orders.intent import DeskRules
from tradewind.store.disk import Disk
from tradewind_sandbox.exchange import (
    AccountRules,
    ApiKey,
    BookInput,
    Commission,
    Exchange,
    Rates,
    SymbolRules,
    TradeInput,
    default_filters,
    funds,
    units,
)

START_MS = 1_782_863_700_000
"""2026-06-30 23:55 UTC: a day begins within every seed."""

PRICES = {"BTCUSDT": Decimal("50000"), "ETHUSDT": Decimal("3000")}
STEPS = {"BTCUSDT": Decimal("0.00001"), "ETHUSDT": Decimal("0.0001")}
TICK = Decimal("0.01")
STILL_S = 5
"""How long the market stands still before the books are compared."""


@attrs.frozen(kw_only=True)
class Scene:
    """
    What a world is made of.

    Args:
        seed: Decides everything.
        storm_s: How long faults happen.
        quiet_s: How long it is watched after that.
        only: Limit to these kinds of fault; None for all.
        intensity: Chance of each fault of the network per message; None draws it.
        rate: Multiplies how often the world's own faults happen.
        kill_at: Kill the first process when it passes its n-th point of this kind: (kind, n).
        desk: The desk that is tried; a mutant has another one.
        eagerness: How often a flat slot enters.
    """

    seed: int
    storm_s: int = 420
    quiet_s: int = 150
    only: frozenset[str] | None = None
    intensity: float | None = None
    rate: float = 1.0
    kill_at: tuple[str, int] | None = None
    desk: Any = OrderDesk
    eagerness: float = 0.8


@attrs.frozen(kw_only=True)
class Outcome:
    """What a seed came to."""

    seed: int
    violations: tuple[str, ...]
    faults: Counter[str]
    unprotected: tuple[float, ...]
    kills: int
    entries: int
    trades: int
    closed: int
    trace: str
    points: Counter[str]
    level: str
    copied: int
    hands: tuple[str, ...] = ()


class World:
    """One seed."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.seed = scene.seed
        self.random = Random(f"world|{scene.seed}")  # noqa: S311 - repeatable on purpose
        self.loop = VirtualLoop()
        self.disk = Disk()
        self.symbols = tuple(PRICES)
        self.slots = ("trend", "other")
        self.eagerness = scene.eagerness
        self.patience_s = 30.0
        intensity = scene.intensity
        if intensity is None:
            intensity = self.random.choice([0.0, 0.002, 0.01, 0.03, 0.08])
        chance = Random(f"weather|{scene.seed}")  # noqa: S311 - repeatable on purpose
        self.weather = Weather(chance, intensity, scene.only)
        self.level = self.random.choices(["sized", "fixed", "bare", "no-swap"], [82, 6, 6, 6])[0]
        self.rules = DeskRules(
            max_symbol_exposure=Decimal("0.5"), max_total_exposure=Decimal("0.8"), orders_a_minute=30
        )
        self.foreign = self.random.random() < 0.3
        self.exchange = self._exchange()
        self.prices = dict(PRICES)
        self.desk_type = scene.desk
        self.lock_holder: Process | None = None
        self.processes: list[Process] = []
        self.points: Counter[str] = Counter()
        self.kills = 0
        self.depth = Decimal(1)
        self.slide: dict[str, tuple[float, float]] = {}
        self.blocked_until: dict[str, float] = {}
        self.garbled: dict[str, int] = {}
        self.truth = Truth(self)
        self._hear = self.exchange.subscribe_user(ACCOUNT, self._told)

    def _exchange(self) -> Exchange:
        flags = {
            "sized": {},
            "fixed": {"opoAllowed": False},
            "bare": {"opoAllowed": False, "otoAllowed": False},
            "no-swap": {"cancelReplaceAllowed": False},
        }[self.level]
        types: tuple[str, ...] = ("LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT")
        if self.random.random() < 0.15:
            types = ("LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT")
        rules = []
        for symbol in self.symbols:
            filters = [dict(one) for one in default_filters()]
            for one in filters:
                if one["filterType"] == "LOT_SIZE":
                    one["stepSize"] = one["minQty"] = str(STEPS[symbol])
                if one["filterType"] == "MAX_NUM_ALGO_ORDERS":
                    one["maxNumAlgoOrders"] = 8
            rules.append(
                SymbolRules(
                    symbol=symbol,
                    base=self.base(symbol),
                    quote="USDT",
                    filters=tuple(filters),
                    flags=flags,
                    order_types=types,
                )
            )
        coins = {"USDT": "10000"}
        if self.foreign:
            coins |= {"BTC": "1", "ETH": "5"}
        discount = self.random.random() < 0.4
        if discount:
            coins["BNB"] = "0.002"
            rules.append(SymbolRules(symbol="BNBUSDT", base="BNB", quote="USDT"))
        account = AccountRules(
            name=ACCOUNT,
            balances=funds(**coins),
            keys=(ApiKey(key=KEY),),
            commission=Commission(discount_on=discount),
        )
        exchange = Exchange(rules, clock=self.now_us, accounts=[account], seed=self.seed)
        if discount:
            exchange.feed(
                BookInput(symbol="BNBUSDT", bids=((units("600"), units("100")),), asks=((units("601"), units("100")),))
            )
            exchange.feed(TradeInput(symbol="BNBUSDT", price=units("600"), quantity=units("1")))
        return exchange

    # what is asked of the world

    def now_us(self) -> int:
        return START_MS * 1000 + int(self.loop.time() * 1e6)

    def now_ms(self) -> int:
        return self.now_us() // 1000

    def price(self, symbol: str) -> Decimal:
        return self.prices[symbol]

    def tick(self, symbol: str, price: Decimal) -> Decimal:
        return (price / TICK).to_integral_value(ROUND_FLOOR) * TICK

    def lot(self, symbol: str) -> Decimal:
        return STEPS[symbol]

    def min_notional(self, symbol: str) -> Decimal:
        return Decimal(5)

    def base(self, symbol: str) -> str:
        return symbol.removesuffix("USDT")

    def is_normal(self) -> bool:
        """Whether engine and venue are up, so that a position may not be without a stop."""
        now = self.loop.time()
        process = self.processes[-1] if self.processes else None
        up = process is not None and process.alive and process.started
        return up and all(now >= until for until in self.blocked_until.values())

    def killer(self, process: Process, what: str) -> bool:
        """Decide whether a process dies at a point that it passes."""
        self.points[what] += 1
        if self.scene.kill_at == (what, self.points[what]):
            self.kills += 1
            self.weather.note("killed")
            return True
        if self.scene.kill_at is None and self.weather.strikes("killed", 0.004 * self.scene.rate):
            self.kills += 1
            return True
        return False

    def note_death(self, process: Process) -> None:
        """Start a new process some time after one has ended."""
        if process is not self.processes[-1]:
            return
        delay = 0.5 + self.random.random() ** 3 * (4 if self.weather.quiet else 40)
        self.loop.later(delay, self._start, process.number)

    def _start(self, after: int) -> None:
        if self.processes and self.processes[-1].number != after:
            return
        self.processes.append(Process(self, len(self.processes)))

    def _told(self, event: Any) -> None:
        for process in self.processes:
            if not process.fate.dead:
                process.carrier.hear(event)

    # the market

    def move(self, symbol: str, price: Decimal) -> None:
        """Let the market be at a price."""
        price = max(self.tick(symbol, price), TICK)
        self.prices[symbol] = price
        gap = self.tick(symbol, price * Decimal("0.0001")) + TICK
        size = units(self.tick(symbol, Decimal(200_000) / price * self.depth) + STEPS[symbol])
        middle, step = units(price), units(gap)
        bids = tuple((middle - step * n, size) for n in range(1, 6))
        asks = tuple((middle + step * n, size) for n in range(1, 6))
        self.exchange.feed(BookInput(symbol=symbol, bids=bids, asks=asks))
        self.exchange.feed(TradeInput(symbol=symbol, price=middle, quantity=units(STEPS[symbol] * 100)))
        self.truth.look()

    def interfere(self, arrival: Any) -> None:
        """Let the market fall through a new stop just before the swap that brings it is carried out (409, -2021)."""
        stop = arrival.params.get("stopPrice")
        if (
            arrival.path.endswith("cancelReplace")
            and stop
            and self.weather.strikes("half_done", 0.12 * self.scene.rate)
        ):
            self.move(arrival.params["symbol"], Decimal(stop).scaleb(-8) * Decimal("0.9999"))

    def _walk(self) -> None:
        now = self.loop.time()
        for symbol in self.symbols:
            drift, until = self.slide.get(symbol, (0.0, -1.0))
            change = self.random.gauss(0.0, 0.0004) + (drift if now < until else 0.0)
            self.move(symbol, self.prices[symbol] * Decimal(str(round(1 + change, 8))))

    # the story

    def run(self) -> Outcome:
        """Live the seed through."""
        self.loop.set_exception_handler(lambda loop, context: None)
        zone = os.environ.get("TZ")
        try:
            self.loop.run_until_complete(self._story())
        except LivelockError as error:
            self.truth.violate("livelock", str(error))
        finally:
            self._bury()
            _set_zone(zone)
        disk = self.disk
        told = [
            *self.truth.digest,
            *(repr(row) for row in disk.facts.values()),
            *(repr(row) for row in disk.ledger.values()),
        ]
        return Outcome(
            seed=self.seed,
            violations=tuple(self.truth.violations),
            faults=self.weather.counts,
            unprotected=tuple(self.truth.unprotected),
            kills=self.kills,
            entries=sum(bool(chain.entries) for chain in self.truth.chains.values()),
            trades=len(self.truth.trades),
            closed=len(disk.trades),
            trace=hashlib.sha256("\n".join(told).encode()).hexdigest(),
            points=self.points,
            level=self.level,
            copied=len(self.truth.copied),
            hands=tuple(self.truth.manual),
        )

    async def _story(self) -> None:
        self._walk()
        self.processes.append(Process(self, 0))
        while self.loop.time() < self.scene.storm_s:
            await asyncio.sleep(1)
            self._walk()
            self._weather()
        self._calm()
        end = self.scene.storm_s + self.scene.quiet_s
        while self.loop.time() < end - STILL_S:
            await asyncio.sleep(1)
            self._walk()
        # What happens in the last moment is on its way to the desk: books are compared when nothing is.
        await asyncio.sleep(end - self.loop.time())
        self.truth.finish()

    def _calm(self) -> None:
        self.weather.quiet = True
        self.weather.until.clear()
        self.eagerness = 0.0
        self.depth = Decimal(1)
        self.slide.clear()
        for process in self.processes:
            if process.fate.frozen:
                self._thaw(process)

    def _bury(self) -> None:
        for process in self.processes:
            process.fate.dead = True
        for task in self.loop.tasks:
            if not task.done():
                task.get_coro().close()  # type: ignore[union-attr]

    # what goes wrong

    def _weather(self) -> None:
        now, draw = self.loop.time(), self.random
        process = self.processes[-1]
        rate = self.scene.rate
        for kind, seconds in (
            ("crash", 150),
            ("thin_book", 90),
            ("maintenance", 300),
            ("rate_limited", 200),
            ("banned", 900),
            ("stream_broken", 70),
            ("stream_stalled", 200),
            ("stale_reads", 120),
            ("manual_deposit", 900),
            ("manual_withdrawal", 900),
            ("manual_sale", 1500),
            ("manual_cancel", 900),
            ("external_lock", 400),
            ("rules_changed", 500),
            ("fees_changed", 400),
            ("suspended", 400),
            ("loop_blocked", 300),
            ("zombie", 300),
            ("two_starts", 400),
            ("terminated", 400),
            ("command_storm", 900),
            ("symbol_halted", 400),
            ("second_bot", 1500),
            ("out_of_cash", 1500),
            ("key_revoked", 800),
            ("fee_coin_runs_out", 600),
            ("price_garbled", 90),
            ("zone_changed", 300),
            ("power_cut", 600),
            ("journal_edited", 1500),
        ):
            if self.weather.strikes(kind, rate / seconds):
                getattr(self, "_" + kind)(now, draw, process)

    def _block(self, kind: str, until: float) -> None:
        self.weather.until[kind] = until
        self.blocked_until[kind] = until + 8

    def _crash(self, now: float, draw: Random, process: Process) -> None:
        self.slide[draw.choice(self.symbols)] = (-draw.uniform(0.002, 0.01), now + draw.uniform(2, 8))

    def _thin_book(self, now: float, draw: Random, process: Process) -> None:
        self.depth = Decimal(str(round(draw.uniform(0.00001, 0.002), 6)))
        self.blocked_until["thin"] = now + 20
        self.loop.later(draw.uniform(3, 12), self._thick)

    def _thick(self) -> None:
        self.depth = Decimal(1)

    def _maintenance(self, now: float, draw: Random, process: Process) -> None:
        until = now + draw.uniform(3, 25)
        if draw.random() < 0.5:
            self._block("maintenance", until)
            return
        self.exchange.operator.set_maintenance(on=True)
        self.blocked_until["trading"] = until + 25
        self.loop.later(until - now, lambda: self.exchange.operator.set_maintenance(on=False))

    def _symbol_halted(self, now: float, draw: Random, process: Process) -> None:
        symbol, seconds = draw.choice(self.symbols), draw.uniform(3, 25)
        self.exchange.operator.set_status(symbol, draw.choice(["HALT", "BREAK", "CANCEL_ONLY"]))
        self.blocked_until["halt" + symbol] = now + seconds + 25
        self.loop.later(seconds, lambda: self.exchange.operator.set_status(symbol, "TRADING"))

    def _rate_limited(self, now: float, draw: Random, process: Process) -> None:
        self._block("rate_limited", now + draw.uniform(2, 12))

    def _banned(self, now: float, draw: Random, process: Process) -> None:
        seconds = draw.randint(5, 40)
        self.exchange.operator.ban("127.0.0.1", seconds)
        self.blocked_until["ban"] = now + seconds + 8

    def _stream_broken(self, now: float, draw: Random, process: Process) -> None:
        process.carrier.disconnect()

    def _stream_stalled(self, now: float, draw: Random, process: Process) -> None:
        self.weather.until["stream_stalled"] = now + draw.uniform(5, 45)

    def _stale_reads(self, now: float, draw: Random, process: Process) -> None:
        lag = int(draw.choice([500, 2_000, 10_000, 30_000]))
        for where in ("memory", "database"):
            self.exchange.operator.set_read_lag(where, lag)
        self.blocked_until["stale"] = now + 40
        self.loop.later(draw.uniform(5, 30), self._fresh_reads)

    def _fresh_reads(self) -> None:
        for where in ("memory", "database"):
            self.exchange.operator.set_read_lag(where, 0)

    def _hand(self, kind: str) -> None:
        self.truth.manual.append(kind)

    def _manual_deposit(self, now: float, draw: Random, process: Process) -> None:
        self._hand("deposit")
        self.exchange.operator.deposit(ACCOUNT, draw.choice(["USDT", "BTC", "XRP"]), units(str(draw.randint(1, 50))))

    def _manual_withdrawal(self, now: float, draw: Random, process: Process) -> None:
        free = self.exchange.truth().balances[ACCOUNT].get("USDT", (0, 0))[0]
        self._hand("withdrawal")
        self.exchange.operator.withdraw(ACCOUNT, "USDT", free // 50)

    def _out_of_cash(self, now: float, draw: Random, process: Process) -> None:
        free = self.exchange.truth().balances[ACCOUNT].get("USDT", (0, 0))[0]
        self._hand("withdrawal")
        self.exchange.operator.withdraw(ACCOUNT, "USDT", free - min(free, units("20")))

    def _manual_sale(self, now: float, draw: Random, process: Process) -> None:
        symbol = draw.choice(self.symbols)
        free = self.exchange.truth().balances[ACCOUNT].get(self.base(symbol), (0, 0))[0]
        quantity = Decimal(free).scaleb(-8) / 4
        quantity -= quantity % STEPS[symbol]
        if quantity * self.prices[symbol] > 10:
            self._hand("sale")
            params = {"symbol": symbol, "side": "SELL", "type": "MARKET", "quantity": quantity}
            self.exchange.operator.manual_order(ACCOUNT, "POST", "/api/v3/order", params)

    def _manual_cancel(self, now: float, draw: Random, process: Process) -> None:
        resting = [(chain, order) for chain in self.truth.chains.values() for order in chain.resting]
        if resting:
            chain, order = resting[draw.randrange(len(resting))]
            self._hand("cancel")
            self.blocked_until["hand"] = now + 45
            params = {"symbol": chain.symbol, "orderId": order}
            self.exchange.operator.manual_order(ACCOUNT, "DELETE", "/api/v3/order", params)

    def _external_lock(self, now: float, draw: Random, process: Process) -> None:
        free = self.exchange.truth().balances[ACCOUNT].get("USDT", (0, 0))[0]
        amount = free // 3
        self.exchange.operator.external_lock(ACCOUNT, "USDT", amount)
        self.loop.later(20, lambda: self.exchange.operator.external_lock(ACCOUNT, "USDT", -amount))

    def _second_bot(self, now: float, draw: Random, process: Process) -> None:
        self._hand("second_bot")
        names = OrderNames("fp-main", ["another"], self.symbols)
        cid = names.write(OrderName("another", 0, START_MS, "BTCUSDT", "E", draw.randint(0, 999)))
        params = {
            "symbol": "BTCUSDT",
            "side": "BUY",
            "type": "LIMIT",
            "timeInForce": "GTC",
            "quantity": "0.001",
            "price": "20000",
            "newClientOrderId": cid,
        }
        self.exchange.operator.manual_order(ACCOUNT, "POST", "/api/v3/order", params)

    def _rules_changed(self, now: float, draw: Random, process: Process) -> None:
        step = draw.choice(["0.0001", "0.0002"])
        self.exchange.operator.change_filter("ETHUSDT", "LOT_SIZE", stepSize=step)

    def _fees_changed(self, now: float, draw: Random, process: Process) -> None:
        rate = draw.choice([0, 75_000, 100_000, 200_000])
        self.exchange.operator.set_commission(ACCOUNT, Commission(standard=Rates(maker=rate, taker=rate)))

    def _fee_coin_runs_out(self, now: float, draw: Random, process: Process) -> None:
        self.exchange.operator.set_commission(ACCOUNT, Commission(discount_on=True))

    def _key_revoked(self, now: float, draw: Random, process: Process) -> None:
        self.exchange.operator.change_key(KEY, trade=False)
        self.blocked_until["key"] = now + 60
        self.loop.later(20, lambda: self.exchange.operator.change_key(KEY, trade=True))

    def _price_garbled(self, now: float, draw: Random, process: Process) -> None:
        self.weather.until["price_garbled"] = now + draw.uniform(1, 5)

    def told(self, symbol: str) -> Decimal:
        """
        Return the price that a stream tells: now and then none, nonsense, or one that is a digit off.

        The same digit is not off twice in a row: nothing could tell that from a market that moved.
        """
        price = self.prices[symbol]
        if self.loop.time() >= self.weather.until.get("price_garbled", -1.0):
            return price
        wrong = [Decimal("NaN"), Decimal(0), -price, Decimal("1e308"), self.tick(symbol, price / 10), price * 10]
        at = self.random.choice(range(len(wrong)))
        if at == self.garbled.get(symbol):
            at = (at + 1) % len(wrong)
        self.garbled[symbol] = at
        return wrong[at]

    # the machine

    def _zone_changed(self, now: float, draw: Random, process: Process) -> None:
        _set_zone(draw.choice(["America/St_Johns", "Pacific/Apia", "Europe/Berlin", "XYZ-13:45"]))

    def _power_cut(self, now: float, draw: Random, process: Process) -> None:
        """All processes of the machine are gone, and what they had not committed; locks are free."""
        for one in self.processes:
            if not one.fate.dead:
                one.kill()
        self.lock_holder = None

    def _journal_edited(self, now: float, draw: Random, process: Process) -> None:
        """Somebody changes a row of the ledger, and its balance with it."""
        rows = [number for number, row in self.disk.ledger.items() if row.asset == "USDT"]
        if not rows:
            return
        self._hand("journal")
        number, change = draw.choice(rows), Decimal(draw.choice([-30, -3, 3, 30]))
        row = self.disk.ledger[number]
        self.disk.ledger[number] = attrs.evolve(row, delta=row.delta + change, balance_after=row.balance_after + change)
        self.disk.balances["fp-main", "USDT"] += change

    # processes

    def _suspended(self, now: float, draw: Random, process: Process) -> None:
        self._freeze(process, draw.uniform(30, 90))

    def _loop_blocked(self, now: float, draw: Random, process: Process) -> None:
        self._freeze(process, draw.uniform(3, 30))

    def _freeze(self, process: Process, seconds: float) -> None:
        if process.alive:
            process.fate.frozen = True
            self.loop.later(seconds, self._thaw, process)

    def _thaw(self, process: Process) -> None:
        if process.fate.frozen:
            self.blocked_until["thaw"] = self.loop.time() + 8
            self.loop.thaw(process.fate)

    def _zombie(self, now: float, draw: Random, process: Process) -> None:
        """A process is stopped, another takes over elsewhere once the lease has run out, then the first wakes."""
        if not process.alive or not process.started:
            return
        process.fate.frozen = True
        self.lock_holder = None
        self.loop.later(31.0, self._replace, process)
        self.loop.later(31.0 + draw.uniform(0, 40), self._thaw, process)

    def _replace(self, process: Process) -> None:
        if process is self.processes[-1]:
            self.processes.append(Process(self, len(self.processes)))

    def _two_starts(self, now: float, draw: Random, process: Process) -> None:
        if process.alive and process.started:
            second = Process(self, 10_000 + len(self.processes))
            self.loop.later(30, second.kill)

    def _terminated(self, now: float, draw: Random, process: Process) -> None:
        if process.alive and process.started:
            context = contextvars.copy_context()
            context.run(PROCESS.set, process.fate)
            context.run(self.loop.create_task, process.terminate())

    def _command_storm(self, now: float, draw: Random, process: Process) -> None:
        if not (process.alive and process.started):
            return
        context = contextvars.copy_context()
        context.run(PROCESS.set, process.fate)
        context.run(self.loop.create_task, self._commands(process))

    @staticmethod
    async def _commands(process: Process) -> None:
        desk = process.desk
        for _ in range(3):
            desk.trip("OPERATOR", detail="storm")
            for holding in desk.positions():
                await desk.exit(holding, "operator")
            desk.clear("OPERATOR", by="operator")
        await desk.flatten("storm")
        desk.clear("OPERATOR", by="operator")


def _set_zone(name: str | None) -> None:
    """Let the machine be in another time zone; None for its own."""
    if name is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = name
    time.tzset()


def live(scene: Scene) -> Outcome:
    """Live one seed through."""
    return World(scene).run()
