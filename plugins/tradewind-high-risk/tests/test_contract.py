"""The contract of `high_risk_high_reward`."""

from tradewind.testing import StrategyContract


class TestHighRisk(StrategyContract):
    spec = "high_risk_high_reward"
    xfails = {}
