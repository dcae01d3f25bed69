"""What a decision sees of the account: its limits, what is held, what is reserved."""

from __future__ import annotations

from decimal import Decimal

import attrs

from oracle.ledger import Ledger
from oracle.market import exact
from oracle.scales import ZERO, Scales
from oracle.slot import PendingEntry, Slot
from tradewind.model.limits import Limits


@attrs.frozen(kw_only=True)
class Account:
    """
    The shared state at one moment of decision.

    Args:
        ledger: Cash, equity and halts.
        limits: The caps.
        slots: All slots, in slot order.
        moment: The market bar at whose close decisions are taken.
        blind: Leave out what was reserved at this very moment (for the outcome `outranked`).
    """

    ledger: Ledger
    limits: Limits
    slots: list[Slot]
    moment: int
    blind: bool = False

    @property
    def scales(self) -> Scales:
        """Where near ties are noted."""
        return self.ledger.scales

    def limit(self, name: str) -> Decimal:
        """Return a limit as an exact decimal."""
        return exact(getattr(self.limits, name))

    @property
    def reservations(self) -> list[PendingEntry]:
        """The accepted entries that are on their way."""
        pending = [slot.entry for slot in self.slots if slot.entry is not None]
        return [entry for entry in pending if not (self.blind and entry.moment == self.moment)]

    @property
    def positions_at_next_open(self) -> int:
        """Positions that will be open at the next open, reservations included (rule D6)."""
        held = sum(slot.position is not None and not slot.ending for slot in self.slots)
        return held + len(self.reservations)

    def open_risk(self, slots: list[Slot] | None = None) -> Decimal:
        """Return what equity would still lose if every stop of these slots, or of all, filled at its trigger."""
        total = ZERO
        reservations = self.reservations
        for slot in self.slots if slots is None else slots:
            if slot.position is not None and slot.mark is not None:
                leaving = slot.position.open_quantity * slot.mark * slot.terms.taking
                total += leaving if slot.ending else slot.position.risk(slot.mark, slot.terms)
            if slot.entry in reservations and slot.entry is not None:
                total += slot.entry.risk
        return total

    @property
    def notional(self) -> Decimal:
        """Value of all positions at their marks, reservations included."""
        held = sum((slot.notional for slot in self.slots), ZERO)
        return held + sum((entry.notional for entry in self.reservations), ZERO)

    @property
    def free_cash(self) -> Decimal:
        """Cash that is not reserved."""
        return self.ledger.cash - sum((entry.cash for entry in self.reservations), ZERO)
