"""The settings of `adaptive`."""

from __future__ import annotations

from typing import Final, Literal

import attrs

from tradewind.api import check_ladder, check_order, one_of, whole, within

LADDERS: Final[dict[str, tuple[tuple[float, ...], tuple[float, ...]]]] = {
    "default": ((2.0, 3.0), (0.3, 0.4)),
    "classic": ((2.0, 3.0, 5.0), (0.3, 0.4, 0.3)),
}
"""Take-profit ladders by preset: multiples of the initial risk, and the share of the quantity that each closes."""


@attrs.frozen(kw_only=True)
class AdaptiveConfig:
    """
    Settings of `adaptive`; lengths are in bars, distances in ATR or fractions of the price.

    Args:
        allow_short: Mirror the entries downwards.
        preset: The take-profit ladder where none is given: `default` closes 30% at 2R and 40%
            at 3R and trails the rest, `classic` closes 30, 40 and 30% at 2, 3 and 5R.
        fast_kama_length: Efficiency window of the fast adaptive average.
        fast_kama_fast: Its quickest smoothing, as an EMA length.
        fast_kama_slow: Its slowest smoothing, as an EMA length.
        slow_kama_length: Efficiency window of the slow adaptive average.
        slow_kama_fast: Its quickest smoothing, as an EMA length.
        slow_kama_slow: Its slowest smoothing, as an EMA length.
        long_ema_length: The average that separates up from down.
        atr_length: Wilder length of the average true range.
        regime_adx_length: Wilder length of the ADX that the regime is judged by.
        regime_adx_threshold: Trending from this ADX on.
        regime_er_length: Window of the efficiency ratio that the regime is judged by.
        regime_er_threshold: Trending from this efficiency ratio on.
        regime_volr_window: Bars of the median that ATR over close is compared with.
        regime_volr_threshold: Volatile, when not trending, above this multiple of that median.
        regime_confirm: Bars in a row that a new regime takes to hold.
        band_atr: How far apart the adaptive averages must be, in ATR.
        breakout_length: Bars before this one whose extreme a re-entry must pass.
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
    preset: Literal["default", "classic"] = attrs.field(default="default", validator=one_of(*LADDERS))
    fast_kama_length: int = attrs.field(default=10, validator=whole(2))
    fast_kama_fast: int = attrs.field(default=2, validator=whole(1))
    fast_kama_slow: int = attrs.field(default=30, validator=whole(2))
    slow_kama_length: int = attrs.field(default=30, validator=whole(2))
    slow_kama_fast: int = attrs.field(default=5, validator=whole(1))
    slow_kama_slow: int = attrs.field(default=60, validator=whole(2))
    long_ema_length: int = attrs.field(default=200, validator=whole(2))
    atr_length: int = attrs.field(default=14, validator=whole(2))
    regime_adx_length: int = attrs.field(default=14, validator=whole(2))
    regime_adx_threshold: float = attrs.field(default=25.0, validator=within(0.0, 100.0))
    regime_er_length: int = attrs.field(default=30, validator=whole(2))
    regime_er_threshold: float = attrs.field(default=0.35, validator=within(0.0, 1.0))
    regime_volr_window: int = attrs.field(default=100, validator=whole(2))
    regime_volr_threshold: float = attrs.field(default=1.5, validator=within(0.0, 1000.0))
    regime_confirm: int = attrs.field(default=3, validator=whole(1))
    band_atr: float = attrs.field(default=0.25, validator=within(0.0, 10.0))
    breakout_length: int = attrs.field(default=20, validator=whole(1))
    stop_atr: float = attrs.field(default=2.5, validator=within(0.0, 20.0, above_low=True))
    stop_min: float = attrs.field(default=0.012, validator=within(0.0, 0.5, above_low=True))
    stop_max: float = attrs.field(default=0.06, validator=within(0.0, 0.9, above_low=True))
    trail_atr: float = attrs.field(default=3.0, validator=within(0.0, 50.0, above_low=True))
    trail_arm_r: float = attrs.field(default=1.0, validator=within(0.0, 100.0))
    target_r: tuple[float, ...] = attrs.field()
    target_fractions: tuple[float, ...] = attrs.field()
    cap: float = attrs.field(default=0.15, validator=within(0.0, 1.0, above_low=True))

    @target_r.default
    def _preset_targets(self) -> tuple[float, ...]:
        return LADDERS.get(self.preset, LADDERS["default"])[0]

    @target_fractions.default
    def _preset_fractions(self) -> tuple[float, ...]:
        return LADDERS.get(self.preset, LADDERS["default"])[1]

    def __attrs_post_init__(self) -> None:
        check_ladder(self.target_r, self.target_fractions)
        check_order(
            self,
            ("fast_kama_fast", "fast_kama_slow"),
            ("slow_kama_fast", "slow_kama_slow"),
            ("stop_min", "stop_max"),
        )
