"""Adaptive moving averages with regime detection."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt
from pandas import DataFrame

from tradewind.api import REGIME_CODES, Need, Signals, bits_of, edge, protection
from tradewind_adaptive.settings import AdaptiveConfig

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@attrs.frozen
class Adaptive:
    """
    Buy when the fast adaptive average has risen clear of the slow one in a trending market.

    An average whose speed follows the efficiency of the market (Kaufman's KAMA) gives way
    quickly in trends and hardly at all in noise. The state *up* is: fast average above the
    slow one by a band of ATR, close above the long average, regime trending. A long position
    is asked for on the bar that turns *up*, and again while *up* on a close above the highest
    high of the bars before: that is the way back in after a stop, without any memory of trades.

    Args:
        config: The settings.
    """

    config: AdaptiveConfig = attrs.field(factory=AdaptiveConfig)

    def needs(self) -> list[Need]:
        """Return the features: both averages, the long average, ATR, regime and the previous extremes."""
        c = self.config
        fast = {"length": c.fast_kama_length, "fast": c.fast_kama_fast, "slow": c.fast_kama_slow}
        slow = {"length": c.slow_kama_length, "fast": c.slow_kama_fast, "slow": c.slow_kama_slow}
        regime = {
            "adx_length": c.regime_adx_length,
            "adx_threshold": c.regime_adx_threshold,
            "er_length": c.regime_er_length,
            "er_threshold": c.regime_er_threshold,
            "atr_length": c.atr_length,
            "volr_window": c.regime_volr_window,
            "volr_threshold": c.regime_volr_threshold,
            "confirm": c.regime_confirm,
        }
        needs = [
            Need("kama", fast, columns="kama_fast"),
            Need("kama", slow, columns="kama_slow"),
            Need("ema", {"length": c.long_ema_length}, columns="ema_long"),
            Need("atr", {"length": c.atr_length}, columns="atr"),
            Need("regime", regime),
            Need("previous_high", {"length": c.breakout_length}, columns="previous_high"),
        ]
        if c.allow_short:
            needs.append(Need("previous_low", {"length": c.breakout_length}, columns="previous_low"))
        return needs

    def signals(self, frame: DataFrame) -> Signals:
        """Return the wishes per bar; a bar on which any feature is unknown asks for nothing."""
        c = self.config
        close = _floats(frame, "close")
        fast, slow, long = (_floats(frame, name) for name in ("kama_fast", "kama_slow", "ema_long"))
        atr, regime, high = (_floats(frame, name) for name in ("atr", "regime", "previous_high"))
        band = c.band_atr * atr
        known = _all_known(close, fast, slow, long, atr, regime, high)
        trending = regime == REGIME_CODES["trending"]
        above, below = fast > slow + band, fast < slow - band
        conditions = {
            "cross": fast > slow,
            "above_200": close > long,
            "trending": trending,
            "new_high": close > high,
            "band": above,
        }
        up = known & above & conditions["above_200"] & trending
        enter = (edge(up, known) | (up & conditions["new_high"])).astype(np.int8)
        if c.allow_short:
            low = _floats(frame, "previous_low")
            known = known & _all_known(low)
            conditions |= {
                "cross_down": fast < slow,
                "below_200": close < long,
                "new_low": close < low,
                "band_down": below,
            }
            down = known & below & conditions["below_200"] & trending
            enter -= (edge(down, known) | (down & conditions["new_low"])).astype(np.int8)
        return Signals.from_arrays(
            frame.index,
            conditions=tuple(conditions),
            enter=enter,
            exit_long=below,
            exit_short=above,
            bits=bits_of(conditions),
            regime=np.where(np.isfinite(regime), regime, REGIME_CODES["ranging"]).astype(np.int8),
            **protection(self.config, self._stop(close, atr), atr),
        )

    def _stop(self, close: Floats, atr: Floats) -> Floats:
        c = self.config
        return np.clip(c.stop_atr * atr, c.stop_min * close, c.stop_max * close)


def _floats(frame: DataFrame, name: str) -> Floats:
    return frame[name].to_numpy(dtype=np.float64)


def _all_known(*features: Floats) -> Flags:
    return np.asarray(np.logical_and.reduce([np.isfinite(feature) for feature in features]))
