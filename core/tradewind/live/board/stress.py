"""What a bad moment would cost with the positions that are open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

GAPS: Final = (0.05, 0.10, 0.20)
"""Falls of all prices at once for which the loss is told: stops then fill below their trigger."""


def stress_of(positions: Sequence[Mapping[str, Any]], equity: float) -> dict[str, Any]:
    """
    Return the loss if every stop fills at its trigger, and if all prices gap against every position at once.

    Args:
        positions: Open positions as an engine tells them: `side`, `quantity`, `mark`, `stop`.
        equity: Equity now, quote units.

    Returns:
        Losses in quote units and as fractions of equity; a position without a stop counts whole when stops fill.
    """

    def loss(gap: float | None) -> float:
        total = 0.0
        for one in positions:
            side = 1.0 if one["side"] == "long" else -1.0
            mark, stop = float(one["mark"]), one["stop"]
            stopped = (mark - float(stop)) * side if stop is not None else mark
            # A gap beyond the stop fills where the price is, one that ends before it leaves the stop to be reached.
            reached = stopped if gap is None else max(stopped, gap * mark)
            total += float(one["quantity"]) * max(0.0, reached)
        return total

    losses = {"stops": loss(None), **{f"gap_{round(gap * 100)}": loss(gap) for gap in GAPS}}
    share = {name: value / equity if equity > 0.0 else None for name, value in losses.items()}
    return {"loss": losses, "share": share, "unprotected": sum(one["stop"] is None for one in positions)}
