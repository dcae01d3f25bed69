"""A tradable pair and the rules its venue holds orders to."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, Literal

import attrs

from tradewind.errors import UsageError

_SYMBOL: Final = re.compile(r"^[\w.:-]{1,40}$")
_QUOTES: Final = ("USDT", "USDC", "FDUSD", "TUSD", "BUSD", "USD", "EUR", "BRL", "TRY", "BTC", "ETH", "BNB")


def check_symbol(symbol: str) -> str:
    """
    Return the symbol unchanged when it can be one.

    Raises:
        UsageError: TW-U001. Letters and digits of any script, `_`, `-`, `.` and `:` are
            allowed; path separators, quotes, spaces and `..` are not.
    """
    if not _SYMBOL.match(symbol) or ".." in symbol or symbol.startswith((".", "-")):
        raise UsageError(
            f"the symbol was {symbol[:60]!r}, expected letters and digits such as 'BTCUSDT'.",
            code="TW-U001",
            hint="Write the symbol as the venue does, without spaces, quotes or path separators.",
            symbol=symbol,
        )
    return symbol


def _decimal(value: Decimal | str | int | float) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _optional_decimal(value: Decimal | str | int | float | None) -> Decimal | None:
    return None if value is None else _decimal(value)


def _not_negative(_: object, attribute: attrs.Attribute[Decimal], value: Decimal) -> None:
    if not value.is_finite() or value < 0:
        raise UsageError(
            f"{attribute.name} of an instrument was {value}, expected a finite number of at least 0.",
            code="TW-U008",
        )


@attrs.frozen(kw_only=True)
class MaintenanceTier:
    """
    One step of a venue's maintenance-margin table for linear perpetuals.

    Args:
        notional_from: The position's notional value from which this step holds, quote units.
        rate: Maintenance margin as a fraction of the notional.
        deduction: What the venue subtracts so that the margin is continuous over the steps.
    """

    notional_from: Decimal = attrs.field(converter=_decimal)
    rate: Decimal = attrs.field(converter=_decimal)
    deduction: Decimal = attrs.field(converter=_decimal, default=Decimal(0))


@attrs.frozen(kw_only=True)
class Instrument:
    """
    A tradable pair with tick size, lot step and minimum notional.

    All amounts are exact decimals. `0` switches a rule off. The defaults are those of
    BTCUSDT on Binance Spot.

    Args:
        symbol: The venue's name of the pair.
        base: The asset that is bought.
        quote: The asset that is paid.
        kind: `spot` (long only) or `linear` (a perpetual settled in the quote asset).
        tick_size: The step of prices, quote units.
        lot_step: The step of quantities, base units.
        min_qty: The least quantity of an order, base units.
        max_qty: The largest quantity of an order, base units; 0 for none.
        min_notional: The least value of an order, quote units.
        percent_price_up: An order's price may be at most this multiple of the market's; 0 for none.
        percent_price_down: An order's price must be at least this multiple of the market's.
        maker_fee: The fee of resting orders as a fraction of the value; None takes the costs' own.
        taker_fee: The fee of market orders as a fraction of the value; None takes the costs' own.
        leverage: How many times the isolated margin a linear position is worth.
        maintenance: The venue's maintenance table for linear perpetuals, lowest step first.
    """

    symbol: str = attrs.field()
    base: str = ""
    quote: str = ""
    kind: Literal["spot", "linear"] = "spot"
    tick_size: Decimal = attrs.field(converter=_decimal, default=Decimal("0.01"), validator=_not_negative)
    lot_step: Decimal = attrs.field(converter=_decimal, default=Decimal("0.00001"), validator=_not_negative)
    min_qty: Decimal = attrs.field(converter=_decimal, default=Decimal("0.00001"), validator=_not_negative)
    max_qty: Decimal = attrs.field(converter=_decimal, default=Decimal(0), validator=_not_negative)
    min_notional: Decimal = attrs.field(converter=_decimal, default=Decimal(5), validator=_not_negative)
    percent_price_up: Decimal = attrs.field(converter=_decimal, default=Decimal(5), validator=_not_negative)
    percent_price_down: Decimal = attrs.field(converter=_decimal, default=Decimal("0.2"), validator=_not_negative)
    maker_fee: Decimal | None = attrs.field(converter=_optional_decimal, default=None)
    taker_fee: Decimal | None = attrs.field(converter=_optional_decimal, default=None)
    leverage: Decimal = attrs.field(converter=_decimal, default=Decimal(1), validator=_not_negative)
    maintenance: tuple[MaintenanceTier, ...] = (MaintenanceTier(notional_from=Decimal(0), rate=Decimal("0.004")),)

    @symbol.validator
    def _check_symbol(self, _: attrs.Attribute[str], value: str) -> None:
        check_symbol(value)

    def __attrs_post_init__(self) -> None:
        if not self.base:
            quote = self.quote or next((q for q in _QUOTES if self.symbol.endswith(q) and self.symbol != q), "")
            object.__setattr__(self, "quote", quote or "USDT")
            object.__setattr__(self, "base", self.symbol.removesuffix(quote) if quote else self.symbol)
        if self.leverage < 1:
            raise UsageError(f"the leverage was {self.leverage}, expected at least 1.", code="TW-U008")
