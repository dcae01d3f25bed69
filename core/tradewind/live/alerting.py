"""
What of a session people must hear of, how urgently, and what they can do about it.

Events say what happened; an alert says it to a person who is not looking. What lasts (a halt, a position without
a stop, a stream that is gone) is told when it begins and when it ends, and not again in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from tradewind.live.alert import Alert, Lasting, Severity, over
from tradewind.live.alert_rules import RULES, spoken

ALERT: Final = "alert"
"""The kind of the event that carries an alert."""
LATE_S: Final = 60.0
"""How long after it was due a bar may be missing before people hear of it."""
LAG_S: Final = 0.5
"""Timers that come later than this say that the process does not keep up."""


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

    def look(self, pulse: Mapping[str, Any]) -> Iterator[Alert]:
        """Yield what the state of a session deserves: bars that do not come, a process that does not keep up."""
        if pulse["replay"]:
            return
        yield from self._while(
            "bars", pulse["bar_overdue_s"] > LATE_S, pulse["feed_time_ms"],
            Alert(
                severity=Severity.WARNING, title="Market data are overdue",
                text=f"The next bar is {pulse['bar_overdue_s']:.0f} s overdue: nothing is decided until bars come.",
                todo="The stream is opened anew by itself. Look at the connection and at the venue's status page.",
            ),
            "Market data arrive again",
        )  # fmt: skip
        lag_s = max(pulse["loop_lag_s"], default=0.0)
        yield from self._while(
            "lag", lag_s > LAG_S, pulse["feed_time_ms"],
            Alert(
                severity=Severity.WARNING, title="The process does not keep up",
                text=f"A timer came {lag_s:.1f} s late: orders may go out late.",
                todo="Look at the machine's load and memory: `tradewind health --detailed`.",
            ),
            "The process keeps up again",
        )  # fmt: skip

    def look_at_rows(self, reasons: Mapping[str, str], time_ms: int) -> Iterator[Alert]:
        """
        Yield what is to be told of strategies that were not asked, and of those that are asked again.

        Args:
            reasons: Why each slot's strategy was not asked at this bar, by slot; empty when it was.
            time_ms: When, UTC milliseconds.
        """
        for slot, reason in reasons.items():
            yield from self._while(
                f"row:{slot}", bool(reason), time_ms,
                Alert(
                    severity=Severity.WARNING, title=f"{slot} decides nothing", text=f"{reason}; stops stay.",
                    todo="Look at what it needs: its model, its sentiment source, its data.",
                ),
                f"{slot} decides again",
            )  # fmt: skip

    def _while(self, key: str, holds: bool, time_ms: int, alert: Alert, ended: str) -> Iterator[Alert]:
        if holds:
            if self._lasting.begin(key, time_ms):
                yield attrs.evolve(alert, key=key)
        elif (took_s := self._lasting.end(key, time_ms)) is not None:
            yield over(key, ended, took_s)
