"""A strategy at work on one slot, and what keeps its faults from the rest."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import attrs

from tradewind.live.position.account import PlanRow, SlotKey
from tradewind.live.strategy.decide import Decider
from tradewind.pipeline.decide import Deciding

TRIAL_BARS: Final = 3
"""Rows within which a strategy that took over is sent back when it raises."""


class Handover(StrEnum):
    """What happens to an open position when another strategy takes over."""

    ADOPT = "adopt"
    """It stays with its stop; the new strategy may close it."""
    CLOSE = "close"
    """It is closed at the next open."""
    FREEZE = "freeze"
    """It stays until its stop or target ends it; no strategy touches it."""


@attrs.define(kw_only=True)
class Seat:
    """
    One slot's strategy.

    Args:
        key: The slot.
        strategy: The strategy's name.
        decider: Asks it.
        quarantine: Why it is not asked any more; empty while it is.
        frozen: What is open was left by another strategy and is not touched.
        trial: Rows left in which a fault sends it back to `before`.
        before: Who sat here before, while on trial: name and pipeline.
    """

    key: SlotKey
    strategy: str
    decider: Decider
    quarantine: str = ""
    frozen: bool = False
    trial: int = 0
    before: tuple[str, Deciding] | None = None

    def take_over(self, name: str, pipeline: Deciding, handover: Handover) -> None:
        """Let another strategy sit here, on trial."""
        self.before = (self.strategy, self.decider.pipeline)
        self.trial = TRIAL_BARS
        self.strategy = name
        self.decider.pipeline = pipeline
        self.quarantine = ""
        self.frozen = handover is Handover.FREEZE

    def passed(self) -> None:
        """Take note of a row without a fault."""
        if self.trial:
            self.trial -= 1
            if not self.trial:
                self.before = None

    def send_back(self) -> str:
        """Let the strategy before sit here again; return its name."""
        if self.before is None:
            raise ValueError(f"nobody sat in {self.key.name} before {self.strategy}")
        self.strategy, self.decider.pipeline = self.before
        self.before = None
        self.trial = 0
        self.frozen = False
        return self.strategy

    def held(self, row: PlanRow) -> PlanRow:
        """Return the row without exits while the position is frozen."""
        if not self.frozen:
            return row
        return attrs.evolve(row, plan=row.plan.replaced(exit_long=False, exit_short=False))
