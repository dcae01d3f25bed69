"""What happens at a bar's close: trail, marks, halts, the day's roll, exits asked for (rules C)."""

from __future__ import annotations

from typing import Any, Final

from tradewind.kernel.compile import kernel
from tradewind.kernel.costs import away_from_market

DAY_MS: Final = 86_400_000


@kernel
def book_flow(account: Any, flow: float) -> None:
    """Book a deposit or withdrawal so that drawdown and daily loss stay the fractions they were (C5)."""
    equity = account["equity"]
    account["cash"] += flow
    account["equity"] += flow
    if equity > 0.0 and equity + flow > 0.0:
        factor = (equity + flow) / equity
        account["peak"] *= factor
        account["day_start"] *= factor
    else:
        account["peak"] = equity + flow
        account["day_start"] = equity + flow


@kernel
def trailed_stop(
    instrument: Any, side: int, stop: float, best: float, entry: float, armed_at: float, gap: float, atr: float
) -> float:
    """
    Return where a stop stands after a plan row: behind the best price when that is worth a move (C1).

    Args:
        instrument: The symbol's rules.
        side: Of the position.
        stop: Where it stands.
        best: The best price of the position so far.
        entry: The entry price.
        armed_at: The profit per unit that arms the trail.
        gap: The trailing distance.
        atr: ATR of the row, NaN when it is not known.
    """
    if side * (best - entry) < armed_at:
        return stop
    candidate = away_from_market(best - side * gap, side, instrument)
    step = 5.0 * instrument["tick"]
    if 0.1 * atr > step:
        step = 0.1 * atr
    gain = side * (candidate - stop)
    if gain >= step and gain > 0.0:
        return candidate  # type: ignore[no-any-return]
    return stop


@kernel
def widen(slot: Any, high: float, low: float) -> None:
    """Take a bar's range into the extremes of a position, and into the best price that its trail follows (C1, R3)."""
    if high > slot["high"]:
        slot["high"] = high
    if low < slot["low"]:
        slot["low"] = low
    side = slot["side"]
    kind = high if side > 0 else low
    if slot["entered_inside"] != 0:
        # What the entry's bar reached may have come before the entry.
        kind = slot["entry_price"]
        slot["entered_inside"] = 0
    if side * (kind - slot["best"]) > 0.0:
        slot["best"] = kind


@kernel
def trail(slot: Any, instrument: Any, atr: float) -> None:
    """Tighten the stop of a position at the close of a plan row (C1)."""
    gap = slot["trail_dist"]
    side = slot["side"]
    armed_at = slot["trail_arm_r"] * slot["distance"]
    stop = trailed_stop(instrument, side, slot["stop"], slot["best"], slot["entry_price"], armed_at, gap, atr)
    if stop != slot["stop"]:
        slot["stop"] = stop
        slot["trailed"] = 1


@kernel
def value_of(slot: Any, linear: int) -> float:
    """Return what an open position adds to equity beside cash (C2)."""
    if linear != 0:
        gain = slot["side"] * slot["quantity"] * (slot["mark"] - slot["entry_price"])
        return slot["margin"] + gain  # type: ignore[no-any-return]
    return slot["quantity"] * slot["mark"]  # type: ignore[no-any-return]


@kernel
def fall(peak: float, equity: float) -> float:
    """Return how far equity lies below its peak, as a fraction of it."""
    if peak > 0.0:
        return (peak - equity) / peak
    return 0.0


@kernel
def next_day(time: int) -> int:
    """Return when the UTC day after this moment begins, ms."""
    return (time // DAY_MS + 1) * DAY_MS


@kernel
def settle(account: Any, rules: Any, close_time: int) -> None:
    """Hold the account to its halts and roll the day, equity being that of this close (C3, C4)."""
    equity = account["equity"]
    account["peak_before"] = account["peak"]
    if equity > account["peak"]:
        account["peak"] = equity
    peak = account["peak"]
    if peak - equity >= rules["max_drawdown"] * peak:
        account["halted_drawdown"] = 1
    if account["day_start"] - equity >= rules["max_daily_risk"] * account["day_start"]:
        account["halted_daily"] = 1
    if close_time >= account["next_roll"]:
        account["day_start"] = equity
        account["halted_daily"] = 0
        account["next_roll"] = next_day(close_time)
