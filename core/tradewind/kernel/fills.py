"""Carrying out orders: closing positions tranche by tranche and writing the records (rules E4 and R)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from tradewind.kernel.compile import kernel
from tradewind.kernel.layout import whole
from tradewind.model.decisions import EXIT_CODES

LIQUIDATION: Final = whole(EXIT_CODES["liquidation"])


FIRST: Final = whole(0)
SURE: Final = whole(0)
ENTRY: Final = whole(0)


@kernel
def write_fill(
    account: Any, slot: Any, fills: Any, time: int, side: int, price: float, quantity: float, fee: float, reason: int
) -> None:
    """Append one fill of a slot (R1)."""
    fill = fills[account["fills"]]
    account["fills"] += 1
    fill["time"] = time
    fill["position"] = slot["position"]
    fill["price"] = price
    fill["quantity"] = quantity
    fill["fee"] = fee
    fill["slot"] = slot["id"]
    fill["side"] = side
    fill["reason"] = reason


@kernel
def write_trade(
    account: Any, slot: Any, trades: Any, time: int, row: int, price: float, q: float, fees: float, funding: float
) -> Any:
    """Append the trade of one closed tranche and return its record (R2, R3)."""
    trade = trades[account["trades"]]
    account["trades"] += 1
    side = slot["side"]
    entry = slot["entry_price"]
    pnl = side * (price - entry) * q - fees + funding
    slot["pnl"] += pnl
    worst = side * (price - entry)
    best = worst
    if slot["high"] > 0.0:
        adverse = slot["low"] - entry
        kind = slot["high"] - entry
        if side < 0:
            adverse, kind = -kind, -adverse
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
    trade["slot"] = slot["id"]
    trade["side"] = side
    return trade


@kernel
def nearest_target(slot: Any) -> float:
    """Return the target of a position that the market would reach first, at infinity when there is none."""
    side = slot["side"]
    nearest = side * np.inf
    for j in range(slot["tranches"]):
        target = slot["tranche_target"][j]
        if (target < nearest) if side > 0 else (target > nearest):
            nearest = target
    return nearest  # type: ignore[no-any-return]


@kernel
def close_tranche(
    account: Any, slot: Any, instrument: Any, fills: Any, trades: Any,
    j: int, time: int, row: int, price: float, fee_rate: float, reason: int, unsure: int,
) -> None:  # fmt: skip
    """
    Close tranche `j` of a position at a price: cash, one fill, one trade (E4, R1).

    In a liquidation the margin is lost whole: what is left of it at that price is the fee (I1).
    """
    q = slot["tranche_quantity"][j]
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
    if instrument["linear"] != 0:
        account["cash"] += margin + gain - fee
    else:
        account["cash"] += q * price - fee
    write_fill(account, slot, fills, time, -side, price, q, fee, reason)
    trade = write_trade(account, slot, trades, time, row, price, q, entry_fee + fee, funding)
    trade["reason"] = reason
    trade["ambiguous"] = 1 if unsure + slot["tranche_ambiguous"][j] > 0 else 0
    slot["margin"] -= margin
    slot["entry_fee"] -= entry_fee
    slot["funding"] -= funding
    slot["quantity"] -= q
    slot["tranches"] = last
    for m in range(j, last):
        slot["tranche_quantity"][m] = slot["tranche_quantity"][m + 1]
        slot["tranche_target"][m] = slot["tranche_target"][m + 1]
        slot["tranche_ambiguous"][m] = slot["tranche_ambiguous"][m + 1]
    slot["target"] = nearest_target(slot)
    if last == 0:
        slot["side"] = 0
        slot["quantity"] = 0.0
        slot["pending_exit"] = 0
        slot["last_close_row"] = row
        slot["closed_by"] = reason


@kernel
def close_position(
    account: Any, slot: Any, instrument: Any, fills: Any, trades: Any,
    time: int, row: int, price: float, fee_rate: float, reason: int,
) -> None:  # fmt: skip
    """Close every tranche of a position at one price."""
    for _ in range(slot["tranches"]):
        close_tranche(account, slot, instrument, fills, trades, FIRST, time, row, price, fee_rate, reason, SURE)
