"""What this distribution offers."""

from collections.abc import Iterable

from tradewind import hookimpl
from tradewind.api import RiskPolicySpec


@hookimpl
def tradewind_risk_policies() -> Iterable[RiskPolicySpec]:
    """Offer `cooldown`, `stop-guard` and `low-profit`."""
    yield RiskPolicySpec(
        name="cooldown",
        summary="No entry in a pair for some bars after one of its stops.",
        factory="tradewind_protections.policies:Cooldown",
        config="tradewind_protections.policies:CooldownConfig",
        order=40,
    )
    yield RiskPolicySpec(
        name="stop-guard",
        summary="A longer pause after several stops within a window of bars.",
        factory="tradewind_protections.policies:StopGuard",
        config="tradewind_protections.policies:StopGuardConfig",
        order=50,
    )
    yield RiskPolicySpec(
        name="low-profit",
        summary="A pause for a pair whose last trades did not earn enough.",
        factory="tradewind_protections.policies:LowProfit",
        config="tradewind_protections.policies:LowProfitConfig",
        order=60,
    )
