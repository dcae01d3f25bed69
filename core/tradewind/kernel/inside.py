"""What happens inside a bar: liquidation, resting entries, stops and targets (rules I)."""

from __future__ import annotations

from typing import Any

from tradewind.kernel.compile import kernel
from tradewind.kernel.fills import LIQUIDATION, close_position, close_tranche, fill_entry
from tradewind.kernel.opening import TAKE_PROFIT, plan_bar, stop_out


@kernel
def liquidate_inside(book: Any, tape: Any, k: int, i: int) -> None:
    """Close a linear position whose liquidation price bar `i` reaches before its stop (I1)."""
    slot = book.slots[k]
    symbol = slot["symbol"]
    limit = slot["liquidation"]
    side = slot["side"]
    if not (limit > 0.0) or side * (limit - slot["stop"]) < 0.0:
        return
    extreme = tape.low[symbol, i] if side > 0 else tape.high[symbol, i]
    if side * (limit - extreme) >= 0.0:
        close_position(book, k, tape.time[i], plan_bar(tape.rows[k, i]), limit, 0.0, LIQUIDATION)


@kernel
def limit_inside(book: Any, tape: Any, k: int, i: int) -> None:
    """Fill the resting limit entry of slot `k` when bar `i` trades through it (I2)."""
    slot = book.slots[k]
    symbol = slot["symbol"]
    instrument = book.instruments[symbol]
    side = slot["wanted"]
    limit = slot["wanted_limit"]
    needed = limit
    if book.rules[0]["optimistic"] == 0:
        needed = limit - side * instrument["tick"]
    extreme = tape.low[symbol, i] if side > 0 else tape.high[symbol, i]
    if side * (needed - extreme) >= 0.0:
        fill_entry(book, k, tape.time[i], plan_bar(tape.rows[k, i]), limit, instrument["maker"], 1)


@kernel
def take_profits(book: Any, tape: Any, k: int, i: int, extreme: float, unsure: int) -> None:
    """Close every tranche whose target bar `i` reaches (I3, I4)."""
    slot = book.slots[k]
    instrument = book.instruments[slot["symbol"]]
    side = slot["side"]
    row = plan_bar(tape.rows[k, i])
    j = 0
    while j < slot["tranches"]:
        target = book.tranches[k, j]["target"]
        if side * (extreme - target) >= 0.0:
            close_tranche(book, k, j, tape.time[i], row, target, instrument["maker"], TAKE_PROFIT, unsure)
        else:
            j += 1


@kernel
def mark_ambiguous(book: Any, k: int, extreme: float) -> None:
    """Flag the tranches whose target lies within the bar, whatever closes them (I6)."""
    slot = book.slots[k]
    for j in range(slot["tranches"]):
        if slot["side"] * (extreme - book.tranches[k, j]["target"]) >= 0.0:
            book.tranches[k, j]["ambiguous"] = 1


@kernel
def stop_or_target(book: Any, tape: Any, k: int, i: int) -> None:
    """Evaluate stop and targets of an open position against bar `i` (I3 to I7)."""
    slot = book.slots[k]
    symbol = slot["symbol"]
    side = slot["side"]
    low = tape.low[symbol, i]
    high = tape.high[symbol, i]
    adverse = low if side > 0 else high
    kind = high if side > 0 else low
    stopped = side * (slot["stop"] - adverse) >= 0.0
    inside = slot["entered_inside"] != 0
    slot["entered_inside"] = 0
    if inside:
        mark_ambiguous(book, k, kind)
    if book.rules[0]["optimistic"] != 0:
        take_profits(book, tape, k, i, kind, 1 if stopped else 0)
        if stopped and slot["side"] != 0:
            stop_out(book, tape, k, i, slot["stop"])
        return
    if stopped:
        mark_ambiguous(book, k, kind)
        stop_out(book, tape, k, i, slot["stop"])
    elif not inside:
        take_profits(book, tape, k, i, kind, 0)
