"""
Whether the coins of a chain without a stop are there, by the balances that the venue shows.

A balance is one look at everything. A sale takes coins and brings money: when the account has just as many coins
or just as much money as the ledger says, nothing was sold that is not in the books; when in the same look nothing
but the other chains' stops keeps coins locked, then the chain's stop is gone too. A look that lags shows that
stop's lock, which must not be taken for another chain's: where that could be, the look proves nothing. So a balance
proves what no order that is not found can prove.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import attrs

from tradewind.errors import VenueError
from tradewind.live.orders.open_ends import open_ends
from tradewind.model.venue import AccountSnapshot, Balance
from tradewind.plugins.protocols import Executor
from tradewind.store.records import ZERO

if TYPE_CHECKING:
    from tradewind.live.orders.dossier import Dossier
    from tradewind.live.orders.driver import Driver


@attrs.frozen(kw_only=True)
class Coins:
    """
    What a look at the balances says of a chain's coins.

    Args:
        unsold: They are there and nothing of the chain keeps them: its stop is gone and has not sold.
        total: Base units of the account, locked ones included: another chain's exit lets them go.
        surplus: The account has more than the ledger says, or nothing was shown.
    """

    unsold: bool
    total: Decimal
    surplus: bool

    def refuses_twice(self, quantity: Decimal) -> bool:
        """Tell whether a second sale of so much would be refused for want of coins."""
        return self.unsold and self.total < 2 * quantity


UNSEEN = Coins(unsold=False, total=ZERO, surplus=True)
"""No balance was shown."""


async def coins_of(driver: Driver) -> Coins:
    """Look at the balances; UNSEEN when the venue does not show them in time."""
    bench = driver.bench
    base = driver.dossier.instrument.base
    try:
        shown = await bench.line.ask(_snapshot, within_s=bench.rules.urgent_s)
    except VenueError:
        return UNSEEN
    balance = shown.balances.get(base, Balance())
    booked = bench.balance(base)
    quote = driver.dossier.instrument.quote
    money = shown.balances.get(quote, Balance())
    own = _own_amounts(driver.dossier)
    # Money that was booked by what the venue showed may have been a sale's: what is short must not be just its coins.
    unpaid = money.total == bench.balance(quote) and booked - balance.total not in own
    return Coins(
        unsold=(balance.total == booked or unpaid) and _is_free(balance.locked, bench.locked(driver), own),
        total=balance.total,
        surplus=balance.total > booked,
    )


def _own_amounts(dossier: Dossier) -> frozenset[Decimal]:
    """Return what the orders of the chain whose end is not known would keep locked, or sell, each by itself."""
    ends = open_ends(dossier)
    asked = {dossier.requests[one].quantity for one in ends if one in dossier.requests}
    return frozenset({*asked, dossier.plan.token_qty, dossier.sellable})


def _is_free(locked: Decimal, others: frozenset[Decimal], own: frozenset[Decimal]) -> bool:
    """Tell whether what is locked is locked by other chains, and could not be by them and this one."""
    return locked in others and not any(lock > 0 and locked - lock in others for lock in own)


async def _snapshot(venue: Executor) -> AccountSnapshot:
    return await venue.snapshot()
