"""The contract of the command `sandbox`."""

from tradewind.testing import CommandContract


class TestSandbox(CommandContract):
    spec = "sandbox"
    xfails = {}
