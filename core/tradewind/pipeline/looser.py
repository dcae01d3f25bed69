"""What counts as loosening: one rule per column of a plan and per field of the limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.model.columns import Array
from tradewind.model.decisions import REGIME_CODES
from tradewind.model.plan import Plan

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_ROUNDING: Final = 1e-9
_UNKNOWN_DEFAULT: Final = 1e300  # wider than any stop that is one, and still less than none


@attrs.frozen(kw_only=True)
class Defaults:
    """
    What the kernel takes where a plan says nothing.

    Args:
        risk: Fraction of equity to lose at the stop, `limits.base_risk_per_trade`.
        stop_dist: Stop distance per bar, 2 × ATR × `position_size_atr_multiplier`; NaN where no
            ATR is known. A stop is then taken as tighter than none, and no stop at all as looser.
    """

    risk: float
    stop_dist: Floats | float = np.nan


Rule = Callable[[Plan, Plan, Defaults], Flags]


def _more(new: Array, old: Array) -> Flags:
    return np.asarray(new > old + _ROUNDING * np.abs(np.where(np.isfinite(old), old, 0.0)))


def _filled(values: Array, default: Any) -> Array:
    return np.where(np.isnan(values), default, values)


def _enter(old: Plan, new: Plan, _: Defaults) -> Flags:
    return np.asarray((new.enter != old.enter) & (new.enter != 0))


def _lost(name: str) -> Rule:
    return lambda old, new, _: np.asarray(old.columns[name] & ~new.columns[name])


def _changed(name: str) -> Rule:
    return lambda old, new, _: np.asarray(old.columns[name] != new.columns[name])


def _raised(name: str, unused: float) -> Rule:
    """Return the rule of a column that may only fall; `unused` is what NaN stands for."""
    return lambda old, new, _: _more(_filled(new.columns[name], unused), _filled(old.columns[name], unused))


def _risk(old: Plan, new: Plan, defaults: Defaults) -> Flags:
    return _more(_filled(new.risk, defaults.risk), _filled(old.risk, defaults.risk))


def _stop(old: Plan, new: Plan, defaults: Defaults) -> Flags:
    default = _filled(np.asarray(defaults.stop_dist, dtype=np.float64), _UNKNOWN_DEFAULT)
    return _more(_filled(new.stop_dist, default), _filled(old.stop_dist, default))


def _trail_arm(old: Plan, new: Plan, _: Defaults) -> Flags:
    later = _more(_filled(new.trail_arm_r, np.inf), _filled(old.trail_arm_r, np.inf))
    return np.asarray(later & ~np.isnan(old.trail_dist))


def _closed_by(plan: Plan, distance: Array) -> Array:
    """Return which share of the quantity the ladder has closed when the price is this many R away."""
    reached = np.where(plan.tp_r <= distance[:, np.newaxis], np.nan_to_num(plan.tp_frac), 0.0)
    return np.asarray(np.minimum(reached.sum(axis=1), 1.0))


def _targets(old: Plan, new: Plan, _: Defaults) -> Flags:
    looser = np.zeros(len(old), dtype=np.bool_)
    for rung in range(old.rungs):
        distance = old.tp_r[:, rung]
        looser |= _closed_by(new, distance) < _closed_by(old, distance) - _ROUNDING
    return looser


def _max_bars(old: Plan, new: Plan, _: Defaults) -> Flags:
    endless = np.iinfo(np.int32).max
    return np.asarray(
        np.where(new.max_bars == 0, endless, new.max_bars) > np.where(old.max_bars == 0, endless, old.max_bars)
    )


def _limit_off(old: Plan, new: Plan, _: Defaults) -> Flags:
    return _more(_filled(old.limit_off, -1.0), _filled(new.limit_off, -1.0))


def _regime(old: Plan, new: Plan, _: Defaults) -> Flags:
    calmer = (old.regime == REGIME_CODES["trending"]) & (new.regime == REGIME_CODES["ranging"])
    return np.asarray((new.regime != old.regime) & (new.regime != REGIME_CODES["volatile"]) & ~calmer)


def _qty_fraction(old: Plan, new: Plan, _: Defaults) -> Flags:
    raised = _more(_filled(new.qty_fraction, np.inf), _filled(old.qty_fraction, np.inf))
    # Without a stop the kernel takes the fraction as it stands, where before risk held it down.
    unheld = np.isnan(old.qty_fraction) & ~np.isnan(new.qty_fraction) & np.isinf(new.stop_dist)
    return np.asarray(raised | unheld)


def _veto(old: Plan, new: Plan, _: Defaults) -> Flags:
    return np.asarray((old.veto != 0) & (new.veto != old.veto))


COLUMN_RULES: Final[Mapping[str, tuple[Rule, str]]] = {
    "enter": (_enter, "the same direction, or 0"),
    "exit_long": (_lost("exit_long"), "no exit taken away"),
    "exit_short": (_lost("exit_short"), "no exit taken away"),
    "confidence": (_raised("confidence", 1.0), "at most what it was"),
    "stop_dist": (_stop, "at most what it was; NaN stands for the default of 2 ATR"),
    "trail_dist": (_raised("trail_dist", np.inf), "at most what it was; NaN stands for no trail"),
    "trail_arm_r": (_trail_arm, "at most what it was"),
    "tp_r": (_targets, "targets no farther, fractions no smaller"),
    "tp_frac": (_targets, "targets no farther, fractions no smaller"),
    "max_bars": (_max_bars, "at most what it was; 0 stands for no time exit"),
    "limit_off": (_limit_off, "at least what it was; NaN stands for a market order"),
    "cap": (_raised("cap", np.inf), "at most what it was; NaN stands for no cap"),
    "regime": (_regime, "the same, volatile, or ranging in place of trending"),
    "bits": (_changed("bits"), "unchanged: the bits are the strategy's testimony"),
    "risk": (_risk, "at most what it was; NaN stands for the limits' base"),
    "qty_fraction": (_qty_fraction, "at most what it was"),
    "veto": (_veto, "no veto taken away or rewritten"),
}
"""When a plan's column is looser than before (one flag per bar), and what was expected, in words."""


def _up(old: Any, new: Any) -> bool:
    return bool(new > old)


def _down(old: Any, new: Any) -> bool:
    return bool(new < old)


def _switched_off_or_up(old: int | float, new: int | float) -> bool:
    return old != 0 and (new == 0 or new > old)


def _switched_off(old: bool, new: bool) -> bool:
    return old and not new


_MAY_FALL: Final = (_up, "at most what it was")
_MAY_RISE: Final = (_down, "at least what it was")
_MAY_FALL_NOT_END: Final = (_switched_off_or_up, "at most what it was, and not 0, which switches it off")
_MAY_SWITCH_ON: Final = (_switched_off, "still on")

LIMIT_RULES: Final[Mapping[str, tuple[Callable[[Any, Any], bool], str]]] = {
    "base_risk_per_trade": _MAY_FALL,
    "max_risk_per_trade": _MAY_FALL,
    "max_position_size": _MAY_FALL,
    "max_position": _MAY_FALL,
    "max_daily_risk": _MAY_FALL,
    "max_drawdown": _MAY_FALL,
    "max_correlated_risk": _MAY_FALL,
    "max_total_exposure": _MAY_FALL,
    "max_concurrent_positions": _MAY_FALL,
    "position_size_atr_multiplier": _MAY_FALL,
    "trending_multiplier": _MAY_FALL,
    "ranging_multiplier": _MAY_FALL,
    "volatile_multiplier": _MAY_FALL,
    "throttle_start": _MAY_FALL,
    "throttle_floor": _MAY_FALL,
    "throttle_end": _MAY_FALL,
    "cooldown_bars": _MAY_RISE,
    "stop_guard_stops": _MAY_FALL_NOT_END,
    "stop_guard_window": _MAY_RISE,
    "stop_guard_bars": _MAY_RISE,
    "low_profit_trades": _MAY_FALL_NOT_END,
    "low_profit_required": _MAY_RISE,
    "low_profit_bars": _MAY_RISE,
    "max_volume_share": _MAY_FALL_NOT_END,
    "min_notional_factor": _MAY_RISE,
    "flatten_on_drawdown": _MAY_SWITCH_ON,
    "close_only": _MAY_SWITCH_ON,
}
"""When a limit is looser than before, and what was expected, in words."""
