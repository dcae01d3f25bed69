"""Public endpoints: time, exchangeInfo and market data; and the wallet's three."""

from __future__ import annotations

from typing import Any, Final

from tradewind_sandbox.exchange.context import Context
from tradewind_sandbox.exchange.klines import INTERVALS, row
from tradewind_sandbox.exchange.market import Market
from tradewind_sandbox.exchange.money import text
from tradewind_sandbox.exchange.params import choice
from tradewind_sandbox.exchange.refusals import Refusal
from tradewind_sandbox.exchange.tape import print_row

INTERVAL: Final = choice(INTERVALS, -1120, "Invalid interval.")

_FLAGS: Final = (
    "icebergAllowed",
    "ocoAllowed",
    "otoAllowed",
    "opoAllowed",
    "quoteOrderQtyMarketAllowed",
    "allowTrailingStop",
    "cancelReplaceAllowed",
    "amendAllowed",
    "pegInstructionsAllowed",
    "isSpotTradingAllowed",
    "isMarginTradingAllowed",
)


def ping(ctx: Context) -> dict[str, Any]:  # noqa: ARG001  # every endpoint is called alike
    """Serve `GET ping`."""
    return {}


def time(ctx: Context) -> dict[str, Any]:
    """Serve `GET time`."""
    return {"serverTime": ctx.time(ctx.core.venue.now())}


def _markets(ctx: Context) -> list[Market]:
    """Return the market of `symbol`, those of `symbols`, or all."""
    if "symbol" in ctx.params:
        return [ctx.market()]
    markets = ctx.core.venue.markets
    if "symbols" not in ctx.params:
        return list(markets.values())
    asked = ctx.params["symbols"]
    if len(set(asked)) < len(asked):
        raise Refusal(-1151, "Symbol is present multiple times in the list.")
    if any(name not in markets for name in asked):
        raise Refusal(-1121, "Invalid symbol.")
    return [markets[name] for name in asked]


def symbol_row(market: Market) -> dict[str, Any]:
    """Return one element of `exchangeInfo.symbols`."""
    rules = market.rules
    return {
        "symbol": rules.symbol,
        "status": market.status,
        "baseAsset": rules.base,
        "baseAssetPrecision": 8,
        "quoteAsset": rules.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": list(rules.order_types),
        **{flag: rules.allows(flag) for flag in _FLAGS},
        "filters": [dict(one) for one in rules.filters],
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": rules.default_stp,
        "allowedSelfTradePreventionModes": list(rules.stp_modes),
    }


def exchange_info(ctx: Context) -> dict[str, Any]:
    """Serve `GET exchangeInfo`."""
    markets = _markets(ctx)
    if "symbolStatus" in ctx.params:
        markets = [market for market in markets if market.status == ctx.params["symbolStatus"]]
    return {
        "timezone": "UTC",
        "serverTime": ctx.time(ctx.core.venue.now()),
        "rateLimits": ctx.core.limits.rows(),
        "exchangeFilters": [],
        "symbols": [symbol_row(market) for market in markets],
    }


def klines(ctx: Context) -> list[list[Any]]:
    """Serve `GET klines`: the oldest from `startTime`, else the newest; at most 1000."""
    market = ctx.market()
    limit = max(1, min(int(ctx.params.get("limit", 500)), 1000))
    bars = market.klines.between(ctx.params["interval"], ctx.params.get("startTime"), ctx.params.get("endTime"), limit)
    return [row(bar, ctx.per) for bar in bars]


def agg_trades(ctx: Context) -> list[dict[str, Any]]:
    """Serve `GET aggTrades`: from an id or a time on, else the newest."""
    params = ctx.params
    tape = list(ctx.market().tape)
    limit = max(1, min(int(params.get("limit", 500)), 1000))
    if "fromId" in params:
        chosen = [one for one in tape if one.agg_id >= params["fromId"]][:limit]
    elif "startTime" in params or "endTime" in params:
        start, end = params.get("startTime", 0) * 1000, params.get("endTime", 1 << 50) * 1000 + 999
        chosen = [one for one in tape if start <= one.time_us <= end][:limit]
    else:
        chosen = tape[-limit:]
    return [print_row(one, ctx.per) for one in chosen]


def average_price(ctx: Context) -> dict[str, Any]:
    """Serve `GET avgPrice` over five minutes."""
    market = ctx.market()
    price = market.average_price(5, ctx.core.venue.now()) or 0
    closed = market.tape[-1].time_us if market.tape else ctx.core.venue.now()
    return {"mins": 5, "price": text(price), "closeTime": ctx.time(closed)}


def depth(ctx: Context) -> dict[str, Any]:
    """Serve `GET depth`."""
    market = ctx.market()
    limit = max(1, min(int(ctx.params.get("limit", 100)), 5000))
    return {
        "lastUpdateId": market.update_id,
        "bids": [[text(price), text(quantity)] for price, quantity in market.levels("BUY", limit)],
        "asks": [[text(price), text(quantity)] for price, quantity in market.levels("SELL", limit)],
    }


def _price_row(market: Market) -> dict[str, Any]:
    return {"symbol": market.symbol, "price": text(market.last_price or 0)}


def price(ctx: Context) -> Any:
    """Serve `GET ticker/price`: one row with `symbol`, else an array."""
    rows = [_price_row(market) for market in _markets(ctx)]
    return rows[0] if "symbol" in ctx.params else rows


def _quote_row(market: Market) -> dict[str, Any]:
    bid = (market.levels("BUY", 1) or [(0, 0)])[0]
    ask = (market.levels("SELL", 1) or [(0, 0)])[0]
    return {
        "symbol": market.symbol,
        "bidPrice": text(bid[0]),
        "bidQty": text(bid[1]),
        "askPrice": text(ask[0]),
        "askQty": text(ask[1]),
    }


def quote(ctx: Context) -> Any:
    """Serve `GET ticker/bookTicker`: one row with `symbol`, else an array."""
    rows = [_quote_row(market) for market in _markets(ctx)]
    return rows[0] if "symbol" in ctx.params else rows


def execution_rules(ctx: Context) -> dict[str, Any]:
    """Serve `GET executionRules`."""
    rows = []
    for market in _markets(ctx):
        rule = market.rules.price_range
        if rule is not None:
            one = {
                "ruleType": "PRICE_RANGE",
                "bidLimitMultUp": text(rule.bid_up),
                "bidLimitMultDown": text(rule.bid_down),
                "askLimitMultUp": text(rule.ask_up),
                "askLimitMultDown": text(rule.ask_down),
            }
            rows.append({"symbol": market.symbol, "rules": [one]})
    return {"symbolRules": rows}


def reference_price(ctx: Context) -> dict[str, Any]:
    """Serve `GET referencePrice`; null when there is none at present, -2043 when there never is."""
    market = ctx.market()
    if not market.rules.has_reference:
        raise Refusal(-2043, "This symbol doesn't have a reference price.")
    price_now = market.reference_price
    return {
        "symbol": market.symbol,
        "referencePrice": None if price_now is None else text(price_now),
        "timestamp": ctx.time(market.reference_us),
    }


# the wallet's endpoints under /sapi/v1


def api_restrictions(ctx: Context) -> dict[str, Any]:
    """Serve `GET account/apiRestrictions` for the key of the request."""
    key = ctx.key
    return {
        "ipRestrict": bool(key and key.ips),
        "createTime": 1_698_645_219_000,
        "enableReading": True,
        "enableWithdrawals": False,
        "enableInternalTransfer": False,
        "permitsUniversalTransfer": False,
        "enableVanillaOptions": False,
        "enableFutures": False,
        "enableMargin": False,
        "enablePortfolioMarginTrading": False,
        "enableSpotAndMarginTrading": bool(key and key.trade),
    }


def delist_schedule(ctx: Context) -> list[dict[str, Any]]:
    """Serve `GET spot/delist-schedule`: what leaves when, soonest first."""
    times: dict[int, list[str]] = {}
    for symbol, at_ms in ctx.core.venue.delisting.items():
        times.setdefault(at_ms, []).append(symbol)
    return [{"delistTime": at_ms, "symbols": times[at_ms]} for at_ms in sorted(times)]


def system_status(ctx: Context) -> dict[str, Any]:
    """Serve `GET system/status`: 0 normal, 1 maintenance."""
    off = ctx.core.venue.maintenance
    return {"status": int(off), "msg": "system_maintenance" if off else "normal"}
