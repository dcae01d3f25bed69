"""The words of the decision ledger: outcomes, what bound a size, why a position ended, regimes."""

from __future__ import annotations

from typing import Final

OUTCOMES: Final[dict[int, str]] = {
    0: "no_signal",
    1: "filled",
    2: "sent",
    3: "expired",
    4: "outranked",
    10: "blocked:halted_drawdown",
    11: "blocked:halted_daily",
    12: "blocked:halted_operator",
    13: "blocked:close_only",
    14: "blocked:warming_up",
    15: "blocked:stale_data",
    16: "blocked:recon_pending",
    17: "blocked:no_opinion",
    18: "blocked:policy",
    19: "blocked:conflicting_signals",
    20: "blocked:shorts_refused",
    21: "blocked:max_positions",
    22: "blocked:already_open",
    23: "blocked:cooldown",
    24: "blocked:stop_guard",
    25: "blocked:pair_locked",
    26: "blocked:daily_budget",
    27: "blocked:correlated",
    28: "blocked:min_qty",
    29: "blocked:min_notional",
    30: "blocked:percent_price",
}
"""Terminal outcome of one bar and slot; `rejected:<code>` of a venue is kept beside the code in live."""

OUTCOME_CODES: Final[dict[str, int]] = {name: code for code, name in OUTCOMES.items()}

BINDINGS: Final[dict[int, str]] = {
    0: "",
    1: "risk",
    2: "policy_cap",
    3: "strategy_cap",
    4: "engine_cap",
    5: "total_exposure",
    6: "free_cash",
    7: "volume_share",
    8: "daily_budget",
    9: "correlated",
    10: "max_qty",
    11: "qty_fraction",
}
"""Which limit set the quantity of an entry."""

BINDING_CODES: Final[dict[str, int]] = {name: code for code, name in BINDINGS.items()}

EXIT_REASONS: Final[dict[int, str]] = {
    1: "signal",
    2: "stop",
    3: "take_profit",
    4: "trailing",
    5: "time",
    6: "halt",
    7: "liquidation",
    8: "end",
}
"""Why a position, or a tranche of it, was closed."""

EXIT_CODES: Final[dict[str, int]] = {name: code for code, name in EXIT_REASONS.items()}

REGIMES: Final[dict[int, str]] = {0: "ranging", 1: "trending", 2: "volatile"}
"""Market regimes by the code in a plan's `regime` column."""

REGIME_CODES: Final[dict[str, int]] = {name: code for code, name in REGIMES.items()}

VETOES: Final[tuple[str, ...]] = (
    "halted_operator",
    "warming_up",
    "stale_data",
    "recon_pending",
    "no_opinion",
    "policy",
    "pair_locked",
)
"""The reasons a plan itself may give for forbidding an entry, as `Plan.forbid` takes them."""
