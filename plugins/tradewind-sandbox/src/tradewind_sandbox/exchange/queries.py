"""Reads of an account's own state, with the lag that their data source may have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from tradewind_sandbox.exchange import render
from tradewind_sandbox.exchange.commissions import rate
from tradewind_sandbox.exchange.context import Context
from tradewind_sandbox.exchange.money import text
from tradewind_sandbox.exchange.order_list import OrderList
from tradewind_sandbox.exchange.orders import OPEN, Order, Trade
from tradewind_sandbox.exchange.refusals import Refusal
from tradewind_sandbox.exchange.rules import Rates

_DAY_MS: Final = 86_400_000
_ARCHIVED_US: Final = 90 * _DAY_MS * 1000


def seen(ctx: Context, order: Order) -> Order | None:
    """Return an order as the read's data source knows it, None when it does not know it yet."""
    if not ctx.late:
        return order
    return order.as_of(ctx.core.venue.now() - ctx.late)


def _is_archived(ctx: Context, order: Order) -> bool:
    ended = order.status in {"CANCELED", "EXPIRED"} and not order.executed
    return ended and ctx.core.venue.now() - order.updated_us > _ARCHIVED_US


def get_order(ctx: Context) -> dict[str, Any]:
    """Serve `GET order`: the newest order of a client id when several had it."""
    market = ctx.market()
    order_id, client_id = ctx.params.get("orderId"), ctx.params.get("origClientOrderId")
    if order_id is None and client_id is None:
        raise Refusal(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!")
    found = _find(ctx, market.symbol, order_id, client_id)
    if found is not None and order_id is not None and client_id not in {None, found.client_id}:
        raise Refusal(-2039, "Client order ID is not correct for this order ID.")
    order = seen(ctx, found) if found is not None else None
    if order is None:
        raise Refusal(-2013, "Order does not exist.")
    if _is_archived(ctx, order):
        raise Refusal(
            -2026, "Order was canceled or expired with no executed qty over 90 days ago and has been archived."
        )
    return render.queried(ctx, order)


def _find(ctx: Context, symbol: str, order_id: int | None, client_id: str | None) -> Order | None:
    account = ctx.owner
    if order_id is not None:
        return account.orders.get(symbol, {}).get(order_id)
    return account.by_client.get((symbol, str(client_id)))


def open_orders(ctx: Context) -> list[dict[str, Any]]:
    """Serve `GET openOrders`."""
    account = ctx.owner
    symbols = [ctx.market().symbol] if "symbol" in ctx.params else list(account.orders)
    if not ctx.late:
        chosen = [order for order in account.open.values() if order.market.symbol in symbols]
        return [render.queried(ctx, order) for order in chosen]
    past = [seen(ctx, order) for symbol in symbols for order in account.orders.get(symbol, {}).values()]
    return [render.queried(ctx, order) for order in past if order is not None and order.status in OPEN]


def _span(ctx: Context) -> tuple[int | None, int | None]:
    """Return the asked start and end in microseconds; more than a day between them is refused (-1127)."""
    start, end = ctx.params.get("startTime"), ctx.params.get("endTime")
    if start is not None and end is not None and end - start > _DAY_MS:
        raise Refusal(-1127, "More than 24 hours between startTime and endTime.")
    if start is not None and end is None:
        end = start + _DAY_MS
    if end is not None and start is None:
        start = end - _DAY_MS
    return None if start is None else start * 1000, None if end is None else end * 1000 + 999


def _limit(ctx: Context, default: int, most: int) -> int:
    return max(1, min(int(ctx.params.get("limit", default)), most))


def all_orders(ctx: Context) -> list[dict[str, Any]]:
    """Serve `GET allOrders`: from an id on, of a window, or the newest; archived ones are left out."""
    market = ctx.market()
    start, end = _span(ctx)
    first = ctx.params.get("orderId")
    rows = []
    for order in ctx.owner.orders.get(market.symbol, {}).values():
        view = seen(ctx, order)
        if view is None or _is_archived(ctx, view) or (first is not None and view.order_id < first):
            continue
        if start is not None and end is not None and not start <= view.created_us <= end:
            continue
        rows.append(view)
    limit = _limit(ctx, 500, 1000)
    chosen = rows[:limit] if first is not None or start is not None else rows[-limit:]
    return [render.queried(ctx, order) for order in chosen]


_COMBINATIONS: Final = (
    frozenset[str](),
    frozenset({"orderId"}),
    frozenset({"startTime"}),
    frozenset({"endTime"}),
    frozenset({"fromId"}),
    frozenset({"startTime", "endTime"}),
    frozenset({"orderId", "fromId"}),
)


def my_trades(ctx: Context) -> list[dict[str, Any]]:
    """
    Serve `GET myTrades`.

    `fromId` pages without a gap; a window spans at most 24 hours; without either the newest come.
    """
    market = ctx.market()
    given = {name for name in ("orderId", "startTime", "endTime", "fromId") if name in ctx.params}
    if given not in _COMBINATIONS:
        raise Refusal(-1128, "Combination of optional parameters invalid.")
    start, end = _span(ctx)
    trades: Iterable[Trade] = ctx.owner.trades.get(market.symbol, ())
    if ctx.late:
        until = ctx.core.venue.now() - ctx.late
        trades = [trade for trade in trades if trade.time_us <= until]
    if "orderId" in given:
        trades = [trade for trade in trades if trade.order_id == ctx.params["orderId"]]
    if "fromId" in given:
        trades = [trade for trade in trades if trade.trade_id >= ctx.params["fromId"]]
    if start is not None and end is not None:
        trades = [trade for trade in trades if start <= trade.time_us <= end]
    rows, limit = list(trades), _limit(ctx, 500, 1000)
    chosen = rows[-limit:] if not given or given == {"orderId"} else rows[:limit]
    return [render.trade_row(ctx, trade) for trade in chosen]


# lists


def get_list(ctx: Context) -> dict[str, Any]:
    """Serve `GET orderList`."""
    list_id, client_id = ctx.params.get("orderListId"), ctx.params.get("origClientOrderId")
    if list_id is None and client_id is None:
        raise Refusal(-1102, "Param 'orderListId' or 'origClientOrderId' must be sent, but both were empty/null!")
    account = ctx.owner
    found = account.lists.get(list_id) if list_id is not None else account.list_by_client.get(str(client_id))
    listed = _list_seen(ctx, found) if found is not None else None
    if listed is None:
        raise Refusal(-2013, "Order list does not exist.")
    return render.listing(ctx, listed)


def _list_seen(ctx: Context, listed: OrderList) -> OrderList | None:
    return listed.as_of(ctx.core.venue.now() - ctx.late) if ctx.late else listed


def all_lists(ctx: Context) -> list[dict[str, Any]]:
    """Serve `GET allOrderList`."""
    start, end = _span(ctx)
    first = ctx.params.get("fromId")
    views = [_list_seen(ctx, listed) for listed in ctx.owner.lists.values()]
    rows = [
        listed
        for listed in views
        if listed is not None
        and (first is None or listed.list_id >= first)
        and (start is None or end is None or start <= listed.created_us <= end)
    ]
    limit = _limit(ctx, 500, 1000)
    chosen = rows[:limit] if first is not None or start is not None else rows[-limit:]
    return [render.listing(ctx, listed) for listed in chosen]


def open_lists(ctx: Context) -> list[dict[str, Any]]:
    """Serve `GET openOrderList`."""
    owner = ctx.owner
    views = [_list_seen(ctx, listed) for listed in (owner.lists if ctx.late else owner.open_lists).values()]
    return [render.listing(ctx, listed) for listed in views if listed is not None and listed.is_open]


# the account


def _rates(rates: Rates) -> dict[str, str]:
    return {
        "maker": text(rates.maker),
        "taker": text(rates.taker),
        "buyer": text(rates.buyer),
        "seller": text(rates.seller),
    }


def account(ctx: Context) -> dict[str, Any]:
    """Serve `GET account`."""
    owner = ctx.owner
    standard = owner.commission.standard
    until = ctx.core.venue.now() - ctx.late
    balances = []
    for asset in sorted({*owner.free, *owner.locked}):
        free, locked = (
            owner.balance_as_of(asset, until) if ctx.late else (owner.free.get(asset, 0), owner.locked.get(asset, 0))
        )
        if free or locked or not ctx.params.get("omitZeroBalances"):
            balances.append({"asset": asset, "free": text(free), "locked": text(locked)})
    return {
        "makerCommission": rate(standard, is_maker=True, is_buyer=True) // 10_000,
        "takerCommission": rate(standard, is_maker=False, is_buyer=True) // 10_000,
        "buyerCommission": standard.buyer // 10_000,
        "sellerCommission": standard.seller // 10_000,
        "commissionRates": _rates(standard),
        "canTrade": owner.can_trade,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": ctx.time(owner.updated_us),
        "accountType": "SPOT",
        "balances": balances,
        "permissions": ["SPOT"],
        "uid": owner.uid,
    }


def commission_rates(ctx: Context) -> dict[str, Any]:
    """Serve `GET account/commission`."""
    terms = ctx.owner.commission
    return {
        "symbol": ctx.market().symbol,
        "standardCommission": _rates(terms.standard),
        "specialCommission": _rates(terms.special),
        "taxCommission": _rates(terms.tax),
        "discount": {
            "enabledForAccount": terms.discount_on,
            "enabledForSymbol": True,
            "discountAsset": terms.discount_asset,
            "discount": text(terms.discount),
        },
    }


def order_counts(ctx: Context) -> list[dict[str, Any]]:
    """Serve `GET rateLimit/order`."""
    return ctx.core.limits.order_rows(ctx.owner.name, ctx.core.venue.now())


def my_filters(ctx: Context) -> dict[str, Any]:
    """Serve `GET myFilters`: the only place that shows MAX_ASSET."""
    market = ctx.market()
    limits = ctx.owner.rules.asset_limits
    return {
        "exchangeFilters": [],
        "symbolFilters": [dict(row) for row in market.rules.filters if str(row["filterType"]).startswith("MAX_")],
        "assetFilters": [
            {"filterType": "MAX_ASSET", "asset": asset, "limit": text(limits[asset])}
            for asset in (market.rules.base, market.rules.quote)
            if asset in limits
        ],
    }
