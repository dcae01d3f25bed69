"""The engine's parts, put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tradewind_sandbox.exchange.contingency import Contingency
from tradewind_sandbox.exchange.lifecycle import Lifecycle
from tradewind_sandbox.exchange.limits import Limits
from tradewind_sandbox.exchange.matching import Matching
from tradewind_sandbox.exchange.rules import AccountRules, LimitRules, SymbolRules
from tradewind_sandbox.exchange.venue import Venue


class Core:
    """Shared state, limits, order lifecycle, matching and contingencies of one exchange."""

    def __init__(
        self,
        symbols: Sequence[SymbolRules],
        accounts: Sequence[AccountRules],
        clock: Callable[[], int],
        seed: int,
        limits: LimitRules,
    ) -> None:
        self.limits = Limits(limits)
        self.venue = Venue(symbols, accounts, clock, seed)
        self.life = Lifecycle(self.venue, self.limits)
        self.matching = Matching(self.venue, self.life)
        self.contingency = Contingency(self.venue, self.life, self.matching)
