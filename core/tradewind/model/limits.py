"""The scalar caps and throttles of an account: what the risk chain holds every entry to."""

from __future__ import annotations

from functools import partial
from typing import Any

import attrs

from tradewind.model.bounds import whole, within

_within = partial(within, table="limits.")
_whole = partial(whole, high=1_000_000, table="limits.")


@attrs.frozen(kw_only=True)
class Limits:
    """
    Caps of the account, as fractions of equity unless stated otherwise.

    Policies may tighten these, never loosen them.

    Args:
        base_risk_per_trade: Loss at the stop that a normal trade may cost.
        max_risk_per_trade: The most that regime and confidence may raise it to.
        max_position_size: Notional cap of one position set by policy.
        max_position: Notional cap of one position set by the engine; the smaller holds.
        max_daily_risk: Loss since 00:00 UTC, open risk included, that stops entries for the day.
        max_drawdown: Fall from the peak that stops entries until an operator clears it.
        max_correlated_risk: Open risk within one cluster of correlated symbols.
        max_total_exposure: Notional of all positions together.
        max_concurrent_positions: Positions open at once.
        position_size_atr_multiplier: Widens the default stop, 2 ATR, where none is proposed.
        trending_multiplier: Risk multiplier in a trending regime.
        ranging_multiplier: Risk multiplier in a ranging regime.
        volatile_multiplier: Risk multiplier in a volatile regime.
        throttle_start: Drawdown from which risk is throttled.
        throttle_floor: The least throttle, reached at `throttle_end`.
        throttle_end: Share of `max_drawdown` at which the throttle reaches its floor.
        cooldown_bars: Bars without entries in a slot after a stop.
        stop_guard_stops: Stops within `stop_guard_window` bars that lock a slot; 0 switches it off.
        stop_guard_window: Bars over which stops are counted.
        stop_guard_bars: Bars that the lock lasts.
        low_profit_trades: Closed trades whose summed profit is looked at; 0 switches it off.
        low_profit_required: The least sum of their profits, as a fraction of equity.
        low_profit_bars: Bars that the pair is then locked.
        max_volume_share: Share of the bar's volume that an entry may take; 0 for no limit.
        min_notional_factor: Entries exceed the venue's minimum notional this many times, so the exit passes.
        flatten_on_drawdown: Close everything when `max_drawdown` is reached.
        close_only: Take no entries at all; exits go on.
    """

    base_risk_per_trade: float = attrs.field(default=0.02, converter=float, validator=_within(0.0, 1.0, above_low=True))
    max_risk_per_trade: float = attrs.field(default=0.03, converter=float, validator=_within(0.0, 1.0, above_low=True))
    max_position_size: float = attrs.field(default=0.25, converter=float, validator=_within(0.0, 1.0, above_low=True))
    max_position: float = attrs.field(default=0.1, converter=float, validator=_within(0.0, 1.0, above_low=True))
    max_daily_risk: float = attrs.field(default=0.06, converter=float, validator=_within(0.0, 1.0, above_low=True))
    max_drawdown: float = attrs.field(default=0.2, converter=float, validator=_within(0.0, 1.0, above_low=True))
    max_correlated_risk: float = attrs.field(default=0.1, converter=float, validator=_within(0.0, 1.0, above_low=True))
    max_total_exposure: float = attrs.field(default=0.8, converter=float, validator=_within(0.0, 100.0, above_low=True))
    max_concurrent_positions: int = attrs.field(default=3, validator=_whole(1))
    position_size_atr_multiplier: float = attrs.field(
        default=1.0, converter=float, validator=_within(0.0, 100.0, above_low=True)
    )
    trending_multiplier: float = attrs.field(default=1.5, converter=float, validator=_within(0.0, 10.0))
    ranging_multiplier: float = attrs.field(default=1.0, converter=float, validator=_within(0.0, 10.0))
    volatile_multiplier: float = attrs.field(default=0.6, converter=float, validator=_within(0.0, 10.0))
    throttle_start: float = attrs.field(default=0.05, converter=float, validator=_within(0.0, 1.0))
    throttle_floor: float = attrs.field(default=0.25, converter=float, validator=_within(0.0, 1.0))
    throttle_end: float = attrs.field(default=0.8, converter=float, validator=_within(0.0, 1.0))
    cooldown_bars: int = attrs.field(default=2, validator=_whole(0))
    stop_guard_stops: int = attrs.field(default=4, validator=_whole(0))
    stop_guard_window: int = attrs.field(default=24, validator=_whole(1))
    stop_guard_bars: int = attrs.field(default=12, validator=_whole(0))
    low_profit_trades: int = attrs.field(default=0, validator=_whole(0))
    low_profit_required: float = attrs.field(default=0.0, converter=float, validator=_within(-1.0, 1.0))
    low_profit_bars: int = attrs.field(default=0, validator=_whole(0))
    max_volume_share: float = attrs.field(default=0.0, converter=float, validator=_within(0.0, 1.0))
    min_notional_factor: float = attrs.field(default=1.1, converter=float, validator=_within(1.0, 100.0))
    flatten_on_drawdown: bool = False
    close_only: bool = False

    @property
    def notional_cap(self) -> float:
        """The smaller of the policy's and the engine's cap of one position, a fraction of equity."""
        return min(self.max_position_size, self.max_position)

    @classmethod
    def open(cls, **changes: Any) -> Limits:
        """
        Return limits that hold back nothing, for studies of bare signals.

        Risk, position and exposure may be the whole of the equity, nothing halts, throttles or
        cools down. Never meant for trading.
        """
        wide: dict[str, Any] = {
            "base_risk_per_trade": 1.0,
            "max_risk_per_trade": 1.0,
            "max_position_size": 1.0,
            "max_position": 1.0,
            "max_daily_risk": 1.0,
            "max_drawdown": 1.0,
            "max_correlated_risk": 1.0,
            "max_total_exposure": 100.0,
            "max_concurrent_positions": 1_000_000,
            "trending_multiplier": 1.0,
            "volatile_multiplier": 1.0,
            "throttle_floor": 1.0,
            "cooldown_bars": 0,
            "stop_guard_stops": 0,
        }
        return cls(**(wide | changes))
