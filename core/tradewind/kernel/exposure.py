"""What is held, reserved and at risk over all slots, as the risk chain counts it (D6, D10, D11, D13, D15)."""

from __future__ import annotations

from typing import Any

from tradewind.kernel.compile import kernel


@kernel
def is_ending(slot: Any) -> bool:
    """Tell whether a position is gone after the next open: a pending exit, or its time is up (D1)."""
    return slot["pending_exit"] != 0 or slot["next_row"] >= slot["last_row"]  # type: ignore[no-any-return]


@kernel
def open_risk(slot: Any, instrument: Any) -> float:
    """Return what equity would still lose by leaving at the next open, or if the stop filled at its trigger (D10)."""
    side = slot["side"]
    stop = slot["stop"]
    cost = instrument["taker"] + instrument["slip"] + instrument["half"]
    if is_ending(slot):
        return slot["quantity"] * slot["mark"] * cost  # type: ignore[no-any-return]
    if stop == -side * float("inf"):
        return slot["quantity"] * slot["mark"]  # type: ignore[no-any-return]
    risk = slot["quantity"] * (side * (slot["mark"] - stop) + stop * cost)
    if risk < 0.0:
        return 0.0
    return risk  # type: ignore[no-any-return]


@kernel
def risk_of(slot: Any, instrument: Any, moment: int) -> float:
    """Return the open risk of a slot: its position, and its pending entry unless that was reserved at this moment."""
    one = 0.0
    if slot["side"] != 0:
        one = open_risk(slot, instrument)
    if slot["wanted"] != 0 and slot["wanted_at"] != moment:
        one += slot["wanted_risk"]
    return one


@kernel
def add_up(account: Any, slots: Any, instruments: Any, order: Any, moment: int) -> None:
    """Sum what is held and reserved, but for what is reserved at this moment (ms), into the account."""
    count = 0
    notional = 0.0
    cash = 0.0
    risk = 0.0
    for j in range(account["active"]):
        slot = slots[order[0, j]]
        if slot["side"] != 0:
            notional += slot["quantity"] * slot["mark"]
            if not is_ending(slot):
                count += 1
        if slot["wanted"] != 0 and slot["wanted_at"] != moment:
            count += 1
            notional += slot["wanted_notional"]
            cash += slot["wanted_cash"]
        risk += risk_of(slot, instruments[slot["symbol"]], moment)
    account["held_count"] = count
    account["held_notional"] = notional
    account["held_cash"] = cash
    account["held_risk"] = risk


@kernel
def reserve_now(account: Any, slot: Any) -> None:
    """Count a pending entry among what is reserved at this moment (D15)."""
    account["now_count"] += 1
    account["now_notional"] += slot["wanted_notional"]
    account["now_cash"] += slot["wanted_cash"]
    account["now_risk"] += slot["wanted_risk"]


@kernel
def cluster_risk(
    account: Any, slots: Any, instruments: Any, order: Any, clusters: Any, day: int, symbol: int, moment: int
) -> float:
    """
    Return the open risk of a symbol's cluster, −1 when it has none (D11).

    Args:
        account: It counts the slots at work.
        slots: All slots.
        instruments: Rules by symbol.
        order: Its first row lists the slots at work.
        clusters: Cluster ids [day, symbol], −1 for none.
        day: The row of `clusters` that holds, −1 for none.
        symbol: Whose cluster is meant.
        moment: Leave out what was reserved at this moment, ms; −1 leaves out nothing.
    """
    if day < 0 or clusters[day, symbol] < 0:
        return -1.0
    total = 0.0
    for j in range(account["active"]):
        slot = slots[order[0, j]]
        if clusters[day, slot["symbol"]] == clusters[day, symbol]:
            total += risk_of(slot, instruments[slot["symbol"]], moment)
    return total
