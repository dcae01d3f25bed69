"""From closed bars to what a strategy says of the newest one: the backtest's pipeline over a window."""

from __future__ import annotations

from typing import Final

import numpy as np

from tradewind.live.feed.window import BarWindow
from tradewind.live.position.account import PlanRow
from tradewind.model.plan import Plan
from tradewind.pipeline.decide import Deciding

SPARE: Final = 3
"""A window holds this many times the warm-up before it forgets: what a certificate looks at."""


LEAST: Final = 1000
"""Bars that a window keeps at least: the kernel's own ATR has forgotten what lies further back."""


def room_of(warmup: int) -> tuple[int, int]:
    """Return how many bars of a window stay, and how many fit, for a declared warm-up."""
    keep = max(warmup, LEAST) + 1
    return keep, (SPARE + 1) * keep


class Decider:
    """
    One strategy on one symbol, asked about the newest bar.

    It holds no state beside the window: the same window gives the same answer at any time, and the
    backtester gives it too.

    Args:
        pipeline: Strategy and risk policies, here or in another process.
        window: The symbol's closed bars.
    """

    def __init__(self, pipeline: Deciding, window: BarWindow) -> None:
        self.pipeline = pipeline
        self.window = window

    def row(self, *, veto: str = "") -> PlanRow:
        """
        Return the plan's newest row.

        Args:
            veto: One of `tradewind.model.decisions.VETOES` that forbids an entry on it; empty for none.

        Raises:
            StrategyError: When strategy or policies break their contract or raise.
            IndicatorError: When an indicator does.
        """
        bars = self.window.bars()
        newest = self.pipeline.newest(bars)
        plan = newest.plan
        if veto:
            plan = plan.forbid(np.ones(1, dtype=np.bool_), veto)
        return PlanRow(plan=plan, bars=bars, inputs_hash=self.window.inputs_hash(), frame=newest.frame)

    def silent(self, reason: str) -> PlanRow:
        """Return a row that asks for nothing: stops protect what is open."""
        bars = self.window.bars()
        plan = Plan.from_arrays(bars.time[-1:], enter=0)
        return PlanRow(plan=plan, bars=bars, inputs_hash=self.window.inputs_hash(), degraded=reason)
