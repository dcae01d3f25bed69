"""The venue's table of symbols, as instruments and capabilities."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from tradewind.api import Capabilities, Conditional, Instrument, VenueError
from tradewind_binance.answers import decimal

TRADING: Final = "TRADING"


def instrument_of(row: Mapping[str, Any]) -> Instrument:
    """
    Return the rules of one symbol of `exchangeInfo`.

    A market order's own step or bounds, where there are any, narrow those of all orders ("Filters", LOT_SIZE and
    MARKET_LOT_SIZE); of the price bounds by side the narrower is taken (PERCENT_PRICE_BY_SIDE).

    Raises:
        VenueError: TW-V004 when a rule that orders need is missing or no number.
    """
    symbol = str(row.get("symbol", ""))
    filters = {str(one.get("filterType")): one for one in row.get("filters", ())}
    try:
        price, lot = filters["PRICE_FILTER"], filters["LOT_SIZE"]
        market = filters.get("MARKET_LOT_SIZE", {})
        step = decimal(lot["stepSize"], "stepSize")
        if step <= 0:
            raise ValueError(f"stepSize was {step}, expected above 0")
        notional = filters.get("NOTIONAL") or filters.get("MIN_NOTIONAL") or {}
        up, down = _percent(filters)
        return Instrument(
            symbol=symbol,
            base=str(row["baseAsset"]),
            quote=str(row["quoteAsset"]),
            tick_size=decimal(price["tickSize"], "tickSize"),
            lot_step=max(step, decimal(market.get("stepSize", 0), "stepSize")),
            min_qty=max(decimal(lot["minQty"], "minQty"), decimal(market.get("minQty", 0), "minQty")),
            max_qty=_least(decimal(lot["maxQty"], "maxQty"), decimal(market.get("maxQty", 0), "maxQty")),
            min_notional=decimal(notional.get("minNotional", 0), "minNotional"),
            percent_price_up=up,
            percent_price_down=down,
        )
    except (KeyError, ValueError) as error:
        raise VenueError(
            f"Binance's rules of {symbol or 'a symbol'} lack what orders need: {error}.",
            code="TW-V004",
            hint="Choose another symbol; without its rules no order is sent.",
            symbol=symbol,
        ) from error


def _least(one: Decimal, other: Decimal) -> Decimal:
    return min((value for value in (one, other) if value > 0), default=Decimal(0))


def _percent(filters: Mapping[str, Mapping[str, Any]]) -> tuple[Decimal, Decimal]:
    by_side = filters.get("PERCENT_PRICE_BY_SIDE")
    if by_side is not None:
        ups = (decimal(by_side[name], name) for name in ("bidMultiplierUp", "askMultiplierUp"))
        downs = (decimal(by_side[name], name) for name in ("bidMultiplierDown", "askMultiplierDown"))
        return min(ups), max(downs)
    plain = filters.get("PERCENT_PRICE")
    if plain is None:
        return Decimal(0), Decimal(0)
    return decimal(plain["multiplierUp"], "multiplierUp"), decimal(plain["multiplierDown"], "multiplierDown")


def capabilities_of(row: Mapping[str, Any]) -> Capabilities:
    """Return what the venue can do for one symbol of `exchangeInfo`."""
    types = set(row.get("orderTypes", ()))
    stop_market = "STOP_LOSS" in types
    conditional = Conditional.NONE
    if row.get("opoAllowed"):
        conditional = Conditional.SIZED
    elif row.get("otoAllowed"):
        conditional = Conditional.FIXED
    slots = [
        int(one["maxNumAlgoOrders"])
        for one in row.get("filters", ())
        if one.get("filterType") == "MAX_NUM_ALGO_ORDERS" and "maxNumAlgoOrders" in one
    ]
    return Capabilities(
        conditional_entry=conditional,
        swap_token=bool(row.get("cancelReplaceAllowed")),
        request_fence=True,
        unique_open_ids=True,
        stop_market=stop_market,
        stop_orders=stop_market or "STOP_LOSS_LIMIT" in types,
        # The filter counts the old order too while a swap is looked at: one place stays free for it.
        order_slots=max(1, min(slots) - 1) if slots else 0,
    )
