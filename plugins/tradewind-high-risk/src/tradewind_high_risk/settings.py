"""The settings of `high_risk_high_reward`."""

from __future__ import annotations

import attrs

from tradewind.api import check_ladder, check_order, whole, within


@attrs.frozen(kw_only=True)
class HighRiskConfig:
    """
    Settings of `high_risk_high_reward`; lengths are in bars, distances in ATR or fractions of the price.

    Args:
        allow_short: Mirror the entries downwards.
        macd_fast: Fast average of the MACD.
        macd_slow: Slow average of the MACD.
        macd_signal: Smoothing of the MACD's signal line.
        rsi_length: Wilder length of the RSI.
        rsi_entry: A long entry needs an RSI above this; mirrored at 100 for shorts.
        rsi_exit: A long position ends below this with a negative histogram; mirrored at 100 for shorts.
        trend_ema_length: The average that separates up from down.
        breakout_length: Bars before this one whose extreme the close must pass.
        squeeze_length: Bars of the Bollinger bands.
        squeeze_std: Width of the Bollinger bands in standard deviations.
        squeeze_window: Bars over which the bandwidth's percentile is taken.
        squeeze_percentile: The bandwidth is squeezed at or below this percentile.
        squeeze_within: The squeeze must have held within this many bars.
        confidence: Risk multiplier of every entry.
        atr_length: Wilder length of the average true range.
        stop_atr: Stop distance in ATR.
        stop_min: Least stop distance, a fraction of the price.
        round_trip_cost: Cost of entry and exit together that is reckoned with, a fraction of the value.
        stop_cost_factor: The stop is at least this many times the round-trip cost.
        trail_atr: Trailing distance in ATR.
        trail_arm_r: Profit in units of the initial risk from which the stop trails.
        target_r: Take-profit rungs in units of the initial risk, rising.
        target_fractions: Share of the quantity that each rung closes; the remainder trails.
        cap: Largest notional of a position, a fraction of equity.
    """

    allow_short: bool = False
    macd_fast: int = attrs.field(default=5, validator=whole(2))
    macd_slow: int = attrs.field(default=13, validator=whole(3))
    macd_signal: int = attrs.field(default=5, validator=whole(2))
    rsi_length: int = attrs.field(default=7, validator=whole(2))
    rsi_entry: float = attrs.field(default=55.0, validator=within(0.0, 100.0))
    rsi_exit: float = attrs.field(default=40.0, validator=within(0.0, 100.0))
    trend_ema_length: int = attrs.field(default=100, validator=whole(2))
    breakout_length: int = attrs.field(default=20, validator=whole(1))
    squeeze_length: int = attrs.field(default=20, validator=whole(2))
    squeeze_std: float = attrs.field(default=2.0, validator=within(0.0, 10.0, above_low=True))
    squeeze_window: int = attrs.field(default=120, validator=whole(2))
    squeeze_percentile: float = attrs.field(default=35.0, validator=within(0.0, 100.0))
    squeeze_within: int = attrs.field(default=10, validator=whole(1))
    confidence: float = attrs.field(default=1.5, validator=within(0.0, 10.0, above_low=True))
    atr_length: int = attrs.field(default=14, validator=whole(2))
    stop_atr: float = attrs.field(default=1.0, validator=within(0.0, 20.0, above_low=True))
    stop_min: float = attrs.field(default=0.009, validator=within(0.0, 0.5, above_low=True))
    round_trip_cost: float = attrs.field(default=0.003, validator=within(0.0, 0.1))
    stop_cost_factor: float = attrs.field(default=4.0, validator=within(1.0, 100.0))
    trail_atr: float = attrs.field(default=2.0, validator=within(0.0, 50.0, above_low=True))
    trail_arm_r: float = attrs.field(default=1.5, validator=within(0.0, 100.0))
    target_r: tuple[float, ...] = (3.0, 6.0)
    target_fractions: tuple[float, ...] = (0.33, 0.33)
    cap: float = attrs.field(default=0.25, validator=within(0.0, 1.0, above_low=True))

    def __attrs_post_init__(self) -> None:
        check_ladder(self.target_r, self.target_fractions)
        check_order(self, ("macd_fast", "macd_slow"), ("rsi_exit", "rsi_entry"))
