"""The risk chain: from a row that asks for an entry to a pending order or the first reason against it (rules D)."""

from __future__ import annotations

from typing import Any, Final

from tradewind.kernel.compile import kernel
from tradewind.kernel.costs import away_from_market, cash_per_value, floor_step, round_trip
from tradewind.kernel.exposure import exposure, is_ending, same_cluster
from tradewind.kernel.fills import EXPIRED, end_entry
from tradewind.kernel.layout import LIMIT_ENTRY, MARKET_ENTRY
from tradewind.kernel.sizing import quantity_at_risk, risk_fraction, stop_distance, throttle
from tradewind.model.decisions import BINDING_CODES, OUTCOME_CODES

SENT: Final = OUTCOME_CODES["sent"]
OUTRANKED: Final = OUTCOME_CODES["outranked"]
HALTED_DRAWDOWN: Final = OUTCOME_CODES["blocked:halted_drawdown"]
HALTED_DAILY: Final = OUTCOME_CODES["blocked:halted_daily"]
HALTED_OPERATOR: Final = OUTCOME_CODES["blocked:halted_operator"]
CLOSE_ONLY: Final = OUTCOME_CODES["blocked:close_only"]
WARMING_UP: Final = OUTCOME_CODES["blocked:warming_up"]
STALE_DATA: Final = OUTCOME_CODES["blocked:stale_data"]
CONFLICTING: Final = OUTCOME_CODES["blocked:conflicting_signals"]
SHORTS_REFUSED: Final = OUTCOME_CODES["blocked:shorts_refused"]
MAX_POSITIONS: Final = OUTCOME_CODES["blocked:max_positions"]
ALREADY_OPEN: Final = OUTCOME_CODES["blocked:already_open"]
COOLDOWN: Final = OUTCOME_CODES["blocked:cooldown"]
STOP_GUARD: Final = OUTCOME_CODES["blocked:stop_guard"]
PAIR_LOCKED: Final = OUTCOME_CODES["blocked:pair_locked"]
DAILY_BUDGET: Final = OUTCOME_CODES["blocked:daily_budget"]
CORRELATED: Final = OUTCOME_CODES["blocked:correlated"]
MIN_QTY: Final = OUTCOME_CODES["blocked:min_qty"]
MIN_NOTIONAL: Final = OUTCOME_CODES["blocked:min_notional"]
PERCENT_PRICE: Final = OUTCOME_CODES["blocked:percent_price"]

BY_RISK: Final = BINDING_CODES["risk"]
BY_POLICY: Final = BINDING_CODES["policy_cap"]
BY_STRATEGY: Final = BINDING_CODES["strategy_cap"]
BY_ENGINE: Final = BINDING_CODES["engine_cap"]
BY_EXPOSURE: Final = BINDING_CODES["total_exposure"]
BY_CASH: Final = BINDING_CODES["free_cash"]
BY_VOLUME: Final = BINDING_CODES["volume_share"]
BY_DAILY: Final = BINDING_CODES["daily_budget"]
BY_CLUSTER: Final = BINDING_CODES["correlated"]
BY_MAX_QTY: Final = BINDING_CODES["max_qty"]
BY_FRACTION: Final = BINDING_CODES["qty_fraction"]

DAY_MS: Final = 86_400_000


@kernel
def gate(book: Any, ask: Any) -> int:
    """Return the first reason before sizing that needs no look at other slots, or 0 (D3 to D5)."""
    account = book.account[0]
    rules = book.rules[0]
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
    if ask["enter"] < 0 and book.instruments[book.slots[ask["slot"]]["symbol"]]["linear"] == 0:
        return SHORTS_REFUSED
    return 0


@kernel
def lock(book: Any, k: int, row: int, equity: float) -> int:
    """Return why slot `k` takes no entry in plan row `row` after what it lived through, or 0 (D7)."""
    slot = book.slots[k]
    rules = book.rules[0]
    if row - slot["last_stop_row"] < rules["cooldown_bars"]:
        return COOLDOWN
    if row <= slot["guarded_to_row"]:
        return STOP_GUARD
    looked_at = rules["low_profit_trades"]
    if looked_at == 0 or slot["closes_seen"] < looked_at or row - slot["last_close_row"] >= rules["low_profit_bars"]:
        return 0
    total = 0.0
    for n in range(looked_at):
        total += book.profits[k, (slot["closes_seen"] + n) % looked_at]
    return PAIR_LOCKED if total < rules["low_profit_required"] * equity else 0


@kernel
def plan_price(ask: Any, instrument: Any) -> float:
    """Return the price an entry is planned at: the row's close, or the limit (D9)."""
    if ask["limit_off"] != ask["limit_off"]:
        return ask["close"]  # type: ignore[no-any-return]
    return away_from_market(ask["close"] - ask["enter"] * ask["limit_off"], ask["enter"], instrument)  # type: ignore[no-any-return]


@kernel
def refusal_of_venue(ask: Any, instrument: Any, q: float, price: float, distance: float) -> int:
    """Return which rule of the venue refuses this order, or 0 (D14)."""
    if q <= 0.0 or q < instrument["min_qty"]:
        return MIN_QTY
    if q * price < instrument["min_value"]:
        return MIN_NOTIONAL
    up = instrument["percent_up"] * ask["close"]
    down = instrument["percent_down"] * ask["close"]
    limited = ask["limit_off"] == ask["limit_off"]
    if limited and (price <= 0.0 or price < down or (up > 0.0 and price > up)):
        return PERCENT_PRICE
    if ask["stop_dist"] != float("inf"):
        stop = away_from_market(price - ask["enter"] * distance, ask["enter"], instrument)
        if stop < down or (up > 0.0 and stop > up):
            return PERCENT_PRICE
    return 0


@kernel
def judge(
    book: Any, ask: Any, clusters: Any, day: int, without: int, price: float, distance: float
) -> tuple[int, int, float]:
    """
    Size an entry, or find the first reason against it, after `gate` (D6 to D14).

    Args:
        book: The run.
        ask: The row.
        clusters: Cluster ids [day, symbol], −1 for none.
        day: The row of `clusters` that holds, −1 for none.
        without: Leave out what was reserved at this moment, ms; −1 leaves out nothing.
        price: The price the entry is planned at.
        distance: From price to stop.

    Returns:
        The outcome (0 when accepted), what bound the quantity (0 before D13), and the quantity.
    """
    account = book.account[0]
    rules = book.rules[0]
    k = ask["slot"]
    slot = book.slots[k]
    instrument = book.instruments[slot["symbol"]]
    equity = account["equity"]
    count, notional, reserved, risk, cluster_risk = exposure(book, clusters, day, slot["symbol"], without)
    if count >= rules["max_concurrent_positions"]:
        return MAX_POSITIONS, 0, 0.0
    if slot["side"] != 0 and not is_ending(slot):
        return ALREADY_OPEN, 0, 0.0
    locked = lock(book, k, ask["row"], equity)
    if locked != 0:
        return locked, 0, 0.0
    if equity <= 0.0:
        return DAILY_BUDGET, 0, 0.0
    base = rules["base_risk_per_trade"] if ask["risk"] != ask["risk"] else ask["risk"]
    fall = (account["peak"] - equity) / account["peak"] if account["peak"] > 0.0 else 0.0
    end = rules["throttle_end"] * rules["max_drawdown"]
    share = throttle(fall, rules["throttle_start"], rules["throttle_floor"], end)
    multiplier = rules["multiplier"][ask["regime"]]
    r = risk_fraction(base, multiplier, ask["confidence"], share, rules["max_risk_per_trade"])
    binding = BY_RISK
    loss = account["day_start"] - equity
    if loss < 0.0:
        loss = 0.0
    left = rules["max_daily_risk"] - (loss + risk) / equity
    if left <= 0.0:
        return DAILY_BUDGET, 0, 0.0
    if left < r:
        r = left
        binding = BY_DAILY
    if same_cluster(clusters, day, slot["symbol"], slot["symbol"]):
        left = rules["max_correlated_risk"] - cluster_risk / equity
        if left <= 0.0:
            return CORRELATED, 0, 0.0
        if left < r:
            r = left
            binding = BY_CLUSTER
    q = quantity_at_risk(equity, r, distance, price * round_trip(instrument))
    fraction = ask["qty_fraction"]
    if fraction == fraction and price > 0.0:
        stated = equity * fraction / price
        if not (ask["stop_dist"] < float("inf")) or stated < q:
            q = stated
            binding = BY_FRACTION
    if price > 0.0:
        q, binding = capped(ask, rules, instrument, equity, price, notional, account["cash"] - reserved, q, binding)
    q = floor_step(q, instrument["lot_num"], instrument["lot_den"])
    return refusal_of_venue(ask, instrument, q, price, distance), binding, q


@kernel
def capped(
    ask: Any,
    rules: Any,
    instrument: Any,
    equity: float,
    price: float,
    notional: float,
    cash: float,
    q: float,
    binding: int,
) -> tuple[float, int]:
    """Return the smallest of a quantity and every cap, and what set it (D13)."""
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
def is_contestable(outcome: int, binding: int) -> bool:
    """Tell whether a refusal may be due to what others reserved at the same moment (D2)."""
    if outcome in (MAX_POSITIONS, DAILY_BUDGET, CORRELATED):
        return True
    small = outcome in (MIN_QTY, MIN_NOTIONAL)
    return small and binding in (BY_EXPOSURE, BY_CASH)


@kernel
def decide(book: Any, a: int, time: int, clusters: Any) -> None:
    """
    Decide row `a` of the ledger at the close of its bar, after all that rank before it (D1 to D15).

    Args:
        book: The run.
        a: Index of the ask.
        time: Close time of the market bar, ms.
        clusters: Cluster ids [day, symbol], −1 for none.
    """
    ask = book.asks[a]
    account = book.account[0]
    rules = book.rules[0]
    slot = book.slots[ask["slot"]]
    instrument = book.instruments[slot["symbol"]]
    base = rules["base_risk_per_trade"] if ask["risk"] != ask["risk"] else ask["risk"]
    multiplier = rules["multiplier"][ask["regime"]]
    price = plan_price(ask, instrument)
    cost = round_trip(instrument)
    widened = rules["position_size_atr_multiplier"]
    distance = stop_distance(ask["stop_dist"], ask["atr"], price, cost, instrument["tick"], widened)
    ask["requested_risk"] = risk_fraction(base, multiplier, ask["confidence"], 1.0, rules["max_risk_per_trade"])
    ask["price"] = price
    ask["distance"] = distance
    if slot["wanted"] != 0:
        end_entry(book, ask["slot"], EXPIRED)
        unqueue(book, ask["slot"])
    outcome = gate(book, ask)
    if outcome != 0:
        ask["outcome"] = outcome
        return
    day = -1
    if clusters.shape[0] > 0:
        day = time // DAY_MS - rules["first_day"]
        if day >= clusters.shape[0]:
            day = clusters.shape[0] - 1
    outcome, binding, q = judge(book, ask, clusters, day, -1, price, distance)
    if outcome != 0 and account["reserved_now"] > 0 and is_contestable(outcome, binding):
        alone, _, _ = judge(book, ask, clusters, day, time, price, distance)
        if alone == 0:
            outcome = OUTRANKED
    ask["binding"] = binding
    if outcome != 0:
        ask["outcome"] = outcome
        return
    ask["outcome"] = SENT
    ask["quantity"] = q
    ask["effective_risk"] = q * (distance + price * cost) / account["equity"]
    reserve(book, a, time, q, price, distance)


@kernel
def reserve(book: Any, a: int, time: int, q: float, price: float, distance: float) -> None:
    """Make an accepted row the pending entry of its slot, with all that it fixes (D15, E1)."""
    ask = book.asks[a]
    account = book.account[0]
    k = ask["slot"]
    slot = book.slots[k]
    instrument = book.instruments[slot["symbol"]]
    slot["wanted"] = ask["enter"]
    slot["wanted_kind"] = MARKET_ENTRY
    if ask["limit_off"] == ask["limit_off"]:
        slot["wanted_kind"] = LIMIT_ENTRY
    slot["wanted_at"] = time
    slot["wanted_ask"] = a
    slot["wanted_quantity"] = q
    slot["wanted_limit"] = price
    slot["wanted_distance"] = distance
    slot["wanted_unprotected"] = 1 if ask["stop_dist"] == float("inf") else 0
    slot["wanted_trail_dist"] = ask["trail_dist"]
    slot["wanted_trail_arm_r"] = ask["trail_arm_r"] if ask["trail_arm_r"] == ask["trail_arm_r"] else 0.0
    slot["wanted_max_bars"] = ask["max_bars"]
    for rung in range(book.ladders.shape[1]):
        book.ladders[k, rung]["tp_r"] = book.ask_ladders[a * book.rules[0]["ladder_step"], rung]["tp_r"]
        book.ladders[k, rung]["tp_frac"] = book.ask_ladders[a * book.rules[0]["ladder_step"], rung]["tp_frac"]
    slot["wanted_notional"] = q * price
    slot["wanted_cash"] = q * price * cash_per_value(instrument)
    slot["wanted_risk"] = q * (distance + price * round_trip(instrument))
    slot["atr"] = ask["atr"]
    account["reserved_now"] += 1
    if slot["wanted_kind"] == MARKET_ENTRY:
        book.order[1, account["queued"]] = k
        account["queued"] += 1
    activate(book, k)


@kernel
def activate(book: Any, k: int) -> None:
    """Put slot `k` on the ascending list of slots that have something to do."""
    account = book.account[0]
    j = account["active"]
    for n in range(account["active"]):
        if book.order[0, n] == k:
            return
    while j > 0 and book.order[0, j - 1] > k:
        book.order[0, j] = book.order[0, j - 1]
        j -= 1
    book.order[0, j] = k
    account["active"] += 1


@kernel
def unqueue(book: Any, k: int) -> None:
    """Take slot `k` off the list of pending market entries."""
    account = book.account[0]
    kept = 0
    for n in range(account["queued"]):
        if book.order[1, n] != k:
            book.order[1, kept] = book.order[1, n]
            kept += 1
    account["queued"] = kept
