"""The contract of `fear-greed`, on a host on this machine."""

import pandas as pd

from sentiment.contract import HostedSeriesContract
from sentiment.hosts import Answer, fear_greed


class TestFearGreed(HostedSeriesContract):
    spec = "fear-greed"
    symbol = "ETHUSDT"
    missing = ("2021-01-20",)

    @classmethod
    def answers(cls) -> Answer:
        # the index of a date is that of the day before it
        days = pd.date_range("2020-12-01", periods=120, freq="D").drop("2021-01-21")
        return fear_greed({day.strftime("%Y-%m-%d"): at * 7 % 101 for at, day in enumerate(days)})
