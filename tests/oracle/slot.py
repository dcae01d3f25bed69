"""One strategy on one symbol: its position, its orders, its history of stops and results."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from decimal import Decimal

import attrs

from oracle.market import Candle, History
from oracle.position import Position
from oracle.records import Decision, Holding
from oracle.rows import Row
from oracle.scales import ZERO
from oracle.terms import Terms

NOWHERE = Decimal("NaN")
"""How the record of a position writes that it has no stop."""


@attrs.frozen(kw_only=True)
class PendingEntry:
    """
    An accepted row on its way to the market (rule D15).

    Args:
        row: What asked for it.
        rank: Its place among the entries of one moment (rule D2).
        quantity: Base units.
        distance: `d`.
        limit: Limit price; None for a market order.
        notional: Quote units it reserves of the exposure.
        cash: Quote units it reserves of the cash.
        risk: Quote units it reserves of the risk budgets.
        moment: The market bar at whose close it was decided.
        decision: Its line in the ledger of decisions.
    """

    row: Row
    rank: tuple[int, Decimal, str, int]
    quantity: Decimal
    distance: Decimal
    limit: Decimal | None
    notional: Decimal
    cash: Decimal
    risk: Decimal
    moment: int
    decision: Decision


@attrs.define(kw_only=True)
class Slot:
    """
    The state of one (strategy, symbol) pair.

    Args:
        number: Its place in the slot order.
        strategy: The strategy's name.
        symbol: The pair.
        priority: The strategy's priority, lower first.
        clusters: The group of correlated symbols it belongs to, by the UTC day from which it holds.
        terms: Costs and venue rules.
        history: The bars of the plan's timeframe.
        rows: The plan.
        mark: The last good close of the market bars.
        atr: The average true range of the last decided row.
        decided: Index of the last decided row, −1 before the first.
        position: What is held.
        entry: What is on its way.
        leaving: Why the whole position goes out at the next open; None when it does not.
        stops: Plan bars in which the slot was stopped, ascending.
        results: Profit of every closed position.
        guarded_until: Last plan row that the stop guard locks.
        last_closing: Plan bar in which a position was closed last.
    """

    number: int
    strategy: str
    symbol: str
    priority: int
    clusters: Mapping[int, int]
    terms: Terms
    history: History
    rows: list[Row]
    mark: Decimal | None = None
    atr: Decimal | None = None
    decided: int = -1
    position: Position | None = None
    entry: PendingEntry | None = None
    leaving: str | None = None
    stops: list[int] = attrs.field(factory=list)
    results: list[Decimal] = attrs.field(factory=list)
    guarded_until: int = -1
    last_closing: int = -1

    def cluster(self, day: int) -> int | None:
        """Return the symbol's cluster on a UTC day: that of the last day given; None stands alone (rule D11)."""
        given = max((each for each in self.clusters if each <= day), default=None)
        return None if given is None or self.clusters[given] < 0 else self.clusters[given]

    def plan_bar(self, time: int) -> int:
        """Return the plan row that holds a market bar (rule T7)."""
        return bisect_right(self.rows, time, key=lambda row: row.time) - 1

    def timed_out(self, plan_bar: int) -> bool:
        """Tell whether the position has had its `max_bars` at an open in this plan bar (rule O2)."""
        held = self.position
        return held is not None and 0 < held.row.max_bars <= plan_bar - held.entry_plan_bar

    @property
    def ending(self) -> bool:
        """Whether what is held goes out at the next open, as far as is known now (rule D1)."""
        return self.position is not None and (self.leaving is not None or self.timed_out(self.decided + 1))

    @property
    def notional(self) -> Decimal:
        """Value of what is held at the mark, quote units."""
        if self.position is None or self.mark is None:
            return ZERO
        return self.position.open_quantity * self.mark

    def holding(self) -> list[Holding]:
        """Return what is held as the record of an open position, if anything is."""
        held = self.position
        if held is None or self.mark is None:
            return []
        return [
            Holding(
                symbol=self.symbol,
                strategy=self.strategy,
                side=held.side,
                entry_time=held.entry_time,
                entry_price=held.entry,
                quantity=held.open_quantity,
                stop=NOWHERE if held.stop is None else held.stop,
                mark=self.mark,
                unrealised_pnl=held.side * (self.mark - held.entry) * held.open_quantity,
            )
        ]

    def expire_entry(self) -> None:
        """End the pending entry unfilled, if there is one."""
        if self.entry is not None:
            self.entry.decision.outcome = "expired"
            self.entry = None

    def stop_slip(self, candle: Candle) -> Decimal:
        """Return the slippage of a stop in this bar: more in a wild one (rule I8)."""
        terms = self.terms
        wild = self.atr is not None and candle.high - candle.low > terms.wild_atr * self.atr
        return terms.slip * terms.wild_factor if wild else terms.slip
