"""Carrying out orders: opening positions in tranches, closing them, and writing the records (rules E and R)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from tradewind.kernel.compile import kernel
from tradewind.kernel.costs import away_from_market, floor_step, nearest_step
from tradewind.model.decisions import EXIT_CODES, OUTCOME_CODES

STOP: Final = EXIT_CODES["stop"]
TRAILING: Final = EXIT_CODES["trailing"]
LIQUIDATION: Final = EXIT_CODES["liquidation"]
FILLED: Final = OUTCOME_CODES["filled"]
EXPIRED: Final = OUTCOME_CODES["expired"]


@kernel
def write_fill(book: Any, k: int, time: int, side: int, price: float, quantity: float, fee: float, reason: int) -> None:
    """Append one fill of slot `k` (R1)."""
    fill = book.fills[book.counts[0]]
    book.counts[0] += 1
    fill["time"] = time
    fill["position"] = book.slots[k]["position"]
    fill["price"] = price
    fill["quantity"] = quantity
    fill["fee"] = fee
    fill["slot"] = k
    fill["side"] = side
    fill["reason"] = reason


@kernel
def end_entry(book: Any, k: int, outcome: int) -> None:
    """Write the outcome of a slot's pending entry and forget the entry."""
    slot = book.slots[k]
    ask = slot["wanted_ask"]
    if ask >= 0:
        book.asks[ask]["outcome"] = outcome
    slot["wanted"] = 0
    slot["wanted_kind"] = 0


@kernel
def remember_stop(book: Any, k: int, row: int) -> None:
    """Note that slot `k` was stopped in plan bar `row`: cooldown and stop guard (D7)."""
    slot = book.slots[k]
    rules = book.rules[0]
    slot["last_stop_row"] = row
    needed = rules["stop_guard_stops"]
    if needed == 0:
        return
    book.stops[k, slot["stops_seen"] % needed] = row
    slot["stops_seen"] += 1
    if slot["stops_seen"] < needed:
        return
    oldest = book.stops[k, slot["stops_seen"] % needed]
    if oldest > row - rules["stop_guard_window"]:
        slot["guarded_to_row"] = row + rules["stop_guard_bars"]


@kernel
def remember_close(book: Any, k: int, row: int, reason: int) -> None:
    """Leave slot `k` flat, its last tranche closed in plan bar `row`."""
    slot = book.slots[k]
    slot["side"] = 0
    slot["quantity"] = 0.0
    slot["pending_exit"] = 0
    slot["last_close_row"] = row
    looked_at = book.rules[0]["low_profit_trades"]
    if looked_at > 0:
        book.profits[k, slot["closes_seen"] % looked_at] = slot["pnl"]
    slot["closes_seen"] += 1
    if reason in (STOP, TRAILING, LIQUIDATION):
        remember_stop(book, k, row)


@kernel
def write_trade(
    book: Any,
    k: int,
    time: int,
    row: int,
    price: float,
    q: float,
    fees: float,
    funding: float,
    reason: int,
    unsure: int,
) -> None:
    """Append the trade of one closed tranche (R2, R3)."""
    slot = book.slots[k]
    trade = book.trades[book.counts[1]]
    book.counts[1] += 1
    side = slot["side"]
    entry = slot["entry_price"]
    pnl = side * (price - entry) * q - fees + funding
    slot["pnl"] += pnl
    worst = side * (price - entry)
    best = worst
    if slot["high"] > 0.0:
        adverse = side * ((slot["low"] if side > 0 else slot["high"]) - entry)
        kind = side * ((slot["high"] if side > 0 else slot["low"]) - entry)
        if adverse < worst:
            worst = adverse
        if kind > best:
            best = kind
    trade["position"] = slot["position"]
    trade["entry_time"] = slot["entry_time"]
    trade["exit_time"] = time
    trade["entry_price"] = entry
    trade["exit_price"] = price
    trade["quantity"] = q
    trade["fees"] = fees
    trade["pnl"] = pnl
    trade["pnl_pct"] = pnl / (entry * q)
    trade["r_multiple"] = pnl / (slot["distance"] * q)
    trade["mae"] = worst / entry if worst < 0.0 else 0.0
    trade["mfe"] = best / entry if best > 0.0 else 0.0
    trade["bars_held"] = row - slot["entry_row"]
    trade["slot"] = k
    trade["side"] = side
    trade["reason"] = reason
    trade["ambiguous"] = unsure


@kernel
def close_tranche(
    book: Any, k: int, j: int, time: int, row: int, price: float, fee_rate: float, reason: int, unsure: int
) -> None:
    """
    Close tranche `j` of slot `k` at a price: cash, one fill, one trade (E4, R1).

    In a liquidation the margin is lost whole: what is left of it at that price is the fee (I1).
    """
    slot = book.slots[k]
    account = book.account[0]
    q = book.tranches[k, j]["quantity"]
    side = slot["side"]
    last = slot["tranches"] - 1
    share = 1.0 if last == 0 else q / slot["quantity"]
    gain = side * (price - slot["entry_price"]) * q
    margin = slot["margin"] * share
    entry_fee = slot["entry_fee"] * share
    funding = slot["funding"] * share
    fee = q * price * fee_rate
    if reason == LIQUIDATION:
        fee = margin + gain
    if book.instruments[slot["symbol"]]["linear"] != 0:
        account["cash"] += margin + gain - fee
    else:
        account["cash"] += q * price - fee
    if book.tranches[k, j]["ambiguous"] != 0:
        unsure = 1
    write_fill(book, k, time, -side, price, q, fee, reason)
    write_trade(book, k, time, row, price, q, entry_fee + fee, funding, reason, unsure)
    slot["margin"] -= margin
    slot["entry_fee"] -= entry_fee
    slot["funding"] -= funding
    slot["quantity"] -= q
    slot["tranches"] = last
    for m in range(j, last):
        book.tranches[k, m]["quantity"] = book.tranches[k, m + 1]["quantity"]
        book.tranches[k, m]["target"] = book.tranches[k, m + 1]["target"]
        book.tranches[k, m]["ambiguous"] = book.tranches[k, m + 1]["ambiguous"]
    if last == 0:
        remember_close(book, k, row, reason)


@kernel
def close_position(book: Any, k: int, time: int, row: int, price: float, fee_rate: float, reason: int) -> None:
    """Close every tranche of slot `k` at one price."""
    for _ in range(book.slots[k]["tranches"]):
        close_tranche(book, k, 0, time, row, price, fee_rate, reason, 0)


@kernel
def split(book: Any, k: int, quantity: float, price: float, side: int, distance: float) -> None:
    """Split a new position of slot `k` into the tranches of its ladder (E2)."""
    slot = book.slots[k]
    instrument = book.instruments[slot["symbol"]]
    num = instrument["lot_num"]
    den = instrument["lot_den"]
    nothing = 0.5 * instrument["lot"] if num > 0.0 else 1e-9 * quantity
    count = 0
    left = quantity
    used = 0.0
    for rung in range(book.ladders.shape[1]):
        multiple = book.ladders[k, rung]["tp_r"]
        fraction = book.ladders[k, rung]["tp_frac"]
        if not (multiple > 0.0) or not (fraction > 0.0):
            continue
        if fraction > 1.0 - used:
            fraction = 1.0 - used
        if fraction <= 0.0:
            continue
        used += fraction
        part = floor_step(quantity * fraction, num, den)
        if part > left:
            part = left
        book.tranches[k, count]["quantity"] = part
        book.tranches[k, count]["target"] = price + side * multiple * distance
        left = nearest_step(left - part, num, den)
        count += 1
    if left > nothing or count == 0:
        book.tranches[k, count]["quantity"] = left
        book.tranches[k, count]["target"] = side * np.inf
        count += 1
    slot["tranches"] = join(book, k, count, price)
    for j in range(slot["tranches"]):
        book.tranches[k, j]["ambiguous"] = 0


@kernel
def join(book: Any, k: int, count: int, price: float) -> int:
    """Join tranches that the venue would refuse with their neighbours; return how many are left (E2)."""
    instrument = book.instruments[book.slots[k]["symbol"]]
    num = instrument["lot_num"]
    den = instrument["lot_den"]
    j = 0
    while j < count:
        q = book.tranches[k, j]["quantity"]
        small = q <= 0.0 or q < instrument["min_qty"] or q * price < instrument["min_value"]
        if not small or count == 1:
            j += 1
            continue
        if j == count - 1:
            joined = book.tranches[k, j - 1]["quantity"] + q
            book.tranches[k, j - 1]["quantity"] = nearest_step(joined, num, den)
        else:
            joined = book.tranches[k, j + 1]["quantity"] + q
            book.tranches[k, j]["quantity"] = nearest_step(joined, num, den)
            book.tranches[k, j]["target"] = book.tranches[k, j + 1]["target"]
            for m in range(j + 1, count - 1):
                book.tranches[k, m]["quantity"] = book.tranches[k, m + 1]["quantity"]
                book.tranches[k, m]["target"] = book.tranches[k, m + 1]["target"]
        count -= 1
    return count


@kernel
def liquidation_price(book: Any, k: int, quantity: float, price: float, side: int, margin: float) -> float:
    """Return where the isolated margin of a linear position falls to its maintenance (I1)."""
    symbol = book.slots[k]["symbol"]
    rate = 0.0
    deduction = 0.0
    for step in range(book.instruments[symbol]["tiers"]):
        if quantity * price >= book.tiers[symbol, step]["notional_from"]:
            rate = book.tiers[symbol, step]["rate"]
            deduction = book.tiers[symbol, step]["deduction"]
    return (quantity * price - side * (margin + deduction)) / (quantity * (1.0 - side * rate))


@kernel
def fill_entry(book: Any, k: int, time: int, row: int, price: float, fee_rate: float, inside: int) -> None:
    """
    Fill the pending entry of slot `k`, cut to what cash allows, or let it expire (O4, E1 to E3).

    Args:
        book: The run.
        k: The slot.
        time: Open time of the market bar, ms.
        row: The plan bar of this market bar.
        price: The fill price.
        fee_rate: Maker or taker fee.
        inside: 1 when the fill happens inside the bar.
    """
    slot = book.slots[k]
    account = book.account[0]
    instrument = book.instruments[slot["symbol"]]
    side = slot["wanted"]
    q = slot["wanted_quantity"]
    linear = instrument["linear"] != 0
    in_base = instrument["fee_in_base"] != 0 and not linear
    unit = price * (1.0 + fee_rate)
    if in_base:
        unit = price
    if linear:
        unit = price * (1.0 / instrument["leverage"] + fee_rate)
    if q * unit > account["cash"]:
        q = floor_step(account["cash"] / unit, instrument["lot_num"], instrument["lot_den"])
        if q <= 0.0 or q < instrument["min_qty"] or q * price < instrument["min_value"]:
            end_entry(book, k, EXPIRED)
            return
    bought = q
    fee = q * price * fee_rate
    margin = 0.0
    if in_base:
        bought = floor_step(q * (1.0 - fee_rate), instrument["lot_num"], instrument["lot_den"])
        fee = (q - bought) * price
        if bought <= 0.0:
            end_entry(book, k, EXPIRED)
            return
    if linear:
        margin = q * price / instrument["leverage"]
        account["cash"] -= margin + fee
    elif in_base:
        account["cash"] -= q * price
    else:
        account["cash"] -= q * price + fee
    account["positions"] += 1
    slot["position"] = account["positions"]
    take_over(book, k, bought, price, side)
    slot["entry_time"] = time
    slot["entry_row"] = row
    slot["entry_fee"] = fee
    slot["margin"] = margin
    slot["liquidation"] = liquidation_price(book, k, q, price, side, margin) if linear else 0.0
    slot["entered_inside"] = inside
    write_fill(book, k, time, side, price, q, fee, 0)
    end_entry(book, k, FILLED)


@kernel
def take_over(book: Any, k: int, quantity: float, price: float, side: int) -> None:
    """Make a position of what the pending entry of slot `k` had fixed (E1)."""
    slot = book.slots[k]
    distance = slot["wanted_distance"]
    slot["side"] = side
    slot["quantity"] = quantity
    slot["entry_quantity"] = quantity
    slot["entry_price"] = price
    slot["mark"] = price
    slot["distance"] = distance
    slot["trail_dist"] = slot["wanted_trail_dist"]
    slot["trail_arm_r"] = slot["wanted_trail_arm_r"]
    slot["max_bars"] = slot["wanted_max_bars"]
    slot["funding"] = 0.0
    slot["pnl"] = 0.0
    slot["high"] = 0.0
    slot["low"] = np.inf
    slot["trailed"] = 0
    slot["pending_exit"] = 0
    if slot["wanted_unprotected"] != 0:
        slot["stop"] = -side * np.inf
    else:
        instrument = book.instruments[slot["symbol"]]
        slot["stop"] = away_from_market(price - side * distance, side, instrument)
    split(book, k, quantity, price, side, distance)
