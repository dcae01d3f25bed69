"""
The contract kit: what plugins promise, as checks that an author inherits.

`from tradewind.testing import StrategyContract`, subclass it, name the component. Nothing here
needs pytest to be installed.
"""

from tradewind.testing import markets
from tradewind.testing.bar_source import BarSourceContract
from tradewind.testing.command import CommandContract
from tradewind.testing.contract import CheckResult, Contract, Outcome, promise
from tradewind.testing.executor import ExecutorContract
from tradewind.testing.executor_practice import practice_venue
from tradewind.testing.executor_sandbox import sandbox_venue
from tradewind.testing.executor_venue import Trouble, Venue, VenueHand
from tradewind.testing.failures import ContractFailure, require
from tradewind.testing.health_check import HealthCheckContract
from tradewind.testing.indicator import IndicatorContract
from tradewind.testing.panel import PanelContract
from tradewind.testing.plugin import PluginContract
from tradewind.testing.risk_policy import RiskPolicyContract
from tradewind.testing.runner import CONTRACTS, check, contracts_of
from tradewind.testing.series_source import SeriesSourceContract
from tradewind.testing.service import ServiceContract
from tradewind.testing.strategy import StrategyContract

__all__ = [
    "CONTRACTS",
    "BarSourceContract",
    "CheckResult",
    "CommandContract",
    "Contract",
    "ContractFailure",
    "ExecutorContract",
    "HealthCheckContract",
    "IndicatorContract",
    "Outcome",
    "PanelContract",
    "PluginContract",
    "RiskPolicyContract",
    "SeriesSourceContract",
    "ServiceContract",
    "StrategyContract",
    "Trouble",
    "Venue",
    "VenueHand",
    "check",
    "contracts_of",
    "markets",
    "practice_venue",
    "promise",
    "require",
    "sandbox_venue",
]
