"""The settings of Tradewind: every key, its type, its default and its range."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import attrs

from tradewind.errors import SettingsError
from tradewind.model.bounds import one_of
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument, check_symbol
from tradewind.model.limits import Limits
from tradewind.model.timeframe import Timeframe
from tradewind.plugins.names import normalised

MAX_BALANCE: Final = 1e15
"""The largest balance, quote units: a float holds it to the eighth of a unit."""


def _positive(_: object, attribute: attrs.Attribute[Any], value: float) -> None:
    if value <= 0:
        raise SettingsError(
            f"{attribute.name} was {value!r}, expected a number above 0.", code="TW-S004", setting=attribute.name
        )


def _balance(_: object, attribute: attrs.Attribute[Any], value: float) -> None:
    _positive(_, attribute, value)
    if value > MAX_BALANCE:
        raise SettingsError(
            f"{attribute.name} was {value!r}, expected at most {MAX_BALANCE:g}.",
            code="TW-S004",
            hint="It is counted in units of the quote asset; more leaves a figure no digits for a trade.",
            setting=attribute.name,
        )


def _not_negative(_: object, attribute: attrs.Attribute[Any], value: int) -> None:
    if value < 0:
        raise SettingsError(
            f"{attribute.name} was {value!r}, expected a whole number of at least 0.",
            code="TW-S004",
            setting=attribute.name,
        )


def _folder(_: object, attribute: attrs.Attribute[Any], value: Path) -> None:
    if value == Path():
        raise SettingsError(
            f"{attribute.name} was empty or the working folder itself, expected a folder of its own.",
            code="TW-S004",
            hint="What is kept there is private and must not lie among your files.",
            setting=attribute.name,
        )


def _policies(_: object, __: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
    doubled = sorted({name for name in value if value.count(name) > 1})
    if doubled:
        raise SettingsError(f"risk named {', '.join(doubled)} more than once.", code="TW-S004")


def _symbols(_: object, __: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
    if not value:
        raise SettingsError('symbols was empty, expected at least one, such as ["BTCUSDT"].', code="TW-S004")
    for symbol in value:
        check_symbol(symbol)
    doubled = sorted({symbol for symbol in value if value.count(symbol) > 1})
    if doubled:
        raise SettingsError(f"symbols named {', '.join(doubled)} more than once.", code="TW-S004")


def _timeframe(_: object, __: attrs.Attribute[str], value: str) -> None:
    if value:
        Timeframe(value)


@attrs.frozen(kw_only=True)
class PluginSettings:
    """
    Which plugins may be imported.

    Args:
        allow: Distributions that may be imported; none given means all installed ones.
        block: Distributions that may not be imported.
    """

    allow: tuple[str, ...] | None = None
    block: tuple[str, ...] = ()

    def lets_in(self, distribution: str) -> bool:
        """Tell whether a distribution may be imported."""
        if distribution in map(normalised, self.block):
            return False
        return self.allow is None or distribution in map(normalised, self.allow)


@attrs.frozen(kw_only=True)
class CertificateSettings:
    """
    The look-ahead and warm-up certificate of a backtest.

    Args:
        enabled: Make one for every backtest.
        cuts: At how many points the history is cut.
        seed: Seed of the choice of points.
    """

    enabled: bool = True
    cuts: int = attrs.field(default=200, validator=_positive)
    seed: int = attrs.field(default=0, validator=_not_negative)


@attrs.frozen(kw_only=True)
class LiveSettings:
    """
    How a session of `tradewind run` works, on paper and live.

    Args:
        strategy_seconds: How long a strategy may take for one bar; then its slot takes no entries any more.
        fill_bars: Bars that paper fills are evaluated on while bars stream, such as `1m`; empty for the strategies.
        replay_days: How much of a history is replayed when neither a start nor a number of days is asked for.
        stale_seconds: Silence of a stream after which it counts as broken; it is looked at once a second.
        late_seconds: How long after its close a bar may still be acted on; later it is only marked.
        suspect_move: Change of price within one bar that is not believed without a second look, a fraction.
    """

    strategy_seconds: float = attrs.field(default=1.0, validator=_positive)
    fill_bars: str = attrs.field(default="", validator=_timeframe)
    replay_days: float = attrs.field(default=90.0, validator=_positive)
    stale_seconds: float = attrs.field(default=9.0, validator=_positive)
    late_seconds: float = attrs.field(default=10.0, validator=_positive)
    suspect_move: float = attrs.field(default=0.2, validator=_positive)


def _weights(_: object, attribute: attrs.Attribute[Any], value: dict[str, float]) -> None:
    for name, weight in value.items():
        if not 0.0 < weight <= 1_000.0:
            raise SettingsError(
                f"{attribute.name}.{name} was {weight!r}, expected a weight above 0 and at most 1000.", code="TW-S004"
            )


@attrs.frozen(kw_only=True)
class SentimentSettings:
    """
    Where the series `sentiment` comes from, which strategies can ask for.

    Args:
        sources: Sources of sentiment by catalogue name, the primary first; several are blended. Empty for `senticrypt`
            where bars come from a network, `senticrypt-files` where they come from files, none where they are made up.
        reliability: Weights of sources in a blend, by name; 1 for those that are not named.
        refresh_minutes: How often a session looks for new values.
    """

    sources: tuple[str, ...] = ()
    reliability: dict[str, float] = attrs.field(factory=dict, validator=_weights)
    refresh_minutes: float = attrs.field(default=15.0, validator=_positive)

    def __attrs_post_init__(self) -> None:
        named = {name.replace("-", "_") for name in self.sources}
        unused = sorted(name for name in self.reliability if name.replace("-", "_") not in named)
        if self.sources and unused:
            raise SettingsError(
                f"sentiment.reliability weighs {', '.join(unused)}, which sentiment.sources does not name.",
                code="TW-S004",
                hint=f"The sources are {', '.join(self.sources)}.",
            )

    def weight(self, name: str) -> float:
        """Return what a source weighs in a blend."""
        weights = {known.replace("-", "_"): weight for known, weight in self.reliability.items()}
        return weights.get(name.replace("-", "_"), 1.0)


@attrs.frozen(kw_only=True)
class LogSettings:
    """
    What `tradewind run` writes to log files: `trading.log` for people and `trading.jsonl` for programs.

    Args:
        folder: Where they lie.
        level: The least that is written: `DEBUG`, `INFO`, `WARNING` or `ERROR`.
        max_bytes: Size at which a file is put aside.
        backups: How many files put aside are kept.
    """

    folder: Path = Path("logs")
    level: str = attrs.field(default="INFO", validator=one_of("DEBUG", "INFO", "WARNING", "ERROR"))
    max_bytes: int = attrs.field(default=10_000_000, validator=_positive)
    backups: int = attrs.field(default=5, validator=_positive)


@attrs.frozen(kw_only=True)
class Settings:
    """
    Everything that a run can be told.

    Args:
        strategy: Catalogue name of the strategy, `distribution:name`, or `file.py:Class`.
        symbols: The pairs to trade.
        timeframe: The strategy's bar length; empty for what the strategy was made for.
        source: Catalogue name of the data source; `sample` is the embedded synthetic history.
        executor: Where orders go; `paper` sends none.
        risk: Risk policies by catalogue name.
        initial_balance: Balance at the start of a backtest or of paper trading, quote units.
        market_data: Folder of price history for sources that read files.
        max_gap: Days without bars after which indicators warm up anew.
        max_rows: Most bars that one run may load.
        use_finer_bars: Evaluate fills on the finest bars that cover the whole run.
        state_dir: Folder of results and of the trial ledger.
        cache_dir: Folder of the market-data cache.
        seed: Seed of everything random.
        database_url: Where sessions are stored: a file, or a URL of PostgreSQL; empty for `tradewind.db` in
            `state_dir`. `DATABASE_URL` sets it too. Never printed.
        database_pool: Connections kept open to a PostgreSQL server.
        limits: Caps of the account.
        costs: Fees, slippage and spread.
        plugins: Which plugins may be imported.
        certificate: The look-ahead certificate.
        live: Sessions of `tradewind run`.
        sentiment: Where the series `sentiment` comes from.
        logs: Log files.
        instruments: Rules of instruments, by symbol, over what the source says.
        strategies: Settings of strategies, by catalogue name.
        sources: Settings of data sources, by catalogue name.
        indicators: Settings of indicators, by catalogue name.
        policies: Settings of risk policies, by catalogue name.
        executors: Settings of executors, by catalogue name.
        services: Settings of services, by catalogue name.
        commands: Settings of commands, by catalogue name.
        health: Settings of health checks, by catalogue name.
        panels: Settings of panels of the dashboard, by catalogue name.
    """

    strategy: str = "adaptive"
    symbols: tuple[str, ...] = attrs.field(default=("BTCUSDT",), validator=_symbols)
    timeframe: str = attrs.field(default="", validator=_timeframe)
    source: str = "sample"
    executor: str = "paper"
    risk: tuple[str, ...] = attrs.field(default=("atr-sizing", "regime"), validator=_policies)
    initial_balance: float = attrs.field(default=10_000.0, validator=_balance)
    market_data: Path | None = None
    max_gap: float = attrs.field(default=2.0, validator=_positive)
    max_rows: int = attrs.field(default=20_000_000, validator=_positive)
    use_finer_bars: bool = True
    state_dir: Path = attrs.field(default=Path(".tradewind"), validator=_folder)
    cache_dir: Path = Path("data/cache")
    seed: int = attrs.field(default=0, validator=_not_negative)
    database_url: str = attrs.field(default="", repr=False)
    database_pool: int = attrs.field(default=5, validator=_positive)
    limits: Limits = attrs.field(factory=Limits)
    costs: Costs = attrs.field(factory=Costs)
    plugins: PluginSettings = attrs.field(factory=PluginSettings)
    certificate: CertificateSettings = attrs.field(factory=CertificateSettings)
    live: LiveSettings = attrs.field(factory=LiveSettings)
    sentiment: SentimentSettings = attrs.field(factory=SentimentSettings)
    logs: LogSettings = attrs.field(factory=LogSettings)
    instruments: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    strategies: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    sources: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    indicators: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    policies: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    executors: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    services: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    commands: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    health: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    panels: dict[str, dict[str, Any]] = attrs.field(factory=dict)


SECRET_SETTINGS = frozenset({"database_url"})
"""Settings that are never printed."""

COMPONENT_SECTIONS = (
    "strategies", "sources", "indicators", "policies", "executors", "services", "commands", "health", "panels",
)  # fmt: skip
"""Tables that hold components' own settings, by catalogue name."""

__all__ = [
    "COMPONENT_SECTIONS",
    "SECRET_SETTINGS",
    "CertificateSettings",
    "Instrument",
    "LiveSettings",
    "LogSettings",
    "PluginSettings",
    "SentimentSettings",
    "Settings",
]
