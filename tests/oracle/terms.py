"""What one symbol costs and what its venue demands, as exact decimals."""

from __future__ import annotations

from decimal import Decimal

import attrs

from oracle.market import exact
from oracle.scales import ONE, ZERO, Scales
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument, MaintenanceTier


@attrs.frozen(kw_only=True)
class Terms:
    """
    Costs and venue rules of one symbol; fees and slippages are fractions, steps are in quote or base units.

    Args:
        maker: Fee of a resting order.
        taker: Fee of an order that takes liquidity.
        slip: Slippage.
        half: Half spread.
        wild_factor: Multiplies the slippage of a stop in a wild bar.
        wild_atr: How many ATR a wild bar spans.
        base_fee: The fee of a purchase is taken from what was bought.
        linear: A perpetual settled in the quote asset.
        tick: Price step.
        lot: Quantity step.
        min_qty: Least quantity.
        max_qty: Largest quantity, 0 for none.
        min_notional: Least value of an order, the entry's margin of safety included.
        price_up: Largest allowed multiple of the close, 0 for none.
        price_down: Least allowed multiple of the close.
        leverage: Value of a linear position per margin.
        tiers: Maintenance table of a linear perpetual.
    """

    maker: Decimal
    taker: Decimal
    slip: Decimal
    half: Decimal
    wild_factor: Decimal
    wild_atr: Decimal
    base_fee: bool
    linear: bool
    tick: Decimal
    lot: Decimal
    min_qty: Decimal
    max_qty: Decimal
    min_notional: Decimal
    price_up: Decimal
    price_down: Decimal
    leverage: Decimal
    tiers: tuple[MaintenanceTier, ...]

    @classmethod
    def of(cls, costs: Costs, instrument: Instrument, min_notional_factor: float) -> Terms:
        """Join the costs of the run with the rules of the instrument, whose own fees go first."""
        linear = instrument.kind == "linear"
        return cls(
            maker=exact(costs.maker_fee) if instrument.maker_fee is None else instrument.maker_fee,
            taker=exact(costs.taker_fee) if instrument.taker_fee is None else instrument.taker_fee,
            slip=exact(costs.slippage),
            half=exact(costs.half_spread),
            wild_factor=exact(costs.stop_slippage_factor),
            wild_atr=exact(costs.wild_bar_atr),
            base_fee=costs.fee_asset == "base" and not linear,
            linear=linear,
            tick=instrument.tick_size,
            lot=instrument.lot_step,
            min_qty=instrument.min_qty,
            max_qty=instrument.max_qty,
            min_notional=instrument.min_notional * exact(min_notional_factor),
            price_up=instrument.percent_price_up,
            price_down=instrument.percent_price_down,
            leverage=instrument.leverage,
            tiers=instrument.maintenance,
        )

    @property
    def taking(self) -> Decimal:
        """Fee, slippage and half spread of one market order."""
        return self.taker + self.slip + self.half

    @property
    def round_trip(self) -> Decimal:
        """`rt` of the page."""
        return 2 * self.taking

    def market_price(self, reference: Decimal, order_side: int, slip: Decimal | None = None) -> Decimal:
        """Return what a market order fills at: worse than its reference by slippage and half spread (rule I8)."""
        worse = (self.slip if slip is None else slip) + self.half
        return reference * (ONE + order_side * worse)

    @property
    def cash_share(self) -> Decimal:
        """The part of an entry's value that has to be there in cash before it fills (rules D13 and D15)."""
        return (ONE / self.leverage if self.linear else ONE) + self.taking

    def cash_per_unit(self, price: Decimal, fee: Decimal) -> Decimal:
        """Return the cash that one unit of an entry takes, its fee included."""
        if self.linear:
            return price / self.leverage + price * fee
        return price if self.base_fee else price * (ONE + fee)

    def received(self, ordered: Decimal, fee: Decimal, scales: Scales) -> Decimal:
        """Return what an entry of this quantity leaves in hand: less, when the fee is taken from it (rule E3)."""
        return scales.lots(ordered * (ONE - fee), self.lot) if self.base_fee else ordered

    def liquidation_price(self, side: int, entry: Decimal, quantity: Decimal) -> Decimal | None:
        """Return where the margin left equals the maintenance margin of the entry's step; None when never."""
        if not self.linear:
            return None
        value = entry * quantity
        tier = [step for step in self.tiers if step.notional_from <= value][-1]
        price = (value - side * (value / self.leverage + tier.deduction)) / (quantity * (ONE - side * tier.rate))
        return price if price > ZERO else None
