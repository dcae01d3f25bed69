"""The contracts of the policies in tradewind-risk."""

from tradewind.testing import RiskPolicyContract


class TestAtrSizing(RiskPolicyContract):
    spec = "atr-sizing"
    xfails = {}


class TestRegime(RiskPolicyContract):
    spec = "regime"
    xfails = {}


class TestExposure(RiskPolicyContract):
    spec = "exposure"
    xfails = {}
