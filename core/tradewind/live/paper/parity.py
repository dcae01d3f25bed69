"""The parity alarm: the last bars are carried out again and must lead to where the account stands."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.kernel import door
from tradewind.kernel.copies import raw
from tradewind.kernel.layout import ASK, MOST_PER_BAR
from tradewind.kernel.state import Records, Rules, State, Table
from tradewind.live.position.operator import Change
from tradewind.live.position.reel import Reel

BARS: Final = 500
"""How many bars are carried out again."""
STRIDE: Final = 32
"""By how many bars more it may stay behind: it catches up by as many at once."""

_COUNTERS: Final = ("fills", "trades")
_TOLD: Final = ("account", "slots", "stops", "profits")
"""What must be equal, in the order in which a state is packed; what lies behind has scratch in it."""
_RINGS: Final = ("stops", "profits")

Array = npt.NDArray[Any]


class Parity:
    """
    An account that follows another one some bars behind, and catches up with it at every bar.

    Args:
        state: Where the account stands now; copied.
        bars: How far to stay behind at least.
    """

    def __init__(self, state: State, *, bars: int = BARS) -> None:
        self._bars = bars
        self._behind, self._start = state.packed(_no_records(state))
        self._again, self._end = state.packed(_no_records(state))
        self._asks: Array = np.zeros(0, dtype=ASK)
        self._copied = 0
        self._tables: tuple[Table, Table] | None = None
        self._at = 0
        self._changes: deque[tuple[int, Change]] = deque()

    @property
    def states(self) -> tuple[State, ...]:
        """The state that follows, for `Reel.forget`."""
        return (self._behind,)

    def note(self, at: int, change: Change) -> None:
        """Take note of what a person did before the bar at this place."""
        self._changes.append((at, change))

    def forget(self, dropped: int) -> None:
        """Take note that the reel dropped its oldest bars, and asks with them."""
        self._at -= dropped
        self._copied = 0
        self._changes = deque((at - dropped, change) for at, change in self._changes)

    def differences(self, state: State, reel: Reel, rules: Rules) -> list[str]:
        """
        Carry the last bars out again and return what comes out otherwise, in words.

        Args:
            state: Where the account stands after the newest bar.
            reel: What it was moved over.
            rules: What its orders were held to.
        """
        table = self._table(reel)
        if reel.length - self._at >= self._bars + STRIDE:
            self._follow(reel, table, rules)
        self._end[:] = self._start
        self._carry(self._again, reel, table, rules, self._at, reel.length)
        first = reel.asked_since(self._at)
        records = _other_records(self._again, state)
        answers = _other_answers(table.asks[first:], reel.asks[first : reel.asked])
        return self._unlike(state) + records + answers

    def _table(self, reel: Reel) -> Table:
        """Return the reel's table with asks of its own, each copied when it is seen first."""
        theirs = reel.table()
        if self._tables is None or self._tables[0] is not theirs:
            if len(self._asks) < len(reel.asks):
                self._asks, self._copied = np.zeros_like(reel.asks), 0
            raw(self._asks[self._copied : reel.asked])[:] = raw(reel.asks[self._copied : reel.asked])
            self._copied = reel.asked
            self._tables = theirs, attrs.evolve(theirs, asks=self._asks[: reel.asked])
        return self._tables[1]

    def _follow(self, reel: Reel, table: Table, rules: Rules) -> None:
        """Move what stays behind to as many bars behind as it must be."""
        end = reel.length - self._bars
        self._carry(self._behind, reel, table, rules, self._at, end)
        for name in _COUNTERS:
            self._behind.account[name] = 0
        self._at = end
        while self._changes and self._changes[0][0] < self._at:
            self._changes.popleft()

    def _carry(self, state: State, reel: Reel, table: Table, rules: Rules, start: int, end: int) -> None:
        at = start
        for place, change in self._changes:
            if start <= place < end:
                door.advance(state, reel.market, table, rules, at, place)
                change(state)
                at = place
        door.advance(state, reel.market, table, rules, at, end)

    def _unlike(self, other: State) -> list[str]:
        one = self._again
        for name in _COUNTERS:
            one.account[name] = other.account[name]
        # An ask that was forgotten meanwhile is known to one of the two alone.
        one.slots["wanted_ask"] = other.slots["wanted_ask"]
        # Records of 8-byte fields have no gaps: their bytes tell.
        known = [getattr(other, name).tobytes() for name in _TOLD]
        if self._end.tobytes().startswith(b"".join(known)):
            return []
        account = [name for name in one.account.dtype.names or () if name not in _COUNTERS]
        slots = one.slots.dtype.names or ()
        found = [f"account {name}" for name in account if not _same(one.account[name], other.account[name])]
        found += [f"slots {name}" for name in slots if not _same(one.slots[name], other.slots[name])]
        found += [f"memory of {name}" for name in _RINGS if not _same(getattr(one, name), getattr(other, name))]
        return found


def _no_records(state: State) -> Records:
    """Return records for an account of this shape in which nothing is kept."""
    return Records.brief(len(state.records.equity), 4 * len(state.slots) * MOST_PER_BAR)


def _other_records(one: State, other: State) -> list[str]:
    """Compare the fills and trades of the newest bar."""
    found = []
    for kind in _COUNTERS:
        count, known = int(other.account[kind][0]), int(one.account[kind][0])
        if not count:
            continue
        left = getattr(one.records, kind)[max(0, known - count) : known]
        right = getattr(other.records, kind)[:count]
        if len(left) != count or not all(_same(left[name], right[name]) for name in right.dtype.names or ()):
            found.append(f"{kind} of the newest bar")
    return found


def _same(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    return one.tobytes() == other.tobytes()


def _other_answers(again: Array, asks: Array) -> list[str]:
    if _same(again, asks):
        return []
    return [
        f"{name} of {np.count_nonzero(again[name] != asks[name])} decisions"
        for name in asks.dtype.names or ()
        if not _same(again[name], asks[name])
    ]
