"""Cap what is at stake at once."""

from __future__ import annotations

import attrs
import numpy as np
from pandas import DataFrame

from tradewind.api import Limits, Plan, Signals, whole, within


@attrs.frozen(kw_only=True)
class ExposureConfig:
    """
    Settings of `exposure`, fractions of equity unless stated otherwise.

    Args:
        max_position_size: Largest notional of one position.
        max_total_exposure: Largest notional of all positions together.
        max_concurrent_positions: Most positions open at once, a count.
        max_correlated_risk: Largest open risk within one cluster of correlated symbols.
    """

    max_position_size: float = attrs.field(default=0.25, validator=within(0.0, 1.0, above_low=True))
    max_total_exposure: float = attrs.field(default=0.8, validator=within(0.0, 100.0, above_low=True))
    max_concurrent_positions: int = attrs.field(default=3, validator=whole(1))
    max_correlated_risk: float = attrs.field(default=0.1, validator=within(0.0, 1.0, above_low=True))


@attrs.frozen
class Exposure:
    """
    Lower the caps of every entry and of the account to those of this policy.

    Whatever is tighter holds: a cap of the strategy or of the account that is lower stays.

    Args:
        config: The settings.
    """

    config: ExposureConfig = attrs.field(factory=ExposureConfig)

    def plan(self, frame: DataFrame, signals: Signals, plan: Plan) -> Plan:  # noqa: ARG002  # the protocol's
        """Return the plan with every cap at most `max_position_size`."""
        # np.fmin takes the number where the other is NaN, which stands for no cap.
        return plan.replaced(cap=np.fmin(plan.cap, self.config.max_position_size))

    def limits(self, limits: Limits) -> Limits:
        """Return limits at most as wide as this policy's."""
        names = [field.name for field in attrs.fields(ExposureConfig)]
        return attrs.evolve(limits, **{name: min(getattr(limits, name), getattr(self.config, name)) for name in names})
