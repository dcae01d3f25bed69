"""What is held, reserved and at risk over all slots, as the risk chain counts it (D6, D10, D11, D13, D15)."""

from __future__ import annotations

from typing import Any

from tradewind.kernel.compile import kernel


@kernel
def is_ending(slot: Any) -> bool:
    """Tell whether a position is gone after the next open: a pending exit, or its time is up (D1)."""
    if slot["pending_exit"] != 0:
        return True
    if slot["max_bars"] > 0:
        return slot["next_row"] - slot["entry_row"] >= slot["max_bars"]  # type: ignore[no-any-return]
    return False


@kernel
def open_risk(slot: Any, instrument: Any) -> float:
    """Return what equity would still lose if the stop of an open position filled at its trigger (D10)."""
    side = slot["side"]
    stop = slot["stop"]
    if stop == -side * float("inf"):
        return slot["quantity"] * slot["mark"]  # type: ignore[no-any-return]
    cost = instrument["taker"] + instrument["slip"] + instrument["half"]
    risk = slot["quantity"] * (side * (slot["mark"] - stop) + stop * cost)
    if risk < 0.0:
        return 0.0
    return risk  # type: ignore[no-any-return]


@kernel
def same_cluster(clusters: Any, day: int, symbol: int, other: int) -> bool:
    """Tell whether two symbols move together on this row of the cluster table (D11)."""
    if day < 0:
        return False
    return clusters[day, symbol] >= 0 and clusters[day, symbol] == clusters[day, other]  # type: ignore[no-any-return]


@kernel
def exposure(
    slots: Any, instruments: Any, order: Any, active: int, clusters: Any, day: int, symbol: int, without: int
) -> tuple[int, float, float, float, float]:
    """
    Add up positions and pending entries.

    Args:
        slots: All slots.
        instruments: Rules by symbol.
        order: Its first row lists the slots at work.
        active: How many these are.
        clusters: Cluster ids [day, symbol], −1 for none.
        day: The row of `clusters` that holds, −1 for none.
        symbol: Whose cluster is meant.
        without: Leave out what was reserved at this moment, ms; −1 leaves out nothing.

    Returns:
        Positions, notional, reserved cash, open risk, and the cluster's share of that risk.
    """
    count = 0
    notional = 0.0
    cash = 0.0
    risk = 0.0
    cluster_risk = 0.0
    for j in range(active):
        slot = slots[order[0, j]]
        one = 0.0
        if slot["side"] != 0:
            notional += slot["quantity"] * slot["mark"]
            if not is_ending(slot):
                count += 1
                one = open_risk(slot, instruments[slot["symbol"]])
        if slot["wanted"] != 0 and slot["wanted_at"] != without:
            count += 1
            notional += slot["wanted_notional"]
            cash += slot["wanted_cash"]
            one += slot["wanted_risk"]
        risk += one
        if same_cluster(clusters, day, symbol, slot["symbol"]):
            cluster_risk += one
    return count, notional, cash, risk, cluster_risk
