"""The risk chain: from a row that asks for an entry to a pending order or the first reason against it (rules D)."""

from __future__ import annotations

from typing import Any, Final

from tradewind.kernel.closing import fall
from tradewind.kernel.compile import kernel
from tradewind.kernel.costs import away_from_market, cash_per_value, floor_step, round_trip
from tradewind.kernel.exposure import is_ending
from tradewind.kernel.layout import LIMIT_ENTRY, MARKET_ENTRY, whole
from tradewind.kernel.memory import lock
from tradewind.kernel.sizing import quantity_at_risk, risk_fraction, stop_distance, throttle
from tradewind.model.decisions import BINDING_CODES, OUTCOME_CODES

SENT: Final = whole(OUTCOME_CODES["sent"])
HALTED_DRAWDOWN: Final = whole(OUTCOME_CODES["blocked:halted_drawdown"])
HALTED_DAILY: Final = whole(OUTCOME_CODES["blocked:halted_daily"])
HALTED_OPERATOR: Final = whole(OUTCOME_CODES["blocked:halted_operator"])
CLOSE_ONLY: Final = whole(OUTCOME_CODES["blocked:close_only"])
WARMING_UP: Final = whole(OUTCOME_CODES["blocked:warming_up"])
STALE_DATA: Final = whole(OUTCOME_CODES["blocked:stale_data"])
CONFLICTING: Final = whole(OUTCOME_CODES["blocked:conflicting_signals"])
SHORTS_REFUSED: Final = whole(OUTCOME_CODES["blocked:shorts_refused"])
MAX_POSITIONS: Final = whole(OUTCOME_CODES["blocked:max_positions"])
ALREADY_OPEN: Final = whole(OUTCOME_CODES["blocked:already_open"])
DAILY_BUDGET: Final = whole(OUTCOME_CODES["blocked:daily_budget"])
CORRELATED: Final = whole(OUTCOME_CODES["blocked:correlated"])
MIN_QTY: Final = whole(OUTCOME_CODES["blocked:min_qty"])
MIN_NOTIONAL: Final = whole(OUTCOME_CODES["blocked:min_notional"])
PERCENT_PRICE: Final = whole(OUTCOME_CODES["blocked:percent_price"])

BY_RISK: Final = whole(BINDING_CODES["risk"])
BY_POLICY: Final = whole(BINDING_CODES["policy_cap"])
BY_STRATEGY: Final = whole(BINDING_CODES["strategy_cap"])
BY_ENGINE: Final = whole(BINDING_CODES["engine_cap"])
BY_EXPOSURE: Final = whole(BINDING_CODES["total_exposure"])
BY_CASH: Final = whole(BINDING_CODES["free_cash"])
BY_VOLUME: Final = whole(BINDING_CODES["volume_share"])
BY_DAILY: Final = whole(BINDING_CODES["daily_budget"])
BY_CLUSTER: Final = whole(BINDING_CODES["correlated"])
BY_MAX_QTY: Final = whole(BINDING_CODES["max_qty"])
BY_FRACTION: Final = whole(BINDING_CODES["qty_fraction"])


@kernel
def gate(account: Any, rules: Any, ask: Any, linear: int) -> int:
    """Return the first reason before sizing that needs no look at other slots, or 0 (D3 to D5)."""
    if account["halted_drawdown"] != 0:
        return HALTED_DRAWDOWN
    if account["halted_daily"] != 0:
        return HALTED_DAILY
    if account["halted_operator"] != 0:
        return HALTED_OPERATOR
    if rules["close_only"] != 0:
        return CLOSE_ONLY
    if ask["veto"] != 0:
        return ask["veto"]  # type: ignore[no-any-return]
    if ask["flags"] != 0:
        return STALE_DATA
    if ask["stop_dist"] != ask["stop_dist"] and ask["atr"] != ask["atr"]:
        return WARMING_UP
    if ask["conflict"] != 0:
        return CONFLICTING
    if ask["enter"] < 0 and linear == 0:
        return SHORTS_REFUSED
    return 0


@kernel
def prepare(rules: Any, instrument: Any, ask: Any) -> None:
    """Write what a row asks for whatever becomes of it: price, distance and requested risk (D8, D9, D15)."""
    price = ask["close"]
    if ask["limit_off"] == ask["limit_off"]:
        price = away_from_market(price - ask["enter"] * ask["limit_off"], ask["enter"], instrument)
    if ask["risk"] != ask["risk"]:
        ask["risk"] = rules["base_risk_per_trade"]
    multiplier = rules["multiplier"][ask["regime"]]
    ask["price"] = price
    ask["distance"] = stop_distance(
        ask["stop_dist"],
        ask["atr"],
        price,
        round_trip(instrument),
        instrument["tick"],
        rules["position_size_atr_multiplier"],
    )
    ask["requested_risk"] = risk_fraction(ask["risk"], multiplier, ask["confidence"], 1.0, rules["max_risk_per_trade"])


@kernel
def throttled_risk(account: Any, rules: Any, ask: Any) -> float:
    """Return the risk fraction of a row under the present drawdown (D8)."""
    end = rules["throttle_end"] * rules["max_drawdown"]
    share = throttle(fall(account["peak"], account["equity"]), rules["throttle_start"], rules["throttle_floor"], end)
    multiplier = rules["multiplier"][ask["regime"]]
    return risk_fraction(ask["risk"], multiplier, ask["confidence"], share, rules["max_risk_per_trade"])  # type: ignore[no-any-return]


@kernel
def refusal_of_venue(instrument: Any, ask: Any, q: float) -> int:
    """Return which rule of the venue refuses this order, or 0 (D14)."""
    price = ask["price"]
    if q <= 0.0 or q < instrument["min_qty"]:
        return MIN_QTY
    if q * price < instrument["min_value"]:
        return MIN_NOTIONAL
    up = instrument["percent_up"] * ask["close"]
    down = instrument["percent_down"] * ask["close"]
    limited = ask["limit_off"] == ask["limit_off"]
    if limited and (price < down or (up > 0.0 and price > up)):
        return PERCENT_PRICE
    if ask["stop_dist"] != float("inf"):
        stop = away_from_market(price - ask["enter"] * ask["distance"], ask["enter"], instrument)
        if stop < down or (up > 0.0 and stop > up):
            return PERCENT_PRICE
    return 0


@kernel
def capped(
    rules: Any,
    instrument: Any,
    ask: Any,
    equity: float,
    notional: float,
    cash: float,
    q: float,
    binding: int,
) -> tuple[float, int]:
    """Return the smallest of a quantity and every cap, and what set it (D13)."""
    price = ask["price"]
    most = rules["max_position_size"] * equity / price
    if most < q:
        q = most
        binding = BY_POLICY
    most = ask["cap"] * equity / price
    if most < q:
        q = most
        binding = BY_STRATEGY
    most = rules["max_position"] * equity / price
    if most < q:
        q = most
        binding = BY_ENGINE
    most = (rules["max_total_exposure"] * equity - notional) / price
    if most < q:
        q = most
        binding = BY_EXPOSURE
    most = cash / (price * cash_per_value(instrument))
    if most < q:
        q = most
        binding = BY_CASH
    if rules["max_volume_share"] > 0.0:
        most = rules["max_volume_share"] * ask["volume"]
        if most < q:
            q = most
            binding = BY_VOLUME
    if instrument["max_qty"] > 0.0 and instrument["max_qty"] < q:
        q = instrument["max_qty"]
        binding = BY_MAX_QTY
    if q < 0.0:
        q = 0.0
    return q, binding


@kernel
def within_budgets(account: Any, rules: Any, r: float, cluster: float, with_now: int) -> tuple[int, int, float]:
    """
    Return which budget is spent or 0, what set the risk fraction, and the fraction that is left (D10, D11).

    Args:
        account: Equity, which is above 0, and what it was; what is held and reserved.
        rules: Limits.
        r: The risk fraction wished.
        cluster: Open risk of the symbol's cluster; below 0 when it has none.
        with_now: 1 to count what was reserved at this moment too, else 0.
    """
    equity = account["equity"]
    binding = BY_RISK
    loss = account["day_start"] - equity
    if loss < 0.0:
        loss = 0.0
    risk = account["held_risk"] + with_now * account["now_risk"]
    left = rules["max_daily_risk"] - (loss + risk) / equity
    if left <= 0.0:
        return DAILY_BUDGET, 0, 0.0
    if left < r:
        r = left
        binding = BY_DAILY
    if cluster >= 0.0:
        left = rules["max_correlated_risk"] - cluster / equity
        if left <= 0.0:
            return CORRELATED, 0, 0.0
        if left < r:
            r = left
            binding = BY_CLUSTER
    return 0, binding, r


@kernel
def judge(
    account: Any, rules: Any, slot: Any, instrument: Any, ask: Any, profits: Any, cluster: float, with_now: int
) -> tuple[int, int, float]:
    """
    Size an entry, or find the first reason against it, after `gate` (D6 to D14).

    Args:
        account: Cash, equity and what they were; what is held and reserved.
        rules: Limits.
        slot: Whose row it is.
        instrument: The symbol's rules.
        ask: The row, prepared.
        profits: Rings of profits [slot, length].
        cluster: Open risk of the symbol's cluster; below 0 when it has none.
        with_now: 1 to count what was reserved at this moment too, else 0.

    Returns:
        The outcome (0 when accepted), what bound the quantity (0 before D13), and the quantity.
    """
    if account["held_count"] + with_now * account["now_count"] >= rules["max_concurrent_positions"]:
        return MAX_POSITIONS, 0, 0.0
    if slot["side"] != 0 and not is_ending(slot):
        return ALREADY_OPEN, 0, 0.0
    locked = lock(slot, rules, profits, ask["row"], account["equity"])
    if locked != 0:
        return locked, 0, 0.0
    equity = account["equity"]
    if equity <= 0.0:
        return DAILY_BUDGET, 0, 0.0
    spent, binding, r = within_budgets(account, rules, throttled_risk(account, rules, ask), cluster, with_now)
    if spent != 0:
        return spent, 0, 0.0
    price = ask["price"]
    if price <= 0.0:
        return PERCENT_PRICE, 0, 0.0
    q = quantity_at_risk(equity, r, ask["distance"], price * round_trip(instrument))
    fraction = ask["qty_fraction"]
    if fraction == fraction:
        stated = equity * fraction / price
        if not (ask["stop_dist"] < float("inf")) or stated < q:
            q = stated
            binding = BY_FRACTION
    notional = account["held_notional"] + with_now * account["now_notional"]
    cash = account["cash"] - account["held_cash"] - with_now * account["now_cash"]
    q, binding = capped(rules, instrument, ask, equity, notional, cash, q, binding)
    q = floor_step(q, instrument["lot_num"], instrument["lot_den"])
    return refusal_of_venue(instrument, ask, q), binding, q


@kernel
def is_contestable(outcome: int, binding: int) -> bool:
    """Tell whether a refusal may be due to what others reserved at the same moment (D2)."""
    if outcome in (MAX_POSITIONS, DAILY_BUDGET, CORRELATED):
        return True
    small = outcome in (MIN_QTY, MIN_NOTIONAL)
    return small and binding in (BY_EXPOSURE, BY_CASH)


@kernel
def reserve(slot: Any, instrument: Any, ask: Any, a: int, time: int) -> None:
    """Make an accepted row the pending entry of its slot, with all that it fixes (D15, E1)."""
    q = ask["quantity"]
    price = ask["price"]
    slot["wanted"] = ask["enter"]
    slot["wanted_kind"] = LIMIT_ENTRY if ask["limit_off"] == ask["limit_off"] else MARKET_ENTRY
    slot["wanted_at"] = time
    slot["wanted_ask"] = a
    slot["wanted_quantity"] = q
    slot["wanted_limit"] = price
    slot["wanted_distance"] = ask["distance"]
    slot["wanted_unprotected"] = 1 if ask["stop_dist"] == float("inf") else 0
    slot["wanted_trail_dist"] = ask["trail_dist"]
    slot["wanted_trail_arm_r"] = ask["trail_arm_r"] if ask["trail_arm_r"] == ask["trail_arm_r"] else 0.0
    slot["wanted_max_bars"] = ask["max_bars"]
    slot["wanted_notional"] = q * price
    slot["wanted_cash"] = q * price * cash_per_value(instrument)
    slot["wanted_risk"] = q * (ask["distance"] + price * round_trip(instrument))
    slot["atr"] = ask["atr"]
    slot["next_row"] = ask["row"] + 1


@kernel
def activate(order: Any, active: int, k: int) -> int:
    """Put slot `k` on the ascending list of slots at work and return the list's length."""
    for n in range(active):
        if order[0, n] == k:
            return active
    j = active
    while j > 0 and order[0, j - 1] > k:
        order[0, j] = order[0, j - 1]
        j -= 1
    order[0, j] = k
    return active + 1


@kernel
def unqueue(order: Any, queued: int, k: int) -> int:
    """Take slot `k` off the list of pending market entries and return the list's length."""
    kept = 0
    for n in range(queued):
        if order[1, n] != k:
            order[1, kept] = order[1, n]
            kept += 1
    return kept
