"""
The order desk: the engine's one way to the venue, and the part on which money depends.

The engine says what it wants (`enter`, `move_stop`, `exit`, `flatten`); the desk writes it down, sends
it, finds out what became of it and keeps every position protected, through lost answers, copies,
delays, restarts and a second process. What it promises is written in docs/explanation/live.md.

    desk = OrderDesk(executor, journal, system_clock(), account=fp, session=session, ...)
    report = await desk.start()             # reconciles; raises LeaseError (exit code 75), VenueError, LiveError
    desk.observe("BTCUSDT", price)          # at every tick or bar: stops near the market, valuation
    if not desk.may_enter("BTCUSDT"):
        await desk.enter(EntryIntent(...))  # durable when it returns; the outcome comes as an event
    ...
    await desk.stop()                       # stops stay at the venue
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from tradewind.live.clock import Clock
from tradewind.live.holding import AccountState, DeskEvent, Holding, StartReport
from tradewind.live.intent import Decided, DeskRules, EntryIntent
from tradewind.plugins.protocols import Executor
from tradewind.store.accounts import Session
from tradewind.store.journal import Journal
from tradewind.store.records import LeaseOwner


class ProcessLock(Protocol):
    """An operating-system lock of an account: it dies with its process."""

    def acquire(self) -> bool:
        """Take it; return False when another living process of this machine has it."""
        ...

    def release(self) -> None:
        """Give it back."""
        ...


class OrderDesk:
    """
    The desk of one account.

    Args:
        executor: The way to the venue.
        journal: Where everything is written before it is done.
        clock: Time.
        account: The account's fingerprint.
        session: The session's row; `start` adds it (its `id` is given then).
        slots: The slots that may enter; ids of other slots are foreign.
        symbols: The symbols traded.
        owner: Who this process is.
        lock: The operating-system lock of the account.
        rules: How it works.
        takeover: A person has said that the lease's holder on another machine is dead.
    """

    def __init__(
        self,
        executor: Executor,
        journal: Journal,
        clock: Clock,
        *,
        account: str,
        session: Session,
        slots: Sequence[str],
        symbols: Sequence[str],
        owner: LeaseOwner,
        lock: ProcessLock,
        rules: DeskRules | None = None,
        takeover: bool = False,
    ) -> None: ...

    async def start(self) -> StartReport:
        """
        Become the account's one writer and reconcile; entries are blocked until it has passed.

        Raises:
            LeaseError: TW-L007, another process owns the account (exit code 75).
            VenueError: The venue cannot be reached, or lacks what trading there needs.
            StoreError: The journal is damaged.
        """
        raise NotImplementedError

    async def enter(self, intent: EntryIntent) -> None:
        """
        Write an entry and its decision down, in one transaction, and send it.

        Returns once it is durable; PROTECTED, MISSED or BARE follow as events. When `may_enter` forbids it
        or a cap does, the decision is written without a chain and DENIED follows.

        Raises:
            JournalError: The bar was decided before.
            StoreError: It could not be written; nothing was sent.
            LeaseError: The account is another's now.
        """
        raise NotImplementedError

    async def record(self, decided: Decided) -> None:
        """Write down that a bar was decided and nothing is to be done; raises like `enter`."""
        raise NotImplementedError

    async def move_stop(self, holding: Holding, price: Decimal, *, decided: Decided | None = None) -> None:
        """
        Raise a stop; a looser one, one within 2 ticks of the market or the second within a bar is not made.

        Returns once the wish is durable; STOP_MOVED or STOP_KEPT follows. Raises like `enter`.
        """
        raise NotImplementedError

    async def exit(self, holding: Holding, reason: str, *, decided: Decided | None = None) -> None:
        """Close a position at the market; durable when it returns, CLOSED follows. Always allowed."""
        raise NotImplementedError

    async def flatten(self, reason: str = "operator") -> None:
        """Close everything, and return once nothing is held; entries are blocked from now on."""
        raise NotImplementedError

    def observe(self, symbol: str, price: Decimal) -> None:
        """Take note of the newest price of a symbol."""
        raise NotImplementedError

    def positions(self) -> Sequence[Holding]:
        """Return every open chain, oldest first."""
        raise NotImplementedError

    def account(self, prices: Mapping[str, Decimal]) -> AccountState:
        """Return the account by the ledger at these prices (by symbol); updates peak and start of day."""
        raise NotImplementedError

    def may_enter(self, symbol: str) -> str | None:
        """Return why no entry is allowed in a symbol now, None when it is (R7, breakers, start not passed)."""
        raise NotImplementedError

    def trip(self, breaker: str, *, scope: str = "account", detail: str = "") -> None:
        """Raise a breaker of `tradewind.live.breakers.BREAKERS`: no entries in its scope; stops stay, exits go on."""
        raise NotImplementedError

    def clear(self, breaker: str, *, scope: str = "account", by: str) -> bool:
        """Clear a breaker, in the name of a person or of the engine; False when it was not raised."""
        raise NotImplementedError

    def events(self) -> Sequence[DeskEvent]:
        """Return what happened since the last call, oldest first."""
        raise NotImplementedError

    async def happened(self) -> None:
        """Return when there is something in `events`."""
        raise NotImplementedError

    async def stop(self, reason: str = "stopped") -> None:
        """Let go in order: no entries, no swap half done, session ended, lease back. Stops stay at the venue."""
        raise NotImplementedError
