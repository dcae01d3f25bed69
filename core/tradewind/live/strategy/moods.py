"""How fresh the sentiment of a session is: told when it changes, and never again until it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from tradewind.live.position.account import PlanRow
from tradewind.sentiment.series import AGE, STATE, STATES


@attrs.frozen(kw_only=True)
class Mood:
    """
    The sentiment that a symbol's newest decision was made on.

    Args:
        state: `fresh`, `stale` or `absent`.
        age_hours: Since the end of the day that it is of; None when that is not known.
    """

    state: str
    age_hours: float | None


class Moods:
    """The moods of a session, by symbol; strategies that ask for no sentiment have none."""

    def __init__(self) -> None:
        self._of: dict[str, Mood] = {}

    def take(self, symbol: str, row: PlanRow, say: Callable[..., None]) -> None:
        """Take in a row's, and say a change of its state once."""
        if row.frame is None or STATE not in row.frame.columns:
            return
        last = row.features
        mood = Mood(state=STATES.get(last.get(STATE, 0.0), "absent"), age_hours=last.get(AGE))
        before = self._of.get(symbol)
        self._of[symbol] = mood
        if before is None or before.state != mood.state:
            say("sentiment_state", symbol=symbol, state=mood.state, age_hours=mood.age_hours)

    def plain(self) -> Mapping[str, Mapping[str, Any]]:
        """Return them as values that strict JSON can hold."""
        return {symbol: attrs.asdict(mood) for symbol, mood in self._of.items()}
