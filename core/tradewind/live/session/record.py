"""What keeps a session: the protocol of recorders, and the one that keeps nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from tradewind.live.position.account import PlanRow, Step

if TYPE_CHECKING:
    from tradewind.live.engine import Engine


class Recorder(Protocol):
    """A keeper of sessions."""

    def record(self, step: Step, rows: Sequence[PlanRow | None], engine: Engine) -> None:
        """Keep what one moment did, and where the account stands after it."""
        ...

    def close(self, reason: str, now_ms: int) -> None:
        """Keep why and when the session ended (UTC milliseconds)."""
        ...


class NoRecorder:
    """Keeps nothing: for `--no-db`."""

    def record(self, step: Step, rows: Sequence[PlanRow | None], engine: Engine) -> None:
        """Keep nothing."""

    def close(self, reason: str, now_ms: int) -> None:
        """Keep nothing."""
