"""The contract of `train`."""

from tradewind.testing import CommandContract


class TestTrain(CommandContract):
    spec = "train"
    xfails = {}
