"""Whether an order may be: filters first, then what the matching engine itself refuses."""

from __future__ import annotations

from typing import Final

from tradewind_sandbox.exchange.money import UNIT, product
from tradewind_sandbox.exchange.orders import ALGO, PRICED, Order
from tradewind_sandbox.exchange.refusals import Refusal, filter_failure, reject
from tradewind_sandbox.exchange.settlement import lock_needed
from tradewind_sandbox.exchange.venue import Venue

_UNSUPPORTED: Final = {
    "MARKET": "Market orders are not supported for this symbol.",
    "STOP_LOSS": "Stop loss orders are not supported for this symbol.",
    "STOP_LOSS_LIMIT": "Stop loss limit orders are not supported for this symbol.",
    "TAKE_PROFIT": "Take profit orders are not supported for this symbol.",
    "TAKE_PROFIT_LIMIT": "Take profit limit orders are not supported for this symbol.",
}


def insufficient() -> Refusal:
    """Return the refusal of an order that the account cannot pay."""
    return Refusal(-2010, "Account has insufficient balance for requested action.")


def triggers_above(order: Order) -> bool:
    """Whether an order's stop lies above the market: STOP_LOSS BUY and TAKE_PROFIT SELL."""
    return order.order_type.startswith("STOP_LOSS") == order.is_buy


def stop_reached(order: Order, price: int) -> bool:
    """Whether a price meets an order's stop condition."""
    return price >= order.stop_price if triggers_above(order) else price <= order.stop_price


def check_supported(order: Order) -> None:
    """Refuse what the symbol does not take at all."""
    rules = order.market.rules
    if order.order_type not in rules.order_types:
        reject(_UNSUPPORTED.get(order.order_type, "Unsupported order combination"))
    if order.trailing_delta and not rules.allows("allowTrailingStop"):
        reject("Trailing stop orders are not supported for this symbol.")
    if order.iceberg and not rules.allows("icebergAllowed"):
        reject("Iceberg orders are not supported for this symbol.")
    if order.quote_budget and not rules.allows("quoteOrderQtyMarketAllowed"):
        reject("Quote order qty market orders are not support for this symbol.")


def check_filters(venue: Venue, order: Order, *, quantity_known: bool = True) -> None:
    """
    Apply a symbol's filters to one order (filters.md).

    Args:
        venue: For the time that averages end at.
        order: Not yet taken in.
        quantity_known: False for an OPO's pending order, whose quantity comes later.
    """
    filters = order.market.filters
    for price in (order.price, order.stop_price):
        if price and not filters.price.holds(price):
            filter_failure("PRICE_FILTER")
    _check_trailing(order)
    _check_percent(venue, order)
    if quantity_known:
        _check_size(venue, order)


def _check_trailing(order: Order) -> None:
    trailing = order.market.filters.trailing
    if order.trailing_delta and trailing is not None:
        low, high = trailing.above if triggers_above(order) else trailing.below
        if not low <= order.trailing_delta <= high:
            filter_failure("TRAILING_DELTA")


def _check_percent(venue: Venue, order: Order) -> None:
    percent = order.market.filters.percent
    if percent is None or order.order_type not in PRICED:
        return
    against = order.market.filter_price(percent.minutes, venue.now())
    if against is None:
        return
    down, up = (percent.bid_down, percent.bid_up) if order.is_buy else (percent.ask_down, percent.ask_up)
    if not against * down <= order.price * UNIT <= against * up:
        filter_failure(percent.name)


def _check_size(venue: Venue, order: Order) -> None:
    filters = order.market.filters
    if not order.quote_budget:
        filters.check_quantity(order.quantity, market=order.order_type == "MARKET")
    if order.iceberg:
        if order.iceberg > order.quantity:
            reject("IcebergQty exceeds QTY.")
        if not filters.lot.holds(order.iceberg):
            filter_failure("LOT_SIZE")
        if -(-order.quantity // order.iceberg) > filters.iceberg_parts:
            filter_failure("ICEBERG_PARTS")
    _check_notional(venue, order)
    _check_assets(venue, order)


def _notional(venue: Venue, order: Order, minutes: int) -> int | None:
    if order.quote_budget:
        return order.quote_budget
    if order.order_type in PRICED:
        return product(order.price, order.quantity)
    price = order.stop_price or order.market.filter_price(minutes, venue.now())
    return None if price is None else product(price, order.quantity)


def _check_notional(venue: Venue, order: Order) -> None:
    market = order.order_type == "MARKET"
    for rule in order.market.filters.notional:
        worth = _notional(venue, order, rule.minutes)
        if worth is None:
            continue
        too_low = worth < rule.low and (rule.low_to_market or not market)
        too_high = worth > rule.high and (rule.high_to_market or not market)
        if too_low or too_high:
            filter_failure(rule.name)


def _check_assets(venue: Venue, order: Order) -> None:
    limits = order.account.rules.asset_limits
    if not limits:
        return
    rules = order.market.rules
    worth = _notional(venue, order, 0) or 0
    if order.quantity > limits.get(rules.base, order.quantity) or worth > limits.get(rules.quote, worth):
        filter_failure("MAX_ASSET")


def check_counts(orders: list[Order], *, lists: int = 0) -> None:
    """Apply the filters that count what the account has open on the symbol already."""
    first = orders[0]
    filters, account, symbol = first.market.filters, first.account, first.market.symbol
    placed, algo, iceberg, buying = account.counts(symbol)
    if placed + len(orders) > filters.max_orders:
        filter_failure("MAX_NUM_ORDERS")
    if algo + sum(order.order_type in ALGO for order in orders) > filters.max_algo:
        filter_failure("MAX_NUM_ALGO_ORDERS")
    if iceberg + sum(order.iceberg > 0 for order in orders) > filters.max_iceberg:
        filter_failure("MAX_NUM_ICEBERG_ORDERS")
    if lists:
        there = sum(listed.market.symbol == symbol for listed in account.open_lists.values())
        if there + lists > filters.max_lists:
            filter_failure("MAX_NUM_ORDER_LISTS")
    bought = sum(order.quantity for order in orders if order.is_buy)
    if bought:
        base = first.market.rules.base
        held = account.free.get(base, 0) + account.locked.get(base, 0) + buying
        if held + bought > filters.max_position:
            filter_failure("MAX_POSITION")


def check_relation(order: Order) -> None:
    """Refuse a stop that is met already and a maker that would take."""
    market = order.market
    last = market.last_price
    if order.stop_price and order.order_type in ALGO and last is not None and stop_reached(order, last):
        reject("Order would trigger immediately.")
    if order.order_type == "LIMIT_MAKER":
        against = market.best_ask() if order.is_buy else market.best_bid()
        if against is not None and (order.price >= against if order.is_buy else order.price <= against):
            reject("Order would immediately match and take.")


def check_funds(order: Order, spending: int) -> None:
    """
    Refuse what the account cannot pay.

    Args:
        order: Not yet at work.
        spending: What a market order spends on the present book; other orders spend what they lock.
    """
    needed = spending if order.order_type == "MARKET" else lock_needed(order)
    if order.account.available(order.lock_asset) < needed:
        raise insufficient()


def check_activation(venue: Venue, order: Order) -> None:
    """Check a pending order when its turn comes: quantity and price filters, then the stop."""
    if order.quantity <= 0:
        filter_failure("LOT_SIZE")
    check_filters(venue, order)
    check_relation(order)
    if not order.market.is_trading:
        reject("Market is closed.")
