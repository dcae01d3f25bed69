"""Settings of the source `synthetic`."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import attrs

from tradewind.api import SettingsError, Timeframe, check_symbol, one_of, whole, within

_LONGEST_DAYS = 366 * 60


def _date(_: object, attribute: attrs.Attribute[Any], value: str) -> None:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        raise SettingsError(
            f"{attribute.name} was {value!r}, expected a date such as '2017-01-01'.", code="TW-S004"
        ) from None


def _symbols(_: object, attribute: attrs.Attribute[Any], value: tuple[str, ...]) -> None:
    if not value:
        raise SettingsError(f'{attribute.name} was empty, expected symbols such as ["BTCUSDT"].', code="TW-S004")
    for symbol in value:
        check_symbol(symbol)


def _minutes(_: object, __: attrs.Attribute[Any], value: str) -> None:
    Timeframe(value)


@attrs.frozen(kw_only=True)
class SyntheticConfig:
    """
    Settings of `synthetic`.

    Args:
        seed: Another seed is another market.
        kind: `regimes`, `random-walk`, `jumps`, `gaps` or `flat`.
        symbols: The pairs there are.
        start_price: Price on the first day, quote units; 0 takes one that suits the symbol.
        drift: Expected log return of a year.
        volatility: Standard deviation of the log return of a year.
        correlation: Correlation of any two pairs' daily returns.
        jump_rate: Mean number of jumps in a day, for `jumps`.
        jump_size: Standard deviation of a jump's log return, for `jumps`.
        gap_rate: Chance that an outage begins on a day, for `gaps`.
        gap_hours: Mean length of an outage in hours, for `gaps`.
        first: The first day, UTC.
        last: The day after the last, UTC.
        finest: The timeframe on which runs evaluate fills; shorter ones can be asked for.
    """

    seed: int = attrs.field(default=1, validator=whole(0, 2**63 - 1))
    kind: Literal["regimes", "random-walk", "jumps", "gaps", "flat"] = attrs.field(
        default="regimes", validator=one_of("regimes", "random-walk", "jumps", "gaps", "flat")
    )
    symbols: tuple[str, ...] = attrs.field(default=("BTCUSDT", "ETHUSDT", "SOLUSDT"), validator=_symbols)
    start_price: float = attrs.field(default=0.0, validator=within(0.0, 1e9))
    drift: float = attrs.field(default=0.1, validator=within(-5.0, 5.0))
    volatility: float = attrs.field(default=0.6, validator=within(0.0, 5.0))
    correlation: float = attrs.field(default=0.6, validator=within(0.0, 1.0))
    jump_rate: float = attrs.field(default=0.2, validator=within(0.0, 3.0))
    jump_size: float = attrs.field(default=0.03, validator=within(0.0, 0.5))
    gap_rate: float = attrs.field(default=0.05, validator=within(0.0, 1.0))
    gap_hours: float = attrs.field(default=6.0, validator=within(0.0, 240.0, above_low=True))
    first: str = attrs.field(default="2017-01-01", validator=_date)
    last: str = attrs.field(default="2026-01-01", validator=_date)
    finest: str = attrs.field(default="15m", validator=_minutes)

    def __attrs_post_init__(self) -> None:
        days = (date.fromisoformat(self.last) - date.fromisoformat(self.first)).days
        if not 0 < days <= _LONGEST_DAYS:
            raise SettingsError(
                f"last was {self.last!r} and first {self.first!r}, expected a later day, at most 60 years on.",
                code="TW-S004",
            )
