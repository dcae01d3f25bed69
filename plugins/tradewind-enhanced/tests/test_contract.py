"""The contract of `enhanced`."""

from tradewind.testing import StrategyContract


class TestEnhanced(StrategyContract):
    spec = "enhanced"
    xfails = {}
