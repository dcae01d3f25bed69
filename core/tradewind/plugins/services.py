"""What services and panels look like, and what they may look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Service(Protocol):
    """Something that runs beside the engine and never in its way."""

    async def start(self) -> None:
        """Begin, and return when ready."""
        ...

    async def stop(self) -> None:
        """End, leaving no task and no thread; does nothing when there is nothing to stop."""
        ...

    def notify(self, event: Mapping[str, Any]) -> None:
        """Take note of an event and return at once; never raises, never changes the event."""
        ...


@runtime_checkable
class AlertingService(Service, Protocol):
    """A service that tells people who are not looking: live trading starts only with one that works."""

    async def test_alert(self) -> Sequence[str]:
        """
        Deliver a test message now, whether the service was started or not.

        Returns:
            What is to be said of channels that did not take it, when another one did.

        Raises:
            TradewindError: When nobody took it, with the reason and what to do.
        """
        ...


@runtime_checkable
class ListeningService(Service, Protocol):
    """A service that opens a port."""

    def address(self) -> tuple[str, int]:
        """Return (host, port) while it runs; the host is a loopback address unless settings say otherwise."""
        ...


class SessionView(Protocol):
    """What a panel may look at: one session, as plain values, the same that the dashboard's API tells."""

    def session(self) -> Mapping[str, Any]:
        """Return the session: row, live status, open positions, stress, halts."""
        ...

    def equity(self) -> Sequence[Mapping[str, Any]]:
        """Return the account's history, thinned out when it is long: `time_ms`, `equity`, `balance`, `drawdown`."""
        ...

    def trades(self) -> Sequence[Mapping[str, Any]]:
        """Return the newest closed trades, the newest first; amounts are text."""
        ...

    def decisions(self) -> Sequence[Mapping[str, Any]]:
        """Return the newest rows of the decision ledger, the newest first; amounts are text."""
        ...


@runtime_checkable
class Panel(Protocol):
    """What a panel of the dashboard shows."""

    def rows(self, view: SessionView) -> Sequence[Mapping[str, Any]]:
        """
        Return rows with exactly the record's columns: text, finite numbers, booleans or None.

        Runs in the dashboard's process, in a thread, and may take two seconds; at most 500 rows are shown.
        """
        ...
