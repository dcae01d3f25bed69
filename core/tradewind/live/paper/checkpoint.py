"""A paper session as bytes: all that the next bar depends on, and how far it has come."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.errors import LiveError
from tradewind.kernel.state import ARRAYS, State
from tradewind.live.feed.clusters import DayClusters
from tradewind.live.feed.feed import Mark
from tradewind.live.paper.paper import PaperAccount
from tradewind.live.paper.parcel import unwrapped, wrapped
from tradewind.live.session.figures import Figures
from tradewind.store.accounts import Execution

SCHEMA: Final = 2
"""The version of the form; another one is not read."""


@attrs.frozen(kw_only=True, eq=False)
class Saved:
    """
    A paper session at the close of a market bar.

    Args:
        mark: How far it has come.
        start_ms: Open of its first market bar, UTC milliseconds.
        figures: Its figures.
        strategies: Who sits on each slot.
        pending: Rows of the decision ledger whose outcome is not known yet.
        arrays: The kernel's state, what the reel counts, entries that are pending, closes of the last days.
    """

    mark: Mark
    start_ms: int
    figures: Figures
    strategies: tuple[str, ...]
    pending: tuple[Execution, ...]
    arrays: dict[str, npt.NDArray[Any]]

    @classmethod
    def of(
        cls,
        account: PaperAccount,
        *,
        mark: Mark,
        start_ms: int,
        figures: Figures,
        strategies: tuple[str, ...],
        pending: tuple[Execution, ...] = (),
    ) -> Saved:
        """Take everything down of an account that has seen a bar."""
        state, reel = account.state, account.reel
        waiting = reel.pending()
        arrays = {name: getattr(state, name).copy() for name in ARRAYS}
        # Indexes of asks are those among the pending ones.
        places = {ask: place for place, ask in enumerate(waiting)}
        arrays["slots"]["wanted_ask"] = [places.get(ask, -1) for ask in state.slots["wanted_ask"].tolist()]
        last = [reel.last_row_of(s) for s in range(len(reel.names))]
        arrays |= {
            "asks": reel.asks[waiting],
            "ladders": reel.ladders[waiting],
            "rows_seen": reel.rows_seen.copy(),
            "last_time": reel.last_time.copy(),
            "last_masked": reel.last_masked.copy(),
            "lead_flags": np.array([flags for flags, _ in last], dtype=np.uint8),
            "lead_atr": np.array([atr for _, atr in last], dtype=np.float64),
        }
        if account.clusters is not None:
            arrays |= account.clusters.to_arrays()
        return cls(mark=mark, start_ms=start_ms, figures=figures, strategies=strategies, pending=pending, arrays=arrays)

    def to_bytes(self) -> bytes:
        """Return the form that `from_bytes` reads."""
        facts = {
            "mark": attrs.asdict(self.mark),
            "start_ms": self.start_ms,
            "figures": self.figures.to_plain(),
            "strategies": list(self.strategies),
            "pending": [_plain(one) for one in self.pending],
        }
        return wrapped(facts, self.arrays)

    @classmethod
    def from_bytes(cls, content: bytes, *, sha256: str, schema_version: int) -> Saved:
        """
        Read a session back.

        Raises:
            LiveError: TW-L012 when it is damaged or of another version.
        """
        if schema_version != SCHEMA:
            raise _unusable(f"is of version {schema_version}, expected {SCHEMA}")
        if digest(content) != sha256:
            raise _unusable("does not have the hash that was stored with it")
        try:
            facts, arrays = unwrapped(content)
        except ValueError as error:
            raise _unusable(f"holds {error} than this version") from error
        return cls(
            mark=Mark(**facts["mark"]),
            start_ms=facts["start_ms"],
            figures=Figures.from_plain(facts["figures"]),
            strategies=tuple(facts["strategies"]),
            pending=tuple(_execution(one) for one in facts["pending"]),
            arrays=arrays,
        )

    def restore(self, account: PaperAccount) -> None:
        """
        Let an account that has seen nothing yet go on from here.

        Raises:
            LiveError: TW-L012 when it has other slots or symbols.
        """
        if len(self.arrays["slots"]) != len(account.slots) or len(self.arrays["rows_seen"]) != len(account.reel.names):
            raise _unusable("is of other slots or symbols")
        reel = account.reel
        reel.go_on(self.arrays["rows_seen"], self.arrays["last_time"], self.arrays["last_masked"])
        for s in range(len(reel.names)):
            reel.set_lead(s, int(self.arrays["lead_flags"][s]), float(self.arrays["lead_atr"][s]))
        reel.take_pending(self.arrays["asks"], self.arrays["ladders"])
        if account.clusters is not None and "cluster_days" in self.arrays:
            account.clusters = DayClusters.from_arrays(len(reel.names), self.arrays)
        arrays = {name: np.ascontiguousarray(self.arrays[name]) for name in ARRAYS}
        account.take(State(records=account.empty_records(), **arrays))


def _plain(execution: Execution) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, Decimal) else value for name, value in attrs.asdict(execution).items()
    }


def _execution(stored: dict[str, Any]) -> Execution:
    amounts = {name: Decimal(stored[name]) for name in ("quantity", "price") if stored[name] is not None}
    return Execution(**{**stored, **amounts})


def digest(content: bytes) -> str:
    """Return the SHA-256 of a checkpoint."""
    return hashlib.sha256(content).hexdigest()


def _unusable(why: str) -> LiveError:
    return LiveError(
        f"the session's checkpoint {why}.",
        code="TW-L012",
        hint="Start a new session with --fresh; what was traded stays in the database.",
    )
