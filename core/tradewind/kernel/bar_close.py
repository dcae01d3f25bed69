"""
The close of one market bar over all slots: marks, trails, exits asked for, halts, entries that end.

Each phase is called in one place, by `advance`, and becomes a part of it.
"""

from __future__ import annotations

from typing import Any, Final

from tradewind.kernel.closing import settle, trail, value_of, widen
from tradewind.kernel.compile import inlined, kernel
from tradewind.kernel.entries import EXPIRED
from tradewind.kernel.layout import LIMIT_ENTRY, MASKED, whole
from tradewind.kernel.phases import SIGNAL, finish_entry
from tradewind.model.decisions import EXIT_CODES

HALT: Final = whole(EXIT_CODES["halt"])
ASKED: Final = whole(-1)
"""An exit that this bar's row asks for, until it is known whether a halt comes before it."""


@inlined
def mark(book: Any, tape: Any, i: int) -> float:
    """
    Mark the account at the close of bar `i`, trail stops, take over the exits that rows ask for and settle.

    Slots without work leave the list (C1 to C4, C6, T5). Returns the exposure.
    """
    account = book.account[0]
    rules = book.rules[0]
    asked_now = SIGNAL if rules["flatten_on_drawdown"] == 0 else ASKED
    total = 0.0
    held = 0.0
    kept = 0
    for j in range(account["active"]):
        k = book.order[0, j]
        slot = book.slots[k]
        row = tape.rows[slot["timeline"], i]
        if row >= 0:
            slot["next_row"] = row + 1
        if slot["side"] == 0:
            if slot["wanted"] != 0:
                book.order[0, kept] = k
                kept += 1
            continue
        book.order[0, kept] = k
        kept += 1
        symbol = slot["symbol"]
        if tape.flags[symbol, i] & MASKED == 0:
            widen(slot, tape.high[symbol, i], tape.low[symbol, i])
            slot["mark"] = tape.close[symbol, i]
        if row >= 0:
            at = slot["bar_base"] + row
            if slot["trail_dist"] > 0.0:
                trail(slot, book.instruments[symbol], tape.atr[at])
            asked = asks_to_leave(slot, rules, tape.exit_long, tape.exit_short, row)
            if asked and slot["pending_exit"] == 0 and tape.row_flags[at] & MASKED == 0:
                slot["pending_exit"] = asked_now
        total += value_of(slot, book.instruments[symbol]["linear"])
        held += slot["quantity"] * slot["mark"]
    account["active"] = kept
    account["equity"] = account["cash"] + total
    settle(account, rules, tape.time[i] + rules["bar_ms"])
    return held


@kernel
def asks_to_leave(slot: Any, rules: Any, exit_long: Any, exit_short: Any, row: int) -> bool:
    """Tell whether a plan row asks a position to be closed (C6)."""
    at = slot["exit_base"] + row
    if slot["side"] < 0:
        return exit_short[at * rules["exit_short_step"]]  # type: ignore[no-any-return]
    return exit_long[at * rules["exit_long_step"]]  # type: ignore[no-any-return]


@inlined
def withdraw(book: Any, tape: Any, i: int) -> None:
    """Let halts and completed rows end the entries that are still pending, and a halt the positions (C3, C4, C7)."""
    account = book.account[0]
    flattens = book.rules[0]["flatten_on_drawdown"] != 0
    flatten = account["halted_drawdown"] != 0 and flattens
    halted = account["halted_drawdown"] != 0 or account["halted_daily"] != 0 or account["halted_operator"] != 0
    if not (halted or flattens or account["resting"] > 0):
        return
    kept = 0
    for j in range(account["active"]):
        k = book.order[0, j]
        slot = book.slots[k]
        if flatten and slot["side"] != 0 and slot["pending_exit"] <= 0:
            slot["pending_exit"] = HALT
        if slot["pending_exit"] == ASKED:
            slot["pending_exit"] = SIGNAL
        limited = slot["wanted_kind"] == LIMIT_ENTRY
        if slot["wanted"] != 0 and (halted or (limited and tape.rows[slot["timeline"], i] >= 0)):
            finish_entry(slot, book.asks, book.tiers, 0, EXPIRED)
            account["resting"] -= 1 if limited else 0
        if slot["side"] != 0 or slot["wanted"] != 0:
            book.order[0, kept] = k
            kept += 1
    account["active"] = kept
    if halted:
        account["queued"] = 0
