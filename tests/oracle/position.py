"""An open position: its tranches, its stop, its trail and what it would still lose."""

from __future__ import annotations

from decimal import Decimal

import attrs

from oracle.market import Candle
from oracle.rows import Row
from oracle.scales import ZERO, Scales
from oracle.terms import Terms

DUST = Decimal("1e-20")
"""The part of a quantity below which a rest is only the rounding of this arithmetic."""


@attrs.define(kw_only=True, eq=False)
class Tranche:
    """
    A part of a position with its own target.

    Args:
        quantity: Base units.
        target: Where it is closed with profit; None for no target.
        entry_fee: Its share of the entry's fee, quote units.
        funding: What it received (or paid, negative) so far, quote units.
        ambiguous: Its entry bar already reached its target after a limit entry inside that bar (rule I6).
    """

    quantity: Decimal
    target: Decimal | None
    entry_fee: Decimal = ZERO
    funding: Decimal = ZERO
    ambiguous: bool = False


@attrs.define(kw_only=True)
class Position:
    """
    What a slot holds.

    Args:
        number: Counts positions over the whole run.
        side: +1 long, −1 short.
        entry: Fill price of the entry.
        quantity: Base units at the entry.
        entry_time: Open of the market bar of the entry.
        entry_plan_bar: The plan row that holds the entry (rule T7).
        distance: `d` of the entry's row, one R (rule E1).
        row: The row that asked for it.
        stop: Where it is protected; None for nowhere.
        liquidation: Where the venue takes the margin; None for nowhere.
        tranches: What is still open.
        inside_bar: The market bar inside which a limit opened it, −1 when it was opened at an open.
        trailing: The stop was moved by the trail.
        best: Best price so far, for the trail.
        lowest: Lowest price of the finished market bars it was held in.
        highest: Highest price of them.
        pnl: Summed over the tranches closed so far.
    """

    number: int
    side: int
    entry: Decimal
    quantity: Decimal
    entry_time: int
    entry_plan_bar: int
    distance: Decimal
    row: Row
    stop: Decimal | None
    liquidation: Decimal | None
    tranches: list[Tranche]
    inside_bar: int
    trailing: bool = False
    best: Decimal | None = None
    lowest: Decimal | None = None
    highest: Decimal | None = None
    pnl: Decimal = ZERO

    @property
    def open_quantity(self) -> Decimal:
        """Base units of all open tranches."""
        return sum((tranche.quantity for tranche in self.tranches), ZERO)

    @property
    def stop_reason(self) -> str:
        """Why a stop exit happens."""
        return "trailing" if self.trailing else "stop"

    def margin(self, quantity: Decimal, terms: Terms) -> Decimal:
        """Return the isolated margin of this quantity of a linear position."""
        return quantity * self.entry / terms.leverage

    def value(self, mark: Decimal, terms: Terms) -> Decimal:
        """Return what the position adds to equity (rule C2)."""
        held = self.open_quantity
        if terms.linear:
            return self.margin(held, terms) + self.side * held * (mark - self.entry)
        return held * mark

    def risk(self, mark: Decimal, terms: Terms) -> Decimal:
        """Return what equity would still lose if the stop filled at its trigger (rule D10)."""
        if self.stop is None:
            return self.open_quantity * mark
        loss = self.open_quantity * (self.side * (mark - self.stop) + self.stop * terms.taking)
        return max(loss, ZERO)

    def hit(self, name: str, price: Decimal | None, reached: Decimal, scales: Scales, *, for_us: bool) -> bool:
        """
        Tell whether a price level is touched by the extreme of a bar (rule I7).

        Args:
            name: What the level is, for the notes of near ties.
            price: The level; None is never touched.
            reached: The bar's extreme, or its open.
            scales: Weighs.
            for_us: The level lies on the profitable side of the market (a target).
        """
        if price is None:
            return False
        direction = self.side if for_us else -self.side
        return scales.at_least(name, direction * reached, direction * price)

    def lived_through(self, candle: Candle, market_bar: int) -> None:
        """Take note of a finished market bar: the best price for the trail, the extremes for the record."""
        favourable = candle.high if self.side > 0 else candle.low
        if self.best is None:
            self.best = self.entry if self.inside_bar == market_bar else favourable
        elif self.side * favourable > self.side * self.best:
            self.best = favourable
        self.lowest = candle.low if self.lowest is None else min(self.lowest, candle.low)
        self.highest = candle.high if self.highest is None else max(self.highest, candle.high)

    def trail(self, atr: Decimal | None, terms: Terms, scales: Scales) -> None:
        """Tighten the stop at the close of a plan row (rule C1)."""
        row = self.row
        if row.trail_dist is None or self.best is None:
            return
        profit = self.side * (self.best - self.entry)
        if scales.below("trail arm", profit, row.trail_arm_r * self.distance, size=self.entry):
            return
        candidate = scales.away_from_market(self.best - self.side * row.trail_dist, self.side, terms.tick)
        if self.stop is not None:
            step = max(5 * terms.tick, atr / 10 if atr is not None else ZERO)
            tighter = self.side * (candidate - self.stop)
            if scales.below("trail step", tighter, step, size=candidate) or tighter <= 0:
                return
        self.stop = candidate
        self.trailing = True


def split(quantity: Decimal, fill: Decimal, distance: Decimal, row: Row, terms: Terms, scales: Scales) -> list[Tranche]:
    """Return the tranches of a new position (rule E2); together they are the whole quantity."""
    side = row.enter
    tranches = [
        Tranche(quantity=scales.lots(quantity * share, terms.lot), target=fill + side * multiple * distance)
        for multiple, share in row.ladder
    ]
    rest = quantity - sum((tranche.quantity for tranche in tranches), ZERO)
    if rest > quantity * DUST or not tranches:
        tranches.append(Tranche(quantity=rest, target=None))

    def too_small(tranche: Tranche) -> bool:
        if tranche.quantity <= 0:
            return True
        value = tranche.quantity * fill
        few = tranche.quantity < terms.min_qty
        return few or scales.below("tranche value", value, terms.min_notional)

    kept: list[Tranche] = []
    carried = ZERO
    for tranche in tranches:
        tranche.quantity += carried
        carried = ZERO
        if tranche is not tranches[-1] and too_small(tranche):
            carried = tranche.quantity
        else:
            kept.append(tranche)
    if len(kept) > 1 and too_small(kept[-1]):
        last = kept.pop()
        kept[-1].quantity += last.quantity
    return kept
