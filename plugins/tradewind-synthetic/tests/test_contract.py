"""The contract of `synthetic`."""

from typing import ClassVar

from tradewind.testing import BarSourceContract


class TestSynthetic(BarSourceContract):
    spec = "synthetic"
    symbol = "BTCUSDT"
    timeframe = "4h"
    xfails: ClassVar = {}
