"""One position three ways: what the venue shows, what the ledger holds, what the engine believes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import attrs

from tradewind.config.schema import Settings
from tradewind.model.instrument import Instrument
from tradewind.model.venue import AccountSnapshot
from tradewind.store.accounts import Session
from tradewind.store.journal import Journal
from tradewind.store.records import ZERO

CLOSE: Final = Decimal("1e-9")
"""How far the kernel's binary numbers may be from the journal's decimals, a fraction."""


@attrs.frozen(kw_only=True)
class Compared:
    """
    One symbol three ways, base units; None where there is nobody to ask.

    Args:
        symbol: The pair.
        venue: What the venue shows of its base asset.
        booked: What the ledger says the venue must show.
        ledger: What the journal holds as our positions.
        engine: What the running engine holds.
        differences: What does not agree, in words.
    """

    symbol: str
    venue: Decimal | None
    booked: Decimal | None
    ledger: Decimal
    engine: Decimal | None
    differences: tuple[str, ...] = ()


def compared(
    symbol: str, *, venue: Decimal | None, booked: Decimal | None, ledger: Decimal, engine: Decimal | None
) -> Compared:
    """
    Compare a position three ways.

    The venue must show exactly what the ledger has booked of the base asset, to the last unit; engine and
    journal must hold the same, as far as the kernel's binary numbers tell it (one part in 10⁹).
    """
    found = []
    if venue is not None and booked is not None and venue != booked:
        found.append(f"the venue shows {venue - booked:+f} against the ledger")
    if engine is not None and abs(engine - ledger) > abs(ledger) * CLOSE:
        found.append(f"the engine holds {engine - ledger:+f} against the journal")
    return Compared(symbol=symbol, venue=venue, booked=booked, ledger=ledger, engine=engine, differences=tuple(found))


def compare_positions(
    settings: Settings, journal: Journal, rows: Sequence[Session], statuses: Sequence[Mapping[str, Any]],
    shown: AccountSnapshot | None,
) -> list[Compared]:  # fmt: skip
    """
    Compare the positions of the session that runs, or of the newest one.

    Args:
        settings: The settings in force.
        journal: The journal.
        rows: The newest session of each account, the newest first.
        statuses: What running sessions say of themselves, with their positions under `held`.
        shown: What the venue shows; None when there is none.
    """
    heard = {status["account"]: status for status in statuses}
    row = next((one for one in rows if one.account_fp in heard), rows[0] if rows else None)
    if row is None:
        return []
    status = heard.get(row.account_fp)
    ledger, booked = _held(journal, row), journal.balances(row.account_fp)
    # A replay is written down many bars at a time: its engine is ahead of its books.
    engine = None if status is None or status["replay"] else _engine(status)
    found = []
    for symbol in dict.fromkeys([*row.symbol.split(","), *ledger, *(engine or ())]):
        base = _base(settings, symbol)
        balance = shown.balances.get(base) if shown is not None else None
        found.append(
            compared(
                symbol,
                venue=None if shown is None else ZERO if balance is None else balance.total,
                booked=None if shown is None else booked.get(base, ZERO),
                ledger=ledger.get(symbol, ZERO),
                engine=None if engine is None else engine.get(symbol, ZERO),
            )
        )
    return found


def _held(journal: Journal, row: Session) -> dict[str, Decimal]:
    chains = [(one.chain.symbol, one.chain.qty) for one in journal.open_chains(row.account_fp)]
    kept = [(one.symbol, one.quantity if one.side == "long" else -one.quantity) for one in journal.positions(row.id)]
    found: dict[str, Decimal] = {}
    for symbol, quantity in chains or kept:
        found[symbol] = found.get(symbol, ZERO) + quantity
    return found


def _engine(status: Mapping[str, Any]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for one in status["held"]:
        signed = Decimal(str(one["quantity"])) * (1 if one["side"] == "long" else -1)
        found[one["symbol"]] = found.get(one["symbol"], ZERO) + signed
    return found


def _base(settings: Settings, symbol: str) -> str:
    values = settings.instruments.get(symbol, {})
    return Instrument(symbol=symbol, **{name: values[name] for name in ("base", "quote") if name in values}).base
