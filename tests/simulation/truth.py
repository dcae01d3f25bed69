"""The checker: what the exchange's own ledger says, against every promise of the engine."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs

from tradewind.live.orders.dossier import Dossier
from tradewind.live.orders.ids import OrderName, OrderNames, is_ours
from tradewind.model.orders import OrderRequest, Side, Verb
from tradewind.store.memory_reads import MemoryReads
from tradewind.store.records import ZERO, ChainState, Lease
from tradewind_sandbox.exchange import decimal

if TYPE_CHECKING:
    from simulation.process import Process
    from simulation.world import World

STOPS = frozenset({"STOP_LOSS", "STOP_LOSS_LIMIT"})
OPEN = frozenset({"NEW", "PARTIALLY_FILLED"})
MONEY = frozenset(
    {
        "UNEXPLAINED_BALANCE",
        "FOREIGN_ORDER",
        "DAILY_LOSS",
        "DRAWDOWN",
        "LATE_ORDER",
        "REJECT_RATE",
        "BARE_TOO_LONG",
        "ORDER_RATE",
        "SLIPPAGE",
        "AUTH",
        "DB",
        "OPERATOR",
    }
)
"""Breakers that may be up at the end: what raised them needs a person."""


@attrs.define(eq=False)
class TrueChain:
    """What the exchange knows of one chain."""

    symbol: str
    bought: Decimal = ZERO
    sold: Decimal = ZERO
    fees: Decimal = ZERO
    entries: list[int] = attrs.field(factory=list)
    resting: dict[int, tuple[str, Decimal]] = attrs.field(factory=dict)
    stop: Decimal = ZERO
    bare_s: float = 0.0

    @property
    def held(self) -> Decimal:
        return self.bought - self.sold - self.fees


class Truth:
    """The checker of one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.read = 0
        self.reads = MemoryReads(world.disk)
        self.names = OrderNames("fp-main", world.slots, world.symbols)
        self.chains: dict[tuple[str, str, int, int], TrueChain] = {}
        self.violations: list[str] = []
        self.unprotected: list[float] = []
        self.trades: dict[tuple[str, int], str] = {}
        self.last_look = 0.0
        self.manual: list[str] = []
        self.halted_at: dict[str, int] = {}
        self.digest: list[str] = []
        self.newest_chain = 0
        self.entries: dict[str, int] = {}
        self.copied: set[tuple[str, str, int, int]] = set()

    def violate(self, invariant: str, words: str) -> None:
        """Write a violation down."""
        self.violations.append(f"{invariant} at {self.world.loop.time():.3f} s: {words}")

    # what processes do

    def believed(self, symbol: str, price: Decimal) -> None:
        """A process goes by a price that it was told."""
        true = self.world.price(symbol)
        if not true / 2 < price < true * 2:
            self.violate("F19", f"{symbol} was taken to be at {price}, it is at {true}")

    def sent(self, process: Process, path: str, *, gate_until: float) -> None:
        """A request leaves a process."""
        if self.world.loop.time() < gate_until:
            self.violate("I13", f"{path} was sent while the gate was closed")

    def asked(self, request: OrderRequest) -> None:
        """A request that changes something leaves: an entry does so once."""
        if request.verb is Verb.CANCEL or request.side is not Side.BUY:
            return
        signed = self.entries.setdefault(request.client_id, request.timestamp_ms)
        if signed != request.timestamp_ms:
            self.violate("R3", f"{request.client_id} was sent again")

    def committed(self, process: Process, lease: Lease | None) -> None:
        """A unit of work became durable."""
        held = self.world.disk.leases.get("fp-main")
        if lease is not None and held is not None and (held.epoch, held.owner_uuid) != (lease.epoch, lease.owner_uuid):
            self.violate("I12", f"epoch {lease.epoch} committed after {held.epoch} took over")
        self._entries()
        for halt in self.reads.active_halts("fp-main"):
            if halt.breaker in {"DAILY_LOSS", "DRAWDOWN"} and halt.breaker not in self.halted_at:
                self.halted_at[halt.breaker] = self.world.now_ms()

    def _entries(self) -> None:
        """A new chain opens no second question on its symbol, and none while a breaker is up."""
        chains = self.world.disk.chains
        newest = next(reversed(chains), 0)
        if newest == self.newest_chain:
            return
        fresh = [chains[n] for n in range(self.newest_chain + 1, newest + 1)]
        self.newest_chain = newest
        for chain in fresh:
            for other in self.reads.open_chains("fp-main"):
                same = (other.chain.slot, other.chain.bar_open_ms) == (chain.slot, chain.bar_open_ms)
                if other.chain.symbol == chain.symbol and not same and other.chain.state is not ChainState.PROTECTED:
                    self.violate("R7", f"chain {chain.id} was opened while {other.chain.id} is {other.chain.state}")
            for halt in self.reads.active_halts("fp-main"):
                if halt.scope in {"account", chain.symbol} and halt.raised_ms < chain.opened_ms - 10:
                    self.violate("R8", f"chain {chain.id} was opened while {halt.breaker} is up")

    # what the exchange does

    def look(self) -> None:
        """Take in what happened since the last look."""
        self._clock()
        truth = self.world.exchange.truth(self.read)
        self.read += len(truth.entries)
        for entry in truth.entries:
            if entry.kind not in {"ORDER", "TRADE"} or entry.account != "main":
                continue
            data = entry.data
            self.digest.append(
                f"{entry.time_us}|{data['order_id']}|{data['client_id']}|{data['status']}|{data['executed']}"
            )
            name = self.names.read(data["client_id"])
            if name is not None:
                self._ours(name, entry.symbol, data)
            elif is_ours(data["client_id"]) and "second_bot" not in self.manual:
                self.violate("ids", f"{data['client_id']} is of no slot")
        if truth.entries:
            # What was protected or sold just now is without its stop until now, not until the next look.
            self._clock()

    def _ours(self, name: OrderName, symbol: str, data: dict[str, Any]) -> None:
        key = (name.slot, name.symbol, name.bar_open_ms, name.tranche)
        chain = self.chains.setdefault(key, TrueChain(symbol))
        client_id, order_id = data["client_id"], data["order_id"]
        if data["execution"] == "NEW":
            self._written(name, client_id)
            if data["side"] == "BUY" and any(self.halted_at.values()):
                self._late_entry(name)
        trade = data["trade"]
        if trade is not None:
            self._trade(key, chain, name, symbol, data, trade)
        if data["side"] == "SELL":
            self._sell(key, chain, data)
        if data["side"] == "BUY" and trade is not None and order_id not in chain.entries:
            chain.entries.append(order_id)
            if len(chain.entries) > 1:
                self._copied(key, client_id)

    def _copied(self, key: tuple[str, str, int, int], client_id: str) -> None:
        """
        An entry was executed twice: one that was signed once and whose stop had gone before a copy of it came.

        A venue acts on such a copy within its window and nothing can keep it from that (R2); the desk must know of it.
        """
        self.copied.add(key)
        (attempt,) = self.reads.attempts_of(client_id)
        if self.world.now_ms() > attempt.ts_signed_ms + attempt.recv_window_ms:
            self.violate("I2", f"{client_id} was executed after its window")

    def _late_entry(self, name: OrderName) -> None:
        entry = self.names.write(attrs.evolve(name, role="E", k=0))
        rows = self.reads.attempts_of(entry)
        chain = self.reads.chain(rows[0].chain_id) if rows else None
        for breaker, at in self.halted_at.items():
            if chain is not None and rows[0].ts_signed_ms > at + 3_000:
                self.violate("I16", f"{entry} was made after {breaker}")

    def _written(self, name: OrderName, client_id: str) -> None:
        entry = self.names.write(attrs.evolve(name, role="E", k=0))
        own = client_id if not (name.role == "S" and name.k == 0) else entry
        if not self.reads.attempts_of(own):
            self.violate("I1", f"{client_id} was never written down")

    def _trade(
        self, key: tuple[str, str, int, int], chain: TrueChain, name: OrderName, symbol: str, data: Any, trade: Any
    ) -> None:
        quantity = decimal(trade.quantity)
        self.trades[symbol, trade.trade_id] = data["client_id"]
        if data["side"] == "BUY":
            chain.bought += quantity
        else:
            chain.sold += quantity
            if not any(process.alive and process.started for process in self.world.processes):
                self.world.weather.note("stopped_out_while_down")
        if trade.commission_asset == self.world.base(symbol):
            chain.fees += decimal(trade.commission)
        if chain.sold > chain.bought:
            self.violate("I7", f"{key} sold {chain.sold} of {chain.bought} bought")

    def _sell(self, key: tuple[str, str, int, int], chain: TrueChain, data: Any) -> None:
        order_id, status = data["order_id"], data["status"]
        quantity = decimal(data["quantity"] - data["executed"])
        stop = decimal(data["stop_price"])
        if status in OPEN and data["type"] != "MARKET":
            if data["execution"] == "NEW" and data["type"] in STOPS:
                if stop < chain.stop:
                    self.violate("I15", f"{key}: stop went from {chain.stop} to {stop}")
                chain.stop = max(chain.stop, stop)
            chain.resting[order_id] = (data["type"], quantity)
        else:
            chain.resting.pop(order_id, None)
        if len(chain.resting) > 1:
            self.violate("I6", f"{key} has {len(chain.resting)} resting orders")
        total = sum((quantity for _, quantity in chain.resting.values()), ZERO)
        if total > chain.bought - chain.sold:
            self.violate("I6", f"{key} rests {total} and holds {chain.bought - chain.sold}")

    def _clock(self) -> None:
        """Count how long positions are without a stop while engine and venue are up."""
        now = self.world.loop.time()
        passed, self.last_look = now - self.last_look, now
        normal = self.world.is_normal()
        for key, chain in self.chains.items():
            worth = chain.held * self.world.price(chain.symbol)
            bare = chain.held >= self.world.lot(chain.symbol) and worth >= self.world.min_notional(chain.symbol)
            bare = bare and not any(kind in STOPS for kind, _ in chain.resting.values())
            if bare and normal:
                chain.bare_s += passed
                if chain.bare_s > self.world.patience_s and not self._excused(key):
                    self.violate("I5", f"{key} was bare for {chain.bare_s:.1f} s")
                    chain.bare_s = 0.0
            elif not bare and chain.bare_s:
                self.unprotected.append(chain.bare_s)
                chain.bare_s = 0.0

    def _excused(self, key: tuple[str, str, int, int]) -> bool:
        return bool(self.manual)

    # the end

    def finish(self) -> None:
        """Check what must hold once the faults are over and all has settled."""
        self.look()
        self._books()
        self._states()
        self._replay()

    def _books(self) -> None:
        for (symbol, trade_id), client_id in self.trades.items():
            fill = self.world.disk.fills.get(("fp-main", symbol, trade_id))
            if fill is None or fill.chain_id is None:
                self.violate("G8", f"trade {trade_id} of {client_id} is in no chain")
        sums = self.reads.ledger_sums("fp-main")
        balances = self.reads.balances("fp-main")
        if sums != balances:
            self.violate("I4", f"{sums} differs from {balances}")
        shown = self.world.exchange.truth().balances["main"]
        halts = {(halt.breaker, halt.scope) for halt in self.reads.active_halts("fp-main")}
        for asset in sorted({*shown, *balances}):
            free, locked = shown.get(asset, (0, 0))
            difference = decimal(free + locked) - balances.get(asset, ZERO)
            if difference and ("UNEXPLAINED_BALANCE", asset) not in halts:
                self.violate("I4", f"the venue has {difference:+f} {asset} that the ledger has not")

    def _states(self) -> None:
        halts = list(self.reads.active_halts("fp-main"))
        copied = {symbol for _, symbol, _, _ in self.copied}
        if copied != {halt.scope for halt in halts if halt.breaker == "LATE_ORDER"}:
            self.violate("I2", f"entries in {sorted(copied)} were executed twice, and what is halted is another matter")
        for halt in halts:
            if halt.breaker not in MONEY:
                self.violate("breaker", f"{halt.breaker} ({halt.scope}): {halt.detail}")
        process = self.world.processes[-1]
        for record in self.reads.open_chains("fp-main"):
            chain = record.chain
            if chain.state is not ChainState.PROTECTED and not self._left(chain.symbol, halts):
                self.violate("I14", f"chain {chain.id} of {chain.symbol} is {chain.state}: {chain.detail}")
            true = self.chains.get((chain.slot, chain.symbol, chain.bar_open_ms, chain.tranche))
            if chain.state is ChainState.PROTECTED and (true is None or not true.resting):
                self.violate("I5", f"chain {chain.id} says it is protected and nothing rests")
            fills = sum((fill.qty if fill.side.value == "buy" else -fill.qty for fill in record.fills), ZERO)
            if true is not None and fills != true.bought - true.sold:
                self.violate("I3", f"chain {chain.id} holds {fills}, in truth {true.bought - true.sold}")
        for key, true in self.chains.items():
            if true.resting and not any(
                (r.chain.slot, r.chain.symbol, r.chain.bar_open_ms, r.chain.tranche) == key
                for r in self.reads.open_chains("fp-main")
            ):
                self.violate("I6", f"{key} is closed and an order rests")
        if process.alive and process.started:
            for symbol in self.world.symbols:
                reason = process.desk.may_enter(symbol)
                money = reason is None or reason.split(":")[0] in MONEY or self._left(symbol, halts)
                if not money:
                    self.violate("G10", f"{symbol}: {reason}")
        else:
            self.violate("G10", f"no engine runs (exit code {process.exit_code})")

    @staticmethod
    def _left(symbol: str, halts: list[Any]) -> bool:
        """Tell whether a breaker that a person must look at excuses an open question."""
        return any(halt.breaker in {"UNEXPLAINED_BALANCE", "FOREIGN_ORDER", "AUTH"} for halt in halts)

    def _replay(self) -> None:
        process = self.world.processes[-1]
        if not process.started:
            return
        live = {driver.dossier.chain.id: driver.dossier for driver in process.desk.bench.drivers.values()}
        for record in self.reads.open_chains("fp-main"):
            dossier = live.get(record.chain.id)
            if dossier is None:
                self.violate("I17", f"chain {record.chain.id} is not driven")
                continue
            again = Dossier(record, dossier.instrument)
            if (again.chain, again.plan, again.facts, again.fills) != (
                dossier.chain,
                dossier.plan,
                dossier.facts,
                dossier.fills,
            ):
                self.violate("I17", f"chain {record.chain.id} differs from its replay")
