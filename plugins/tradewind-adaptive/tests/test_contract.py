"""The contract of `adaptive`."""

from tradewind.testing import StrategyContract


class TestAdaptive(StrategyContract):
    spec = "adaptive"
    xfails = {}
