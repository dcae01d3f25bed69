"""
The phases of one market bar over all slots: open, inside, decisions. What comes in between is `bar_close`.

Each is called in one place, by `advance`, and becomes a part of it.
"""

from __future__ import annotations

from typing import Any, Final

from tradewind.kernel.chain import activate, gate, is_contestable, judge, prepare, reserve, unqueue
from tradewind.kernel.compile import inlined, kernel
from tradewind.kernel.costs import market_price, round_trip
from tradewind.kernel.entries import EXPIRED, fill_entry, liquidation_price
from tradewind.kernel.exits import is_calm, leave_at_open, stop_or_target
from tradewind.kernel.exposure import add_up, cluster_risk, reserve_now
from tradewind.kernel.layout import AFTER_GAP, LIMIT_ENTRY, MARKET_ENTRY, MASKED, whole
from tradewind.kernel.memory import remember_close
from tradewind.model.decisions import EXIT_CODES, OUTCOME_CODES

SIGNAL: Final = whole(EXIT_CODES["signal"])
SENT: Final = whole(OUTCOME_CODES["sent"])
OUTRANKED: Final = whole(OUTCOME_CODES["outranked"])
DAY_MS: Final = 86_400_000
EVER: Final = whole(-1)


@kernel
def plan_bar(code: int) -> int:
    """Return the plan row that holds a market bar (T7)."""
    return code if code >= 0 else -2 - code


@inlined
def leave(book: Any, tape: Any, i: int) -> int:
    """
    Book funding and carry out what closes positions at the open of bar `i` (O0 to O3).

    Slots to which the bar may do more than mark them are noted for `protect`, from the end of the list of the queued
    backwards; return how many they are.
    """
    account = book.account[0]
    busy = 0
    end = book.order.shape[1] - 1
    room = end + 1 - account["queued"]
    for j in range(account["active"]):
        k = book.order[0, j]
        slot = book.slots[k]
        symbol = slot["symbol"]
        if slot["wanted"] != 0:
            if busy < room:
                book.order[1, end - busy] = k
            busy += 1
        if slot["side"] == 0 or tape.flags[symbol, i] & MASKED:
            continue
        if tape.funding.shape[1] > 0 and book.instruments[symbol]["linear"] != 0:
            paid = -slot["side"] * slot["quantity"] * tape.open[symbol, i] * tape.funding[symbol, i]
            account["cash"] += paid
            slot["funding"] += paid
        high = tape.high[symbol, i]
        low = tape.low[symbol, i]
        row = plan_bar(tape.rows[slot["timeline"], i])
        if is_calm(slot, row, high, low):
            continue
        if slot["wanted"] == 0:
            if busy < room:
                book.order[1, end - busy] = k
            busy += 1
        # The ATR of the last row counts for stops alone: it is fetched when the bar reaches one.
        if slot["side"] * (slot["stop"] - (low if slot["side"] > 0 else high)) >= 0.0:
            slot["atr"] = tape.atr[slot["bar_base"] + slot["next_row"] - 1]
        leave_at_open(
            account, slot, book.instruments[symbol], book.fills, book.trades,
            tape.time[i], row, tape.open[symbol, i], high - low,
            book.rules[0]["wild_bar_atr"],
        )  # fmt: skip
        if slot["closed_by"] != 0:
            remember_close(slot, book.rules[0], book.stops, book.profits)
    return busy


@inlined
def enter(book: Any, tape: Any, i: int) -> None:
    """Carry out pending market entries by rank, then limit entries, at the open of bar `i` (O4, O5, T3, T4)."""
    account = book.account[0]
    queued = account["queued"]
    kept = 0
    for n in range(queued + (account["active"] if account["resting"] > 0 else 0)):
        k = book.order[1, n] if n < queued else book.order[0, n - queued]
        slot = book.slots[k]
        symbol = slot["symbol"]
        flags = tape.flags[symbol, i]
        side = slot["wanted"]
        if n >= queued and slot["wanted_kind"] != LIMIT_ENTRY:
            continue
        if flags & MASKED:
            if n < queued:
                book.order[1, kept] = k
                kept += 1
            continue
        instrument = book.instruments[symbol]
        price = tape.open[symbol, i]
        limit = slot["wanted_limit"]
        outcome = EXPIRED
        if flags & AFTER_GAP == 0 and slot["side"] == 0:
            if n >= queued and side * (limit - price) < 0.0:
                continue
            price = market_price(price, side, instrument["slip"], instrument["half"])
            if n >= queued and side * (price - limit) > 0.0:
                price = limit
            row = plan_bar(tape.rows[slot["timeline"], i])
            outcome = fill_entry(account, slot, instrument, book.fills, tape.time[i], row, price, instrument["taker"])
        account["resting"] -= 1 if n >= queued else 0
        finish_entry(slot, book.asks, book.tiers, instrument["linear"], outcome)
    account["queued"] = kept


@kernel
def finish_entry(slot: Any, asks: Any, tiers: Any, linear: int, outcome: int) -> None:
    """Write the outcome of a slot's pending entry and forget the entry."""
    slot["wanted"] = 0
    slot["wanted_kind"] = 0
    if slot["wanted_ask"] >= 0:
        asks[slot["wanted_ask"]]["outcome"] = outcome
    if slot["side"] != 0 and linear != 0:
        slot["liquidation"] = liquidation_price(slot, tiers, slot["quantity"])


@inlined
def resting(book: Any, tape: Any, i: int) -> None:
    """Fill the limit entries that bar `i` trades through (I2)."""
    account = book.account[0]
    for j in range(account["active"] if account["resting"] > 0 else 0):
        k = book.order[0, j]
        slot = book.slots[k]
        symbol = slot["symbol"]
        if slot["wanted_kind"] != LIMIT_ENTRY or tape.flags[symbol, i] & MASKED:
            continue
        instrument = book.instruments[symbol]
        side = slot["wanted"]
        needed = slot["wanted_limit"]
        if book.rules[0]["optimistic"] == 0:
            needed -= side * instrument["tick"]
        if side * (needed - (tape.low[symbol, i] if side > 0 else tape.high[symbol, i])) >= 0.0:
            price = slot["wanted_limit"]
            row = plan_bar(tape.rows[slot["timeline"], i])
            outcome = fill_entry(account, slot, instrument, book.fills, tape.time[i], row, price, instrument["maker"])
            finish_entry(slot, book.asks, book.tiers, instrument["linear"], outcome)
            slot["entered_inside"] = 1
            account["resting"] -= 1


@inlined
def protect(book: Any, tape: Any, i: int, busy: int, queued: int) -> None:
    """Evaluate liquidation, stops and targets of the slots that `leave` has noted against bar `i` (I1, I3 to I7)."""
    account = book.account[0]
    end = book.order.shape[1] - 1
    # Where the notes had no room, all are looked at: those that are calm stay as they are.
    noted = busy + queued <= end + 1
    for j in range(busy if noted else account["active"]):
        k = book.order[1, end - j] if noted else book.order[0, j]
        slot = book.slots[k]
        symbol = slot["symbol"]
        if slot["side"] == 0 or tape.flags[symbol, i] & MASKED:
            continue
        high = tape.high[symbol, i]
        low = tape.low[symbol, i]
        row = plan_bar(tape.rows[slot["timeline"], i])
        if slot["entered_inside"] == 0 and is_calm(slot, row, high, low):
            continue
        stop_or_target(
            account, slot, book.instruments[symbol], book.rules[0], book.fills, book.trades, tape.time[i], row,
            high, low,
        )  # fmt: skip
        if slot["closed_by"] != 0:
            remember_close(slot, book.rules[0], book.stops, book.profits)


@inlined
def pend(book: Any, k: int, a: int) -> None:
    """Put the entry that slot `k` has reserved on the list of what is to be filled, with its ladder (D15, E1)."""
    account = book.account[0]
    slot = book.slots[k]
    if slot["wanted_kind"] == MARKET_ENTRY:
        book.order[1, account["queued"]] = k
        account["queued"] += 1
    else:
        account["resting"] += 1
    account["active"] = activate(book.order, account["active"], k)
    rungs = book.ask_ladders.shape[1]
    slot["wanted_rungs"] = rungs
    for rung in range(rungs):
        step = book.ask_ladders[a * book.rules[0]["ladder_step"], rung]
        slot["wanted_tp_r"][rung] = step["tp_r"]
        slot["wanted_tp_frac"][rung] = step["tp_frac"]


@inlined
def decide(book: Any, a: int, time: int) -> None:
    """
    Decide row `a` of the ledger at the close of its bar, after all that rank before it (D1 to D15).

    Args:
        book: The run.
        a: Index of the ask.
        time: Close time of the market bar, ms.
    """
    ask = book.asks[a]
    account = book.account[0]
    rules = book.rules[0]
    k = ask["slot"]
    slot = book.slots[k]
    symbol = slot["symbol"]
    instrument = book.instruments[symbol]
    if account["moment"] != time:
        account["moment"] = time
        account["now_count"] = 0
        account["now_notional"] = 0.0
        account["now_cash"] = 0.0
        account["now_risk"] = 0.0
        add_up(account, book.slots, book.instruments, book.order, time)
    if slot["wanted_kind"] == MARKET_ENTRY:
        finish_entry(slot, book.asks, book.tiers, 0, EXPIRED)
        account["queued"] = unqueue(book.order, account["queued"], k)
        add_up(account, book.slots, book.instruments, book.order, time)
    prepare(rules, instrument, ask)
    outcome = gate(account, rules, ask, instrument["linear"])
    if outcome != 0:
        ask["outcome"] = outcome
        return
    day = -1
    if book.clusters.shape[0] > 0:
        day = min(time // DAY_MS - rules["first_day"], book.clusters.shape[0] - 1)
    cluster = cluster_risk(account, book.slots, book.instruments, book.order, book.clusters, day, symbol, EVER)
    outcome, binding, q = judge(account, rules, slot, instrument, ask, book.profits, cluster, 1)
    ask["binding"] = binding
    if outcome != 0:
        if account["now_count"] > 0 and is_contestable(outcome, binding):
            cluster = cluster_risk(account, book.slots, book.instruments, book.order, book.clusters, day, symbol, time)
            if judge(account, rules, slot, instrument, ask, book.profits, cluster, 0)[0] == 0:
                outcome = OUTRANKED
        ask["outcome"] = outcome
        return
    ask["outcome"] = SENT
    ask["quantity"] = q
    ask["effective_risk"] = q * (ask["distance"] + ask["price"] * round_trip(instrument)) / account["equity"]
    reserve(slot, instrument, ask, a, time)
    reserve_now(account, slot)
    pend(book, k, a)
