"""The contract of `dashboard`."""

from tradewind.testing import CommandContract


class TestDashboard(CommandContract):
    spec = "dashboard"
    xfails = {}
