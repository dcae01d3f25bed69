"""
Circuit breakers: what stops new entries, where, for how long, and who may let them go on.

A breaker never touches what protects: stops stay at the venue, exits and stop moves go on. Those that
money depends on are written down and survive restarts until a person clears them; the others clear
themselves when their cause has passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import attrs

from tradewind.config.redaction import redact
from tradewind.errors import UsageError
from tradewind.store.records import Halt


@attrs.frozen
class Breaker:
    """
    One kind of breaker.

    Args:
        name: Its name.
        summary: What it says.
        clears_itself: It ends with its cause; any other waits for a person.
    """

    name: str
    summary: str
    clears_itself: bool = False


BREAKERS: Final[dict[str, Breaker]] = {
    breaker.name: breaker
    for breaker in (
        Breaker("DAILY_LOSS", "the day's loss has reached its limit"),
        Breaker("DRAWDOWN", "the fall from the peak has reached its limit"),
        Breaker("MAX_EXPOSURE", "positions are larger than their cap"),
        Breaker("ORDER_RATE", "more orders in a minute than our own cap"),
        Breaker("REJECT_RATE", "5 refusals in 10 minutes"),
        Breaker("SLIPPAGE", "3 executions beyond the slippage cap"),
        Breaker("UNEXPLAINED_BALANCE", "the venue's balance is not the ledger's"),
        Breaker("FOREIGN_ORDER", "someone else trades the coins of a position"),
        Breaker("LATE_ORDER", "an order turned up that counted as never arrived, or an entry was executed twice"),
        Breaker("LEDGER_MISMATCH", "two ways of reckoning the books differ"),
        Breaker("BARE_TOO_LONG", "a position was without protection for too long"),
        Breaker("STALE_DATA", "market data stopped", clears_itself=True),
        Breaker("SUSPECT_PRICE", "a price moved beyond belief"),
        Breaker("VENUE_DOWN", "the venue does not trade", clears_itself=True),
        Breaker("RATE_LIMIT", "the venue wants fewer requests", clears_itself=True),
        Breaker("AUTH", "the venue refuses the key"),
        Breaker("DB", "the journal cannot be written"),
        Breaker("CLOCK", "the venue's clock is not known well enough", clears_itself=True),
        Breaker("PLUGIN", "a plugin failed"),
        Breaker("MODEL", "a model failed", clears_itself=True),
        Breaker("OPERATOR", "an operator paused entries"),
        Breaker("WATCH", "something around the session is not as it should be", clears_itself=True),
        Breaker("INVARIANT", "something happened that must not happen"),
    )
}
"""Every breaker by name."""

ACCOUNT: Final = "account"
"""The scope of a breaker that stops every entry; other scopes are symbols, slots or assets."""


class Breakers:
    """
    The breakers of one account.

    Args:
        account: The account's fingerprint.
        now_ms: Venue time.
        changed: Called with a halt that was raised (`cleared_ms` None) or cleared.
    """

    def __init__(self, account: str, now_ms: Callable[[], int], changed: Callable[[Halt], None]) -> None:
        self._account = account
        self._now_ms = now_ms
        self._changed = changed
        self._active: dict[tuple[str, str], Halt] = {}

    def load(self, halts: Iterable[Halt]) -> None:
        """Take over what the journal holds, those that clear themselves left out."""
        for halt in halts:
            if not BREAKERS[halt.breaker].clears_itself:
                self._active[halt.breaker, halt.scope] = halt

    def trip(self, name: str, *, scope: str = ACCOUNT, detail: str = "") -> Halt | None:
        """
        Raise a breaker; return the halt to be written down, None when it was up already.

        Raises:
            UsageError: TW-U008 for a name that no breaker has.
        """
        if name not in BREAKERS:
            raise UsageError(
                f"the breaker was {name!r}, expected one of {', '.join(sorted(BREAKERS))}.", code="TW-U008"
            )
        if (name, scope) in self._active:
            return None
        halt = Halt(
            account_fp=self._account, scope=scope, breaker=name, detail=redact(detail), raised_ms=self._now_ms()
        )
        self._active[name, scope] = halt
        self._changed(halt)
        return halt

    def written(self, halt: Halt) -> None:
        """Take note of the id under which a halt was written down."""
        if (halt.breaker, halt.scope) in self._active:
            self._active[halt.breaker, halt.scope] = halt

    def clear(self, name: str, *, scope: str = ACCOUNT, by: str) -> Halt | None:
        """Clear a breaker; return the halt as it ended, None when it was not up."""
        halt = self._active.pop((name, scope), None)
        if halt is None:
            return None
        ended = attrs.evolve(halt, cleared_ms=self._now_ms(), cleared_by=by)
        self._changed(ended)
        return ended

    def unwritten(self) -> tuple[Halt, ...]:
        """Return the halts that must be durable and are not yet."""
        return tuple(
            halt for halt in self._active.values() if halt.id == 0 and not BREAKERS[halt.breaker].clears_itself
        )

    def active(self) -> tuple[Halt, ...]:
        """Return what is up, oldest first."""
        return tuple(self._active.values())

    def blocks(self, *scopes: str) -> str | None:
        """Return why no entry is allowed in these scopes or the account, None when none is in the way."""
        for (name, scope), halt in self._active.items():
            if scope == ACCOUNT or scope in scopes:
                return f"{name}: {halt.detail or BREAKERS[name].summary}"
        return None
