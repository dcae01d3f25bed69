"""Single orders: from parameters to the book."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from tradewind_sandbox.exchange import checks, render
from tradewind_sandbox.exchange.context import Context
from tradewind_sandbox.exchange.core import Core
from tradewind_sandbox.exchange.market import Market
from tradewind_sandbox.exchange.money import text
from tradewind_sandbox.exchange.orders import ALGO, Order
from tradewind_sandbox.exchange.refusals import Refusal, invalid, missing, reject, superfluous
from tradewind_sandbox.exchange.settlement import lock_needed, set_lock

_READS: Final[dict[str, frozenset[str]]] = {
    "LIMIT": frozenset({"timeInForce", "quantity", "price", "icebergQty"}),
    "LIMIT_MAKER": frozenset({"quantity", "price", "icebergQty"}),
    "MARKET": frozenset({"quantity", "quoteOrderQty"}),
    "STOP_LOSS": frozenset({"quantity", "stopPrice", "trailingDelta"}),
    "TAKE_PROFIT": frozenset({"quantity", "stopPrice", "trailingDelta"}),
    "STOP_LOSS_LIMIT": frozenset({"timeInForce", "quantity", "price", "stopPrice", "trailingDelta", "icebergQty"}),
    "TAKE_PROFIT_LIMIT": frozenset({"timeInForce", "quantity", "price", "stopPrice", "trailingDelta", "icebergQty"}),
}
_ALL: Final = tuple(sorted(frozenset().union(*_READS.values())))


@cache
def _name(prefix: str, name: str) -> str:
    return prefix + name[0].upper() + name[1:] if prefix else name


def build(
    ctx: Context, market: Market, prefix: str = "", *, side: str, quantity_later: bool = False, quantity: int = 0
) -> Order:
    """
    Make an order from parameters, without taking it in.

    Args:
        ctx: The request.
        market: Where.
        prefix: `working`, `pending`, `above`, … in a list; empty for a single order.
        side: BUY or SELL.
        quantity_later: True for an OPO's pending order.
        quantity: A quantity that several orders share.

    Raises:
        Refusal: -1102 for what is missing, -1106 for what this type does not take.
    """
    params = ctx.params
    order_type: str = params[_name(prefix, "type")]
    values: dict[str, Any] = {name: params.get(_name(prefix, name)) for name in _ALL}
    if quantity:
        values["quantity"] = quantity
    _check_shape(prefix, order_type, values, quantity_later=quantity_later)
    client_name = _name(prefix, "clientOrderId") if prefix else "newClientOrderId"
    order = Order(
        market,
        ctx.owner,
        side,
        order_type,
        params.get(client_name) or ctx.core.venue.fresh_client_id(),
        ctx.core.venue.now(),
    )
    order.tif = values["timeInForce"] or "GTC"
    order.price = values["price"] or 0
    order.stop_price = values["stopPrice"] or 0
    order.trailing_delta = values["trailingDelta"] or 0
    order.quantity = values["quantity"] or 0
    order.quote_budget = values["quoteOrderQty"] or 0
    order.iceberg = values["icebergQty"] or 0
    order.trail_best = (market.last_price or 0) if order.trailing_delta else 0
    order.strategy_id = params.get(_name(prefix, "strategyId"))
    order.strategy_type = params.get(_name(prefix, "strategyType"))
    if order.strategy_type is not None and order.strategy_type < 1_000_000:
        raise Refusal(-1134, "`strategyType` was less than 1000000.")
    order.stp = params.get("selfTradePreventionMode") or market.rules.default_stp
    if "selfTradePreventionMode" in params and order.stp not in market.rules.stp_modes:
        raise invalid("selfTradePreventionMode")
    return order


def _check_shape(prefix: str, order_type: str, values: Mapping[str, Any], *, quantity_later: bool) -> None:
    reads = _READS[order_type]
    for name in _ALL:
        if values[name] is not None and (name not in reads or (quantity_later and name == "quantity")):
            raise superfluous(_name(prefix, name))
    needed = [name for name in ("timeInForce", "quantity", "price") if name in reads]
    if quantity_later:
        needed.remove("quantity")
    if order_type == "MARKET" and not quantity_later:
        if values["quantity"] is not None and values["quoteOrderQty"] is not None:
            raise superfluous(_name(prefix, "quoteOrderQty"))
        if values["quantity"] is None and values["quoteOrderQty"] is None:
            raise Refusal(-1102, "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!")
        needed = []
    for name in needed:
        if values[name] is None:
            raise missing(_name(prefix, name))
    if order_type in ALGO and values["stopPrice"] is None and values["trailingDelta"] is None:
        raise Refusal(-1102, "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!")
    if values["icebergQty"] is not None and values["timeInForce"] not in {None, "GTC"}:
        reject("Unsupported order combination")


def check_open(ctx: Context, market: Market) -> None:
    """Refuse when trading is off: for the API, the account or the symbol."""
    if ctx.core.venue.trading_off:
        raise Refusal(-2010, ctx.core.venue.trading_off)
    if not ctx.owner.can_trade:
        reject("This account may not place or cancel orders.")
    if not market.is_trading:
        reject("Market is closed.")


def check_before(core: Core, order: Order) -> None:
    """Apply what is checked before the engine: symbol permissions and filters."""
    checks.check_supported(order)
    checks.check_filters(core.venue, order)
    checks.check_counts([order])


def check_in_engine(core: Core, order: Order) -> None:
    """Apply what the matching engine itself refuses: duplicate id, relation to the market, funds."""
    if (order.market.symbol, order.client_id) in order.account.open_client:
        reject("Duplicate order sent.")
    checks.check_relation(order)
    if order.quote_budget and (order.market.best_ask() if order.is_buy else order.market.best_bid()) is None:
        reject("Order book liquidity is less than symbol minimum quantity.")
    checks.check_funds(order, core.matching.spending(order) if order.order_type == "MARKET" else 0)


def accept(core: Core, order: Order) -> None:
    """Take an order in, lock its money and let it wait or work."""
    set_lock(order, lock_needed(order))
    core.life.admit(order, "NEW")
    core.contingency.start(order)


def response_kind(ctx: Context, order_type: str) -> str:
    """Return the asked answer; MARKET and LIMIT default to FULL, all others to ACK."""
    default = "FULL" if order_type in {"MARKET", "LIMIT"} else "ACK"
    return str(ctx.params.get("newOrderRespType") or default)


def place(ctx: Context) -> dict[str, Any]:
    """Serve `POST order`."""
    market = ctx.market()
    order = build(ctx, market, side=ctx.params["side"])
    check_open(ctx, market)
    check_before(ctx.core, order)
    check_in_engine(ctx.core, order)
    accept(ctx.core, order)
    return render.placed(ctx, order, response_kind(ctx, order.order_type))


def try_out(ctx: Context) -> dict[str, Any]:
    """Serve `POST order/test`: every check, no change; with commission rates when asked."""
    market = ctx.market()
    order = build(ctx, market, side=ctx.params["side"])
    check_open(ctx, market)
    check_before(ctx.core, order)
    if not ctx.params.get("computeCommissionRates"):
        return {}
    return commission_for_order(ctx, order)


def commission_for_order(ctx: Context, order: Order) -> dict[str, Any]:
    """Return the four commission blocks of `order/test`."""
    terms = ctx.owner.commission
    side = "buyer" if order.is_buy else "seller"
    blocks = {"standard": terms.standard, "special": terms.special, "tax": terms.tax}
    body: dict[str, Any] = {}
    for name, rates in blocks.items():
        extra = getattr(rates, side)
        body[f"{name}CommissionForOrder"] = {
            "maker": text(rates.maker + extra),
            "taker": text(rates.taker + extra),
        }
    body["discount"] = {
        "enabledForAccount": terms.discount_on,
        "enabledForSymbol": True,
        "discountAsset": terms.discount_asset,
        "discount": text(terms.discount),
    }
    return body
