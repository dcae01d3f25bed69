"""What happens at a bar's close: trail, marks, halts, the day's roll, exits asked for (rules C)."""

from __future__ import annotations

from typing import Any, Final

from tradewind.kernel.compile import kernel
from tradewind.kernel.costs import away_from_market
from tradewind.kernel.layout import MASKED
from tradewind.kernel.opening import expire_limit
from tradewind.model.decisions import EXIT_CODES

SIGNAL: Final = EXIT_CODES["signal"]
HALT: Final = EXIT_CODES["halt"]
DAY_MS: Final = 86_400_000


@kernel
def trail(book: Any, k: int, atr: float) -> None:
    """Tighten the stop of slot `k` behind its best price, by a worthwhile step (C1)."""
    slot = book.slots[k]
    gap = slot["trail_dist"]
    if not (gap > 0.0):
        return
    instrument = book.instruments[slot["symbol"]]
    side = slot["side"]
    best = slot["high"] if side > 0 else slot["low"]
    if side * (best - slot["entry_price"]) < slot["trail_arm_r"] * slot["distance"]:
        return
    candidate = away_from_market(best - side * gap, side, instrument)
    step = 5.0 * instrument["tick"]
    if 0.1 * atr > step:
        step = 0.1 * atr
    gain = side * (candidate - slot["stop"])
    if gain >= step and gain > 0.0:
        slot["stop"] = candidate
        slot["trailed"] = 1


@kernel
def mark(book: Any, tape: Any, k: int, i: int) -> float:
    """
    Take bar `i` into the extremes and the mark of slot `k`, trail its stop, and return the position's value.

    A spot position is worth its quantity at the mark, a linear one its margin and what it has gained.
    """
    slot = book.slots[k]
    symbol = slot["symbol"]
    if tape.flags[symbol, i] & MASKED == 0:
        high = tape.high[symbol, i]
        low = tape.low[symbol, i]
        if high > slot["high"]:
            slot["high"] = high
        if low < slot["low"]:
            slot["low"] = low
        slot["mark"] = tape.close[symbol, i]
    row = tape.rows[k, i]
    if row >= 0:
        trail(book, k, tape.atr[slot["base"] + row])
    return value_of(slot, book.instruments[symbol])  # type: ignore[no-any-return]


@kernel
def value_of(slot: Any, instrument: Any) -> float:
    """Return what an open position adds to equity beside cash (C2)."""
    if instrument["linear"] != 0:
        gain = slot["side"] * slot["quantity"] * (slot["mark"] - slot["entry_price"])
        return slot["margin"] + gain  # type: ignore[no-any-return]
    return slot["quantity"] * slot["mark"]  # type: ignore[no-any-return]


@kernel
def settle(book: Any, close_time: int) -> None:
    """Hold the account to its halts and roll the day, equity being that of this close (C3, C4)."""
    account = book.account[0]
    rules = book.rules[0]
    equity = account["equity"]
    if equity > account["peak"]:
        account["peak"] = equity
    peak = account["peak"]
    if peak - equity >= rules["max_drawdown"] * peak and account["halted_drawdown"] == 0:
        account["halted_drawdown"] = 1
    if account["halted_drawdown"] != 0 and rules["flatten_on_drawdown"] != 0:
        for j in range(account["active"]):
            slot = book.slots[book.order[0, j]]
            if slot["side"] != 0 and slot["pending_exit"] == 0:
                slot["pending_exit"] = HALT
    if account["day_start"] - equity >= rules["max_daily_risk"] * account["day_start"]:
        account["halted_daily"] = 1
    if close_time >= account["next_roll"]:
        account["day_start"] = equity
        account["halted_daily"] = 0
        account["next_roll"] = (close_time // DAY_MS + 1) * DAY_MS


@kernel
def complete_row(book: Any, tape: Any, k: int, row: int) -> None:
    """Take over what plan row `row` of slot `k` says about what is open or pending (C6, C7, T5)."""
    slot = book.slots[k]
    rules = book.rules[0]
    at = slot["base"] + row
    slot["next_row"] = row + 1
    slot["atr"] = tape.atr[at]
    expire_limit(book, k)
    if slot["side"] == 0 or slot["pending_exit"] != 0 or tape.row_flags[at] & MASKED:
        return
    if slot["side"] > 0:
        asked = tape.exit_long[at * rules["exit_long_step"]]
    else:
        asked = tape.exit_short[at * rules["exit_short_step"]]
    if asked:
        slot["pending_exit"] = SIGNAL


@kernel
def sweep(book: Any) -> None:
    """Drop the slots that have neither a position nor an entry from the list of active ones."""
    account = book.account[0]
    kept = 0
    for j in range(account["active"]):
        k = book.order[0, j]
        if book.slots[k]["side"] != 0 or book.slots[k]["wanted"] != 0:
            book.order[0, kept] = k
            kept += 1
    account["active"] = kept
