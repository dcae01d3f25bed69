"""An account on paper: the kernel's own state, moved by the fill model one market bar at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tradewind.errors import LiveError
from tradewind.kernel import door
from tradewind.kernel.copies import kept
from tradewind.kernel.layout import MOST_PER_BAR
from tradewind.kernel.rules import rules_of
from tradewind.kernel.state import Records, State
from tradewind.live.feed.clusters import DayClusters
from tradewind.live.feed.moment import Moment
from tradewind.live.paper.parity import BARS, STRIDE, Parity
from tradewind.live.position import operator
from tradewind.live.position.account import Array, OpenPosition, PlanRow, SlotKey, Step
from tradewind.live.position.operator import Change
from tradewind.live.position.positions import open_positions
from tradewind.live.position.reel import SENT, Reel
from tradewind.model.bars import Bars
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument
from tradewind.model.limits import Limits
from tradewind.model.timeframe import Timeframe

ROOM: Final = 2048
"""How many market bars are kept at hand."""


class PaperAccount:
    """
    An account that no venue knows.

    Over the same bars it makes the same trades, equity and decisions as a backtest, bit for bit, for it is
    moved by the same function over the same numbers.

    Args:
        slots: The slots.
        instruments: The pairs, in the feed's order.
        timeframe: The strategies' bars.
        market: The market bars.
        limits: Caps of the account.
        costs: Fees, slippage and spread.
        balance: Cash at the start, quote units.
        clusters: Which symbols move together, day by day; None for nothing of that.
        room: How many market bars are kept at hand.
        look_back: How many of them are carried out again at every bar.
    """

    def __init__(
        self, slots: Sequence[SlotKey], instruments: Sequence[Instrument], timeframe: Timeframe, market: Timeframe,
        *, limits: Limits, costs: Costs, balance: float, clusters: DayClusters | None = None,
        room: int = ROOM, look_back: int = BARS,
    ) -> None:  # fmt: skip
        self.slots = tuple(slots)
        self.limits = limits
        self.initial_balance = balance
        names = [instrument.symbol for instrument in instruments]
        self.reel = Reel(slots, names, timeframe, market, room=room, keep=look_back + STRIDE + 1)
        self._look_back = look_back
        self.clusters = clusters
        self._rules = rules_of(limits, costs, instruments, bar_ms=market.ms)
        self._state: State | None = None
        self._before: list[Change] = []
        self._parity: Parity | None = None
        self.parity_streak = 0
        """Bars in a row after which the last ones, told again, led to where the account stood."""

    @property
    def state(self) -> State:
        """
        Where the account stands.

        Raises:
            LiveError: TW-L013 before the first moment.
        """
        if self._state is None:
            raise LiveError("the account has not seen a bar yet.", code="TW-L013", hint="Start the session first.")
        return self._state

    def lead(self, warm: Sequence[Bars]) -> None:
        """Take note of the bars before the first moment, by symbol in the feed's order."""
        for s, bars in enumerate(warm):
            self.reel.lead(s, bars)
            if self.clusters is not None:
                self.clusters.add(s, bars)

    def begin(self, start_ms: int) -> None:
        """Start flat; the first market bar opens at `start_ms`, UTC milliseconds."""
        self.take(
            State.fresh(
                balance=self.initial_balance,
                places=self.reel.places(),
                limits=self.limits,
                start_ms=start_ms,
                records=self.empty_records(),
            )
        )
        for change in self._before:
            self.change(change)

    def empty_records(self) -> Records:
        """Return records with room for the reel."""
        return Records.empty(len(self.reel.market.time), 4 * len(self.slots) * MOST_PER_BAR)

    def take(self, state: State) -> None:
        """Go on from this state."""
        self.reel.place(state)
        self._state = state
        self._parity = Parity(state, bars=self._look_back)

    async def step(self, moment: Moment, rows: Sequence[PlanRow | None]) -> Step:
        """
        Carry one moment out.

        Raises:
            LiveError: TW-L013 when carrying the last bars out again leads elsewhere.
        """
        return self.carry_out(moment, rows)

    def carry_out(self, moment: Moment, rows: Sequence[PlanRow | None]) -> Step:
        """Carry one moment out; the same as `step`, for callers that do not wait."""
        if self._state is None:
            self.begin(moment.open_ms)
        state, reel = self.state, self.reel
        if reel.is_full:
            self._forget()
        if self.clusters is not None:
            reel.clusters, self._rules.rules["first_day"] = self.clusters.follow(moment)
        i = reel.write(moment, rows)
        pending = reel.pending()
        door.advance(state, reel.market, reel.table(), self._rules, i, i + 1)
        self._check()
        settled = [a for a in pending if reel.asks[a]["outcome"] != SENT]
        decided = reel.asks[reel.asked_since(i) : reel.asked]
        return self._told(moment, i, kept(decided), kept(reel.asks[settled] if settled else decided[:0]))

    def _told(self, moment: Moment, i: int, decided: Array, settled: Array) -> Step:
        records, account = self.state.records, self.state.account
        fills = kept(records.fills[: account["fills"][0]])
        trades = kept(records.trades[: account["trades"][0]])
        account["fills"] = 0
        account["trades"] = 0
        return Step(
            moment=moment,
            equity=float(records.equity[i]),
            cash=float(records.cash[i]),
            exposure=float(records.exposure[i]),
            drawdown=float(records.drawdown[i]),
            fills=fills,
            trades=trades,
            decided=decided,
            settled=settled,
            halts=self.halts(),
            positions=self.positions(),
        )

    def _forget(self) -> None:
        parity = self._parity
        dropped = self.reel.forget(self.state, *(parity.states if parity else ()))
        if parity is not None:
            parity.forget(dropped)

    def _check(self) -> None:
        if self._parity is None:
            return
        found = self._parity.differences(self.state, self.reel, self._rules)
        if found:
            raise LiveError(
                f"carrying the last bars out again leads elsewhere: {', '.join(found[:5])} differ.",
                code="TW-L013",
                hint="Memory or the compiled kernel is damaged. Stop, and start again from the last checkpoint.",
            )
        self.parity_streak += 1

    def positions(self) -> tuple[OpenPosition, ...]:
        """Return what is open, in slot order."""
        return () if self._state is None else open_positions(self._state, self.slots)

    async def pause(self) -> None:
        """Take no entries until `resume`."""
        self.change(operator.pause)

    async def resume(self, breaker: str) -> bool:
        """Clear a breaker by name, `OPERATOR` for a pause; False when it does not stand."""
        if breaker not in self.halts():
            return False
        if self._state is None:
            self._before = [change for change in self._before if change is not operator.pause]
            return True
        self.change(operator.clear(breaker))
        return True

    async def flatten(self, slot: int | None = None) -> None:
        """Close the position of a slot, or all, at the next open; all includes a pause."""
        if slot is None:
            self.change(operator.pause)
        self.change(operator.leave(slot))

    def halts(self) -> tuple[str, ...]:
        """Return the breakers that stand, by name."""
        if self._state is None:
            return (operator.OPERATOR,) if operator.pause in self._before else ()
        return operator.standing(self._state)

    def change(self, change: Change) -> None:
        """Change the state between two bars; the parity alarm does the same when it looks again."""
        if self._state is None:
            self._before.append(change)
            return
        change(self._state)
        if self._parity is not None:
            self._parity.note(self.reel.length, change)
