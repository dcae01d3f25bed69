"""Limits, costs and instruments as the records that the kernel holds orders to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from tradewind.kernel.layout import INSTRUMENT, RULES, TIER
from tradewind.kernel.state import Rules
from tradewind.model.costs import Costs
from tradewind.model.decisions import REGIMES
from tradewind.model.instrument import Instrument
from tradewind.model.limits import Limits

_SAME_NAME = (
    "base_risk_per_trade",
    "max_risk_per_trade",
    "max_position_size",
    "max_position",
    "max_daily_risk",
    "max_drawdown",
    "max_correlated_risk",
    "max_total_exposure",
    "max_concurrent_positions",
    "position_size_atr_multiplier",
    "throttle_start",
    "throttle_floor",
    "throttle_end",
    "cooldown_bars",
    "stop_guard_stops",
    "stop_guard_window",
    "stop_guard_bars",
    "low_profit_trades",
    "low_profit_required",
    "low_profit_bars",
    "max_volume_share",
    "flatten_on_drawdown",
    "close_only",
)


def rules_of(
    limits: Limits,
    costs: Costs,
    instruments: Sequence[Instrument],
    *,
    bar_ms: int,
    optimistic: bool = False,
    first_day: int = 0,
) -> Rules:
    """
    Return what orders are held to in a run.

    Args:
        limits: Caps of the account.
        costs: For instruments that state no fees of their own.
        instruments: One per symbol of the market, in its order.
        bar_ms: Length of a market bar.
        optimistic: Targets come before stops (I4).
        first_day: The UTC day (since the epoch) of the first row of the cluster table.
    """
    record = np.zeros(1, dtype=RULES)
    for name in _SAME_NAME:
        record[name] = getattr(limits, name)
    for code, regime in REGIMES.items():
        record["multiplier"][0, code] = getattr(limits, f"{regime}_multiplier")
    record["bar_ms"] = bar_ms
    record["optimistic"] = optimistic
    record["wild_bar_atr"] = costs.wild_bar_atr
    for name in ("exit_long_step", "exit_short_step", "ladder_step"):
        record[name] = 1
    record["first_day"] = first_day
    table = np.zeros(len(instruments), dtype=INSTRUMENT)
    tiers = np.zeros((len(instruments), max((len(i.maintenance) for i in instruments), default=0)), dtype=TIER)
    tiers["notional_from"] = np.inf
    for at, instrument in enumerate(instruments):
        _fill(table[at], instrument, limits, costs)
        for step, tier in enumerate(instrument.maintenance):
            tiers[at, step] = (float(tier.notional_from), float(tier.rate), float(tier.deduction))
    return Rules(rules=record, instruments=table, tiers=tiers)


def _step(record: Any, name: str, value: Decimal) -> None:
    num, den = value.as_integer_ratio()
    record[f"{name}_num"] = float(num)
    record[f"{name}_den"] = float(den)
    record[name] = float(value)


def _fill(record: npt.NDArray[Any], instrument: Instrument, limits: Limits, costs: Costs) -> None:
    _step(record, "tick", instrument.tick_size)
    _step(record, "lot", instrument.lot_step)
    record["linear"] = instrument.kind == "linear"
    record["fee_in_base"] = costs.fee_asset == "base"
    record["min_qty"] = float(instrument.min_qty)
    record["max_qty"] = float(instrument.max_qty)
    record["min_value"] = float(instrument.min_notional) * limits.min_notional_factor
    record["percent_up"] = float(instrument.percent_price_up)
    record["percent_down"] = float(instrument.percent_price_down)
    record["maker"] = costs.maker_fee if instrument.maker_fee is None else float(instrument.maker_fee)
    record["taker"] = costs.taker_fee if instrument.taker_fee is None else float(instrument.taker_fee)
    record["slip"] = costs.slippage
    record["stop_slip"] = costs.slippage * costs.stop_slippage_factor
    record["half"] = costs.half_spread
    record["leverage"] = float(instrument.leverage) if instrument.kind == "linear" else 1.0
