"""Executions: opening a position, closing tranches, and what both do to cash and to the records."""

from __future__ import annotations

from decimal import Decimal

import attrs

from oracle.ledger import Ledger
from oracle.position import Position, Tranche, split
from oracle.records import Fill, Trade
from oracle.scales import ZERO
from oracle.slot import PendingEntry, Slot

STOPS = ("stop", "trailing", "liquidation")


@attrs.frozen(kw_only=True)
class Floor:
    """
    Carries out orders in one market bar.

    Args:
        ledger: The shared account.
        market_bar: Index on the timeline.
        time: The bar's open, UTC milliseconds.
    """

    ledger: Ledger
    market_bar: int
    time: int

    def enter(self, slot: Slot, price: Decimal, fee_rate: Decimal, *, inside: bool) -> None:
        """Fill the pending entry at this price, cut to the cash there is; nothing left ends it as expired (rule O4)."""
        entry, terms, scales = slot.entry, slot.terms, self.ledger.scales
        assert entry is not None
        quantity = entry.quantity
        per_unit = terms.cash_per_unit(price, fee_rate)
        if scales.below("cash", self.ledger.cash, quantity * per_unit, size=max(self.ledger.equity, ZERO)):
            quantity = scales.lots(max(self.ledger.cash, ZERO) / per_unit, terms.lot)
            few = quantity <= 0 or quantity < terms.min_qty
            if few or scales.below("cut notional", quantity * price, terms.min_notional):
                slot.expire_entry()
                return
        if terms.received(quantity, fee_rate, scales) <= 0:
            slot.expire_entry()
            return
        entry.decision.outcome = "filled"
        slot.entry = None
        self._open(slot, entry, quantity, price, fee_rate, inside=inside)

    def _open(
        self, slot: Slot, entry: PendingEntry, ordered: Decimal, price: Decimal, fee_rate: Decimal, *, inside: bool
    ) -> None:
        """Book the purchase or sale and set up stop, targets and tranches (rules E1 to E3)."""
        terms, ledger, side = slot.terms, self.ledger, entry.row.enter
        held = terms.received(ordered, fee_rate, ledger.scales)
        fee = (ordered - held) * price if terms.base_fee else ordered * price * fee_rate
        ledger.cash -= ordered * terms.cash_per_unit(price, fee_rate)
        ledger.positions += 1
        raw_stop = price - side * entry.distance
        position = Position(
            number=ledger.positions,
            side=side,
            entry=price,
            quantity=held,
            entry_time=self.time,
            entry_plan_bar=slot.plan_bar(self.time),
            distance=entry.distance,
            row=entry.row,
            stop=None if entry.row.unprotected else ledger.scales.away_from_market(raw_stop, side, terms.tick),
            liquidation=terms.liquidation_price(side, price, held),
            tranches=split(held, price, entry.distance, entry.row, terms, ledger.scales),
            inside_bar=self.market_bar if inside else -1,
        )
        for tranche in position.tranches:
            tranche.entry_fee = fee * tranche.quantity / held
        slot.position = position
        self._note(slot, position, side, price, ordered, fee, "entry")

    def leave(self, slot: Slot, price: Decimal, fee_rate: Decimal, reason: str) -> None:
        """Close every open tranche at this price."""
        assert slot.position is not None
        for tranche in list(slot.position.tranches):
            self.close(slot, tranche, price, price * tranche.quantity * fee_rate, reason)

    def liquidate(self, slot: Slot) -> None:
        """Close at the liquidation price; the venue keeps what is left of the margin, as a fee (rule I1)."""
        held = slot.position
        assert held is not None
        assert held.liquidation is not None
        for tranche in list(held.tranches):
            left = held.margin(tranche.quantity, slot.terms)
            left += held.side * (held.liquidation - held.entry) * tranche.quantity
            self.close(slot, tranche, held.liquidation, left, "liquidation")

    def close(
        self, slot: Slot, tranche: Tranche, price: Decimal, fee: Decimal, reason: str, *, ambiguous: bool = False
    ) -> None:
        """Close one tranche, book it, and write its trade (rules E4, R1 to R3)."""
        held, terms = slot.position, slot.terms
        assert held is not None
        quantity = tranche.quantity
        gain = held.side * (price - held.entry) * quantity
        self.ledger.cash += (held.margin(quantity, terms) + gain if terms.linear else quantity * price) - fee
        fees = tranche.entry_fee + fee
        pnl = gain - fees + tranche.funding
        lowest = min(price, held.lowest if held.lowest is not None else price)
        highest = max(price, held.highest if held.highest is not None else price)
        worst, best = (lowest, highest) if held.side > 0 else (highest, lowest)
        self.ledger.trades.append(
            Trade(
                symbol=slot.symbol,
                strategy=slot.strategy,
                side=held.side,
                entry_time=held.entry_time,
                entry_price=held.entry,
                exit_time=self.time,
                exit_price=price,
                quantity=quantity,
                fees=fees,
                pnl=pnl,
                pnl_pct=pnl / (held.entry * quantity),
                r_multiple=pnl / (held.distance * quantity),
                exit_reason=reason,
                bars_held=slot.plan_bar(self.time) - held.entry_plan_bar,
                mae=min(ZERO, held.side * (worst - held.entry) / held.entry),
                mfe=max(ZERO, held.side * (best - held.entry) / held.entry),
                ambiguous=ambiguous or tranche.ambiguous,
                position=held.number,
            )
        )
        self._note(slot, held, -held.side, price, quantity, fee, reason)
        held.tranches.remove(tranche)
        held.pnl += pnl
        if not held.tranches:
            self._closed(slot, held, reason)

    def _closed(self, slot: Slot, held: Position, reason: str) -> None:
        """Forget the position and remember how it ended (for rule D7)."""
        slot.position = None
        slot.leaving = None
        slot.results.append(held.pnl)
        slot.last_closing = slot.plan_bar(self.time)
        if reason in STOPS:
            slot.stops.append(slot.plan_bar(self.time))

    def _note(
        self, slot: Slot, held: Position, side: int, price: Decimal, quantity: Decimal, fee: Decimal, reason: str
    ) -> None:
        self.ledger.fills.append(
            Fill(
                time=self.time,
                symbol=slot.symbol,
                strategy=slot.strategy,
                side=side,
                price=price,
                quantity=quantity,
                fee=fee,
                reason=reason,
                position=held.number,
            )
        )
