"""Size by volatility: a stop in units of ATR, and a base risk."""

from __future__ import annotations

import attrs
import numpy as np
from pandas import DataFrame

from tradewind.api import Limits, Need, Plan, Signals, whole, within

DEFAULT_STOP_ATR = 2.0
"""ATR between entry and stop at a multiplier of 1."""

FARTHEST = 0.9
"""Farthest stop that is filled in, a fraction of the price: beyond the price a long stop protects nothing."""


@attrs.frozen(kw_only=True)
class AtrSizingConfig:
    """
    Settings of `atr-sizing`.

    Args:
        base_risk: Largest fraction of equity that a normal trade may lose at its stop.
        atr_length: Wilder length of the average true range, bars.
        atr_multiplier: The stop is 2 ATR times this; at most 1, since a policy may only tighten.
    """

    base_risk: float = attrs.field(default=0.02, validator=within(0.0, 1.0, above_low=True))
    atr_length: int = attrs.field(default=14, validator=whole(2))
    atr_multiplier: float = attrs.field(default=1.0, validator=within(0.0, 1.0, above_low=True))


@attrs.frozen
class AtrSizing:
    """
    Give every entry a stop that volatility sets, and hold its risk to a base.

    Where the strategy gave a stop, that stays, however wide or tight; where it gave none, the
    stop is 2 × ATR × `atr_multiplier` from the fill, at most 90% of the price. Risk that the plan states is cut to
    `base_risk`; risk that it leaves open is the account's base, which `limits` cuts to it. Where no
    ATR is known yet nothing changes: the kernel takes no entry without a stop or an ATR.

    Args:
        config: The settings.
    """

    config: AtrSizingConfig = attrs.field(factory=AtrSizingConfig)

    def needs(self) -> list[Need]:
        """Return the ATR, under a name that no strategy's ATR of another length takes."""
        return [Need("atr", {"length": self.config.atr_length}, columns="sizing_atr")]

    def plan(self, frame: DataFrame, signals: Signals, plan: Plan) -> Plan:
        """Return the plan with stops filled in and risk cut."""
        atr = frame["sizing_atr"].to_numpy(dtype=np.float64)
        close = frame["close"].to_numpy(dtype=np.float64)
        wanted = np.minimum(DEFAULT_STOP_ATR * self.config.atr_multiplier * atr, FARTHEST * close)
        # What the strategy gave, not what the plan has: another policy may have filled in a stop before.
        filled = np.isnan(signals.stop_dist) & np.isfinite(wanted) & (wanted > 0.0)
        # np.minimum keeps NaN, which stands for the account's base.
        return plan.replaced(
            stop_dist=np.where(filled, np.fmin(plan.stop_dist, wanted), plan.stop_dist),
            risk=np.minimum(plan.risk, self.config.base_risk),
        )

    def limits(self, limits: Limits) -> Limits:
        """Return limits whose base risk and stop multiplier are at most this policy's."""
        return attrs.evolve(
            limits,
            base_risk_per_trade=min(limits.base_risk_per_trade, self.config.base_risk),
            position_size_atr_multiplier=min(limits.position_size_atr_multiplier, self.config.atr_multiplier),
        )
