"""Moving money: locks, fills and commissions, exact to 10^-8."""

from __future__ import annotations

from tradewind_sandbox.exchange.commissions import commission
from tradewind_sandbox.exchange.money import product, product_up
from tradewind_sandbox.exchange.orders import PRICED, Order, Trade
from tradewind_sandbox.exchange.venue import Venue


def lock_needed(order: Order) -> int:
    """
    Return what an order must hold while it rests or waits.

    A buyer with a price holds price × quantity, a waiting buyer without one stop × quantity, a
    seller the quantity. A market order holds nothing: it trades at once.
    """
    if order.order_type == "MARKET":
        return 0
    if not order.is_buy:
        return order.remaining
    if order.order_type in PRICED:
        return product_up(order.price, order.remaining)
    return product_up(order.stop_price or order.trail_best, order.remaining)


def set_lock(order: Order, amount: int) -> None:
    """Make an order hold `amount`, taking from or giving back to what is free."""
    if amount != order.locked:
        order.account.lock(order.lock_asset, amount - order.locked)
        order.locked = amount


def claim_pair_lock(order: Order) -> None:
    """Move the lock that a pair shares to the leg that starts working."""
    other = order.list.other(order) if order.list is not None else None
    if other is not None and other.is_open:
        set_lock(other, 0)
        set_lock(order, lock_needed(order))


def settle(venue: Venue, order: Order, price: int, quantity: int, trade_id: int, *, is_maker: bool) -> Trade:
    """
    Carry one fill out on one side: balances, commission, the order's sums, the account's trades.

    The order's locked part is spent first; a market order spends what is free.
    """
    account, market = order.account, order.market
    base, quote_asset = market.rules.base, market.rules.quote
    quote = product(price, quantity)
    fee, fee_asset = commission(
        account, market, venue.markets, quantity=quantity, quote=quote, is_maker=is_maker, is_buyer=order.is_buy
    )
    order.executed += quantity
    order.quote += quote
    if order.is_buy:
        account.credit(quote_asset, -quote)
        if order.locked:
            left = product_up(order.price, order.remaining)
            account.lock(quote_asset, left - order.locked)
            order.locked = left
        account.credit(base, quantity)
    else:
        if order.locked:
            account.credit_locked(base, -quantity)
            order.locked -= quantity
        else:
            account.credit(base, -quantity)
        account.credit(quote_asset, quote)
    _hold_received(order, quantity, fee if fee_asset == base else 0)
    account.credit(fee_asset, -fee)
    venue.fees[fee_asset] = venue.fees.get(fee_asset, 0) + fee
    trade = Trade(
        market.symbol,
        trade_id,
        order.order_id,
        order.list_id,
        price,
        quantity,
        quote,
        fee,
        fee_asset,
        venue.now(),
        order.is_buy,
        is_maker,
    )
    order.fills.append(trade)
    account.trades.setdefault(market.symbol, []).append(trade)
    return trade


def _hold_received(order: Order, quantity: int, fee: int) -> None:
    """
    Lock what the working order of an OPO list has bought (faqs/opo.md).

    The commission comes out of what is free when there is enough of it, else out of the received
    amount.
    """
    listed = order.list
    if listed is None or not listed.pays or order is not listed.working:
        return
    base = order.market.rules.base
    free_before = order.account.available(base) - quantity
    held = quantity if free_before >= fee else quantity - fee
    order.account.lock(base, held)
    listed.received += held


def settle_house(venue: Venue, order: Order, price: int, quantity: int) -> None:
    """Carry the other side of a fill out for the market's own participants."""
    base, quote_asset = order.market.rules.base, order.market.rules.quote
    sign = -1 if order.is_buy else 1
    venue.house[base] = venue.house.get(base, 0) + sign * quantity
    venue.house[quote_asset] = venue.house.get(quote_asset, 0) - sign * product(price, quantity)
