"""
What of a session people must hear of, how urgently, and what they can do about it.

Events say what happened; an alert says it to a person who is not looking. What lasts (a halt, a position without
a stop) is told when it begins and when it ends, and not again in between.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from tradewind.learning.opinion import OPINION_WORDS
from tradewind.live.alerts.alert import Alert, Lasting, Severity, over
from tradewind.live.alerts.rules import RULES, spoken

ALERT: Final = "alert"
"""The kind of the event that carries an alert."""


class Alerting:
    """
    Turns what happens in a session into alerts.

    It keeps what lasts: what has begun, so that its end can be told, and so that it is told once.
    """

    def __init__(self) -> None:
        self._lasting = Lasting()

    def hear(self, kind: str, time_ms: int, facts: Mapping[str, Any]) -> Alert | None:
        """
        Return the alert that an event deserves, or None.

        An event that has a `severity` and a `text` of its own is told as it is: that is how parts of the engine
        which this table does not know speak to people.
        """
        rule = RULES.get(kind)
        if rule is not None:
            return rule(self._lasting, {**facts, "time_ms": time_ms})
        return spoken(kind, facts)

    def hear_opinion(self, slot: str, held: Collection[str], time_ms: int) -> Alert | None:
        """
        Return what is to be told of a model that has become silent, or has an opinion again.

        Args:
            slot: Whose it is, in words.
            held: The named conditions that held at its newest row; strategies that ask a model have `no_opinion`
                among them while it has none.
            time_ms: When, UTC milliseconds.
        """
        key = f"opinion:{slot}"
        if "no_opinion" not in held:
            took_s = self._lasting.end(key, time_ms)
            return None if took_s is None else over(key, f"The model of {slot} has an opinion again", took_s)
        if not self._lasting.begin(key, time_ms):
            return None
        why = "; ".join(OPINION_WORDS[word] for word in OPINION_WORDS if word in held) or "it gave no reason"
        return Alert(
            severity=Severity.WARNING,
            title=f"The model of {slot} is silent",
            text=f"{why}. It enters nothing; stops stay.",
            todo="Look at it with `tradewind models validate`, or let another strategy take over: `tradewind swap`.",
            key=key,
        )
