"""What was told of an account so far, where changes are found by asking again."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from tradewind.api import Balance, BalanceEvent, OrderEvent, OrderReport, VenueEvent


@attrs.define
class Known:
    """
    What was told so far.

    Args:
        orders: Those that had not ended, by id.
        balances: By asset.
    """

    orders: dict[int, OrderReport] = attrs.field(factory=dict)
    balances: Mapping[str, Balance] = attrs.field(factory=dict)

    def news(self, orders: Mapping[int, OrderReport], balances: Mapping[str, Balance]) -> list[VenueEvent]:
        """
        Return what is new about an account, and take it as told.

        Args:
            orders: All that are open, and what became of those that were.
            balances: As they are now.
        """
        moved = {
            name: balances.get(name, Balance())
            for name in {*balances, *self.balances}
            if balances.get(name) != self.balances.get(name)
        }
        found: list[VenueEvent] = [
            OrderEvent(order=one) for number, one in orders.items() if self.orders.get(number) != one
        ]
        self.orders = {number: one for number, one in orders.items() if not one.status.is_terminal}
        self.balances = balances
        return [*found, *([BalanceEvent(balances=moved)] if moved else [])]
