"""The parity alarm: the last bars are carried out again and must lead to where the account stands."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.kernel import door
from tradewind.kernel.layout import MOST_PER_BAR
from tradewind.kernel.state import Records, Rules, State
from tradewind.live.operator import Change
from tradewind.live.reel import Reel

BARS: Final = 500
"""How many bars are carried out again."""

_COUNTERS: Final = ("fills", "trades")
_ARRAYS: Final = ("account", "slots", "stops", "profits", "order")
_RINGS: Final = ("stops", "profits")
_ANSWERS: Final = ("outcome", "binding", "requested_risk", "effective_risk", "quantity", "distance", "price")


class Parity:
    """
    An account that follows another one some bars behind, and catches up with it at every bar.

    Args:
        state: Where the account stands now; copied.
        bars: How far to stay behind.
    """

    def __init__(self, state: State, *, bars: int = BARS) -> None:
        self._bars = bars
        self._behind = state.copy()
        self._again = _fork(state)
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
        """Take note that the reel dropped its oldest bars."""
        self._at -= dropped
        self._changes = deque((at - dropped, change) for at, change in self._changes)

    def differences(self, state: State, reel: Reel, rules: Rules) -> list[str]:
        """
        Carry the last bars out again and return what comes out otherwise, in words.

        Args:
            state: Where the account stands after the newest bar.
            reel: What it was moved over.
            rules: What its orders were held to.
        """
        end = reel.length
        while end - self._at > self._bars:
            self._carry(self._behind, reel, rules, self._at, self._at + 1, self._changes)
            for name in _COUNTERS:
                self._behind.account[name] = 0
            self._at += 1
            while self._changes and self._changes[0][0] < self._at:
                self._changes.popleft()
        again = self._again
        for name in _ARRAYS:
            np.copyto(getattr(again, name), getattr(self._behind, name))
        answers = self._carry(again, reel, rules, self._at, end, self._changes)
        records = _other_records(again, state)
        return _unlike(again, state) + records + _other_answers(answers, reel, self._at)

    @staticmethod
    def _carry(
        state: State, reel: Reel, rules: Rules, start: int, end: int, changes: deque[tuple[int, Change]]
    ) -> npt.NDArray[Any]:
        table = attrs.evolve(reel.table(), asks=reel.asks[: reel.asked].copy())
        at = start
        for place, change in changes:
            if start <= place < end:
                door.advance(state, reel.market, table, rules, at, place)
                change(state)
                at = place
        door.advance(state, reel.market, table, rules, at, end)
        return table.asks


def _fork(state: State) -> State:
    """Return a copy with records of its own in which nothing is kept."""
    bars = len(state.records.equity)
    arrays = {name: getattr(state, name).copy() for name in _ARRAYS}
    return State(records=Records.empty(bars, 4 * len(state.slots) * MOST_PER_BAR), **arrays)


def _unlike(one: State, other: State) -> list[str]:
    one.account[0]["fills"], one.account[0]["trades"] = other.account[0]["fills"], other.account[0]["trades"]
    # An ask that was forgotten meanwhile is known to one of the two alone.
    one.slots["wanted_ask"] = other.slots["wanted_ask"]
    # Records of 8-byte fields have no gaps: their bytes tell.
    if all(_same(getattr(one, name), getattr(other, name)) for name in ("account", "slots", *_RINGS)):
        return []
    account = [name for name in one.account.dtype.names or () if name not in _COUNTERS]
    slots = one.slots.dtype.names or ()
    found = [f"account {name}" for name in account if not _same(one.account[name], other.account[name])]
    found += [f"slots {name}" for name in slots if not _same(one.slots[name], other.slots[name])]
    found += [f"memory of {name}" for name in _RINGS if not _same(getattr(one, name), getattr(other, name))]
    return found


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


def _other_answers(again: npt.NDArray[Any], reel: Reel, start: int) -> list[str]:
    asks = reel.asks[: reel.asked]
    if not len(asks):
        return []
    seen = asks["bar"] >= start
    return [
        f"{name} of {np.count_nonzero(again[name][seen] != asks[name][seen])} decisions"
        for name in _ANSWERS
        if not _same(again[name][seen], asks[name][seen])
    ]
