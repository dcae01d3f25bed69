"""One chain with the desk's tools: its dossier, its ids, how long it has been bare."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any, Final

from tradewind.live.orders.bench import Bench
from tradewind.live.orders.dossier import Dossier
from tradewind.live.orders.holding import DeskEventKind
from tradewind.live.orders.ids import OrderName
from tradewind.model.orders import OrderRequest
from tradewind.store.records import ChainState

URGENT: Final = frozenset({ChainState.SWAPPING, ChainState.BARE, ChainState.EXITING})
"""States in which a position may be without its stop."""


class OneChain:
    """
    One chain.

    Args:
        bench: The desk's tools.
        dossier: What is known of the chain.
        unsent: A request that is written down and not sent yet: an entry of this process.
    """

    def __init__(self, bench: Bench, dossier: Dossier, *, unsent: OrderRequest | None = None) -> None:
        self.bench = bench
        self.dossier = dossier
        self.unsent = unsent
        self.wake = asyncio.Event()
        self.looks = 0
        self.first_look = 0.0
        self.bare_since: float | None = None
        self.probed_at = bench.seconds()
        self.probe_told = True
        """Whether the last probe had an answer."""
        self.refusals = 0
        self.untimely = False
        """Whether an order that rests was refused, and may have been because it came too late."""
        self.unsold = 0
        """Sales in a row that found nobody to buy all of it."""
        self.sale_at = 0.0
        """When the next one is made, at the earliest."""
        self.crossed_since: float | None = None
        self.short_since: float | None = None
        """Since when the venue has said that the coins are not there."""
        self.asked_pending = ""
        """The request that was sent by this process: one that is pending otherwise is repeated or looked up first."""

    def watch_bareness(self) -> None:
        """Take note of since when the chain is bare; raise a breaker when that lasts too long."""
        if self.dossier.chain.state is not ChainState.BARE:
            self.bare_since = None
            return
        now = self.bench.seconds()
        if self.bare_since is None:
            self.bare_since = now
        elif now - self.bare_since > self.bench.rules.bare_halt_s:
            self.bench.trip("BARE_TOO_LONG", scope=self.dossier.chain.symbol, detail=f"chain {self.dossier.chain.id}")

    def tell(self, kind: DeskEventKind, **detail: Any) -> None:
        """Tell observers of the chain."""
        chain = self.dossier.chain
        self.bench.emit(kind, symbol=chain.symbol, slot=chain.slot, chain_id=chain.id, **detail)

    @property
    def patience_s(self) -> float:
        """How long an answer is waited for: not long while the position may be without its stop."""
        rules = self.bench.rules
        urgent = self.dossier.chain.state in URGENT or self.dossier.token_is_absent
        return rules.urgent_s if urgent else rules.answer_s

    @property
    def price(self) -> Decimal | None:
        """The newest price of the symbol."""
        return self.bench.prices.get(self.dossier.chain.symbol)

    def id_of(self, role: str, k: int) -> str:
        """Return the id of a role and a count within the chain."""
        chain = self.dossier.chain
        return self.bench.names.write(OrderName(chain.slot, chain.tranche, chain.bar_open_ms, chain.symbol, role, k))
