"""The account that all slots share: cash, peak, the day's start and the halts."""

from __future__ import annotations

from decimal import Decimal

import attrs

from oracle.records import Decision, EquityRow, Fill, Trade
from oracle.scales import ZERO, Scales
from oracle.slot import Slot

DAY_MS = 86_400_000


@attrs.define(kw_only=True)
class Ledger:
    """
    Money and records.

    Args:
        cash: Quote units.
        equity: Cash plus positions at the last close.
        peak: Largest equity so far.
        day_start: Equity when the UTC day began.
        day: UTC day of the last roll, days since the epoch.
        scales: Weighs and notes near ties.
        halted_drawdown: Latched for good.
        halted_daily: Until the day rolls.
        positions: How many were opened so far.
        peak_before: The peak before this market bar's close.
    """

    cash: Decimal
    equity: Decimal
    peak: Decimal
    day_start: Decimal
    day: int
    scales: Scales
    halted_drawdown: bool = False
    halted_daily: bool = False
    positions: int = 0
    peak_before: Decimal = ZERO
    trades: list[Trade] = attrs.field(factory=list)
    fills: list[Fill] = attrs.field(factory=list)
    curve: list[EquityRow] = attrs.field(factory=list)
    decisions: list[Decision] = attrs.field(factory=list)

    @classmethod
    def opened(cls, balance: Decimal, first_bar: int, scales: Scales) -> Ledger:
        """Open the account with this balance on the day of the first market bar."""
        day = first_bar // DAY_MS
        return cls(cash=balance, equity=balance, peak=balance, day_start=balance, day=day, scales=scales)

    @property
    def drawdown(self) -> Decimal:
        """Fall from the peak, a fraction of it."""
        return (self.peak - self.equity) / self.peak if self.peak > 0 else ZERO

    @property
    def loss_today(self) -> Decimal:
        """What was lost since the day began, not below 0."""
        return max(self.day_start - self.equity, ZERO)

    def book_flow(self, amount: Decimal) -> None:
        """Book a deposit or withdrawal so that no ratio changes (rule C5)."""
        if amount == 0:
            return
        before, after = self.equity, self.equity + amount
        self.cash += amount
        self.equity = after
        if before <= 0 or after <= 0:
            self.peak = self.day_start = after
        else:
            self.peak *= after / before
            self.day_start *= after / before

    def mark_to_market(self, slots: list[Slot]) -> None:
        """Work out equity from cash and the marks (rule C2)."""
        self.equity = self.cash
        for slot in slots:
            if slot.position is not None:
                assert slot.mark is not None
                self.equity += slot.position.value(slot.mark, slot.terms)

    def close_bar(self, bar_close: int, max_drawdown: Decimal, max_daily_risk: Decimal) -> None:
        """Set and clear the halts at the close of a market bar (rules C3 and C4)."""
        self.peak_before = self.peak
        self.peak = max(self.peak, self.equity)
        if self.peak <= 0 or self.scales.at_least("drawdown halt", self.drawdown, max_drawdown):
            self.halted_drawdown = True
        allowed = max_daily_risk * self.day_start
        if self.scales.at_least("daily halt", self.day_start - self.equity, allowed, size=self.day_start):
            self.halted_daily = True
        day = bar_close // DAY_MS
        if day > self.day:
            self.day = day
            self.day_start = self.equity
            self.halted_daily = False

    def draw(self, time: int, slots: list[Slot], flow: Decimal) -> None:
        """Add the market bar to the equity curve (rule R6)."""
        self.curve.append(
            EquityRow(
                time=time,
                equity=self.equity,
                cash=self.cash,
                exposure=sum((slot.notional for slot in slots), ZERO),
                drawdown=self.drawdown,
                flow=flow,
            )
        )
