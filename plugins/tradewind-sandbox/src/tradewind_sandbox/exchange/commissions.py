"""What a fill costs (faqs/commission_faq.md)."""

from __future__ import annotations

from collections.abc import Mapping

from tradewind_sandbox.exchange.accounts import Account
from tradewind_sandbox.exchange.market import Market
from tradewind_sandbox.exchange.money import UNIT
from tradewind_sandbox.exchange.rules import Rates


def rate(rates: Rates, *, is_maker: bool, is_buyer: bool) -> int:
    """Return the sum of a role's and a side's rate, in units."""
    return (rates.maker if is_maker else rates.taker) + (rates.buyer if is_buyer else rates.seller)


def commission(
    account: Account,
    market: Market,
    markets: Mapping[str, Market],
    *,
    quantity: int,
    quote: int,
    is_maker: bool,
    is_buyer: bool,
) -> tuple[int, str]:
    """
    Return `(amount, asset)` of one fill's commission, rounded down to 10^-8.

    It is taken from what is received: base by a buyer, quote by a seller. With the discount on it
    is taken in the discount asset when that is known in this quote asset and the account has
    enough of it at this very fill; else the fill falls back to the received asset.
    """
    terms = account.commission
    standard = rate(terms.standard, is_maker=is_maker, is_buyer=is_buyer)
    rest = rate(terms.tax, is_maker=is_maker, is_buyer=is_buyer)
    rest += rate(terms.special, is_maker=is_maker, is_buyer=is_buyer)
    received = quantity if is_buyer else quote
    asset = market.rules.base if is_buyer else market.rules.quote
    if terms.discount_on:
        discounted = standard * terms.discount // UNIT + rest
        if asset == terms.discount_asset:
            return received * discounted // UNIT, asset
        price = _price_of(terms.discount_asset, market, markets)
        if price:
            amount = quote * discounted // price
            if account.available(terms.discount_asset) >= amount:
                return amount, terms.discount_asset
    return received * (standard + rest) // UNIT, asset


def _price_of(asset: str, market: Market, markets: Mapping[str, Market]) -> int | None:
    if asset == market.rules.base:
        return market.last_price
    direct = markets.get(f"{asset}{market.rules.quote}")
    return direct.last_price if direct is not None else None
