"""Take less risk when the market is volatile."""

from __future__ import annotations

import attrs
import numpy as np
from pandas import DataFrame

from tradewind.api import REGIME_CODES, Limits, Need, Plan, Signals, within


@attrs.frozen(kw_only=True)
class RegimeConfig:
    """
    Settings of `regime`; what the regime is judged by are settings of the indicator `regime`.

    Args:
        trending_multiplier: Largest risk multiplier in a trending market.
        ranging_multiplier: Largest risk multiplier in a ranging market.
        volatile_multiplier: Largest risk multiplier in a volatile market.
    """

    trending_multiplier: float = attrs.field(default=1.5, validator=within(0.0, 10.0))
    ranging_multiplier: float = attrs.field(default=1.0, validator=within(0.0, 10.0))
    volatile_multiplier: float = attrs.field(default=0.6, validator=within(0.0, 10.0))


@attrs.frozen
class Regime:
    """
    Mark volatile bars as such, so that the kernel takes the smaller risk of a volatile market.

    A bar that the strategy called trending or volatile stays that. A bar that it called ranging,
    or said nothing about, becomes volatile when the detector says so. It never becomes trending:
    that would raise the risk, which is the strategy's to ask for and not a policy's. Each bar is
    judged by itself, so a strategy that names the regime later on changes nothing before.

    Args:
        config: The settings.
    """

    config: RegimeConfig = attrs.field(factory=RegimeConfig)

    def needs(self) -> list[Need]:
        """Return the detector, under names that no strategy's own detector takes."""
        return [Need("regime", columns={name: f"policy_{name}" for name in ("regime", "adx", "er", "volr")})]

    def plan(self, frame: DataFrame, signals: Signals, plan: Plan) -> Plan:
        """Return the plan with volatile bars marked."""
        detected = frame["policy_regime"].to_numpy(dtype=np.float64)
        # What the strategy said, not what the plan says: another policy may have called a trend ranging before.
        volatile = (detected == REGIME_CODES["volatile"]) & (signals.regime == REGIME_CODES["ranging"])
        return plan.replaced(regime=np.where(volatile, REGIME_CODES["volatile"], plan.regime).astype(np.int8))

    def limits(self, limits: Limits) -> Limits:
        """Return limits whose regime multipliers are at most this policy's."""
        names = [field.name for field in attrs.fields(RegimeConfig)]
        return attrs.evolve(limits, **{name: min(getattr(limits, name), getattr(self.config, name)) for name in names})
