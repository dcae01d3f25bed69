"""Breakouts from a volatility squeeze with a tight stop."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt
from pandas import DataFrame

from tradewind.api import REGIME_CODES, Costs, Instrument, Need, Signals, StrategyError, bits_of, distance, protection
from tradewind_high_risk.settings import HighRiskConfig

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@attrs.frozen
class HighRisk:
    """
    Buy a close above the previous highs when momentum agrees and volatility was squeezed lately.

    The stop is tight, so the notional is large for the risk taken and costs weigh heavily:
    `check` states how heavily, and refuses a market in which they would eat the trade.

    Args:
        config: The settings.
    """

    config: HighRiskConfig = attrs.field(factory=HighRiskConfig)

    def needs(self) -> list[Need]:
        """Return the features: MACD histogram, RSI, squeeze, EMA, ATR, regime and the previous extremes."""
        c = self.config
        macd = {"fast": c.macd_fast, "slow": c.macd_slow, "signal": c.macd_signal}
        squeeze = {
            "length": c.squeeze_length,
            "std": c.squeeze_std,
            "window": c.squeeze_window,
            "quantile": c.squeeze_percentile / 100.0,
            "within": c.squeeze_within,
        }
        needs = [
            Need("macd", macd),
            Need("rsi", {"length": c.rsi_length}, columns="rsi"),
            Need("squeeze", squeeze, columns="squeeze"),
            Need("ema", {"length": c.trend_ema_length}, columns="ema_trend"),
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
        used = ["close", "macd_hist", "rsi", "squeeze", "ema_trend", "atr", "regime", "previous_high"]
        x = {name: _floats(frame, name) for name in (*used, *(["previous_low"] if c.allow_short else []))}
        close, hist, rsi, regime = x["close"], x["macd_hist"], x["rsi"], x["regime"]
        known = np.logical_and.reduce([np.isfinite(values) for values in x.values()])
        squeezed = x["squeeze"] > 0.0
        conditions = {
            "breakout": close > x["previous_high"],
            "macd_positive": hist > 0.0,
            "rsi_strong": rsi > c.rsi_entry,
            "above_100": close > x["ema_trend"],
            "squeeze": squeezed,
        }
        enter = (known & np.logical_and.reduce(list(conditions.values()))).astype(np.int8)
        if c.allow_short:
            mirrored = {
                "breakdown": close < x["previous_low"],
                "macd_negative": hist < 0.0,
                "rsi_weak": rsi < 100.0 - c.rsi_entry,
                "below_100": close < x["ema_trend"],
            }
            enter -= (known & squeezed & np.logical_and.reduce(list(mirrored.values()))).astype(np.int8)
            conditions |= mirrored
        return Signals.from_arrays(
            frame.index,
            conditions=tuple(conditions),
            enter=enter,
            exit_long=(rsi < c.rsi_exit) & (hist < 0.0),
            exit_short=(rsi > 100.0 - c.rsi_exit) & (hist > 0.0),
            confidence=c.confidence,
            bits=bits_of(conditions),
            regime=np.where(np.isfinite(regime), regime, REGIME_CODES["ranging"]).astype(np.int8),
            **protection(c, self._stop(close, x["atr"]), x["atr"]),
        )

    def check(self, instrument: Instrument, costs: Costs, frame: DataFrame) -> list[str]:
        """
        State what the usual stop costs in this market.

        Args:
            instrument: The pair; its own taker fee overrides that of the costs.
            costs: Fees, slippage and spread.
            frame: The frame that the strategy will see; the usual stop is its median.

        Returns:
            One warning with the ratio of stop to round-trip cost.

        Raises:
            StrategyError: TW-K006 when the stop is less than `stop_cost_factor` times the round-trip cost.
        """
        c = self.config
        taker = costs.taker_fee if instrument.taker_fee is None else float(instrument.taker_fee)
        round_trip = 2.0 * (taker + costs.slippage + costs.half_spread)
        close = _floats(frame, "close")
        stops = self._stop(close, _floats(frame, "atr")) / close
        stops = stops[np.isfinite(stops)]
        stop = float(np.median(stops)) if stops.size else max(c.stop_min, c.stop_cost_factor * c.round_trip_cost)
        if stop < c.stop_cost_factor * round_trip * (1.0 - 1e-9):
            raise StrategyError(
                f"high_risk_high_reward on {instrument.symbol}: the usual stop was {stop:.2%} of the price, expected "
                f"at least {c.stop_cost_factor:g} times the round-trip cost of {round_trip:.2%}, "
                f"which is {c.stop_cost_factor * round_trip:.2%}.",
                code="TW-K006",
                hint="Trade a cheaper or livelier market or a longer timeframe, or raise round_trip_cost to "
                f"{round_trip:g} so that the stop allows for it.",
                symbol=instrument.symbol,
                stop=stop,
                round_trip=round_trip,
            )
        if round_trip == 0.0:
            return ["the costs are 0, so results of so tight a stop say little about trading."]
        ratio, share = stop / round_trip, round_trip / (stop + round_trip)
        warning = (
            f"the usual stop is {stop:.2%} of the price, {ratio:.1f} times the round-trip cost of {round_trip:.2%}: "
            f"{share:.0%} of what a stopped trade loses is cost."
        )
        return [warning]

    def _stop(self, close: Floats, atr: Floats) -> Floats:
        c = self.config
        least = max(c.stop_min, c.stop_cost_factor * c.round_trip_cost)
        return distance(np.maximum(c.stop_atr * atr, least * close))


def _floats(frame: DataFrame, name: str) -> Floats:
    return frame[name].to_numpy(dtype=np.float64)
