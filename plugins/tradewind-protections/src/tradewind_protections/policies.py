"""
Pauses after losses.

What was stopped and what was earned is known on the path alone, so these policies leave the
plan as it is and tighten the account's limits, which the kernel holds every entry to, bar by bar.
"""

from __future__ import annotations

import attrs
from pandas import DataFrame

from tradewind.api import Limits, Plan, Signals, whole, within


@attrs.frozen
class _LeavesPlans:
    def plan(self, frame: DataFrame, signals: Signals, plan: Plan) -> Plan:  # noqa: ARG002  # the protocol's
        """Return the plan unchanged."""
        return plan


@attrs.frozen(kw_only=True)
class CooldownConfig:
    """
    Settings of `cooldown`.

    Args:
        bars: Bars without entries in a pair after one of its stops, from the stop's own on.
    """

    bars: int = attrs.field(default=6, validator=whole(0, 1_000_000))


@attrs.frozen
class Cooldown(_LeavesPlans):
    """
    Take no entry in a pair for some bars after it was stopped.

    A breakout that failed is often tried again at once, and paid for twice.

    Args:
        config: The settings.
    """

    config: CooldownConfig = attrs.field(factory=CooldownConfig)

    def limits(self, limits: Limits) -> Limits:
        """Return limits with at least this cooldown."""
        return attrs.evolve(limits, cooldown_bars=max(limits.cooldown_bars, self.config.bars))


@attrs.frozen(kw_only=True)
class StopGuardConfig:
    """
    Settings of `stop-guard`.

    Args:
        stops: How many stops of a pair within the window lock it.
        window: Bars over which its stops are counted.
        bars: Bars that the lock lasts, from the last stop's own on.
    """

    stops: int = attrs.field(default=3, validator=whole(1, 1_000_000))
    window: int = attrs.field(default=24, validator=whole(1, 1_000_000))
    bars: int = attrs.field(default=24, validator=whole(0, 1_000_000))


@attrs.frozen
class StopGuard(_LeavesPlans):
    """
    Lock a pair after several stops in a row of bars: the market is not the strategy's now.

    Together with the account's own guard the tighter of each number holds: fewer stops, the
    longer window, the longer lock.

    Args:
        config: The settings.
    """

    config: StopGuardConfig = attrs.field(factory=StopGuardConfig)

    def limits(self, limits: Limits) -> Limits:
        """Return limits whose stop guard is at least as tight as this."""
        return attrs.evolve(
            limits,
            stop_guard_stops=_fewer(limits.stop_guard_stops, self.config.stops),
            stop_guard_window=max(limits.stop_guard_window, self.config.window),
            stop_guard_bars=max(limits.stop_guard_bars, self.config.bars),
        )


@attrs.frozen(kw_only=True)
class LowProfitConfig:
    """
    Settings of `low-profit`.

    Args:
        trades: How many of a pair's last closed positions are looked at.
        required: Their summed profit must be at least this fraction of equity.
        bars: Bars that the lock lasts when it is not.
    """

    trades: int = attrs.field(default=4, validator=whole(1, 1_000_000))
    required: float = attrs.field(default=0.0, validator=within(-1.0, 1.0))
    bars: int = attrs.field(default=24, validator=whole(0, 1_000_000))


@attrs.frozen
class LowProfit(_LeavesPlans):
    """
    Lock a pair whose last trades together did not earn what was required.

    Together with the account's own rule the tighter of each number holds: the higher requirement,
    the longer lock, and fewer trades, because the lock can then come sooner. The account's
    requirement is 0 unless its limits say otherwise, so a negative one needs both to be negative.

    Args:
        config: The settings.
    """

    config: LowProfitConfig = attrs.field(factory=LowProfitConfig)

    def limits(self, limits: Limits) -> Limits:
        """Return limits whose low-profit lock is at least as tight as this."""
        return attrs.evolve(
            limits,
            low_profit_trades=_fewer(limits.low_profit_trades, self.config.trades),
            low_profit_required=max(limits.low_profit_required, self.config.required),
            low_profit_bars=max(limits.low_profit_bars, self.config.bars),
        )


def _fewer(account: int, policy: int) -> int:
    """Return the smaller count; 0 of the account's switches its rule off."""
    return min(account, policy) if account else policy
