"""What is kept of a session, what came of telling it again, and how rows of the two differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import attrs

from tradewind.live.control.commands import Command
from tradewind.live.paper.checkpoint import Saved
from tradewind.model.timeframe import Timeframe
from tradewind.store.accounts import Execution, Position, Session, Trade
from tradewind.store.records import BarDecision

Place = tuple[str, str, int]
"""Slot, symbol, and the open of a bar, UTC milliseconds."""


@attrs.frozen(kw_only=True, eq=False)
class Record:
    """
    What is kept of an account's sessions.

    Args:
        session: The newest session.
        decisions: How bars were decided, by place.
        executions: The decision ledger, by place.
        trades: Closed trades, in order.
        positions: What is open.
        commands: What people asked for, oldest first.
        saved: The newest checkpoint; None for a session at a venue.
        balance: Equity at the start of a session at a venue, quote units; None for the settings' balance.
    """

    session: Session
    decisions: Mapping[Place, BarDecision]
    executions: Mapping[Place, Execution]
    trades: tuple[Trade, ...]
    positions: tuple[Position, ...]
    commands: tuple[Command, ...]
    saved: Saved | None
    balance: Decimal | None = None

    @property
    def first_ms(self) -> int:
        """Open of the session's first market bar, UTC milliseconds."""
        return self.saved.start_ms if self.saved is not None else min(bar for _, _, bar in self.decisions)

    def end_ms(self, market: Timeframe) -> int:
        """Return the close of the last market bar that was carried out."""
        if self.saved is not None:
            return self.saved.mark.last_ms + market.ms
        return max(bar for _, _, bar in self.decisions) + Timeframe(self.session.timeframe).ms


@attrs.frozen(kw_only=True, eq=False)
class Retold:
    """
    What came of telling a session again.

    Args:
        decisions: As in the record.
        executions: The same.
        trades: The same.
        positions: The same.
    """

    decisions: Mapping[Place, BarDecision]
    executions: Mapping[Place, Execution]
    trades: tuple[Trade, ...]
    positions: tuple[Position, ...]


def place_of(row: BarDecision | Execution) -> Place:
    """Return whose row it is, and of which bar."""
    return row.slot, row.symbol, row.bar_open_ms


Values = Callable[[Any], Mapping[str, Any]]


def unlike(mine: Mapping[Place, Any], theirs: Mapping[Place, Any], values: Values) -> dict[Place, str]:
    """Return what differs between two sets of rows by place, in words, in the order of their bars."""
    found = {}
    for place in sorted({*mine, *theirs}, key=lambda place: (place[2], place)):
        if place not in mine:
            found[place] = "is in the retelling alone"
        elif place not in theirs:
            found[place] = "is in the record alone"
        else:
            one, other = values(mine[place]), values(theirs[place])
            names = [name for name in one if one[name] != other.get(name)]
            if names:
                found[place] = ", ".join(
                    f"{name} {_shown(one[name])}, again {_shown(other.get(name))}" for name in names
                )
    return found


def _shown(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)[:40]
