"""The contract of `metrics`."""

from tradewind.testing import ServiceContract


class TestMetrics(ServiceContract):
    spec = "metrics"
    config = {"port": 0}
    xfails = {}
