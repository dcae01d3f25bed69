"""Opening a position from a pending entry, in tranches (rules O4 and E)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from tradewind.kernel.compile import kernel
from tradewind.kernel.costs import away_from_market, floor_step, nearest_step
from tradewind.kernel.fills import ENTRY, nearest_target, write_fill
from tradewind.kernel.layout import FAR, whole
from tradewind.model.decisions import OUTCOME_CODES

FILLED: Final = whole(OUTCOME_CODES["filled"])
EXPIRED: Final = whole(OUTCOME_CODES["expired"])


@kernel
def fill_entry(
    account: Any, slot: Any, instrument: Any, fills: Any, time: int, row: int, price: float, fee_rate: float
) -> int:
    """
    Fill the pending entry of a slot, cut to what cash allows, and return its outcome (O4, E1 to E3).

    Args:
        account: Its cash pays.
        slot: Whose entry it is.
        instrument: The symbol's rules.
        fills: Where the fill is written.
        time: Open time of the market bar, ms.
        row: The plan bar of this market bar.
        price: The fill price.
        fee_rate: Maker or taker fee.
    """
    side = slot["wanted"]
    slot["wanted"] = 0
    slot["wanted_kind"] = 0
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
            return EXPIRED
    bought = q
    fee = q * price * fee_rate
    margin = 0.0
    if in_base:
        bought = floor_step(q * (1.0 - fee_rate), instrument["lot_num"], instrument["lot_den"])
        fee = (q - bought) * price
        if bought <= 0.0:
            return EXPIRED
    if linear:
        margin = q * price / instrument["leverage"]
        account["cash"] -= margin + fee
    elif in_base:
        account["cash"] -= q * price
    else:
        account["cash"] -= q * price + fee
    account["positions"] += 1
    slot["position"] = account["positions"]
    slot["entry_time"] = time
    slot["entry_row"] = row
    slot["entry_fee"] = fee
    slot["margin"] = margin
    take_over(slot, instrument, bought, price, side)
    write_fill(account, slot, fills, time, side, price, q, fee, ENTRY)
    return FILLED


@kernel
def take_over(slot: Any, instrument: Any, quantity: float, price: float, side: int) -> None:
    """Make a position of what the pending entry had fixed (E1)."""
    distance = slot["wanted_distance"]
    slot["side"] = side
    slot["quantity"] = quantity
    slot["entry_price"] = price
    slot["mark"] = price
    slot["distance"] = distance
    slot["trail_dist"] = slot["wanted_trail_dist"]
    slot["trail_arm_r"] = slot["wanted_trail_arm_r"]
    slot["last_row"] = slot["entry_row"] + slot["wanted_max_bars"] if slot["wanted_max_bars"] > 0 else FAR
    slot["liquidation"] = 0.0
    slot["funding"] = 0.0
    slot["pnl"] = 0.0
    slot["best"] = -side * np.inf
    slot["high"] = 0.0
    slot["low"] = np.inf
    slot["trailed"] = 0
    slot["pending_exit"] = 0
    slot["entered_inside"] = 0
    if slot["wanted_unprotected"] != 0:
        slot["stop"] = -side * np.inf
    else:
        slot["stop"] = away_from_market(price - side * distance, side, instrument)
    slot["tranches"] = 1
    slot["tranche_quantity"][0] = quantity
    slot["tranche_target"][0] = side * np.inf
    slot["tranche_ambiguous"][0] = 0
    if slot["wanted_rungs"] > 0:
        split(slot, instrument, quantity, price, side)
    slot["target"] = nearest_target(slot)


@kernel
def split(slot: Any, instrument: Any, quantity: float, price: float, side: int) -> None:
    """Split a new position into the tranches of its ladder (E2)."""
    num = instrument["lot_num"]
    den = instrument["lot_den"]
    nothing = 0.5 * instrument["lot"] if num > 0.0 else 1e-9 * quantity
    count = 0
    left = quantity
    used = 0.0
    for rung in range(slot["wanted_rungs"]):
        multiple = slot["wanted_tp_r"][rung]
        fraction = slot["wanted_tp_frac"][rung]
        if fraction > 1.0 - used:
            fraction = 1.0 - used
        if not (multiple > 0.0) or not (fraction > 0.0):
            continue
        used += fraction
        part = floor_step(quantity * fraction, num, den)
        if part > left:
            part = left
        slot["tranche_quantity"][count] = part
        slot["tranche_target"][count] = price + side * multiple * slot["distance"]
        slot["tranche_ambiguous"][count] = 0
        left = nearest_step(left - part, num, den)
        count += 1
    if left > nothing or count == 0:
        slot["tranche_quantity"][count] = left
        slot["tranche_target"][count] = side * np.inf
        slot["tranche_ambiguous"][count] = 0
        count += 1
    slot["tranches"] = join(slot, instrument, count, price)


@kernel
def join(slot: Any, instrument: Any, count: int, price: float) -> int:
    """Join tranches that the venue would refuse with their neighbours and return how many are left (E2)."""
    j = 0
    while j < count and count > 1:
        q = slot["tranche_quantity"][j]
        if q > 0.0 and q >= instrument["min_qty"] and q * price >= instrument["min_value"]:
            j += 1
            continue
        into = j + 1
        if j == count - 1:
            into = j - 1
        joined = slot["tranche_quantity"][into] + q
        slot["tranche_quantity"][into] = nearest_step(joined, instrument["lot_num"], instrument["lot_den"])
        for m in range(j, count - 1):
            slot["tranche_quantity"][m] = slot["tranche_quantity"][m + 1]
            slot["tranche_target"][m] = slot["tranche_target"][m + 1]
        count -= 1
    return count


@kernel
def liquidation_price(slot: Any, tiers: Any, quantity: float) -> float:
    """
    Return where the isolated margin of a new linear position falls to its maintenance (I1).

    Args:
        slot: The position.
        tiers: Maintenance tables [symbol, step].
        quantity: Base units.
    """
    rate = 0.0
    deduction = 0.0
    side = slot["side"]
    notional = quantity * slot["entry_price"]
    symbol = slot["symbol"]
    for step in range(tiers.shape[1]):
        if notional >= tiers[symbol, step]["notional_from"]:
            rate = tiers[symbol, step]["rate"]
            deduction = tiers[symbol, step]["deduction"]
    return (notional - side * (slot["margin"] + deduction)) / (quantity * (1.0 - side * rate))  # type: ignore[no-any-return]
