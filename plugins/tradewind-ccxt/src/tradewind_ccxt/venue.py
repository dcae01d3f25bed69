"""A venue of ccxt, built from the settings."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import ccxt

from tradewind.api import Instrument, Secret, VenueError
from tradewind_ccxt.settings import CcxtConfig

# At the lowest level the library writes requests with their keys and signatures.
_QUIET: Final = logging.getLogger("tradewind_ccxt.library")
_QUIET.setLevel(logging.INFO)

SECRETS: Final = ("api_key", "api_secret", "api_password")


def venue_of(config: CcxtConfig, library: Any, secrets: Mapping[str, Secret] | None = None) -> Any:
    """
    Return ccxt's object for the venue that the settings name.

    Args:
        config: The settings.
        library: `ccxt` or `ccxt.async_support`.
        secrets: The key's parts by name.

    Raises:
        VenueError: TW-V005 when ccxt has no such venue.
    """
    if config.exchange not in library.exchanges:
        raise VenueError(
            f"ccxt has no venue {config.exchange!r}.",
            code="TW-V005",
            hint="Write it as ccxt does, in lower case: kraken, coinbase, bybit, okx, …",
        )
    timeout = int(config.timeout * 1000)
    options: dict[str, Any] = {"enableRateLimit": True, "timeout": timeout, "logger": _QUIET}
    for name, key in zip(SECRETS, ("apiKey", "secret", "password"), strict=True):
        if secrets and name in secrets:
            options[key] = secrets[name].reveal()
    venue = getattr(library, config.exchange)(options)
    venue.on_rest_response = _whole
    # As text numbers stay exact; as Decimal the library drops fees and triggers.
    venue.number = str
    # Spot alone: other markets of a venue, and tables that need a key, are not asked for. Signed is the venue's time.
    venue.options |= {
        "defaultType": "spot",
        "fetchMargins": False,
        "fetchCurrencies": False,
        "adjustForTimeDifference": True,
    }
    if isinstance(venue.options.get("fetchMarkets"), Mapping):
        venue.options["fetchMarkets"] = {"types": ["spot"]}
    if config.base_url:
        # One address left as it was would send a signed request to the real venue.
        venue.urls["api"] = _moved(venue.urls["api"], config.base_url.rstrip("/"))
    return venue


def _whole(status: int, _reason: str, _url: str, _method: str, _headers: Any, body: str, *_request: Any) -> str:
    """
    Return the text of an answer, before the library takes it apart.

    Half an answer would become one without anything in it: an account without money, a cancel that worked.

    Raises:
        ccxt.BadResponse: An answer that says success is no JSON.
    """
    text = body.strip()
    if status < 300:
        try:
            json.loads(text)
        except ValueError:
            raise ccxt.BadResponse("the answer is no JSON") from None
    return text


def _moved(urls: Any, base: str) -> Any:
    """Return the same table of addresses with another scheme and host, paths kept."""
    if isinstance(urls, Mapping):
        return {name: _moved(url, base) for name, url in urls.items()}
    rest = str(urls).split("://", 1)[-1]
    _, slash, path = rest.partition("/")
    return f"{base}{slash}{path}"


def market_of(venue: Any, symbol: str) -> dict[str, Any] | None:
    """Return the spot market of a symbol, by the venue's id or as base and quote together; None when there is none."""
    for market in venue.markets.values():
        if market.get("spot") and symbol in (market["id"], f"{market['base']}{market['quote']}", market["symbol"]):
            found: dict[str, Any] = market
            return found
    return None


def instrument_of(market: Mapping[str, Any], precision_is_step: bool) -> Instrument:
    """
    Return the rules of a spot market.

    Args:
        market: ccxt's market.
        precision_is_step: The venue's precision is a step, not a count of decimals (`precisionMode`).

    Raises:
        VenueError: TW-V004 when a rule that orders need is missing.
    """
    name = f"{market['base']}{market['quote']}"
    precision, limits = market["precision"], market["limits"]
    if precision.get("price") is None or precision.get("amount") is None:
        raise VenueError(
            f"the venue does not say in which steps {name} trades.", code="TW-V004", hint="Choose another symbol."
        )
    return Instrument(
        symbol=name,
        base=str(market["base"]),
        quote=str(market["quote"]),
        tick_size=_step(precision["price"], precision_is_step),
        lot_step=_step(precision["amount"], precision_is_step),
        min_qty=_limit(limits, "amount", "min"),
        max_qty=_limit(limits, "amount", "max"),
        min_notional=_limit(limits, "cost", "min"),
        maker_fee=None if market.get("maker") is None else Decimal(str(market["maker"])),
        taker_fee=None if market.get("taker") is None else Decimal(str(market["taker"])),
        percent_price_up=Decimal(0),
        percent_price_down=Decimal(0),
    )


def _step(value: Any, is_step: bool) -> Decimal:
    return Decimal(str(value)) if is_step else Decimal(1).scaleb(-int(value))


def _limit(limits: Mapping[str, Any], kind: str, end: str) -> Decimal:
    value = (limits.get(kind) or {}).get(end)
    return Decimal(0) if value is None else Decimal(str(value))
