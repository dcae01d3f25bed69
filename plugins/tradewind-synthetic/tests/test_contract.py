"""The contract of `synthetic`, for every kind of market that it makes."""

from tradewind.testing import BarSourceContract


class TestSynthetic(BarSourceContract):
    spec = "synthetic"
    symbol = "BTCUSDT"
    timeframe = "4h"
    xfails = {}


class TestSyntheticMinutes(TestSynthetic):
    timeframe = "1m"
    start = "2021-01-01"
    end = "2021-01-03"


class TestSyntheticGaps(TestSynthetic):
    config = {"kind": "gaps", "gap_rate": 0.5}
    timeframe = "1h"


class TestSyntheticJumps(TestSynthetic):
    config = {"kind": "jumps"}


class TestSyntheticWalk(TestSynthetic):
    config = {"kind": "random-walk", "seed": 9}
    timeframe = "1w"
    end = "2021-06-01"


class TestSyntheticFlat(TestSynthetic):
    config = {"kind": "flat"}
