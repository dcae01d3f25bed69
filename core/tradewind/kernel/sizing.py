"""How much to risk, how far to stand off and how much that buys: steps 5, 6 and 8 of the risk chain."""

from __future__ import annotations

from tradewind.kernel.compile import kernel


@kernel
def throttle(drawdown: float, start: float, floor: float, end: float) -> float:
    """
    Return the share of the normal risk that a drawdown leaves (D8).

    Args:
        drawdown: Fall from the peak as a fraction of it.
        start: Up to here the share is 1.
        floor: The least share.
        end: The drawdown at which the floor is reached.
    """
    if drawdown <= start:
        return 1.0
    if drawdown >= end or end <= start:
        return floor
    return 1.0 - (1.0 - floor) * (drawdown - start) / (end - start)


@kernel
def risk_fraction(base: float, multiplier: float, confidence: float, share: float, most: float) -> float:
    """Return the fraction of equity to lose at the stop: base × regime × confidence × throttle, at most `most` (D8)."""
    wished = base * multiplier * confidence * share
    if wished > most:
        return most
    return wished


@kernel
def stop_distance(wished: float, atr: float, price: float, cost: float, tick: float, atr_multiplier: float) -> float:
    """
    Return the distance that sizes and protects an entry, price units (D9).

    Args:
        wished: The plan's distance; NaN takes 2 × ATR × `atr_multiplier`, infinity asks for no stop.
        atr: Average true range of the plan's bars, NaN when it is not known.
        price: The price the entry is planned at.
        cost: Of a round trip, as a fraction of the price.
        tick: The step of prices.
        atr_multiplier: Widens the default distance.
    """
    if wished == float("inf"):
        return price
    distance = wished
    if wished != wished:
        distance = 2.0 * atr * atr_multiplier
    if 4.0 * cost * price > distance:
        distance = 4.0 * cost * price
    if 0.25 * atr > distance:
        distance = 0.25 * atr
    if 5.0 * tick > distance:
        distance = 5.0 * tick
    return distance


@kernel
def quantity_at_risk(equity: float, risk: float, distance: float, cost: float) -> float:
    """
    Return the quantity that loses `risk` × `equity` over the distance, costs included (D12).

    Args:
        equity: Quote units.
        risk: Fraction of equity.
        distance: From entry to stop, price units.
        cost: Of a round trip, price units.
    """
    lost = distance + cost
    if lost > 0.0:
        return equity * risk / lost
    return 0.0
