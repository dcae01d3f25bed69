"""Public trades and quotes: the tape and the market events (web-socket-streams.md)."""

from __future__ import annotations

from typing import Any

from tradewind_sandbox.exchange.market import Market, Print
from tradewind_sandbox.exchange.messages import KlineInput
from tradewind_sandbox.exchange.money import text
from tradewind_sandbox.exchange.venue import Venue


def publish_print(
    venue: Venue, market: Market, price: int, quantity: int, first_id: int, last_id: int, *, buyer_is_maker: bool
) -> None:
    """Write a trade on the tape and tell the market's listeners."""
    now = venue.now()
    one = market.print_trade(price, quantity, first_id, last_id, now, buyer_is_maker=buyer_is_maker)
    if venue.has_market_listeners:
        payload = {"e": "aggTrade", "E": now // 1000, "s": market.symbol, **print_row(one, 1000)}
        venue.tell_market(market.symbol, "aggTrade", payload)


def print_row(one: Print, per: int) -> dict[str, Any]:
    """Return one aggregated trade as `GET aggTrades` shows it; `per` turns microseconds into the asked unit."""
    return {
        "a": one.agg_id,
        "p": text(one.price),
        "q": text(one.quantity),
        "f": one.first_id,
        "l": one.last_id,
        "T": one.time_us // per,
        "m": one.buyer_is_maker,
        "M": True,
    }


def publish_quote(venue: Venue, market: Market) -> None:
    """Tell the best bid and ask."""
    if not venue.has_market_listeners:
        return
    bids, asks = market.levels("BUY", 1), market.levels("SELL", 1)
    bid = bids[0] if bids else (0, 0)
    ask = asks[0] if asks else (0, 0)
    payload = {
        "u": market.update_id,
        "s": market.symbol,
        "b": text(bid[0]),
        "B": text(bid[1]),
        "a": text(ask[0]),
        "A": text(ask[1]),
    }
    venue.tell_market(market.symbol, "bookTicker", payload)


def publish_kline(venue: Venue, market: Market, kline: KlineInput) -> None:
    """Tell a bar's present state."""
    if not venue.has_market_listeners:
        return
    payload = {
        "e": "kline",
        "E": venue.now() // 1000,
        "s": market.symbol,
        "k": {
            "t": kline.open_ms,
            "T": kline.close_ms,
            "s": market.symbol,
            "i": kline.interval,
            "f": -1,
            "L": -1,
            "o": text(kline.open),
            "c": text(kline.close),
            "h": text(kline.high),
            "l": text(kline.low),
            "v": text(kline.volume),
            "n": kline.trades,
            "x": kline.closed,
            "q": text(kline.quote_volume),
            "V": text(kline.taker_base),
            "Q": text(kline.taker_quote),
            "B": "0",
        },
    }
    venue.tell_market(market.symbol, f"kline_{kline.interval}", payload)
