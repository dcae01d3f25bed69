"""Random limits, costs and venue rules: from those that hold back nothing to those that refuse most."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument, MaintenanceTier
from tradewind.model.limits import Limits

BINARY_TICKS = (Decimal("0.25"), Decimal("0.125"), Decimal("0.5"))
"""Steps that floats hold exactly, so that a price on a stop is on it in every arithmetic."""

DECIMAL_TICKS = (Decimal("0.01"), Decimal("0.1"), Decimal("0.0001"))


BOLD: dict[str, Any] = {
    "base_risk_per_trade": 0.2,
    "max_risk_per_trade": 0.4,
    "max_position_size": 1.0,
    "max_position": 1.0,
    "max_total_exposure": 2.0,
    "max_daily_risk": 0.9,
    "max_drawdown": 0.9,
    "max_correlated_risk": 0.9,
    "cooldown_bars": 0,
}
TEMPERS: tuple[dict[str, Any], ...] = (
    {},
    BOLD,
    BOLD | {"max_daily_risk": 0.03},
    BOLD | {"max_daily_risk": 0.004},
    BOLD | {"max_drawdown": 0.05},
    BOLD | {"max_drawdown": 0.01, "flatten_on_drawdown": True},
    BOLD | {"max_correlated_risk": 0.05},
    BOLD | {"max_total_exposure": 0.5, "max_concurrent_positions": 10},
    BOLD | {"max_concurrent_positions": 10},
)
"""Where drawing starts: as shipped, bold, or bold with one limit that will be felt."""


CHANGES: dict[str, st.SearchStrategy[Any]] = {
    "base_risk_per_trade": st.sampled_from([0.02, 0.005, 0.1]),
    "max_risk_per_trade": st.sampled_from([0.03, 0.01, 0.5]),
    "max_position_size": st.sampled_from([0.25, 1.0, 0.1]),
    "max_position": st.sampled_from([0.1, 1.0, 0.3]),
    "max_daily_risk": st.sampled_from([0.06, 0.01, 0.5]),
    "max_drawdown": st.sampled_from([0.2, 0.03, 0.9]),
    "max_correlated_risk": st.sampled_from([0.1, 0.01]),
    "max_total_exposure": st.sampled_from([0.8, 0.2, 3.0]),
    "max_concurrent_positions": st.sampled_from([3, 1, 2, 10]),
    "position_size_atr_multiplier": st.sampled_from([1.0, 0.5, 2.5]),
    "throttle_start": st.sampled_from([0.05, 0.0, 0.01, 0.2]),
    "throttle_floor": st.sampled_from([0.25, 0.0, 1.0]),
    "throttle_end": st.sampled_from([0.8, 0.1, 1.0]),
    "cooldown_bars": st.sampled_from([2, 0, 1, 5]),
    "stop_guard_stops": st.sampled_from([4, 0, 1, 2]),
    "stop_guard_window": st.sampled_from([24, 1, 5]),
    "stop_guard_bars": st.sampled_from([12, 0, 3]),
    "low_profit_trades": st.sampled_from([0, 1, 2]),
    "low_profit_required": st.sampled_from([0.0, 0.002, -0.002]),
    "low_profit_bars": st.sampled_from([0, 1, 4]),
    "max_volume_share": st.sampled_from([0.0, 0.0, 0.01, 0.0001]),
    "min_notional_factor": st.sampled_from([1.1, 1.0, 2.0]),
    "flatten_on_drawdown": st.booleans(),
    "close_only": st.sampled_from([False, False, True]),
}

NAMES = st.sets(st.sampled_from(sorted(CHANGES)), max_size=8)
TEMPER = st.sampled_from(TEMPERS)


@st.composite
def limits(draw: st.DrawFn) -> Limits:
    """Draw limits around those that are shipped, each loosened or tightened on its own."""
    chosen = sorted(draw(NAMES))
    return Limits(**draw(TEMPER) | {name: draw(CHANGES[name]) for name in chosen})


@cache
def costs() -> st.SearchStrategy[Costs]:
    """Draw costs, none at all among them."""
    return st.one_of(
        st.just(Costs.free()),
        st.just(Costs()),
        st.builds(
            Costs,
            maker_fee=st.sampled_from([0.0, 0.0002, 0.001]),
            taker_fee=st.sampled_from([0.0, 0.0004, 0.001, 0.01]),
            slippage=st.sampled_from([0.0, 0.0005, 0.002]),
            half_spread=st.sampled_from([0.0, 0.0001]),
            stop_slippage_factor=st.sampled_from([2.0, 0.0, 5.0]),
            wild_bar_atr=st.sampled_from([3.0, 1.0, 0.0]),
            fee_asset=st.sampled_from(["quote", "base"]),
        ),
    )


@st.composite
def instruments(draw: st.DrawFn, symbol: str, tick: Decimal, *, linear: bool) -> Instrument:
    """Draw a venue's rules for a pair with this tick."""
    number = st.sampled_from
    steps = [MaintenanceTier(notional_from=0, rate="0.004")]
    if draw(st.booleans()):
        steps.append(MaintenanceTier(notional_from=500, rate="0.02", deduction=8))
    return Instrument(
        symbol=symbol,
        kind="linear" if linear else "spot",
        tick_size=tick,
        lot_step=draw(number([Decimal("0.001"), Decimal("0.00001"), Decimal("0.03125"), Decimal("1e-8")])),
        min_qty=draw(number([Decimal("0.001"), Decimal(0), Decimal("0.05")])),
        max_qty=draw(number([Decimal(0), Decimal(0), Decimal(0), Decimal("0.5")])),
        min_notional=draw(number([Decimal(5), Decimal(0), Decimal(60)])),
        percent_price_up=draw(number([Decimal(5), Decimal(0), Decimal("1.1"), Decimal("1.02")])),
        percent_price_down=draw(number([Decimal("0.2"), Decimal(0), Decimal("0.95"), Decimal("0.98")])),
        taker_fee=draw(number([None, None, Decimal("0.003")])),
        maker_fee=draw(number([None, None, Decimal("0.0001")])),
        leverage=draw(number([Decimal(1), Decimal(3), Decimal(20)])) if linear else Decimal(1),
        maintenance=tuple(steps),
    )
