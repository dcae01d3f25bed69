"""The contract of `ml_basic`."""

from tradewind.testing import StrategyContract


class TestMlBasic(StrategyContract):
    spec = "ml_basic"
    xfails = {}
