"""The contracts of the policies in tradewind-protections."""

from tradewind.testing import RiskPolicyContract


class TestCooldown(RiskPolicyContract):
    spec = "cooldown"
    xfails = {}


class TestStopGuard(RiskPolicyContract):
    spec = "stop-guard"
    xfails = {}


class TestLowProfit(RiskPolicyContract):
    spec = "low-profit"
    xfails = {}
