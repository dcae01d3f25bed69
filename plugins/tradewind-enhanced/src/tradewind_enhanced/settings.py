"""The settings of `enhanced`."""

from __future__ import annotations

import attrs

from tradewind.api import check_ladder, check_order, whole, within


@attrs.frozen(kw_only=True)
class EnhancedConfig:
    """
    Settings of `enhanced`; lengths are in bars, distances in ATR or fractions of the price.

    Args:
        allow_short: Mirror the entries downwards.
        fast_ema_length: The faster of the two trend averages.
        slow_ema_length: The slower of the two trend averages.
        exit_ema_length: The average whose loss, with a negative histogram, ends a position.
        macd_fast: Fast average of the MACD.
        macd_slow: Slow average of the MACD.
        macd_signal: Smoothing of the MACD's signal line.
        rsi_length: Wilder length of the RSI.
        rsi_low: The RSI confirms a long entry above this; mirrored at 100 for shorts.
        rsi_high: The RSI confirms a long entry below this; mirrored at 100 for shorts.
        rsi_exit: A long position ends when the RSI falls back below this; mirrored at 100 for shorts.
        volume_length: Bars of the average volume.
        volume_factor: Volume confirms above this many times its average.
        breakout_length: Bars before this one whose extreme the close must pass to confirm.
        confirmations_needed: How many of the three confirmations an entry needs.
        confidence_full: Risk multiplier when all three confirm.
        confidence_partial: Risk multiplier when fewer confirm.
        atr_length: Wilder length of the average true range.
        stop_atr: Stop distance in ATR.
        stop_min: Least stop distance, a fraction of the price.
        stop_max: Largest stop distance, a fraction of the price.
        trail_atr: Trailing distance in ATR.
        trail_arm_r: Profit in units of the initial risk from which the stop trails.
        target_r: Take-profit rungs in units of the initial risk, rising.
        target_fractions: Share of the quantity that each rung closes; the remainder trails.
        cap: Largest notional of a position, a fraction of equity.
    """

    allow_short: bool = False
    fast_ema_length: int = attrs.field(default=50, validator=whole(2))
    slow_ema_length: int = attrs.field(default=200, validator=whole(3))
    exit_ema_length: int = attrs.field(default=20, validator=whole(2))
    macd_fast: int = attrs.field(default=12, validator=whole(2))
    macd_slow: int = attrs.field(default=26, validator=whole(3))
    macd_signal: int = attrs.field(default=9, validator=whole(2))
    rsi_length: int = attrs.field(default=14, validator=whole(2))
    rsi_low: float = attrs.field(default=50.0, validator=within(0.0, 100.0))
    rsi_high: float = attrs.field(default=70.0, validator=within(0.0, 100.0))
    rsi_exit: float = attrs.field(default=80.0, validator=within(50.0, 100.0))
    volume_length: int = attrs.field(default=20, validator=whole(2))
    volume_factor: float = attrs.field(default=1.1, validator=within(0.0, 100.0))
    breakout_length: int = attrs.field(default=10, validator=whole(1))
    confirmations_needed: int = attrs.field(default=2, validator=whole(0, 3))
    confidence_full: float = attrs.field(default=1.0, validator=within(0.0, 10.0, above_low=True))
    confidence_partial: float = attrs.field(default=0.7, validator=within(0.0, 10.0, above_low=True))
    atr_length: int = attrs.field(default=14, validator=whole(2))
    stop_atr: float = attrs.field(default=2.0, validator=within(0.0, 20.0, above_low=True))
    stop_min: float = attrs.field(default=0.015, validator=within(0.0, 0.5, above_low=True))
    stop_max: float = attrs.field(default=0.05, validator=within(0.0, 0.9, above_low=True))
    trail_atr: float = attrs.field(default=2.5, validator=within(0.0, 50.0, above_low=True))
    trail_arm_r: float = attrs.field(default=1.0, validator=within(0.0, 100.0))
    target_r: tuple[float, ...] = (3.0,)
    target_fractions: tuple[float, ...] = (0.5,)
    cap: float = attrs.field(default=0.10, validator=within(0.0, 1.0, above_low=True))

    def __attrs_post_init__(self) -> None:
        check_ladder(self.target_r, self.target_fractions)
        check_order(
            self,
            ("fast_ema_length", "slow_ema_length"),
            ("macd_fast", "macd_slow"),
            ("rsi_low", "rsi_high"),
            ("stop_min", "stop_max"),
        )
