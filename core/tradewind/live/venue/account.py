"""
An account at a venue: the ledger says what is held, the kernel says what to do about it.

At every bar the kernel's state is made anew from the ledger (cash, quantities, stops, peak, the day's
start), and only its decisions are used: marks, trails, exits asked for, entries. Nothing is filled by
the kernel; orders go through the desk.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from tradewind.kernel import door
from tradewind.kernel.closing import widen
from tradewind.kernel.compile import uncompiled
from tradewind.kernel.copies import kept
from tradewind.kernel.layout import MASKED, MOST_PER_BAR
from tradewind.kernel.rules import rules_of
from tradewind.kernel.state import Records, State
from tradewind.live.feed.clusters import DayClusters
from tradewind.live.feed.moment import Moment
from tradewind.live.orders.desk import OrderDesk
from tradewind.live.orders.holding import Holding
from tradewind.live.position import operator
from tradewind.live.position.account import OpenPosition, PlanRow, SlotKey, Step
from tradewind.live.position.reel import Reel
from tradewind.live.strategy.seat import Seat
from tradewind.live.venue.orders import Orders
from tradewind.live.venue.slots import Recall, VenueSlots
from tradewind.model.bars import Bars
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument
from tradewind.model.limits import Limits
from tradewind.model.timeframe import Timeframe

TOLERANCE: Final = 1e-6
"""How far the kernel's equity may be from the ledger's, a fraction, before entries stop."""

_NEVER_ROLLS: Final = 2**62


class VenueAccount:
    """
    An account that orders reach.

    Args:
        slots: The slots.
        instruments: The pairs, in the feed's order.
        timeframe: The strategies' bars.
        market: The market bars.
        desk: The way to the venue; started.
        limits: Caps of the account.
        costs: For sizing: fees, slippage and spread as they are expected.
        account_fp: The account's fingerprint.
        session_id: The session in the journal.
        clusters: Which symbols move together, day by day; None for nothing of that.
        slippage_cap: The most that an entry may cost beyond the decided price, a fraction.
        recall: Knows what the entries of positions fixed that are found at a start.
    """

    def __init__(
        self, slots: Sequence[SlotKey], instruments: Sequence[Instrument], timeframe: Timeframe, market: Timeframe,
        *, desk: OrderDesk, limits: Limits, costs: Costs, account_fp: str, session_id: int,
        clusters: DayClusters | None = None, slippage_cap: Decimal = Decimal("0.002"),
        recall: Recall = lambda _: None,
    ) -> None:  # fmt: skip
        self.slots = tuple(slots)
        self.desk = desk
        self.clusters = clusters
        self.reel = Reel(slots, [one.symbol for one in instruments], timeframe, market)
        self._instruments = tuple(instruments)
        self._rules = rules_of(limits, costs, instruments, bar_ms=market.ms)
        records = Records.empty(len(self.reel.market.time), 4 * len(slots) * MOST_PER_BAR)
        self.state = State.fresh(balance=1.0, places=self.reel.places(), limits=limits, start_ms=0, records=records)
        lots = [max(one.min_qty, one.lot_step) for one in instruments]
        self._known = VenueSlots(
            self.state, self.reel, self._rules, self.slots, lots=lots, timeframe=timeframe, recall=recall
        )
        self._prices: dict[str, Decimal] = {}
        self._orders = Orders(
            desk, instruments, account_fp=account_fp, session_id=session_id, slippage_cap=slippage_cap
        )

    def seat(self, seats: Sequence[Seat]) -> None:
        """Take note of who sits on each slot: their names stand beside the decisions."""
        self._orders.seats = tuple(seats)

    def lead(self, warm: Sequence[Bars]) -> None:
        """Take note of the bars before the first moment, by symbol in the feed's order."""
        for s, bars in enumerate(warm):
            self.reel.lead(s, bars)
            if self.clusters is not None:
                self.clusters.add(s, bars)

    async def step(self, moment: Moment, rows: Sequence[PlanRow | None]) -> Step:
        """
        Take the books over, decide, and hand what follows to the desk.

        Raises:
            LeaseError: TW-L007 when the account is another process's now.
        """
        if self.desk.lost is not None:
            raise self.desk.lost
        state, reel = self.state, self.reel
        if reel.is_full:
            reel.forget(state)
        self._observe(moment)
        if self.clusters is not None:
            reel.clusters, self._rules.rules["first_day"] = self.clusters.follow(moment)
        i = reel.write(moment, rows)
        holdings = list(self.desk.positions())
        settled = self._known.follow(holdings, self.desk.events(), rows, i)
        books = self.desk.account(self._prices)
        self._take_books(books)
        exposure = self._weigh(i)
        # Less than a lot of a chain that is not closed yet counts in the ledger, and is no position.
        self._compare(float(books.equity - self._known.loose(holdings, self._prices)))
        fills, trades = self._known.drained()
        decided = kept(reel.asks[reel.asked_since(i) : reel.asked])
        await self._orders.act(self.state, reel, self._rules, moment, rows, self._known.holds(holdings), decided)
        return Step(
            moment=moment,
            equity=float(books.equity),
            cash=float(books.cash),
            exposure=exposure,
            drawdown=float(books.drawdown),
            fills=fills,
            trades=trades,
            decided=decided,
            settled=settled,
            halts=self.halts(),
            positions=self.positions(),
        )

    async def see(self, symbol: str, price: Decimal) -> None:
        """
        Take a price between two bars in: what has reached its target is closed at once.

        The stop rests at the venue; a target does not, so that a trail can go on moving the stop by one request.
        """
        if self.desk.lost is not None:
            return
        self.desk.observe(symbol, price)
        reached = self._known.reached(symbol, float(price))
        for holding in [one for one in self.desk.positions() if one.chain_id in reached]:
            if not holding.exiting:
                await self.desk.exit(holding, "take_profit")

    def _observe(self, moment: Moment) -> None:
        for instrument, candle in zip(self._instruments, moment.bars, strict=True):
            if candle is not None and candle.is_sound:
                self._prices[instrument.symbol] = Decimal(str(candle.close))
                # A bar that was heard of late is no news beside the prices that came since it closed.
                self.desk.observe(instrument.symbol, self._prices[instrument.symbol], time_ms=moment.close_ms)

    def _take_books(self, books: Any) -> None:
        """Make the account's numbers those of the ledger; the ledger rolls the day, too."""
        account = self.state.account
        account["cash"] = float(books.cash)
        account["equity"] = float(books.equity)
        account["peak"] = float(books.peak)
        account["day_start"] = float(books.day_start)
        account["next_roll"] = _NEVER_ROLLS
        account["halted_daily"] = 0
        account["halted_drawdown"] = 0

    def _weigh(self, i: int) -> float:
        """
        Take the decisions of a bar and return the exposure.

        To the kernel the bar is masked: positions are marked here, and on a masked bar it fills nothing, but trails,
        halts, completes rows and decides.
        """
        reel, market = self.reel, self.reel.market
        for key, slot in zip(self.slots, self.state.slots, strict=True):
            if slot["side"] != 0 and not market.flags[key.at, i] & MASKED:
                uncompiled(widen)(slot, market.high[key.at, i], market.low[key.at, i])
                slot["mark"] = market.close[key.at, i]
        market.flags[:, i] |= MASKED
        door.advance(self.state, market, reel.table(), self._rules, i, i + 1)
        return float(self.state.records.exposure[i])

    def _compare(self, ledger: float) -> None:
        equity = float(self.state.account["equity"][0])
        if abs(equity - ledger) > TOLERANCE * max(1.0, abs(ledger)):
            self.desk.trip("LEDGER_MISMATCH", detail=f"the kernel has {equity:.8f}, the ledger {ledger:.8f}")

    def positions(self) -> tuple[OpenPosition, ...]:
        """Return what is open, in slot order."""
        return self._known.positions()

    async def pause(self) -> None:
        """Take no entries until `resume`."""
        operator.pause(self.state)
        self.desk.trip("OPERATOR", detail="pause")

    async def resume(self, breaker: str) -> bool:
        """Clear a breaker by name, `OPERATOR` for a pause; False when it does not stand."""
        if breaker == operator.OPERATOR:
            self.state.account["halted_operator"] = 0
        return self.desk.clear(breaker, by="operator")

    async def flatten(self, slot: int | None = None) -> None:
        """Close the positions of a slot at the market, or all and wait until nothing is held."""
        if slot is None:
            operator.pause(self.state)
            await self.desk.flatten()
            return
        for holding in self._of(slot):
            await self.desk.exit(holding, "operator")

    def _of(self, slot: int) -> list[Holding]:
        key = self.slots[slot]
        return [one for one in self.desk.positions() if (one.slot, one.symbol) == (key.name, key.symbol)]

    def halts(self) -> tuple[str, ...]:
        """Return the breakers that stand, by name."""
        return operator.standing(self.state)
