"""What a model must have shown before it may trade: the gate, and its verdict in words."""

from __future__ import annotations

from typing import Final

import attrs

from tradewind.learning.skill import Estimate

SAME: Final = 1e-6
"""How far a batch may differ from single windows, in log returns."""


@attrs.frozen(kw_only=True)
class GateCheck:
    """
    One check of the gate.

    Args:
        name: What was checked.
        passed: Whether it holds.
        found: What was found.
        expected: What had to be.
    """

    name: str
    passed: bool
    found: str
    expected: str


@attrs.frozen(kw_only=True)
class GateEvidence:
    """
    What a model has shown on the test range, which nothing was fitted on.

    Args:
        coefficient: Information coefficient.
        profit_factor: Gains over losses of every entry of the shipped strategy after costs, stops before targets
            within a bar; its lower end is the one that one in four lies below.
        entries: How many entries that was.
        persistence: By how much the mean squared error of "nothing changes" exceeds the model's, in units of
            the target.
        milliseconds: What one window takes, median.
        budget_ms: What it may take.
        difference: Largest difference between a batch and single windows.
    """

    coefficient: Estimate
    profit_factor: Estimate
    entries: int
    persistence: Estimate
    milliseconds: float
    budget_ms: float
    difference: float


def judge_model(evidence: GateEvidence) -> tuple[GateCheck, ...]:
    """Return the checks of the gate; a model has passed when every one of them has. NaN passes none."""
    coefficient, factor = evidence.coefficient, evidence.profit_factor
    return (
        GateCheck(
            name="information_coefficient",
            passed=coefficient.low > 0.0,
            found=f"{coefficient.value:+.4f}, from {coefficient.low:+.4f} to {coefficient.high:+.4f}",
            expected="a lower end above 0",
        ),
        GateCheck(
            name="profit_factor_after_costs",
            passed=factor.low > 1.0,
            found=f"{factor.value:.3f}, from {factor.low:.3f} to {factor.high:.3f}, {evidence.entries:,} entries",
            expected="a lower end above 1 (one in four lies below it)",
        ),
        GateCheck(
            name="beats_persistence",
            passed=evidence.persistence.value > 0.0,
            found=f"its squared error is smaller by {evidence.persistence.value:+.4f}",
            expected="a smaller squared error than that nothing changes",
        ),
        GateCheck(
            name="time_budget",
            passed=evidence.milliseconds <= evidence.budget_ms,
            found=f"{evidence.milliseconds:.2f} ms a window",
            expected=f"at most {evidence.budget_ms:g} ms",
        ),
        GateCheck(
            name="batch_equals_single",
            passed=evidence.difference <= SAME,
            found=f"{evidence.difference:.1e}",
            expected=f"at most {SAME:.0e}",
        ),
    )
