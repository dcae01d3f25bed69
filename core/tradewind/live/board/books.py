"""How an account's books stand, as findings: positions compared, chains in doubt, what others did on the account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tradewind.backtest.tables import iso_time
from tradewind.config.schema import Settings
from tradewind.live.breakers import BREAKERS
from tradewind.live.control.commands import standing
from tradewind.live.health.findings import Finding, bad, good, warning
from tradewind.live.health.positions import compare_positions
from tradewind.live.orders.reconcile import OPENING, RESUMED
from tradewind.store.accounts import Session
from tradewind.store.journal import Journal
from tradewind.store.records import ChainState

BOOKS: Final = ("UNEXPLAINED_BALANCE", "FOREIGN_ORDER", "LATE_ORDER", "LEDGER_MISMATCH", "BARE_TOO_LONG", "INVARIANT")
"""Breakers that say that the books are not as the venue has them."""
_DOUBTFUL: Final = {
    ChainState.BARE: "is held and nothing protects it",
    ChainState.UNCERTAIN: "has an outcome that is not known yet",
    ChainState.QUARANTINED: "waits for a person",
}
_SHOWN: Final = 20
_ALONE: Final = "Let nobody else trade these coins on this account; a sub-account for each bot is best."


def book_findings(
    settings: Settings, journal: Journal, row: Session, status: Mapping[str, Any] | None
) -> list[Finding]:
    """
    Tell how the books of an account stand; the venue is not asked, the engine that has the keys does that.

    Args:
        settings: The settings in force.
        journal: The journal.
        row: The account's newest session.
        status: What its engine says of itself, positions under `held`; None when it does not run.
    """
    found = [*_positions(settings, journal, row, status), *_breakers(journal, row)]
    if row.at_venue:
        found += [*_chains(journal, row), *_foreign(journal, row)]
    return found


def _positions(
    settings: Settings, journal: Journal, row: Session, status: Mapping[str, Any] | None
) -> Iterator[Finding]:
    for one in compare_positions(settings, journal, [row], [status] if status is not None else [], None):
        said = "not asked, it does not run or replays" if one.engine is None else f"{one.engine:f}"
        text = f"{one.symbol}: journal {one.ledger:f}, engine {said}"
        todo = "`tradewind health --positions` asks the venue, too; entries on these coins should stay halted."
        yield (
            bad("positions", f"{text}: {'; '.join(one.differences)}", todo)
            if one.differences
            else good("positions", text)
        )


def _breakers(journal: Journal, row: Session) -> Iterator[Finding]:
    up = [halt for halt in standing(journal, row.account_fp) if halt.breaker in BOOKS]
    for halt in up:
        why = halt.detail or BREAKERS[halt.breaker].summary
        text = f"{halt.breaker} of {halt.scope} since {iso_time(halt.raised_ms)}: {why}"
        todo = (
            f"{BREAKERS[halt.breaker].summary}. When you have seen to it: `tradewind resume --breaker {halt.breaker}`."
        )
        yield bad("books", text, todo)
    if not up:
        yield good("books", "no breaker says that books and venue differ")


def _chains(journal: Journal, row: Session) -> Iterator[Finding]:
    for one in journal.open_chains(row.account_fp):
        words = _DOUBTFUL.get(one.chain.state)
        if words is not None:
            text = f"{one.chain.symbol} {one.chain.slot}: {one.chain.qty:f} {words}"
            yield bad("chains", text, "The engine sees to it by itself; when it does not run, start it again.")


def _foreign(journal: Journal, row: Session) -> Iterator[Finding]:
    for order in journal.foreign_orders(row.account_fp)[-_SHOWN:]:
        text = f"{order.symbol} {order.side} {order.qty:f}, {order.status}, first seen {iso_time(order.first_seen_ms)}"
        yield warning("foreign orders", text, _ALONE)
    ours = (f"{OPENING}:", f"{RESUMED}:")
    others = [one for one in journal.foreign_transfers(row.account_fp) if not one.transfer_id.startswith(ours)]
    for transfer in others[-_SHOWN:]:
        text = f"{transfer.delta:+f} {transfer.asset} at {iso_time(transfer.time_ms)}"
        yield warning("transfers", text, "It is booked as money that was moved, not as profit or loss.")
