"""The page of the decision ledger: outcomes, bindings, exits, regimes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from generator.docstring import cell, joined, table

from tradewind.model.decisions import BINDINGS, EXIT_REASONS, OUTCOMES, REGIMES, VETOES

_HEAD: Final = """# The decision ledger

For every bar and slot (one strategy on one symbol) exactly one outcome is recorded. Rows that asked for no entry are
`no_signal` and are left out of the table `decisions` of a result. `tradewind explain SYMBOL TIME` tells one row in words.

The order of the refusals, and every rule behind them, stands in [the kernel's rules](../explanation/kernel.md), part 3;
the number in the last column names the rule.
"""

_OUTCOMES: Final = {
    "no_signal": ("The strategy did not ask for an entry.", "3"),
    "filled": ("The entry was carried out.", "D15"),
    "sent": ("The run ended before the entry could be carried out.", "D15"),
    "expired": (
        "The entry was accepted and not carried out: a gap followed, a limit was not reached, cash had run short, or the "
        "position it waited for was still there.",
        "T4, O4, C7",
    ),
    "outranked": ("Another entry of the same moment, of higher rank, took the room, the risk or the cash.", "D2"),
    "blocked:halted_drawdown": ("The fall from the peak reached `max_drawdown`; only an operator clears it.", "D3"),
    "blocked:halted_daily": ("The day's loss reached `max_daily_risk`; clears at 00:00 UTC.", "D3"),
    "blocked:halted_operator": ("An operator halted entries.", "D4"),
    "blocked:close_only": ("The setting `limits.close_only` forbids entries.", "D4"),
    "blocked:warming_up": ("Too little history before the bar, or neither stop nor ATR is known.", "D4"),
    "blocked:stale_data": ("The bar is masked or the first after a gap.", "D4, T5"),
    "blocked:recon_pending": ("The account is being compared with the venue (live).", "D4"),
    "blocked:no_opinion": ("What the decision needs was not known: no prediction, no series.", "D4"),
    "blocked:policy": ("A risk policy forbade the entry.", "D4"),
    "blocked:conflicting_signals": ("The same bar asks to enter and to exit that side.", "D5"),
    "blocked:shorts_refused": ("A short on a spot instrument.", "D5"),
    "blocked:max_positions": ("As many positions as `max_concurrent_positions` allows are open.", "D6"),
    "blocked:already_open": ("The slot has a position.", "D6"),
    "blocked:cooldown": ("Too soon after a stop of this slot.", "D7"),
    "blocked:stop_guard": ("Several stops of this slot within a window have locked it.", "D7"),
    "blocked:pair_locked": (
        "The slot's last trades earned less than asked for, or a policy locked the pair.",
        "D4, D7",
    ),
    "blocked:daily_budget": ("Today's loss and the open risk leave nothing of `max_daily_risk`.", "D10"),
    "blocked:correlated": ("Correlated positions leave nothing of `max_correlated_risk`.", "D11"),
    "blocked:min_qty": ("The quantity is below the venue's least one.", "D14"),
    "blocked:min_notional": ("The value is below the venue's least one, with a margin so that the exit passes.", "D14"),
    "blocked:percent_price": ("A price is farther from the market than the venue allows.", "D14"),
}

_BINDINGS: Final = {
    "": "The row was refused before a quantity was reckoned.",
    "risk": "The risk fraction: the quantity loses just that at the stop.",
    "policy_cap": "`limits.max_position_size`.",
    "strategy_cap": "The strategy's own `cap`.",
    "engine_cap": "`limits.max_position` (`--max-position`).",
    "total_exposure": "`limits.max_total_exposure`.",
    "free_cash": "Cash that is not spent or reserved.",
    "volume_share": "`limits.max_volume_share` of the bar's volume.",
    "daily_budget": "What is left of `limits.max_daily_risk` today.",
    "correlated": "What is left of `limits.max_correlated_risk` in the symbol's cluster.",
    "max_qty": "The venue's largest quantity.",
    "qty_fraction": "The fraction of equity that the plan itself states.",
}

_EXITS: Final = {
    "signal": "The strategy asked to leave.",
    "stop": "The initial stop was reached, or the open lay beyond it.",
    "take_profit": "A target was reached.",
    "trailing": "The stop was reached after it had been trailed.",
    "time": "`max_bars` had passed.",
    "halt": "The drawdown halt closed the position (`flatten_on_drawdown`).",
    "liquidation": "A linear position's margin was used up.",
    "end": "The run ended and closing was asked for.",
}

_REGIMES: Final = {
    "ranging": "`limits.ranging_multiplier`",
    "trending": "`limits.trending_multiplier`",
    "volatile": "`limits.volatile_multiplier`",
}

_COLUMNS: Final = """## A row of `decisions`

| column | meaning |
|---|---|
| `time` | Open of the bar whose close decided, UTC. |
| `symbol`, `strategy` | The slot. |
| `enter` | 1 long, -1 short. |
| `outcome` | One of the outcomes above. |
| `requested_risk` | Risk fraction after regime and confidence, at most `max_risk_per_trade`. |
| `effective_risk` | Fraction of equity that the quantity loses at the stop, costs included; 0 when refused. |
| `quantity` | Base units; 0 when refused. |
| `distance` | The stop's distance, quote units. |
| `price` | What it was reckoned at: the close, or the limit price. |
| `binding` | What set the quantity. |
| `bits` | Which of the strategy's named conditions held, the first in the lowest bit. |
"""


def _rows(kind: str, words: Mapping[int, str], told: Mapping[str, object]) -> None:
    odd = set(words.values()) ^ set(told)
    if odd:
        raise LookupError(f"docs/generator/ledger.py and the code name other {kind}: {', '.join(sorted(odd))}")


def page() -> str:
    """Return the page as Markdown."""
    _rows("outcomes", OUTCOMES, _OUTCOMES)
    _rows("bindings", BINDINGS, _BINDINGS)
    _rows("exit reasons", EXIT_REASONS, _EXITS)
    _rows("regimes", REGIMES, _REGIMES)
    outcomes = [
        (str(code), f"`{name}`", cell(_OUTCOMES[name][0]), _OUTCOMES[name][1]) for code, name in OUTCOMES.items()
    ]
    bindings = [(f"`{name}`" if name else "(empty)", cell(_BINDINGS[name])) for name in BINDINGS.values()]
    exits = [(str(code), f"`{name}`", cell(_EXITS[name])) for code, name in EXIT_REASONS.items()]
    regimes = [(str(code), f"`{name}`", _REGIMES[name]) for code, name in REGIMES.items()]
    vetoes = ", ".join(f"`{name}`" for name in VETOES)
    return joined(
        [
            _HEAD,
            "## Outcomes",
            "",
            *table(("code", "outcome", "meaning", "rule"), outcomes),
            "",
            f"A plan itself may forbid a row with `Plan.forbid(rows, reason)`; the reasons are {vetoes}.",
            "",
            _COLUMNS,
            "",
            "## What set the quantity",
            "",
            "The smallest of all caps wins and is recorded as `binding`. With the default limits the engine's cap of 10% of "
            "equity sets most trades, not the 2% risk: a trade with a stop 3% away then risks 0.3% of equity.",
            "",
            *table(("binding", "what it is"), bindings),
            "",
            "## Why a position ended",
            "",
            *table(("code", "`exit_reason`", "meaning"), exits),
            "",
            "## Regimes",
            "",
            *table(("code", "regime", "risk is multiplied by"), regimes),
        ]
    )
