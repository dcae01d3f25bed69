"""How much an entry may be: risk fraction, distance, budgets, caps, venue rules (rules D8 to D14)."""

from __future__ import annotations

from decimal import Decimal

import attrs

from oracle.account import Account
from oracle.ledger import DAY_MS
from oracle.market import exact
from oracle.rows import Row
from oracle.scales import ONE, ZERO
from oracle.slot import Slot
from oracle.terms import Terms

SHARES = {"qty_fraction", "policy_cap", "strategy_cap", "engine_cap"}
"""What is a fraction of equity at a price: two of the same fraction tie in floats as well."""

REGIME_LIMITS = ("ranging_multiplier", "trending_multiplier", "volatile_multiplier")


@attrs.frozen(kw_only=True)
class Size:
    """
    The answer for one row.

    Args:
        quantity: Base units, floored to the lot.
        distance: `d`, quote units.
        price: What it was sized at, quote units.
        requested: Requested risk, a fraction of equity.
        effective: Effective risk, a fraction of equity.
        binding: What set the quantity.
        refused: Why it is no entry; None when it is one.
    """

    quantity: Decimal
    distance: Decimal
    price: Decimal
    requested: Decimal
    effective: Decimal
    binding: str
    refused: str | None = None


def requested_risk(account: Account, row: Row) -> tuple[Decimal, Decimal]:
    """Return what the row asks to risk before throttle and caps, and the requested risk of the record (D8, D15)."""
    base = account.limit("base_risk_per_trade") if row.risk is None else row.risk
    asked = base * account.limit(REGIME_LIMITS[row.regime]) * row.confidence
    return asked, min(asked, account.limit("max_risk_per_trade"))


def throttle(account: Account) -> Decimal:
    """Return the factor that shrinks risk with the drawdown (rule D8)."""
    start, floor = account.limit("throttle_start"), account.limit("throttle_floor")
    end = account.limit("throttle_end") * account.limit("max_drawdown")
    drawdown = account.ledger.drawdown
    if drawdown <= start:
        return ONE
    if drawdown >= end:
        return floor
    return ONE - (ONE - floor) * (drawdown - start) / (end - start)


def distance_of(account: Account, row: Row, terms: Terms, price: Decimal) -> Decimal:
    """Return `d`, which both sizes and protects (rule D9)."""
    if row.unprotected:
        return price
    proposed = row.stop_dist
    if proposed is None:
        assert row.atr is not None
        proposed = 2 * row.atr * account.limit("position_size_atr_multiplier")
    quarter = row.atr / 4 if row.atr is not None else ZERO
    return max(proposed, 4 * terms.round_trip * price, quarter, 5 * terms.tick)


def _cluster(account: Account, slot: Slot, row: Row) -> list[Slot]:
    """Return the slots of the symbol's cluster on the day that holds the row's close; none when it stands alone."""
    day = (row.time + slot.history.length_ms) // DAY_MS
    own = slot.cluster(day)
    return [] if own is None else [each for each in account.slots if each.cluster(day) == own]


def _cut_to_budgets(account: Account, slot: Slot, row: Row, wanted: Decimal) -> tuple[Decimal, str]:
    """Return the risk fraction that the day and the cluster leave, and what set it (rules D10 and D11)."""
    ledger, scales = account.ledger, account.scales
    left, label = wanted, "risk"
    if ledger.equity <= 0:
        return ZERO, "daily_budget"
    budget = account.limit("max_daily_risk") - (ledger.loss_today + account.open_risk()) / ledger.equity
    if not scales.at_least("daily budget", scales.rest("daily budget", budget, ONE), left, size=ONE):
        left, label = budget, "daily_budget"
    cluster = _cluster(account, slot, row)
    if cluster and (label == "risk" or left > 0):
        budget = account.limit("max_correlated_risk") - account.open_risk(cluster) / ledger.equity
        if not scales.at_least("cluster budget", scales.rest("cluster budget", budget, ONE), left, size=ONE):
            left, label = budget, "correlated"
    return left, label


def _caps(account: Account, slot: Slot, row: Row, price: Decimal) -> list[tuple[Decimal, str]]:
    """Return the most that each cap allows, in the order in which ties are named (rule D13)."""
    equity, terms = account.ledger.equity, slot.terms
    caps = [(account.limit("max_position_size") * equity / price, "policy_cap")]
    if row.cap is not None:
        caps.append((row.cap * equity / price, "strategy_cap"))
    caps.append((account.limit("max_position") * equity / price, "engine_cap"))
    exposure = account.limit("max_total_exposure") * equity - account.notional
    caps.append((account.scales.rest("exposure", exposure, equity) / price, "total_exposure"))
    free_cash = account.scales.rest("free cash", account.free_cash, equity)
    caps.append((free_cash / (price * terms.cash_share), "free_cash"))
    if account.limits.max_volume_share > 0:
        assert row.candle is not None
        caps.append((exact(account.limits.max_volume_share) * row.candle.volume, "volume_share"))
    if terms.max_qty > 0:
        caps.append((terms.max_qty, "max_qty"))
    return caps


def _venue_refusal(account: Account, row: Row, terms: Terms, size: Size) -> str | None:
    """Return which rule of the venue speaks against this order (rule D14)."""
    scales, price, quantity = account.scales, size.price, size.quantity
    if quantity <= 0 or quantity < terms.min_qty:
        return "min_qty"
    if scales.below("min_notional", quantity * price, terms.min_notional):
        return "min_notional"
    assert row.candle is not None
    prices = [] if row.limit_off is None else [price]
    if not row.unprotected:
        prices.append(scales.away_from_market(price - row.enter * size.distance, row.enter, terms.tick))
    for each in prices:
        if terms.price_up > 0 and scales.below("percent_price up", terms.price_up * row.candle.close, each):
            return "percent_price"
        if scales.below("percent_price down", each, terms.price_down * row.candle.close):
            return "percent_price"
    return None


def size_of(account: Account, slot: Slot, row: Row) -> Size:
    """Return the quantity of an entry that no gate refused, or why it cannot be."""
    terms, equity, scales = slot.terms, account.ledger.equity, account.scales
    price = row.price(terms.tick, scales)
    asked, requested = requested_risk(account, row)
    wanted = min(asked * throttle(account), account.limit("max_risk_per_trade"))
    distance = distance_of(account, row, terms, price)
    risk, label = _cut_to_budgets(account, slot, row, wanted)
    answer = Size(
        quantity=ZERO,
        distance=distance,
        price=price,
        requested=requested,
        effective=ZERO,
        binding="",
    )
    if risk <= 0 and label != "risk":
        return attrs.evolve(answer, refused=label)
    if price <= 0:
        return attrs.evolve(answer, refused="percent_price")
    per_unit = distance + price * terms.round_trip
    quantity, binding = equity * risk / per_unit, label
    if row.qty_fraction is not None:
        stated = equity * row.qty_fraction / price
        protected = row.stop_dist is not None and not row.unprotected
        if not protected or not scales.below("qty_fraction", quantity, stated):
            quantity, binding = stated, "qty_fraction"
    for most_of_cap, name in _caps(account, slot, row, price):
        same_product = most_of_cap == quantity and {binding, name} <= SHARES
        if not same_product and scales.below(name, most_of_cap, quantity, size=equity / price):
            quantity, binding = most_of_cap, name
    quantity = scales.lots(quantity, terms.lot)
    sized = attrs.evolve(answer, quantity=quantity, effective=quantity * per_unit / equity, binding=binding)
    refused = _venue_refusal(account, row, terms, sized)
    if refused is not None:
        return attrs.evolve(sized, quantity=ZERO, effective=ZERO, refused=refused)
    return sized
