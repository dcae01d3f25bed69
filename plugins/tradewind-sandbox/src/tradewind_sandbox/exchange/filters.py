"""A symbol's filters, compiled once (filters.md)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from tradewind_sandbox.exchange.money import units
from tradewind_sandbox.exchange.refusals import filter_failure

_UNBOUNDED: Final = 1 << 62


@attrs.frozen(kw_only=True)
class Span:
    """`low <= value <= high` and a step counted from zero; zero switches a part off."""

    low: int = 0
    high: int = 0
    step: int = 0

    def holds(self, value: int) -> bool:
        """Whether a value passes."""
        if value < self.low or (self.high and value > self.high):
            return False
        return not (self.step and value % self.step)


@attrs.frozen(kw_only=True)
class Percent:
    """PERCENT_PRICE or PERCENT_PRICE_BY_SIDE; multipliers in units."""

    name: str
    bid_up: int
    bid_down: int
    ask_up: int
    ask_down: int
    minutes: int


@attrs.frozen(kw_only=True)
class Notional:
    """MIN_NOTIONAL or NOTIONAL; amounts in quote units."""

    name: str
    low: int
    high: int
    low_to_market: bool
    high_to_market: bool
    minutes: int


@attrs.frozen(kw_only=True)
class Trailing:
    """TRAILING_DELTA, in BIPS."""

    above: tuple[int, int]
    below: tuple[int, int]


@attrs.frozen(kw_only=True)
class Filters:
    """Every filter of one symbol; what is absent never refuses."""

    price: Span = Span()
    lot: Span = Span()
    market_lot: Span = Span()
    percent: Percent | None = None
    notional: tuple[Notional, ...] = ()
    trailing: Trailing | None = None
    max_orders: int = _UNBOUNDED
    max_algo: int = _UNBOUNDED
    max_lists: int = _UNBOUNDED
    max_amends: int = _UNBOUNDED
    max_iceberg: int = _UNBOUNDED
    iceberg_parts: int = _UNBOUNDED
    max_position: int = _UNBOUNDED

    def market_step(self) -> int:
        """The step of a MARKET quantity; live exchanges send zero to mean LOT_SIZE."""
        return max(self.market_lot.step, self.lot.step)

    def check_quantity(self, quantity: int, *, market: bool) -> None:
        """Refuse a quantity that LOT_SIZE or, for a market order, MARKET_LOT_SIZE does not let pass."""
        if not self.lot.holds(quantity):
            filter_failure("LOT_SIZE")
        if market and not self.market_lot.holds(quantity):
            filter_failure("MARKET_LOT_SIZE")


def _lot(row: Mapping[str, Any]) -> Span:
    return Span(low=units(row["minQty"]), high=units(row["maxQty"]), step=units(row["stepSize"]))


def _percent(row: Mapping[str, Any]) -> Percent:
    if row["filterType"] == "PERCENT_PRICE":
        up, down = units(row["multiplierUp"]), units(row["multiplierDown"])
        return Percent(
            name="PERCENT_PRICE", bid_up=up, bid_down=down, ask_up=up, ask_down=down, minutes=row["avgPriceMins"]
        )
    return Percent(
        name="PERCENT_PRICE_BY_SIDE",
        bid_up=units(row["bidMultiplierUp"]),
        bid_down=units(row["bidMultiplierDown"]),
        ask_up=units(row["askMultiplierUp"]),
        ask_down=units(row["askMultiplierDown"]),
        minutes=row["avgPriceMins"],
    )


def _notional(row: Mapping[str, Any]) -> Notional:
    if row["filterType"] == "MIN_NOTIONAL":
        return Notional(
            name="MIN_NOTIONAL",
            low=units(row["minNotional"]),
            high=_UNBOUNDED,
            low_to_market=bool(row["applyToMarket"]),
            high_to_market=False,
            minutes=row["avgPriceMins"],
        )
    return Notional(
        name="NOTIONAL",
        low=units(row["minNotional"]),
        high=units(row["maxNotional"]),
        low_to_market=bool(row["applyMinToMarket"]),
        high_to_market=bool(row["applyMaxToMarket"]),
        minutes=row["avgPriceMins"],
    )


_COUNTS: Final = {
    "MAX_NUM_ORDERS": ("max_orders", "maxNumOrders"),
    "MAX_NUM_ALGO_ORDERS": ("max_algo", "maxNumAlgoOrders"),
    "MAX_NUM_ORDER_LISTS": ("max_lists", "maxNumOrderLists"),
    "MAX_NUM_ORDER_AMENDS": ("max_amends", "maxNumOrderAmends"),
    "MAX_NUM_ICEBERG_ORDERS": ("max_iceberg", "maxNumIcebergOrders"),
    "ICEBERG_PARTS": ("iceberg_parts", "limit"),
}


def compile_filters(rows: Iterable[Mapping[str, Any]]) -> Filters:
    """
    Return the compiled form of a symbol's `filters`.

    Raises:
        ValueError: A filter is of a kind that is not known.
    """
    found: dict[str, Any] = {}
    for row in rows:
        kind = row["filterType"]
        if kind == "PRICE_FILTER":
            found["price"] = Span(low=units(row["minPrice"]), high=units(row["maxPrice"]), step=units(row["tickSize"]))
        elif kind == "LOT_SIZE":
            found["lot"] = _lot(row)
        elif kind == "MARKET_LOT_SIZE":
            found["market_lot"] = _lot(row)
        elif kind in {"PERCENT_PRICE", "PERCENT_PRICE_BY_SIDE"}:
            found["percent"] = _percent(row)
        elif kind in {"MIN_NOTIONAL", "NOTIONAL"}:
            found["notional"] = (*found.get("notional", ()), _notional(row))
        elif kind == "TRAILING_DELTA":
            found["trailing"] = Trailing(
                above=(row["minTrailingAboveDelta"], row["maxTrailingAboveDelta"]),
                below=(row["minTrailingBelowDelta"], row["maxTrailingBelowDelta"]),
            )
        elif kind == "MAX_POSITION":
            found["max_position"] = units(row["maxPosition"])
        elif kind in _COUNTS:
            field, name = _COUNTS[kind]
            found[field] = int(row[name])
        else:
            raise ValueError(f"the filter {kind!r} is not known; the known ones are those of filters.md")
    return Filters(**found)
