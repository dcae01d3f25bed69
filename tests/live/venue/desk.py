"""A desk whose venue fills as the fill model does, bar by bar: what is asked, what rests, what the ledger says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs

from tradewind.live.feed.feed import ReplayFeed
from tradewind.live.feed.moment import Moment
from tradewind.live.orders.holding import AccountState, DeskEvent, DeskEventKind, Holding
from tradewind.live.orders.intent import Decided, EntryIntent
from tradewind.model.costs import Costs
from tradewind.store.records import ChainState

DAY_MS = 86_400_000


@attrs.define(kw_only=True)
class Chain:
    """One position of the desk."""

    holding: Holding
    fee: Decimal
    exit_reason: str = ""


class FakeDesk:
    """The desk's face over a venue that trades at the next open."""

    def __init__(self, cash: float = 10_000.0, costs: Costs | None = None) -> None:
        self.cash = Decimal(str(cash))
        self.costs = costs or Costs()
        self.chains: list[Chain] = []
        self.wanted: list[EntryIntent] = []
        self.recorded: list[Decided] = []
        self.moves: list[Decimal] = []
        self.tripped: list[str] = []
        self.lost = None
        self.peak = self.day_start = self.cash
        self.day = -1
        self._events: list[DeskEvent] = []
        self._prices: dict[str, Decimal] = {}
        self._now = 0

    @property
    def _edge(self) -> Decimal:
        return Decimal(str(self.costs.slippage + self.costs.half_spread))

    def carry(self, moment: Moment, names: Sequence[str]) -> None:
        """Let the venue trade through one moment's bars."""
        self._now = moment.open_ms
        for name, candle in zip(names, moment.bars, strict=True):
            if candle is None:
                continue
            first = Decimal(str(candle.open))
            for chain in [one for one in self.chains if one.holding.symbol == name]:
                if chain.exit_reason:
                    self._sell(chain, first * (1 - self._edge), chain.exit_reason)
            for intent in [one for one in self.wanted if one.symbol == name]:
                self.wanted.remove(intent)
                self._buy(intent, first * (1 + self._edge))
            for chain in [one for one in self.chains if one.holding.symbol == name]:
                stop = chain.holding.stop_price
                if stop is not None and Decimal(str(candle.low)) <= stop:
                    self._sell(chain, min(stop, first) * (1 - self._edge), "stop")

    def _fee(self, value: Decimal) -> Decimal:
        return value * Decimal(str(self.costs.taker_fee))

    def _buy(self, intent: EntryIntent, price: Decimal) -> None:
        for n, quantity in enumerate(intent.tranches):
            fee = self._fee(quantity * price)
            self.cash -= quantity * price + fee
            holding = Holding(
                chain_id=len(self.recorded) * 100 + 10 * len(self.moves) + len(self.chains) + n + self._now % 977,
                symbol=intent.symbol,
                slot=intent.slot,
                bar_open_ms=intent.bar_open_ms,
                tranche=n,
                quantity=quantity,
                average_entry=price,
                cost=quantity * price + fee,
                stop_price=intent.stop_price,
                token=f"S{n}",
                state=ChainState.PROTECTED,
                exiting=False,
                opened_ms=self._now,
            )
            chain = Chain(holding=holding, fee=fee)
            self.chains.append(chain)
            self._tell(chain, DeskEventKind.FILLED, side="buy", price=price, quantity=quantity, fee=fee)

    def _sell(self, chain: Chain, price: Decimal, reason: str) -> None:
        self.chains.remove(chain)
        value = chain.holding.quantity * price
        self.cash += value - self._fee(value)
        self._tell(chain, DeskEventKind.FILLED, side="sell", price=price, quantity=chain.holding.quantity)
        self._close(chain, price, reason)

    def _close(self, chain: Chain, price: Decimal, reason: str) -> None:
        """Tell what a chain came to, by what was paid and got."""
        one = chain.holding
        fees = chain.fee + self._fee((one.quantity + one.sold) * price)
        quantity = one.quantity + one.sold
        facts = {"quantity": quantity, "entry_price": one.average_entry, "exit_price": price, "fees": fees}
        pnl = (price - one.average_entry) * quantity - fees
        times = {"entry_time": one.opened_ms, "exit_time": self._now}
        self._tell(chain, DeskEventKind.CLOSED, reason=reason, pnl=pnl, **facts, **times)

    def _tell(self, chain: Chain, kind: DeskEventKind, **detail: Any) -> None:
        one = chain.holding
        self._events.append(
            DeskEvent(
                kind=kind, time_ms=self._now, symbol=one.symbol, slot=one.slot, chain_id=one.chain_id, detail=detail
            )
        )

    # the desk's face

    async def enter(self, intent: EntryIntent) -> None:
        self.recorded.append(intent.decided)
        self.wanted.append(intent)

    async def record(self, decided: Decided) -> None:
        self.recorded.append(decided)

    async def move_stop(self, holding: Holding, price: Decimal, *, decided: Decided | None = None) -> None:
        self._note(decided)
        for chain in self.chains:
            if chain.holding.chain_id == holding.chain_id:
                self.moves.append(price)
                chain.holding = attrs.evolve(chain.holding, stop_price=price)

    async def exit(self, holding: Holding, reason: str, *, decided: Decided | None = None) -> None:
        self._note(decided)
        for chain in self.chains:
            if chain.holding.chain_id == holding.chain_id:
                chain.exit_reason = reason
                chain.holding = attrs.evolve(chain.holding, exiting=True)

    def _note(self, decided: Decided | None) -> None:
        if decided is not None:
            self.recorded.append(decided)

    def observe(self, symbol: str, price: Decimal, *, time_ms: int | None = None) -> None:
        self._prices[symbol] = price

    def positions(self) -> Sequence[Holding]:
        return [chain.holding for chain in self.chains]

    def account(self, prices: Mapping[str, Decimal]) -> AccountState:
        self._prices.update(prices)
        held = sum((one.holding.quantity * self._prices[one.holding.symbol] for one in self.chains), Decimal(0))
        equity = self.cash + held
        self.peak = max(self.peak, equity)
        return AccountState(
            cash=self.cash,
            equity=equity,
            peak=self.peak,
            day_start=self.day_start,
            drawdown=(self.peak - equity) / self.peak,
            exposure=held,
            time_ms=self._now,
        )

    def events(self) -> Sequence[DeskEvent]:
        found, self._events = self._events, []
        return found

    def trip(self, breaker: str, *, scope: str = "account", detail: str = "") -> None:
        self.tripped.append(breaker)

    def clear(self, breaker: str, *, scope: str = "account", by: str) -> bool:
        if breaker in self.tripped:
            self.tripped.remove(breaker)
            return True
        return False

    async def flatten(self, reason: str = "operator") -> None:
        for holding in self.positions():
            await self.exit(holding, reason)


class VenueFeed(ReplayFeed):
    """History, through which the venue trades before the engine hears of it."""

    desk: FakeDesk

    async def moments(self) -> AsyncIterator[Moment]:
        async for moment in super().moments():
            self.desk.carry(moment, self.names)
            yield moment
