"""A pair of a source as the exchange lists it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from tradewind_sandbox.exchange.money import PLACES, UNIT, text, units
from tradewind_sandbox.exchange.rules import SymbolRules, default_filters
from tradewind_sandbox.market.history import History

_MOST: Final = 9_000_000 * UNIT


def listed(history: History) -> SymbolRules:
    """Return the rules of a pair: its own tick, lot step and least value, all else as of a large USDT pair."""
    instrument = history.instrument
    tick, lot = _units(instrument.tick_size) or 1, _units(instrument.lot_step) or 1
    least, most = _units(instrument.min_qty) or lot, _units(instrument.max_qty) or _MOST
    changes: dict[str, dict[str, Any]] = {
        "PRICE_FILTER": {"minPrice": text(tick), "maxPrice": text(_MOST), "tickSize": text(tick)},
        "LOT_SIZE": {"minQty": text(least), "maxQty": text(most), "stepSize": text(lot)},
        "MARKET_LOT_SIZE": {"minQty": text(0), "maxQty": text(most), "stepSize": text(0)},
        "NOTIONAL": {"minNotional": text(_units(instrument.min_notional))},
        "PERCENT_PRICE_BY_SIDE": {
            "bidMultiplierUp": _plain(instrument.percent_price_up or Decimal(5)),
            "bidMultiplierDown": _plain(instrument.percent_price_down),
            "askMultiplierUp": _plain(instrument.percent_price_up or Decimal(5)),
            "askMultiplierDown": _plain(instrument.percent_price_down),
        },
    }
    rows: tuple[Mapping[str, Any], ...] = tuple(
        {**row, **changes.get(str(row["filterType"]), {})} for row in default_filters()
    )
    return SymbolRules(symbol=instrument.symbol, base=instrument.base, quote=instrument.quote, filters=rows)


def _units(value: Decimal) -> int:
    return units(value.quantize(Decimal(1).scaleb(-PLACES)))


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")
