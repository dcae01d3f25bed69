"""Position size and stop as plain functions, made of the same parts as the kernel's risk chain."""

from __future__ import annotations

import math
from collections.abc import Callable

import attrs

from tradewind.errors import UsageError
from tradewind.kernel.compile import uncompiled
from tradewind.kernel.sizing import quantity_at_risk, risk_fraction, stop_distance

_Sizing = Callable[..., float]
_risk_fraction: _Sizing = uncompiled(risk_fraction)
_quantity_at_risk: _Sizing = uncompiled(quantity_at_risk)
_stop_distance: _Sizing = uncompiled(stop_distance)


@attrs.frozen(kw_only=True)
class RiskParameters:
    """
    How much a trade may risk.

    Args:
        base_risk_per_trade: Fraction of the balance that a normal trade may lose.
        max_risk_per_trade: The most that a regime may raise it to.
        max_position_size: Notional cap of one position, a fraction of the balance.
        max_daily_risk: Loss since 00:00 UTC that stops entries for the day.
        max_drawdown: Fall from the peak that stops entries.
        position_size_atr_multiplier: Stop distance in ATR that sizes a position.
        trending_multiplier: Risk multiplier in a trending regime.
        ranging_multiplier: Risk multiplier in a ranging regime.
        volatile_multiplier: Risk multiplier in a volatile regime.
    """

    base_risk_per_trade: float = 0.02
    max_risk_per_trade: float = 0.03
    max_position_size: float = 0.25
    max_daily_risk: float = 0.06
    max_drawdown: float = 0.20
    position_size_atr_multiplier: float = 1.0
    trending_multiplier: float = 1.5
    ranging_multiplier: float = 1.0
    volatile_multiplier: float = 0.6


@attrs.frozen
class RiskManager:
    """
    Sizes positions by the ATR.

    Args:
        params: How much a trade may risk.
    """

    params: RiskParameters = attrs.field(factory=RiskParameters)

    def calculate_position_size(self, price: float, atr: float, balance: float, regime: str = "ranging") -> float:
        """
        Return the quantity to buy or sell, base units, not below 0.

        The loss over `position_size_atr_multiplier` ATR is the base risk times the regime's multiplier, at most
        `max_risk_per_trade`; the notional is at most `max_position_size` of the balance.

        Args:
            price: Quote units.
            atr: Average true range, quote units; without a positive one the quantity is 0.
            balance: Quote units.
            regime: `trending`, `ranging` or `volatile`.

        Raises:
            UsageError: TW-U008 for another regime.
        """
        params = self.params
        multiplier = getattr(params, f"{regime}_multiplier", None)
        if multiplier is None:
            raise UsageError(f"the regime was {regime!r}, expected trending, ranging or volatile.", code="TW-U008")
        if not (price > 0.0 and atr > 0.0 and balance > 0.0 and math.isfinite(price * atr * balance)):
            return 0.0
        risk = _risk_fraction(params.base_risk_per_trade, multiplier, 1.0, 1.0, params.max_risk_per_trade)
        quantity = _quantity_at_risk(balance, risk, atr * params.position_size_atr_multiplier, 0.0)
        return max(0.0, min(quantity, balance * params.max_position_size / price))

    def calculate_stop_loss(self, entry_price: float, atr: float, side: str | int) -> float:
        """
        Return the stop price: 2 × ATR × `position_size_atr_multiplier` from the entry, not below 0.

        It is the distance the kernel takes where a plan proposes none (D9), before costs and ticks.

        Args:
            entry_price: Quote units.
            atr: Average true range, quote units.
            side: `long` or `buy` or 1; `short` or `sell` or −1.

        Raises:
            UsageError: TW-U008 for another side, or an ATR that is not a positive number.
        """
        word = str(getattr(side, "value", side)).lower()
        if word not in ("long", "buy", "1", "short", "sell", "-1"):
            raise UsageError(f"the side was {side!r}, expected 'long' or 'short'.", code="TW-U008")
        if not (atr > 0.0 and math.isfinite(atr)):
            raise UsageError(f"the ATR was {atr!r}, expected a positive number.", code="TW-U008")
        distance = _stop_distance(math.nan, atr, entry_price, 0.0, 0.0, self.params.position_size_atr_multiplier)
        if word in ("long", "buy", "1"):
            return max(0.0, entry_price - distance)
        return float(entry_price + distance)
