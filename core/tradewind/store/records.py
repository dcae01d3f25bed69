"""
What the write-ahead journal holds: one record per row, the same for every form of the store.

Records are values: `attrs.evolve` makes the next one, a unit of work writes it. Amounts are exact
decimals (`Decimal`, never float), prices in quote units, quantities in base units, times UTC
milliseconds. An `id` of 0 is given by the store when the row is added.
"""

from __future__ import annotations

from tradewind.store.amounts import ZERO, Plain, decimal
from tradewind.store.book_records import Fill, ForeignOrder, ForeignTransfer, LedgerEntry
from tradewind.store.order_records import (
    CLIENT_ID_LENGTH,
    Attempt,
    AttemptState,
    Chain,
    ChainState,
    OpenChain,
    OrderFact,
)
from tradewind.store.session_records import BarDecision, Checkpoint, Halt, Lease, LeaseOwner

__all__ = [
    "CLIENT_ID_LENGTH",
    "ZERO",
    "Attempt",
    "AttemptState",
    "BarDecision",
    "Chain",
    "ChainState",
    "Checkpoint",
    "Fill",
    "ForeignOrder",
    "ForeignTransfer",
    "Halt",
    "Lease",
    "LeaseOwner",
    "LedgerEntry",
    "OpenChain",
    "OrderFact",
    "Plain",
    "decimal",
]
