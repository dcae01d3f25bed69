"""What a trade costs beside its price."""

from __future__ import annotations

from typing import Literal

import attrs

from tradewind.errors import UsageError


def _fraction(_: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not 0.0 <= value < 0.5:
        raise UsageError(
            f"costs.{attribute.name} was {value!r}, expected a fraction from 0 to below 0.5 (0.001 is 0.1%).",
            code="TW-S004",
            setting=f"costs.{attribute.name}",
        )


def _factor(_: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not 0.0 <= value < 1e6:
        raise UsageError(
            f"costs.{attribute.name} was {value!r}, expected a finite number of at least 0.",
            code="TW-S004",
            setting=f"costs.{attribute.name}",
        )


@attrs.frozen(kw_only=True)
class Costs:
    """
    Fees, slippage and spread, as fractions of the traded value.

    An instrument that states its own fees overrides `maker_fee` and `taker_fee`.

    Args:
        maker_fee: Fee of a resting order (limit entry, take-profit).
        taker_fee: Fee of an order that takes liquidity.
        slippage: How much worse than its reference price a market order fills.
        half_spread: Half the spread between bid and ask, paid by market orders on top.
        stop_slippage_factor: Multiplies `slippage` of a stop in a wild bar.
        wild_bar_atr: A bar is wild when it spans more than this many ATR.
        fee_asset: `quote`, or `base` when the venue takes the fee of a purchase from what was bought.
    """

    maker_fee: float = attrs.field(default=0.001, converter=float, validator=_fraction)
    taker_fee: float = attrs.field(default=0.001, converter=float, validator=_fraction)
    slippage: float = attrs.field(default=0.0005, converter=float, validator=_fraction)
    half_spread: float = attrs.field(default=0.0, converter=float, validator=_fraction)
    stop_slippage_factor: float = attrs.field(default=2.0, converter=float, validator=_factor)
    wild_bar_atr: float = attrs.field(default=3.0, converter=float, validator=_factor)
    fee_asset: Literal["quote", "base"] = "quote"

    @property
    def round_trip(self) -> float:
        """Cost of a market entry and a market exit as a fraction of the value: 2 × (fee + slippage + half spread)."""
        return 2.0 * (self.taker_fee + self.slippage + self.half_spread)

    def scaled(self, factor: float) -> Costs:
        """Return costs whose fees, slippage and spread are this many times as large."""
        return attrs.evolve(
            self,
            maker_fee=self.maker_fee * factor,
            taker_fee=self.taker_fee * factor,
            slippage=self.slippage * factor,
            half_spread=self.half_spread * factor,
        )

    @classmethod
    def free(cls) -> Costs:
        """Return costs of zero, for checks against hand calculations."""
        return cls(maker_fee=0.0, taker_fee=0.0, slippage=0.0)
