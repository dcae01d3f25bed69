"""Confluence of trend, momentum and participation."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np
import numpy.typing as npt
from pandas import DataFrame

from tradewind.api import REGIME_CODES, Need, Signals, bits_of, protection
from tradewind_enhanced.settings import EnhancedConfig

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]
Features = Mapping[str, Floats]
Conditions = dict[str, Flags]


@attrs.frozen
class Enhanced:
    """
    Buy when trend and momentum agree and at least two of three confirmations stand by them.

    The gate: the fast EMA is above the slow one, the close above the fast one, and the MACD
    histogram positive and rising. The confirmations come from three independent families: the
    RSI is strong but not stretched, volume is above its average, the close is above the highest
    high of the bars before. A bar on which the exit holds asks for no entry.

    Args:
        config: The settings.
    """

    config: EnhancedConfig = attrs.field(factory=EnhancedConfig)

    def needs(self) -> list[Need]:
        """Return the features: three EMA, MACD histogram, RSI, ATR, average volume, regime, previous extremes."""
        c = self.config
        macd = {"fast": c.macd_fast, "slow": c.macd_slow, "signal": c.macd_signal}
        needs = [
            Need("ema", {"length": c.fast_ema_length}, columns="ema_fast"),
            Need("ema", {"length": c.slow_ema_length}, columns="ema_slow"),
            Need("ema", {"length": c.exit_ema_length}, columns="ema_exit"),
            Need("macd", macd),
            Need("rsi", {"length": c.rsi_length}, columns="rsi"),
            Need("sma", {"length": c.volume_length, "source": "volume"}, columns="volume_mean"),
            Need("atr", {"length": c.atr_length}, columns="atr"),
            Need("regime"),
            Need("previous_high", {"length": c.breakout_length}, columns="previous_high"),
        ]
        if c.allow_short:
            needs.append(Need("previous_low", {"length": c.breakout_length}, columns="previous_low"))
        return needs

    def signals(self, frame: DataFrame) -> Signals:
        """Return the wishes per bar; a bar on which any feature is unknown asks for nothing."""
        c = self.config
        used = ["close", "volume", "ema_fast", "ema_slow", "ema_exit", "macd_hist", "rsi", "volume_mean", "atr"]
        used += ["previous_high", "previous_low"] if c.allow_short else ["previous_high"]
        x = {name: frame[name].to_numpy(dtype=np.float64) for name in used}
        regime = frame["regime"].to_numpy(dtype=np.float64)
        known = np.logical_and.reduce([np.isfinite(values) for values in (*x.values(), regime)])
        known[1:] &= np.isfinite(x["macd_hist"][:-1])
        known[:1] = False
        leave_long, leave_short = self._exits(x)

        gate, confirmations = self._upwards(x)
        long, agreeing = self._entries(known & ~leave_long, gate, confirmations)
        enter = long.astype(np.int8)
        conditions = gate | confirmations
        if c.allow_short:
            gate, confirmations = self._downwards(x)
            short, agreeing_down = self._entries(known & ~leave_short, gate, confirmations)
            enter -= short.astype(np.int8)
            agreeing = np.where(short, agreeing_down, agreeing)
            conditions |= gate | confirmations
        return Signals.from_arrays(
            frame.index,
            conditions=tuple(conditions),
            enter=enter,
            exit_long=leave_long,
            exit_short=leave_short,
            confidence=np.where(agreeing == 3, c.confidence_full, c.confidence_partial),
            bits=bits_of(conditions),
            regime=np.where(np.isfinite(regime), regime, REGIME_CODES["ranging"]).astype(np.int8),
            **protection(c, self._stop(x["close"], x["atr"]), x["atr"]),
        )

    def _entries(self, allowed: Flags, gate: Conditions, confirmations: Conditions) -> tuple[Flags, Counts]:
        agreeing = np.sum(list(confirmations.values()), axis=0, dtype=np.int64)
        enough = agreeing >= self.config.confirmations_needed
        return np.logical_and.reduce([allowed, enough, *gate.values()]), np.asarray(agreeing)

    def _upwards(self, x: Features) -> tuple[Conditions, Conditions]:
        c = self.config
        gate = {
            "ema_trend": x["ema_fast"] > x["ema_slow"],
            "above_50": x["close"] > x["ema_fast"],
            "macd_positive": x["macd_hist"] > 0.0,
            "macd_rising": x["macd_hist"] > _shifted(x["macd_hist"]),
        }
        confirmations = {
            "rsi_band": (x["rsi"] > c.rsi_low) & (x["rsi"] < c.rsi_high),
            "volume_surge": x["volume"] > c.volume_factor * x["volume_mean"],
            "breakout": x["close"] > x["previous_high"],
        }
        return gate, confirmations

    def _downwards(self, x: Features) -> tuple[Conditions, Conditions]:
        c = self.config
        gate = {
            "ema_trend_down": x["ema_fast"] < x["ema_slow"],
            "below_50": x["close"] < x["ema_fast"],
            "macd_negative": x["macd_hist"] < 0.0,
            "macd_falling": x["macd_hist"] < _shifted(x["macd_hist"]),
        }
        confirmations = {
            "rsi_band_down": (x["rsi"] < 100.0 - c.rsi_low) & (x["rsi"] > 100.0 - c.rsi_high),
            "volume_surge": x["volume"] > c.volume_factor * x["volume_mean"],
            "breakdown": x["close"] < x["previous_low"],
        }
        return gate, confirmations

    def _exits(self, x: Features) -> tuple[Flags, Flags]:
        hist, before, rsi, rsi_before = x["macd_hist"], _shifted(x["macd_hist"]), x["rsi"], _shifted(x["rsi"])
        high, low = self.config.rsi_exit, 100.0 - self.config.rsi_exit
        faded = (hist < 0.0) & (before < 0.0) & (x["close"] < x["ema_exit"])
        recovered = (hist > 0.0) & (before > 0.0) & (x["close"] > x["ema_exit"])
        return faded | ((rsi_before >= high) & (rsi < high)), recovered | ((rsi_before <= low) & (rsi > low))

    def _stop(self, close: Floats, atr: Floats) -> Floats:
        c = self.config
        return np.clip(c.stop_atr * atr, c.stop_min * close, c.stop_max * close)


def _shifted(values: Floats) -> Floats:
    before = np.full(len(values), np.nan)
    before[1:] = values[:-1]
    return before
