"""Order lists: OCO, OTO, OTOCO, OPO, OPOCO."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tradewind_sandbox.exchange import checks, render
from tradewind_sandbox.exchange.context import Context
from tradewind_sandbox.exchange.market import Market
from tradewind_sandbox.exchange.order_list import OrderList
from tradewind_sandbox.exchange.orders import ALGO, Order
from tradewind_sandbox.exchange.placing import build, check_open
from tradewind_sandbox.exchange.refusals import Refusal, reject
from tradewind_sandbox.exchange.settlement import lock_needed, set_lock

_ABOVE_BELOW_ERRORS = {
    ("SELL", "below", "LIMIT_MAKER"): (-1166, "A limit order in a sell OCO must be above."),
    ("BUY", "above", "LIMIT_MAKER"): (-1165, "A limit order in a buy OCO must be below."),
    ("SELL", "above", "STOP_LOSS"): (-1197, "A stop loss order in a sell OCO must be below."),
    ("BUY", "below", "STOP_LOSS"): (-1196, "A stop loss order in a buy OCO must be above."),
    ("SELL", "below", "TAKE_PROFIT"): (-1199, "A take profit order in a sell OCO must be above."),
    ("BUY", "above", "TAKE_PROFIT"): (-1198, "A take profit order in a buy OCO must be below."),
}


def _check_legs(ctx: Context, side: str, above: str, below: str) -> None:
    """Refuse leg types that do not make a pair (errors.md -1158, -1165..-1168, -1196..-1199)."""
    types = {"above": ctx.params[above], "below": ctx.params[below]}
    for kind in types.values():
        if kind not in {*ALGO, "LIMIT_MAKER"}:
            raise Refusal(-1158, "Order type not supported in OCO.")
    if set(types.values()) == {"LIMIT_MAKER"}:
        raise Refusal(-1168, "At least one OCO order must be contingent.")
    for where, kind in types.items():
        found = _ABOVE_BELOW_ERRORS.get((side, where, kind.removesuffix("_LIMIT")))
        if found is not None:
            raise Refusal(*found)


def _pair(
    ctx: Context, market: Market, side: str, above: str, below: str, *, quantity: int, later: bool = False
) -> list[Order]:
    """Return the two legs of a pair, the stop first."""
    _check_legs(ctx, side, f"{above}Type", f"{below}Type")
    legs = [build(ctx, market, prefix, side=side, quantity=quantity, quantity_later=later) for prefix in (below, above)]
    return sorted(legs, key=lambda leg: leg.order_type == "LIMIT_MAKER")


def _check_pair_prices(market: Market, legs: list[Order], side: str) -> None:
    """Refuse a pair whose prices do not lie on both sides of the last price."""
    last = market.last_price
    if last is None:
        return
    for leg in legs:
        if leg.order_type == "LIMIT_MAKER":
            wrong = leg.price <= last if side == "SELL" else leg.price >= last
        else:
            wrong = bool(leg.stop_price) and checks.stop_reached(leg, last)
        if wrong:
            reject("The relationship of the prices for the orders is not correct.")


def _check_room(ctx: Context, orders: list[Order]) -> None:
    """Apply filters that count, and refuse ids that are in use, also within the request."""
    checks.check_counts(orders, lists=1)
    account = ctx.owner
    symbol = orders[0].market.symbol
    ids = [order.client_id for order in orders]
    if len(set(ids)) < len(ids) or any((symbol, one) in account.open_client for one in ids):
        reject("Duplicate order sent.")
    wanted = ctx.params.get("listClientOrderId")
    if wanted is not None and any(listed.client_id == wanted for listed in account.open_lists.values()):
        reject("Duplicate order sent.")


def _open_list(ctx: Context, market: Market) -> OrderList:
    venue, account = ctx.core.venue, ctx.owner
    client_id = ctx.params.get("listClientOrderId") or venue.fresh_client_id()
    listed = OrderList(market, account, venue.next_list_id, client_id, venue.now())
    venue.next_list_id += 1
    account.lists[listed.list_id] = listed
    account.open_lists[listed.list_id] = listed
    account.list_by_client[client_id] = listed
    return listed


def _answer(ctx: Context, listed: OrderList, orders: list[Order]) -> dict[str, Any]:
    kind = str(ctx.params.get("newOrderRespType") or "RESULT")
    body = render.listing(ctx, listed)
    body["orderReports"] = [
        render.placed(ctx, order, kind if order is listed.working else "RESULT" if kind == "FULL" else kind)
        for order in orders
    ]
    return body


def place_oco(ctx: Context) -> dict[str, Any]:
    """Serve `POST orderList/oco`: a pair of which only one can trade."""
    market, side = ctx.market(), ctx.params["side"]
    if not market.rules.allows("ocoAllowed"):
        raise Refusal(-2010, "OCO orders are not supported for this symbol")
    legs = _pair(ctx, market, side, "above", "below", quantity=ctx.params["quantity"])
    check_open(ctx, market)
    for leg in legs:
        checks.check_supported(leg)
        checks.check_filters(ctx.core.venue, leg)
    _check_room(ctx, legs)
    _check_pair_prices(market, legs, side)
    for leg in legs:
        checks.check_relation(leg)
    needed = max(lock_needed(leg) for leg in legs)
    if ctx.owner.available(legs[0].lock_asset) < needed:
        raise checks.insufficient()
    listed = _open_list(ctx, market)
    listed.orders = listed.pair = legs
    for leg in legs:
        leg.list = listed
    set_lock(legs[0], needed)
    for leg in legs:
        ctx.core.life.admit(leg, "NEW")
    ctx.core.venue.report_list(listed)
    for leg in legs:
        if leg.is_open:
            ctx.core.contingency.start(leg)
    return _answer(ctx, listed, legs)


def _phases(ctx: Context, market: Market, working: Order, pending: list[Order], *, pays: bool) -> dict[str, Any]:
    """Place a list of a working order and what comes after it."""
    if not market.rules.allows("otoAllowed"):
        raise Refusal(-2010, "OTO orders are not supported for this symbol")
    if len(pending) == 2 and not market.rules.allows("ocoAllowed"):
        raise Refusal(-2010, "OCO orders are not supported for this symbol")
    if pays and not market.rules.allows("opoAllowed"):
        raise Refusal(-2010, "OPO orders are not supported for this symbol")
    check_open(ctx, market)
    venue, life = ctx.core.venue, ctx.core.life
    orders = [working, *pending]
    for order in orders:
        checks.check_supported(order)
        checks.check_filters(venue, order, quantity_known=order is working or not pays)
    _check_room(ctx, orders)
    checks.check_relation(working)
    checks.check_funds(working, 0)
    listed = _open_list(ctx, market)
    listed.contingency = "OTO"
    listed.pays = pays
    listed.working = working
    listed.orders = orders
    listed.pending = pending
    listed.pair = pending if len(pending) == 2 else []
    for order in orders:
        order.list = listed
    set_lock(working, lock_needed(working))
    life.admit(working, "NEW")
    for order in pending:
        life.admit(order, "PENDING_NEW")
    venue.report_list(listed)
    ctx.core.contingency.start(working)
    return _answer(ctx, listed, orders)


def _working(ctx: Context, market: Market) -> Order:
    if ctx.params["workingType"] not in {"LIMIT", "LIMIT_MAKER"}:
        raise Refusal(-1116, "Invalid orderType.")
    return build(ctx, market, "working", side=ctx.params["workingSide"])


def _check_sides(ctx: Context) -> None:
    """Refuse an OPO that does not buy first and sell then (-1222, -1223)."""
    if ctx.params["workingSide"] != "BUY":
        raise Refusal(-1222, "The working order of an OPO list must be on the BUY side.")
    if ctx.params["pendingSide"] != "SELL":
        raise Refusal(-1223, "The pending orders of an OPO list must be on the SELL side.")
    if "pendingQuantity" in ctx.params:
        raise Refusal(-1225, "Parameter 'pendingQuantity' sent when not required.")


def _single(*, pays: bool) -> Callable[[Context], dict[str, Any]]:
    def serve(ctx: Context) -> dict[str, Any]:
        market = ctx.market()
        if pays:
            _check_sides(ctx)
        working = _working(ctx, market)
        pending = build(ctx, market, "pending", side=ctx.params["pendingSide"], quantity_later=pays)
        return _phases(ctx, market, working, [pending], pays=pays)

    return serve


def _double(*, pays: bool) -> Callable[[Context], dict[str, Any]]:
    def serve(ctx: Context) -> dict[str, Any]:
        market = ctx.market()
        if pays:
            _check_sides(ctx)
        working = _working(ctx, market)
        quantity = 0 if pays else ctx.params["pendingQuantity"]
        pending = _pair(
            ctx, market, ctx.params["pendingSide"], "pendingAbove", "pendingBelow", quantity=quantity, later=pays
        )
        return _phases(ctx, market, working, pending, pays=pays)

    return serve


place_oto = _single(pays=False)
place_opo = _single(pays=True)
place_otoco = _double(pays=False)
place_opoco = _double(pays=True)
