"""What the figures of a run are made of, field by field."""

from __future__ import annotations

from typing import Final

import numpy as np

FIGURES: Final = np.dtype(
    [
        # the equity
        ("final", "f8"),
        ("average", "f8"),
        ("depth", "f8"),
        ("lasted", "i8"),
        ("longest", "i8"),
        ("held", "i8"),
        ("exposed", "f8"),
        # its returns
        ("mean", "f8"),
        ("deviation", "f8"),
        ("second", "f8"),
        ("third", "f8"),
        ("fourth", "f8"),
        ("downside", "f8"),
        ("quantile", "f8", (2,)),
        ("tail", "f8", (2,)),
        ("slope", "f8"),
        ("rest", "f8"),
        # what was traded
        ("fees", "f8"),
        ("traded", "f8"),
        ("trades", "i8"),
        ("won", "i8"),
        ("lost", "i8"),
        ("longest_won", "i8"),
        ("longest_lost", "i8"),
        ("ambiguous", "i8"),
        ("pnl", "f8"),
        ("pnl_pct", "f8"),
        ("gained", "f8"),
        ("given", "f8"),
        ("best", "f8"),
        ("worst", "f8"),
        ("rated", "i8"),
        ("r_multiple", "f8"),
        ("bars_held", "i8"),
        ("positions", "i8"),
        ("positions_won", "i8"),
        ("position_pnl", "f8"),
    ],
    align=True,
)
"""
One record per run: what its figures are made of. `lasted` and `longest` are milliseconds, `held` bars; `mean`,
`deviation` (n − 1, 0 for equal returns), the central moments, `downside` (mean of squared losses), `slope` and
`rest` (beta, and the mean that it does not explain) are those of the returns per period; all else are sums.
"""
