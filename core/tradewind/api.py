"""
The public face of Tradewind for plugin authors and for scripts.

Everything a plugin may use stands here. Names are imported when they are first used, so
that a plugin's declaration module pays for the records alone, not for numpy and pandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tradewind import hookimpl as hookimpl
    from tradewind.backtest.backtester import Backtester as Backtester
    from tradewind.backtest.entries import Entries as Entries
    from tradewind.backtest.entries import each_entry as each_entry
    from tradewind.backtest.entries import entries_of as entries_of
    from tradewind.backtest.entry import backtest as backtest
    from tradewind.backtest.entry import indicator as indicator
    from tradewind.backtest.loading import bars_are_made_up as bars_are_made_up
    from tradewind.backtest.loading import load_bars as load_bars
    from tradewind.backtest.loading import load_sentiment as load_sentiment
    from tradewind.backtest.pages.document import page_asset as page_asset
    from tradewind.backtest.pages.document import page_policy as page_policy
    from tradewind.backtest.planned import simulate as simulate
    from tradewind.backtest.result import Result as Result
    from tradewind.backtest.sweep import sweep as sweep
    from tradewind.backtest.sweep_outcome import Sweep as Sweep
    from tradewind.backtest.sweep_outcome import SweepTrial as SweepTrial
    from tradewind.cache.cached import CachedDataProvider as CachedDataProvider
    from tradewind.cache.provider import DataProvider as DataProvider
    from tradewind.cli.context import with_context as with_context
    from tradewind.cli.options import moment as moment
    from tradewind.cli.options import now_ms as now_ms
    from tradewind.config.redaction import redact as redact
    from tradewind.config.secret import Secret as Secret
    from tradewind.errors import DataError as DataError
    from tradewind.errors import IndicatorError as IndicatorError
    from tradewind.errors import LiveError as LiveError
    from tradewind.errors import ModelError as ModelError
    from tradewind.errors import PlanError as PlanError
    from tradewind.errors import PluginError as PluginError
    from tradewind.errors import ResultError as ResultError
    from tradewind.errors import SettingsError as SettingsError
    from tradewind.errors import StrategyError as StrategyError
    from tradewind.errors import TradewindError as TradewindError
    from tradewind.errors import UsageError as UsageError
    from tradewind.errors import VenueError as VenueError
    from tradewind.kernel.risk_manager import RiskManager as RiskManager
    from tradewind.kernel.risk_manager import RiskParameters as RiskParameters
    from tradewind.learning.calibration import Calibration as Calibration
    from tradewind.learning.calibration import calibrate as calibrate
    from tradewind.learning.card import GoldenWindow as GoldenWindow
    from tradewind.learning.card import ModelCard as ModelCard
    from tradewind.learning.card import read_card as read_card
    from tradewind.learning.contract import MODEL_KINDS as MODEL_KINDS
    from tradewind.learning.contract import MODEL_WINDOW as MODEL_WINDOW
    from tradewind.learning.contract import feature_table as feature_table
    from tradewind.learning.contract import forward_return as forward_return
    from tradewind.learning.contract import model_windows as model_windows
    from tradewind.learning.contract import window_sigma as window_sigma
    from tradewind.learning.drift import DRIFT_REACH as DRIFT_REACH
    from tradewind.learning.drift import InputProfile as InputProfile
    from tradewind.learning.drift import drift_index as drift_index
    from tradewind.learning.drift import drift_inputs as drift_inputs
    from tradewind.learning.drift import drift_profile as drift_profile
    from tradewind.learning.gate import GateCheck as GateCheck
    from tradewind.learning.gate import GateEvidence as GateEvidence
    from tradewind.learning.gate import judge_model as judge_model
    from tradewind.learning.opinion import OPINION_CODES as OPINION_CODES
    from tradewind.learning.opinion import OPINION_WORDS as OPINION_WORDS
    from tradewind.learning.registry import ModelRegistry as ModelRegistry
    from tradewind.learning.registry import RegisteredModel as RegisteredModel
    from tradewind.learning.rule import ModelRule as ModelRule
    from tradewind.learning.rule import opinion_conditions as opinion_conditions
    from tradewind.learning.rule import opinion_notes as opinion_notes
    from tradewind.learning.skill import BLOCK_HORIZONS as BLOCK_HORIZONS
    from tradewind.learning.skill import NOTHING_KNOWN as NOTHING_KNOWN
    from tradewind.learning.skill import Estimate as Estimate
    from tradewind.learning.skill import entries_profit_factor as entries_profit_factor
    from tradewind.learning.skill import hit_rate as hit_rate
    from tradewind.learning.skill import information_coefficient as information_coefficient
    from tradewind.learning.skill import mean_difference as mean_difference
    from tradewind.learning.skill import profit_factor_interval as profit_factor_interval
    from tradewind.learning.split import Split as Split
    from tradewind.learning.split import split_rows as split_rows
    from tradewind.learning.strategy import ModelStrategyConfig as ModelStrategyConfig
    from tradewind.live.board.board import Board as Board
    from tradewind.live.board.outlook import Outlook as Outlook
    from tradewind.live.board.panels import Panels as Panels
    from tradewind.live.control.steering import Steering as Steering
    from tradewind.model.bars import Bars as Bars
    from tradewind.model.bounds import check_ladder as check_ladder
    from tradewind.model.bounds import check_order as check_order
    from tradewind.model.bounds import one_of as one_of
    from tradewind.model.bounds import whole as whole
    from tradewind.model.bounds import within as within
    from tradewind.model.closed_bar import ClosedBar as ClosedBar
    from tradewind.model.conditions import bits_of as bits_of
    from tradewind.model.conditions import distance as distance
    from tradewind.model.conditions import edge as edge
    from tradewind.model.conditions import protection as protection
    from tradewind.model.costs import Costs as Costs
    from tradewind.model.decisions import OUTCOME_CODES as OUTCOME_CODES
    from tradewind.model.decisions import REGIME_CODES as REGIME_CODES
    from tradewind.model.instrument import Instrument as Instrument
    from tradewind.model.instrument import MaintenanceTier as MaintenanceTier
    from tradewind.model.instrument import check_symbol as check_symbol
    from tradewind.model.limits import Limits as Limits
    from tradewind.model.orders import FillReport as FillReport
    from tradewind.model.orders import OrderKind as OrderKind
    from tradewind.model.orders import OrderReport as OrderReport
    from tradewind.model.orders import OrderRequest as OrderRequest
    from tradewind.model.orders import OrderStatus as OrderStatus
    from tradewind.model.orders import Reply as Reply
    from tradewind.model.orders import ReplyKind as ReplyKind
    from tradewind.model.orders import Side as Side
    from tradewind.model.orders import Verb as Verb
    from tradewind.model.plan import Plan as Plan
    from tradewind.model.signals import Signals as Signals
    from tradewind.model.timeframe import Timeframe as Timeframe
    from tradewind.model.venue import AccountSnapshot as AccountSnapshot
    from tradewind.model.venue import Balance as Balance
    from tradewind.model.venue import BalanceEvent as BalanceEvent
    from tradewind.model.venue import Capabilities as Capabilities
    from tradewind.model.venue import Conditional as Conditional
    from tradewind.model.venue import Guarantee as Guarantee
    from tradewind.model.venue import OrderEvent as OrderEvent
    from tradewind.model.venue import Permissions as Permissions
    from tradewind.model.venue import Probe as Probe
    from tradewind.model.venue import StatusEvent as StatusEvent
    from tradewind.model.venue import StreamEvent as StreamEvent
    from tradewind.model.venue import TransferEvent as TransferEvent
    from tradewind.model.venue import VenueEvent as VenueEvent
    from tradewind.pipeline.bar_strategy import BaseStrategy as BaseStrategy
    from tradewind.pipeline.resample import resample as resample
    from tradewind.plugins.protocols import ArrayIndicator as ArrayIndicator
    from tradewind.plugins.protocols import BarSource as BarSource
    from tradewind.plugins.protocols import Executor as Executor
    from tradewind.plugins.protocols import Indicator as Indicator
    from tradewind.plugins.protocols import ListsTimeframes as ListsTimeframes
    from tradewind.plugins.protocols import Need as Need
    from tradewind.plugins.protocols import RiskPolicy as RiskPolicy
    from tradewind.plugins.protocols import SeriesSource as SeriesSource
    from tradewind.plugins.protocols import Strategy as Strategy
    from tradewind.plugins.services import AlertingService as AlertingService
    from tradewind.plugins.services import ListeningService as ListeningService
    from tradewind.plugins.services import Panel as Panel
    from tradewind.plugins.services import Service as Service
    from tradewind.plugins.services import SessionView as SessionView
    from tradewind.plugins.specs import CommandSpec as CommandSpec
    from tradewind.plugins.specs import DataSourceSpec as DataSourceSpec
    from tradewind.plugins.specs import ExecutorSpec as ExecutorSpec
    from tradewind.plugins.specs import HealthCheckSpec as HealthCheckSpec
    from tradewind.plugins.specs import IndicatorSpec as IndicatorSpec
    from tradewind.plugins.specs import PanelSpec as PanelSpec
    from tradewind.plugins.specs import RiskPolicySpec as RiskPolicySpec
    from tradewind.plugins.specs import ServiceSpec as ServiceSpec
    from tradewind.plugins.specs import StrategySpec as StrategySpec
    from tradewind.plugins.structure import structure as structure
    from tradewind.sentiment.answers import DailyAnswer as DailyAnswer
    from tradewind.sentiment.answers import archive_name as archive_name
    from tradewind.sentiment.answers import asked_days as asked_days
    from tradewind.sentiment.answers import day_number as day_number
    from tradewind.sentiment.features import sentiment_features as sentiment_features
    from tradewind.sentiment.series import SENTIMENT_COLUMNS as SENTIMENT_COLUMNS
    from tradewind.sentiment.web import Web as Web
    from tradewind.sentiment.web import check_url as check_url
    from tradewind.sentiment.web_settings import DailyWebConfig as DailyWebConfig
    from tradewind.sentiment.web_source import DailyWebSource as DailyWebSource

_HOMES: Final[dict[str, tuple[str, ...]]] = {
    "tradewind": ("hookimpl",),
    "tradewind.backtest.backtester": ("Backtester",),
    "tradewind.backtest.entries": ("Entries", "each_entry", "entries_of"),
    "tradewind.backtest.entry": ("backtest", "indicator"),
    "tradewind.backtest.loading": ("bars_are_made_up", "load_bars", "load_sentiment"),
    "tradewind.backtest.pages.document": ("page_asset", "page_policy"),
    "tradewind.backtest.planned": ("simulate",),
    "tradewind.backtest.result": ("Result",),
    "tradewind.backtest.sweep": ("sweep",),
    "tradewind.backtest.sweep_outcome": ("Sweep", "SweepTrial"),
    "tradewind.cache.cached": ("CachedDataProvider",),
    "tradewind.cache.provider": ("DataProvider",),
    "tradewind.cli.context": ("with_context",),
    "tradewind.cli.options": ("moment", "now_ms"),
    "tradewind.config.redaction": ("redact",),
    "tradewind.config.secret": ("Secret",),
    "tradewind.errors": (
        "DataError",
        "IndicatorError",
        "LiveError",
        "ModelError",
        "PlanError",
        "PluginError",
        "ResultError",
        "SettingsError",
        "StrategyError",
        "TradewindError",
        "UsageError",
        "VenueError",
    ),
    "tradewind.kernel.risk_manager": ("RiskManager", "RiskParameters"),
    "tradewind.learning.calibration": ("Calibration", "calibrate"),
    "tradewind.learning.card": ("GoldenWindow", "ModelCard", "read_card"),
    "tradewind.learning.contract": (
        "MODEL_KINDS",
        "MODEL_WINDOW",
        "feature_table",
        "forward_return",
        "model_windows",
        "window_sigma",
    ),
    "tradewind.learning.drift": ("DRIFT_REACH", "InputProfile", "drift_index", "drift_inputs", "drift_profile"),
    "tradewind.learning.gate": ("GateCheck", "GateEvidence", "judge_model"),
    "tradewind.learning.opinion": ("OPINION_CODES", "OPINION_WORDS"),
    "tradewind.learning.registry": ("ModelRegistry", "RegisteredModel"),
    "tradewind.learning.rule": ("ModelRule", "opinion_conditions", "opinion_notes"),
    "tradewind.learning.skill": (
        "BLOCK_HORIZONS",
        "NOTHING_KNOWN",
        "Estimate",
        "entries_profit_factor",
        "hit_rate",
        "information_coefficient",
        "mean_difference",
        "profit_factor_interval",
    ),
    "tradewind.learning.split": ("Split", "split_rows"),
    "tradewind.learning.strategy": ("ModelStrategyConfig",),
    "tradewind.live.board.board": ("Board",),
    "tradewind.live.board.outlook": ("Outlook",),
    "tradewind.live.board.panels": ("Panels",),
    "tradewind.live.control.steering": ("Steering",),
    "tradewind.model.bars": ("Bars",),
    "tradewind.model.closed_bar": ("ClosedBar",),
    "tradewind.model.bounds": ("check_ladder", "check_order", "one_of", "whole", "within"),
    "tradewind.model.conditions": ("bits_of", "distance", "edge", "protection"),
    "tradewind.model.costs": ("Costs",),
    "tradewind.model.decisions": ("OUTCOME_CODES", "REGIME_CODES"),
    "tradewind.model.instrument": ("Instrument", "MaintenanceTier", "check_symbol"),
    "tradewind.model.limits": ("Limits",),
    "tradewind.model.orders": (
        "FillReport",
        "OrderKind",
        "OrderReport",
        "OrderRequest",
        "OrderStatus",
        "Reply",
        "ReplyKind",
        "Side",
        "Verb",
    ),
    "tradewind.model.plan": ("Plan",),
    "tradewind.model.signals": ("Signals",),
    "tradewind.model.timeframe": ("Timeframe",),
    "tradewind.model.venue": (
        "AccountSnapshot",
        "Balance",
        "BalanceEvent",
        "Capabilities",
        "Conditional",
        "Guarantee",
        "OrderEvent",
        "Permissions",
        "Probe",
        "StatusEvent",
        "StreamEvent",
        "TransferEvent",
        "VenueEvent",
    ),
    "tradewind.pipeline.bar_strategy": ("BaseStrategy",),
    "tradewind.pipeline.resample": ("resample",),
    "tradewind.plugins.protocols": (
        "ArrayIndicator",
        "BarSource",
        "Executor",
        "Indicator",
        "ListsTimeframes",
        "Need",
        "RiskPolicy",
        "SeriesSource",
        "Strategy",
    ),
    "tradewind.plugins.services": ("AlertingService", "ListeningService", "Panel", "Service", "SessionView"),
    "tradewind.plugins.specs": (
        "CommandSpec",
        "DataSourceSpec",
        "ExecutorSpec",
        "HealthCheckSpec",
        "IndicatorSpec",
        "PanelSpec",
        "RiskPolicySpec",
        "ServiceSpec",
        "StrategySpec",
    ),
    "tradewind.plugins.structure": ("structure",),
    "tradewind.sentiment.answers": ("DailyAnswer", "archive_name", "asked_days", "day_number"),
    "tradewind.sentiment.features": ("sentiment_features",),
    "tradewind.sentiment.series": ("SENTIMENT_COLUMNS",),
    "tradewind.sentiment.web": ("Web", "check_url"),
    "tradewind.sentiment.web_settings": ("DailyWebConfig",),
    "tradewind.sentiment.web_source": ("DailyWebSource",),
}
_WHERE: Final = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_WHERE)  # noqa: PLE0605  # one table says where each name lives


def __getattr__(name: str) -> Any:
    home = _WHERE.get(name)
    if home is None:
        raise AttributeError(f"module 'tradewind.api' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
