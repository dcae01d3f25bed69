"""A row of the decision ledger in words: the same text in a backtest, on paper and live."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from tradewind.model.decisions import REGIMES

OUTCOME_WORDS: Final[dict[str, str]] = {
    "no_signal": "nothing was asked for",
    "filled": "filled at the next open",
    "sent": "the order was pending when the run ended",
    "expired": "not filled: a gap followed, cash had run short, a limit was not reached, or a position was still there",
    "outranked": "other entries of the same moment took the room for it",
    "blocked:halted_drawdown": "the account had fallen by max_drawdown from its peak; an operator clears this",
    "blocked:halted_daily": "the day's loss had reached max_daily_risk; it clears at 00:00 UTC",
    "blocked:halted_operator": "an operator had paused entries",
    "blocked:close_only": "the run takes exits only",
    "blocked:warming_up": "too little history for a decision",
    "blocked:stale_data": "the bar was masked or followed a gap",
    "blocked:recon_pending": "the account was not yet reconciled with the venue",
    "blocked:no_opinion": "the model had no opinion",
    "blocked:policy": "a risk policy forbade it",
    "blocked:conflicting_signals": "the same bar asked to leave this side",
    "blocked:shorts_refused": "there are no shorts on spot",
    "blocked:max_positions": "max_concurrent_positions were open",
    "blocked:already_open": "a position was open already",
    "blocked:cooldown": "a stop was hit less than cooldown_bars ago",
    "blocked:stop_guard": "too many stops within stop_guard_window",
    "blocked:pair_locked": "the pair was locked after trades that earned too little",
    "blocked:daily_budget": "the day's loss and the open risk left nothing of max_daily_risk",
    "blocked:correlated": "correlated positions had used up max_correlated_risk",
    "blocked:min_qty": "the quantity was below what the venue takes",
    "blocked:min_notional": "the value was below what the venue takes, with a margin for the exit",
    "blocked:percent_price": "the limit or the stop lay outside the venue's price band",
}
"""Every outcome as a clause."""

BINDING_WORDS: Final[dict[str, str]] = {
    "": "",
    "risk": "the risk asked for",
    "policy_cap": "the policy's cap of one position (max_position_size)",
    "strategy_cap": "the strategy's own cap",
    "engine_cap": "the engine's cap of one position (max_position)",
    "total_exposure": "the cap of all positions together (max_total_exposure)",
    "free_cash": "the free cash",
    "volume_share": "the share of the bar's volume (max_volume_share)",
    "daily_budget": "what the day's loss and open risk left of max_daily_risk",
    "correlated": "what correlated positions left of max_correlated_risk",
    "max_qty": "the venue's largest order",
    "qty_fraction": "the fraction of equity that the plan stated",
}
"""What set the size, as a noun."""

_SIDES: Final = {1: "long", -1: "short", 0: ""}


@attrs.frozen(kw_only=True)
class Decision:
    """
    One row of the ledger.

    Args:
        symbol: The symbol.
        strategy: The strategy's name.
        time: Open of the bar, ISO 8601 UTC; the decision was made at its close.
        outcome: One of `tradewind.model.decisions.OUTCOMES`, or `rejected:<code>` of a venue.
        enter: +1 long, −1 short, 0 when nothing was asked for.
        bits: Which conditions held; None when unknown.
        regime: The regime's code; None when unknown.
        veto: The outcome that the plan held ready for an entry in this row, empty for none.
        exit_long: The row asked to leave a long position.
        exit_short: The row asked to leave a short position.
        requested_risk: Fraction of equity to lose at the stop, before caps; NaN when unknown.
        effective_risk: The same of the quantity that was left.
        quantity: Base units.
        distance: From the fill to the stop, quote units.
        price: The row's close or the limit price, quote units.
        binding: One of `tradewind.model.decisions.BINDINGS`.
    """

    symbol: str
    strategy: str
    time: str
    outcome: str = "no_signal"
    enter: int = 0
    bits: int | None = None
    regime: int | None = None
    veto: str = ""
    exit_long: bool = False
    exit_short: bool = False
    requested_risk: float = math.nan
    effective_risk: float = math.nan
    quantity: float = math.nan
    distance: float = math.nan
    price: float = math.nan
    binding: str = ""

    @classmethod
    def from_row(cls, row: Mapping[str, Any], **more: Any) -> Decision:
        """Return the decision of a ledger row, of which only known columns are taken."""
        known = {field.name: row[field.name] for field in attrs.fields(cls) if field.name in row}
        return cls(**(known | more))


def outcome_words(outcome: str) -> str:
    """Return an outcome as a clause; a venue's refusal names its code."""
    if outcome.startswith("rejected:"):
        return f"the venue rejected the order: {outcome.removeprefix('rejected:')}"
    return OUTCOME_WORDS.get(outcome, outcome)


def condition_words(bits: int, conditions: Sequence[str]) -> str:
    """Return which named conditions held and which did not."""
    held = [name for place, name in enumerate(conditions) if bits >> place & 1]
    missed = [name for place, name in enumerate(conditions) if not bits >> place & 1]
    odd = [f"bit {place}" for place in range(len(conditions), bits.bit_length()) if bits >> place & 1]
    words = f"{', '.join(held + odd) or 'none'} held"
    return f"{words}; {', '.join(missed)} did not" if missed else words


def decision_words(decision: Decision, conditions: Sequence[str] = ()) -> str:
    """
    Return a decision in words, one fact a line.

    Args:
        decision: The row.
        conditions: Names of the bits, lowest first.
    """
    lines = [f"{decision.symbol} {decision.time} {decision.strategy}: {_wish(decision)}"]
    if decision.regime is not None:
        lines.append(f"  regime      {REGIMES.get(decision.regime, str(decision.regime))}")
    if decision.bits is not None and (conditions or decision.bits):
        lines.append(f"  conditions  {condition_words(decision.bits, conditions)}")
    if decision.veto and not decision.enter:
        lines.append(f"  forbidden   an entry would have been blocked: {outcome_words(decision.veto)}")
    if decision.enter:
        lines += _size(decision)
    lines.append(f"  outcome     {decision.outcome}: {outcome_words(decision.outcome)}")
    return "\n".join(lines)


def _wish(decision: Decision) -> str:
    exits = [side for side, asked in (("long", decision.exit_long), ("short", decision.exit_short)) if asked]
    wishes = [f"enter {_SIDES[decision.enter]}"] if decision.enter else []
    wishes += [f"leave {side}" for side in exits]
    return ", ".join(wishes) or "no wish"


def _size(decision: Decision) -> list[str]:
    lines = []
    if math.isfinite(decision.requested_risk):
        risk = f"{decision.requested_risk:.2%} of equity requested"
        if math.isfinite(decision.effective_risk) and decision.quantity > 0.0:
            risk += f", {decision.effective_risk:.2%} effective"
        lines.append(f"  risk        {risk}")
    if math.isfinite(decision.distance) and decision.price > 0.0:
        share = decision.distance / decision.price
        lines.append(f"  stop        {decision.distance:,.8g} away from {decision.price:,.8g} ({share:.2%})")
    if decision.quantity > 0.0:
        value = decision.quantity * decision.price
        set_by = f", set by {BINDING_WORDS.get(decision.binding, decision.binding)}" if decision.binding else ""
        lines.append(f"  size        {decision.quantity:.8g} worth {value:,.2f}{set_by}")
    return lines
