"""What this distribution offers."""

from collections.abc import Iterable

from tradewind import hookimpl
from tradewind.api import RiskPolicySpec


@hookimpl
def tradewind_risk_policies() -> Iterable[RiskPolicySpec]:
    """Offer `atr-sizing`, `regime` and `exposure`."""
    yield RiskPolicySpec(
        name="atr-sizing",
        summary="A stop of 2 ATR where the strategy gave none, and at most a base risk per trade.",
        factory="tradewind_risk.atr_sizing:AtrSizing",
        config="tradewind_risk.atr_sizing:AtrSizingConfig",
        needs=("atr",),
        order=10,
    )
    yield RiskPolicySpec(
        name="regime",
        summary="Less risk in a volatile market, also for strategies that do not look at the regime.",
        factory="tradewind_risk.regime:Regime",
        config="tradewind_risk.regime:RegimeConfig",
        needs=("regime",),
        order=20,
    )
    yield RiskPolicySpec(
        name="exposure",
        summary="Caps on one position, on all together, and on correlated ones.",
        factory="tradewind_risk.exposure:Exposure",
        config="tradewind_risk.exposure:ExposureConfig",
        order=30,
    )
