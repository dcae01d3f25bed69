"""The contract of `ml_with_sentiment`."""

from tradewind.testing import StrategyContract


class TestMlWithSentiment(StrategyContract):
    spec = "ml_with_sentiment"
    xfails = {}
